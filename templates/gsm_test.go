package templates

import (
	"strings"
	"testing"
)

func TestSegmentsAtTheirBoundaries(t *testing.T) {
	a := func(n int) string { return strings.Repeat("a", n) }
	euro := func(n int) string { return strings.Repeat("€", n) }
	wave := func(n int) string { return strings.Repeat("👋", n) }
	cyr := func(n int) string { return strings.Repeat("я", n) }
	for _, c := range []struct {
		name     string
		text     string
		encoding Encoding
		segments int
	}{
		{"empty", "", GSM7, 0},
		{"one letter", "a", GSM7, 1},
		{"160 letters", a(160), GSM7, 1},
		{"161 letters", a(161), GSM7, 2},
		{"two full parts", a(306), GSM7, 2},
		{"one more than two full parts", a(307), GSM7, 3},
		{"three full parts", a(459), GSM7, 3},
		{"one more than three full parts", a(460), GSM7, 4},
		{"basic characters beyond ASCII cost one", strings.Repeat("é", 160), GSM7, 1},
		{"Greek capitals of the table cost one", strings.Repeat("ΔΣ", 80), GSM7, 1},
		{"all of the extension table", "^{}\\[~]|€\f", GSM7, 1},
		{"80 extended characters fill a single one", euro(80), GSM7, 1},
		{"81 extended characters", euro(81), GSM7, 2},
		{"159 letters and a euro", a(159) + "€", GSM7, 2},
		{"158 letters and a euro", a(158) + "€", GSM7, 1},
		{"an escape is not parted from its character", a(152) + "€" + a(152), GSM7, 3},
		{"an escape that ends a part", a(151) + "€" + a(153), GSM7, 2},
		{"76 euros to a part", euro(152), GSM7, 2},
		{"one euro more than two parts hold", euro(153), GSM7, 3},
		{"line breaks cost one", a(80) + "\r\n" + a(78), GSM7, 1},
		{"grave accent is not in the alphabet", "`", UCS2, 1},
		{"tab is not in the alphabet", "a\tb", UCS2, 1},
		{"small c with cedilla is not in the alphabet", "ç", UCS2, 1},
		{"capital C with cedilla is", "Ç", GSM7, 1},
		{"i with acute is not in the alphabet", "í", UCS2, 1},
		{"curly apostrophe is not in the alphabet", "it’s", UCS2, 1},
		{"70 units", cyr(70), UCS2, 1},
		{"71 units", cyr(71), UCS2, 2},
		{"two full parts of UCS-2", cyr(134), UCS2, 2},
		{"one more than that", cyr(135), UCS2, 3},
		{"69 letters and an emoji", a(69) + "👋", UCS2, 2},
		{"68 letters and an emoji", a(68) + "👋", UCS2, 1},
		{"35 emoji", wave(35), UCS2, 1},
		{"36 emoji", wave(36), UCS2, 2},
		{"a surrogate pair is not parted", wave(67), UCS2, 3},
		{"a pair that would cross the edge moves on whole", cyr(66) + "👋" + cyr(66), UCS2, 3},
		{"a pair that ends a part", cyr(65) + "👋" + cyr(67), UCS2, 2},
		{"extended characters cost one in UCS-2", strings.Repeat("€", 69) + "я", UCS2, 1},
		{"one foreign letter makes the whole text UCS-2", a(160) + "я", UCS2, 3},
		{"invalid UTF-8", "\xff", UCS2, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			encoding, segments := Segments(c.text)
			if encoding != c.encoding || segments != c.segments {
				t.Errorf("%s, %d segments; want %s, %d", encoding, segments, c.encoding, c.segments)
			}
		})
	}
}

func TestTheAlphabetHas128CharactersLessTheEscapeAndTenExtensions(t *testing.T) {
	basic, extended := 0, 0
	for r := rune(0); r < 0x10000; r++ {
		switch septetsOf(r) {
		case 1:
			basic++
		case 2:
			extended++
		}
	}
	if basic != 127 || extended != 10 {
		t.Errorf("%d basic and %d extended characters; want 127 and 10 (3GPP TS 23.038)", basic, extended)
	}
}

func TestSegmentsAllocatesNothing(t *testing.T) {
	for _, text := range []string{strings.Repeat("a€", 200), strings.Repeat("a👋", 200)} {
		if n := testing.AllocsPerRun(100, func() { Segments(text) }); n != 0 {
			t.Errorf("%v allocations", n)
		}
	}
}

func FuzzSegments(f *testing.F) {
	for _, s := range []string{"", "a", "€", "👋", strings.Repeat("a", 161), strings.Repeat("👋", 67), "\xff\xfe"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		encoding, n := Segments(text)
		units := 0
		for _, r := range text {
			if encoding == GSM7 {
				units += septetsOf(r)
			} else {
				units += unitsOf(r)
			}
		}
		single, part := 70, 67
		if encoding == GSM7 {
			single, part = 160, 153
		}
		least, most := (units+part-1)/part, (units+part-2)/(part-1)
		if units <= single {
			least, most = min(units, 1), min(units, 1)
		}
		if n < least || n > most {
			t.Errorf("%d units of %s in %d segments; want %d to %d", units, encoding, n, least, most)
		}
	})
}

func BenchmarkSegments(b *testing.B) {
	for _, c := range []struct{ name, text string }{
		{"prompt", "Microreach: if it's safe and you want to, text one honest feeling to someone you trust. DONE, LATER, NOT TODAY, or your own words."},
		{"beyond ASCII", strings.Repeat("à", 300)},
		{"emoji", strings.Repeat("👋", 300)},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				Segments(c.text)
			}
		})
	}
}
