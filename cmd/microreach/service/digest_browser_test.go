package service_test

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/microreach/microreach/checkins"
	"github.com/microreach/microreach/checkins/pace"
	"github.com/microreach/microreach/checkins/web/browsertest"
	"github.com/microreach/microreach/notifier/email"
	"github.com/microreach/microreach/templates/chart"
)

// reading is a tab of a browser in which a mail is read.
type reading struct{ *browsertest.Tab }

// open shows a mail's HTML.
func (r reading) open(html string) {
	r.T.Helper()
	r.Do(chromedp.Navigate("data:text/html;charset=utf-8;base64," + base64.StdEncoding.EncodeToString([]byte(html))))
}

// faultsOfAMail lists what an eye or a reading machine would stumble over: texts
// whose contrast is below WCAG 2.2 AA (1.4.3), pictures without words, links
// without a name or lower than a fingertip on a phone, headings out of order,
// lists that hold something else, tables that are not marked as layout, a page
// without a language or a title, and one that is wider than its window.
const faultsOfAMail = `(() => {
	const out = [];
	const channels = c => c.match(/[\d.]+/g).map(Number);
	const light = ([r, g, b]) => [r, g, b].map(v => v / 255).map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
		.reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
	const ground = e => {
		for (; e; e = e.parentElement) {
			const c = channels(getComputedStyle(e).backgroundColor);
			if (c.length < 4 || c[3] > 0) return c;
		}
		return [255, 255, 255];
	};
	const shown = e => e.getClientRects().length > 0;
	for (const e of document.querySelectorAll('body *')) {
		const own = [...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim());
		if (!own || !shown(e)) continue;
		const a = light(channels(getComputedStyle(e).color)), b = light(ground(e));
		const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
		if (ratio < 4.5) out.push('contrast ' + ratio.toFixed(2) + ': ' + e.textContent.trim().slice(0, 40));
	}
	for (const i of document.images) if (!(i.getAttribute('alt') || '').trim()) out.push('a picture without words');
	for (const a of document.links) {
		if (!a.textContent.trim()) out.push('a link without a name');
		if (a.className === 'act' && a.getBoundingClientRect().height < 44) out.push('low: ' + a.textContent + ' ' + a.getBoundingClientRect().height);
	}
	if (document.querySelectorAll('h1').length !== 1) out.push('no one first heading');
	let last = 0;
	for (const h of document.querySelectorAll('h1,h2,h3')) { const n = +h.tagName[1]; if (n > last + 1) out.push('heading jumps to ' + h.textContent); last = n; }
	for (const l of document.querySelectorAll('ul')) for (const c of l.children) if (c.tagName !== 'LI') out.push('a list holds ' + c.tagName);
	for (const t of document.querySelectorAll('table')) if (t.getAttribute('role') !== 'presentation') out.push('a table that is not layout');
	if (!document.documentElement.lang || !document.title) out.push('no language or title');
	if (!document.querySelector('[role=main]')) out.push('no main part');
	if (document.documentElement.scrollWidth > innerWidth) out.push('wider than the window: ' + document.documentElement.scrollWidth);
	return out;
})()`

// withThePicture is the mail as a mail program shows it.
func withThePicture(t *testing.T, w checkins.Words) string {
	t.Helper()
	if w.Chart == "" {
		return w.HTML
	}
	picture, err := chart.PNG(w.Chart)
	if err != nil {
		t.Fatal(err)
	}
	week := pace.ISOWeek{Year: 2026, Week: 48}
	return strings.ReplaceAll(w.HTML, "cid:"+email.PictureID(week), "data:image/png;base64,"+base64.StdEncoding.EncodeToString(picture))
}

func TestTheDigestInABrowser(t *testing.T) {
	if testing.Short() {
		t.Skip("pages to look at: nothing here for the race detector to see")
	}
	r := reading{browsertest.Open(t, 600, 900)}
	shown := map[string]string{}
	for _, l := range digestLives() {
		if l.none {
			continue
		}
		core, who := liveOut(t, l)
		words, _ := planDigest(t, core, who)
		for _, pictures := range []bool{true, false} {
			if !pictures && l.name != "rich" {
				continue
			}
			html := words.HTML // without its picture, which then cannot be found
			if pictures {
				html = withThePicture(t, words)
			}
			r.open(html)
			shown[fmt.Sprintf("%s, pictures %v", l.name, pictures)] = html
			for _, scheme := range []string{"light", "dark"} {
				r.Scheme(scheme)
				for _, width := range []int64{600, 360} {
					r.Do(chromedp.EmulateViewport(width, 900))
					name := fmt.Sprintf("%s, %s, %d wide, pictures %v", l.name, scheme, width, pictures)
					for _, fault := range browsertest.Ask[[]string](r.Tab, faultsOfAMail) {
						t.Errorf("%s: %s", name, fault)
					}
					if *update && pictures && (l.name == "rich" || l.name == "spanish" && width == 360 && scheme == "dark") {
						r.shoot(fmt.Sprintf("%s-%d-%s.png", l.name, width, scheme))
					}
				}
			}
			said := browsertest.Ask[string](r.Tab, "document.body.innerText")
			if week := strings.Contains(words.HTML, "<img"); week && !pictures {
				for _, numbers := range []string{"4", "6", "7", "8"} { // the same by text
					if !strings.Contains(said, numbers) {
						t.Errorf("%s: without the picture nothing tells of %s", l.name, numbers)
					}
				}
				if loaded := browsertest.Ask[int](r.Tab, "[...document.images].filter(i => i.naturalWidth).length"); loaded != 0 {
					t.Errorf("%d pictures were loaded", loaded)
				}
			}
		}
	}
	t.Run("axe", func(t *testing.T) {
		source, tab := browsertest.Axe(t), reading{r.For(t)}
		for name, html := range shown {
			tab.open(html)
			tab.Judge(source, name)
		}
	})
}

// shoot keeps a picture of the mail for people to look at, in few colours, so
// that it stays small.
func (r reading) shoot(name string) {
	r.T.Helper()
	full, err := png.Decode(bytes.NewReader(r.Picture()))
	if err != nil {
		r.T.Fatal(err)
	}
	often := map[color.Color]int{}
	for y := range full.Bounds().Dy() {
		for x := range full.Bounds().Dx() {
			c := color.RGBAModel.Convert(full.At(x, y)).(color.RGBA)
			often[color.RGBA{c.R &^ 7, c.G &^ 7, c.B &^ 7, 0xff}]++ // shades that nobody tells apart are one
		}
	}
	colours := slices.Collect(maps.Keys(often))
	slices.SortFunc(colours, func(a, b color.Color) int { return often[b] - often[a] })
	few := image.NewPaletted(full.Bounds(), colours[:min(len(colours), 256)])
	draw.Draw(few, few.Rect, full, full.Bounds().Min, draw.Src)
	var out bytes.Buffer
	if err := (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&out, few); err != nil {
		r.T.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join("testdata", "digest", name), out.Bytes(), 0o644); err != nil {
		r.T.Fatal(err)
	}
}
