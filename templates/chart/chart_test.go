package chart

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"math"
	"testing"

	"github.com/go-analyze/charts"

	"github.com/microreach/microreach/checkins/digest"
)

func n(v float64) *float64 { return &v }

// week is closeness on four days, and tension before and after on three.
func week() digest.Picture {
	return digest.Picture{Days: []string{"Mon", "Tue", "Tue", "Wed", "Thu", "Sat", "Sun"}, Lines: []digest.Line{
		{Name: "closeness", Values: []*float64{n(4), nil, nil, n(6), nil, n(7), n(7.5)}},
		{Name: "tension before", Values: []*float64{nil, n(8), n(7), nil, n(6), nil, nil}},
		{Name: "tension after", Values: []*float64{nil, n(3), n(4), nil, n(2), nil, nil}},
	}}
}

func drawn(t *testing.T, p digest.Picture) (image.Image, int) {
	t.Helper()
	raw, err := PNG(p.String())
	if err != nil {
		t.Fatal(err)
	}
	img, err := png.Decode(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	return img, len(raw)
}

// pixels counts those of a colour.
func pixels(img image.Image, c charts.Color) (count int) {
	want := color.RGBAModel.Convert(color.NRGBA{c.R, c.G, c.B, c.A})
	for y := range img.Bounds().Dy() {
		for x := range img.Bounds().Dx() {
			if color.RGBAModel.Convert(img.At(x, y)) == want {
				count++
			}
		}
	}
	return count
}

func TestThePictureShowsEachLineInItsColour(t *testing.T) {
	img, size := drawn(t, week())
	if b := img.Bounds(); b.Dx() != sharp*Width || b.Dy() != sharp*Height {
		t.Errorf("it is %v", b)
	}
	if size > 20_000 {
		t.Errorf("it takes %d bytes of the mail", size)
	}
	for i, line := range week().Lines {
		if n := pixels(img, colours[i]); n < 500 {
			t.Errorf("%d pixels in the colour of %s", n, line.Name)
		}
	}
	if n := pixels(img, colours[len(week().Lines)]); n > 0 {
		t.Errorf("%d pixels in a colour that stands for nothing", n)
	}
	if n := pixels(img, ink); n < 500 {
		t.Errorf("%d pixels of writing", n)
	}
}

func TestAnyWeekCanBeDrawn(t *testing.T) {
	many := digest.Picture{}
	var values []*float64
	for i := range 21 {
		many.Days = append(many.Days, []string{"mié", "jue", "vie"}[i/7])
		values = append(values, n(float64(i%11)))
	}
	for range 6 {
		many.Lines = append(many.Lines, digest.Line{Name: "ein recht langer Name für eine Zahl", Values: values})
	}
	for name, p := range map[string]digest.Picture{
		"many": many,
		"ends": {Days: []string{"Mon", "Tue", "Wed"}, Lines: []digest.Line{{Name: "closeness", Values: []*float64{n(0), n(10), n(0)}}}},
		"flat": {Days: []string{"Mon", "Mon", "Mon"}, Lines: []digest.Line{{Name: "closeness", Values: []*float64{n(5), n(5), n(5)}}}},
		"one":  {Days: []string{"Mon"}, Lines: []digest.Line{{Name: "", Values: []*float64{nil}}}},
	} {
		t.Run(name, func(t *testing.T) { drawn(t, p) })
	}
	for _, broken := range []string{"", "{", `{"days":["Mon"],"lines":[{"name":"x","values":[1,2]}]}`} {
		if _, err := PNG(broken); err == nil {
			t.Errorf("%q is drawn", broken)
		}
	}
}

// deficiencies turn linear RGB into what people with each kind of colour
// blindness see of it (Viénot, Brettel and Mollon 1999 for the first two).
var deficiencies = map[string][3][3]float64{
	"none":         {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}},
	"protanopia":   {{0.11238, 0.88762, 0}, {0.11238, 0.88762, 0}, {0.00401, -0.00401, 1}},
	"deuteranopia": {{0.29275, 0.70725, 0}, {0.29275, 0.70725, 0}, {-0.02234, 0.02234, 1}},
	"greys":        {{0.2126, 0.7152, 0.0722}, {0.2126, 0.7152, 0.0722}, {0.2126, 0.7152, 0.0722}},
}

// The points of the first three lines can be told apart by any eyes: by colour
// in each kind of colour blindness, and where there is no colour by their shape.
func TestColoursCanBeToldApart(t *testing.T) {
	for kind, m := range deficiencies {
		for i := range 3 {
			for j := range i {
				apart := 0.0
				a, b := seen(m, colours[i]), seen(m, colours[j])
				for k := range a {
					apart += (a[k] - b[k]) * (a[k] - b[k])
				}
				if kind != "greys" && math.Sqrt(apart) < 0.1 {
					t.Errorf("%s: colours %d and %d are %.2f apart", kind, j, i, math.Sqrt(apart))
				}
				if shapes[i] == shapes[j] {
					t.Errorf("lines %d and %d have the same shape", j, i)
				}
			}
			if c := contrast(colours[i], ground); c < 3 { // WCAG 2.2, 1.4.11
				t.Errorf("colour %d stands out from the ground by %.1f", i, c)
			}
		}
	}
	if c := contrast(ink, ground); c < 7 {
		t.Errorf("the writing stands out by %.1f", c)
	}
}

func seen(m [3][3]float64, c charts.Color) (out [3]float64) {
	rgb := [3]float64{linear(c.R), linear(c.G), linear(c.B)}
	for i := range out {
		for j := range rgb {
			out[i] += m[i][j] * rgb[j]
		}
		out[i] = math.Pow(math.Max(out[i], 0), 1/2.2)
	}
	return out
}

func linear(v uint8) float64 {
	x := float64(v) / 255
	if x <= 0.04045 {
		return x / 12.92
	}
	return math.Pow((x+0.055)/1.055, 2.4)
}

func contrast(a, b charts.Color) float64 {
	light := func(c charts.Color) float64 {
		return 0.2126*linear(c.R) + 0.7152*linear(c.G) + 0.0722*linear(c.B) + 0.05
	}
	return max(light(a), light(b)) / min(light(a), light(b))
}

func BenchmarkPNG(b *testing.B) {
	picture := week().String()
	for b.Loop() {
		if _, err := PNG(picture); err != nil {
			b.Fatal(err)
		}
	}
}
