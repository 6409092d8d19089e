// Package chart draws the picture of a week's numbers: closeness, and tension
// before and after.
//
// What was measured differs by colour, by the shape of their points and by where they stand
// in the legend, so that no difference hangs on colour alone; the colours are
// those of Okabe and Ito (2008), which people with any kind of colour blindness
// can tell apart. The picture brings its own pale ground, on which they have
// their contrast in a dark mail too. It is a second way to see the numbers,
// never the only one: every mail that holds it has them as text.
package chart

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"strconv"

	"github.com/go-analyze/charts"

	"github.com/microreach/microreach/checkins/digest"
)

// Width and Height are the picture's size in a mail, narrow enough that its
// writing can still be read where a phone makes it smaller; it is drawn at twice
// that, for sharp screens.
const (
	Width  = 400
	Height = 240
	sharp  = 2
)

// hairless is a stroke too thin to be seen.
const hairless = 0.001

var (
	ground = charts.Color{R: 0xfa, G: 0xfb, B: 0xf9, A: 0xff}
	ink    = charts.Color{R: 0x3a, G: 0x42, B: 0x4a, A: 0xff}
	grid   = charts.Color{R: 0xdf, G: 0xe2, B: 0xde, A: 0xff}

	colours = []charts.Color{
		{R: 0x00, G: 0x72, B: 0xb2, A: 0xff}, // blue
		{R: 0xd5, G: 0x5e, B: 0x00, A: 0xff}, // vermilion
		{R: 0x00, G: 0x9e, B: 0x73, A: 0xff}, // bluish green
		{R: 0xcc, G: 0x79, B: 0xa7, A: 0xff}, // reddish purple
	}
	shapes = []charts.SymbolShape{charts.SymbolDot, charts.SymbolSquare, charts.SymbolDiamond, charts.SymbolCircle}
)

// PNG draws a picture that [digest.Picture.String] wrote.
func PNG(picture string) ([]byte, error) {
	p, err := digest.ParsePicture(picture)
	if err != nil {
		return nil, err
	}
	painter := charts.NewPainter(charts.PainterOptions{OutputFormat: charts.ChartOutputPNG, Width: sharp * Width, Height: sharp * Height, Theme: theme()})
	if err := painter.LineChart(option(p)); err != nil {
		return nil, fmt.Errorf("draw a chart: %w", err)
	}
	raw, err := painter.Bytes()
	if err != nil {
		return nil, fmt.Errorf("draw a chart: %w", err)
	}
	return small(raw)
}

func theme() charts.ColorPalette {
	return charts.MakeTheme(charts.ThemeOption{
		AxisStrokeColor: grid, AxisSplitLineColor: grid, BackgroundColor: ground, TextColor: ink,
		TextColorLegend: ink, TextColorXAxis: ink, TextColorYAxis: ink, SeriesColors: colours,
	})
}

// option puts the numbers as points. No stroke joins them: days without a number
// are no part of the story, and a week is no line that has to go up.
func option(p digest.Picture) charts.LineChartOption {
	var points charts.LineSeriesList
	var names []string
	for i, line := range p.Lines {
		values := make([]float64, len(line.Values))
		for j, v := range line.Values {
			if values[j] = charts.GetNullValue(); v != nil {
				values[j] = *v
			}
		}
		points = append(points, charts.LineSeries{Name: line.Name, Values: values, Symbol: charts.Symbol{Shape: shapes[i%len(shapes)], Size: 11}})
		names = append(names, line.Name)
	}
	font := charts.FontStyle{FontSize: 26, FontColor: ink}
	zero, ten := 0.0, 10.0
	return charts.LineChartOption{
		Theme: theme(), SeriesList: points, Padding: charts.NewBox(20, 16, 24, 16), LineStrokeWidth: hairless,
		Legend: charts.LegendOption{SeriesNames: names, FontStyle: font},
		XAxis:  charts.XAxisOption{Labels: labels(p.Days), LabelFontStyle: font, LabelCount: len(p.Days), BoundaryGap: charts.Ptr(true)},
		YAxis: []charts.YAxisOption{{
			Min: &zero, Max: &ten, Unit: 5, LabelCount: 3, LabelFontStyle: font, SplitLineShow: charts.Ptr(true),
			ValueFormatter: func(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) },
		}},
	}
}

// labels names a day under its first place alone, and leaves out some where
// there are many.
func labels(days []string) []string {
	out := make([]string, len(days))
	for i, day := range days {
		if i == 0 || days[i-1] != day {
			out[i] = day
		}
	}
	return out
}

// small is the same picture with a palette, which a mail carries in a fraction of
// the room.
func small(raw []byte) ([]byte, error) {
	full, err := png.Decode(bytes.NewReader(raw))
	if err != nil {
		return nil, fmt.Errorf("draw a chart: %w", err)
	}
	rgba, ok := full.(*image.NRGBA)
	if !ok {
		rgba = image.NewNRGBA(full.Bounds())
		draw.Draw(rgba, rgba.Rect, full, full.Bounds().Min, draw.Src)
	}
	flat := image.NewPaletted(rgba.Rect, palette())
	index := map[uint32]uint8{}
	last, at := uint32(0), uint8(0) // black and clear, which is no colour of ours
	for i := range flat.Pix {
		if c := binary.BigEndian.Uint32(rgba.Pix[4*i:]); c != last {
			known := false
			if at, known = index[c]; !known {
				at = uint8(flat.Palette.Index(color.NRGBA{uint8(c >> 24), uint8(c >> 16), uint8(c >> 8), uint8(c)}))
				index[c] = at
			}
			last = c
		}
		flat.Pix[i] = at
	}
	var out bytes.Buffer
	if err := png.Encode(&out, flat); err != nil {
		return nil, fmt.Errorf("draw a chart: %w", err)
	}
	return out.Bytes(), nil
}

// palette is each colour in steps towards the ground, for smooth edges.
func palette() color.Palette {
	const steps = 8
	list := color.Palette{color.RGBA{ground.R, ground.G, ground.B, 0xff}}
	for _, c := range append([]charts.Color{ink, grid}, colours...) {
		for s := 1; s <= steps; s++ {
			list = append(list, color.RGBA{mix(ground.R, c.R, s, steps), mix(ground.G, c.G, s, steps), mix(ground.B, c.B, s, steps), 0xff})
		}
	}
	return list
}

func mix(from, to uint8, step, steps int) uint8 {
	return uint8((int(from)*(steps-step) + int(to)*step) / steps)
}
