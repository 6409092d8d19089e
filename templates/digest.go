package templates

import (
	"bytes"
	"fmt"
	htmltemplate "html/template"
	"io/fs"
	"maps"
	"math"
	"net/url"
	"path"
	"strconv"
	"strings"
	"text/template"
	"time"

	"github.com/microreach/microreach/checkins"
	"github.com/microreach/microreach/checkins/digest"
	"github.com/microreach/microreach/checkins/pace"
)

// DigestLinks is where the actions of one digest lead to.
type DigestLinks struct {
	Page  func(checkins.DigestAction) string // its page, which asks for one press; nil or empty = there is none
	Stop  string                             // the page that ends everything; empty = there is none
	Reply string                             // the mailbox that an answer goes to; empty = not known

	Picture string // how the HTML names the picture that the sender puts into the mail: "cid:…"
}

// Pictures are shown at this width at most, in CSS pixels.
const pictureWidth = 400

// digestSet is the words of the digest in one language.
type digestSet struct {
	lang      string
	mail, sms *template.Template
	words     digestWords
}

// digestWords are the words that stand in no sentence: see digest/en.toml.
type digestWords struct {
	Marker     string                           `toml:"marker"`
	Days       []string                         `toml:"days"`
	Months     []string                         `toml:"months"`
	Span       string                           `toml:"span"`
	To         string                           `toml:"to"`
	And        string                           `toml:"and"`
	Or         string                           `toml:"or"`
	Before     string                           `toml:"before"`
	After      string                           `toml:"after"`
	Picture    string                           `toml:"picture"`
	By         map[checkins.Channel]string      `toml:"by"`
	Actions    map[checkins.DigestAction]string `toml:"actions"`
	Measures   map[string]string                `toml:"measures"`
	Feelings   map[string]string                `toml:"feelings"`
	Sensations map[string]string                `toml:"sensations"`
}

// readDigests reads the words of the digest in each language that has them.
func (s *Set) readDigests() error {
	found, err := fs.Glob(files, "digest/*.toml")
	if err != nil {
		return err
	}
	s.digests = map[string]*digestSet{}
	for _, name := range found {
		lang := strings.TrimSuffix(path.Base(name), ".toml")
		d := &digestSet{lang: lang}
		if err := decodeFile(name, &d.words); err != nil {
			return err
		}
		if d.mail, err = template.ParseFS(files, "digest/"+lang+".txt"); err != nil {
			return fmt.Errorf("read the digest: %w", err)
		}
		if d.sms, err = template.ParseFS(files, "digest/"+lang+".sms.txt"); err != nil {
			return fmt.Errorf("read the digest: %w", err)
		}
		s.digests[lang] = d
		if l, ok := s.pages[lang]; ok {
			maps.Copy(l.felt, d.words.Feelings)
			maps.Copy(l.felt, d.words.Sensations)
		}
	}
	if s.digestLayout, err = htmltemplate.ParseFS(files, "digest/layout.html"); err != nil {
		return fmt.Errorf("read the digest: %w", err)
	}
	return nil
}

// digestIn is the digest in a person's language, or in English.
func (s *Set) digestIn(locale string) *digestSet {
	lang, _, _ := strings.Cut(strings.ToLower(strings.ReplaceAll(locale, "_", "-")), "-")
	if d, ok := s.digests[lang]; ok {
		return d
	}
	return s.digests["en"]
}

// DigestAction is what text asks for in the words of a digest, in the person's
// language or in English; empty where it asks for nothing in them.
func (s *Set) DigestAction(text, locale string) checkins.DigestAction {
	said := sameWords(text)
	for _, d := range []*digestSet{s.digestIn(locale), s.digests["en"]} {
		for action, words := range d.words.Actions {
			if sameWords(words) == said {
				return action
			}
		}
	}
	return ""
}

// DigestWords are the words of an action as anybody may write them.
func (s *Set) DigestWords(a checkins.DigestAction) string { return s.digests["en"].words.Actions[a] }

func sameWords(text string) string {
	return strings.ToLower(strings.Trim(strings.Join(strings.Fields(text), " "), " .!*-"))
}

// Digest writes the digest of a week: a mail, or one text.
func (s *Set) Digest(who checkins.Participant, week digest.Week, channel checkins.Channel, links DigestLinks) (checkins.Words, error) {
	w := digestWriter{set: s.digestIn(who.Locale), catalogue: s.catalogue, links: links, own: &own{}}
	v := w.view(s.options.Programme, who, week)
	if channel == checkins.SMS {
		return w.oneText(w.short(v, who))
	}
	raw, err := w.execute(w.set.mail, w.set.lang+".txt", v)
	if err != nil {
		return checkins.Words{}, err
	}
	words, err := w.mail(s.digestLayout, raw)
	if week.Chart && err == nil {
		words.Chart = week.Picture(func(t time.Time) string { return w.set.words.Days[t.Weekday()] }, w.line).String()
	}
	return words, err
}

// digestWriter writes one digest.
type digestWriter struct {
	set       *digestSet
	catalogue *catalogue
	links     DigestLinks
	own       *own
	subject   string
}

// oneText is a digest as one text. What there is no room for is left out, the
// last first.
func (w digestWriter) oneText(v shortView) (checkins.Words, error) {
	for {
		text, err := w.execute(w.set.sms, w.set.lang+".sms.txt", v)
		text = withoutAccents(strings.TrimSpace(text))
		if _, n := Segments(text); err != nil || n < 2 || len(v.Short) == 0 {
			return checkins.Words{Text: text}, err
		}
		v.Short = v.Short[:len(v.Short)-1]
	}
}

func (w digestWriter) execute(t *template.Template, name string, v any) (string, error) {
	var b strings.Builder
	if err := t.ExecuteTemplate(&b, name, v); err != nil {
		return "", fmt.Errorf("write a digest: %w", err)
	}
	return b.String(), nil
}

// mail makes both forms of the mail.
func (w digestWriter) mail(layout *htmltemplate.Template, raw string) (checkins.Words, error) {
	m, err := parseMail(strings.TrimSpace(raw))
	if err != nil {
		return checkins.Words{}, fmt.Errorf("write a digest: %w", err)
	}
	w.subject = m.Subject
	blocks, err := w.blocks(m.Paragraphs)
	if err != nil {
		return checkins.Words{}, err
	}
	foot, err := w.blocks(m.Foot)
	if err != nil {
		return checkins.Words{}, err
	}
	var html bytes.Buffer
	err = layout.Execute(&html, map[string]any{
		"Lang": w.set.lang, "Subject": m.Subject, "Preview": m.Preview, "Marker": w.set.words.Marker, "Blocks": blocks, "Foot": foot,
	})
	if err != nil {
		return checkins.Words{}, fmt.Errorf("write a digest: %w", err)
	}
	text := w.set.words.Marker + "\n\n" + w.text(blocks) + footMark + w.text(foot)
	return checkins.Words{Subject: m.Subject, Text: text, HTML: html.String()}, nil
}

// command is a line in brackets.
func (w digestWriter) command(name, words string) (block, error) {
	kind, what, _ := strings.Cut(name, " ")
	switch kind {
	case "chart":
		return block{Kind: "chart", Picture: htmltemplate.URL(w.links.Picture), Alt: w.set.words.Picture, Width: pictureWidth}, nil
	case "action":
		label, ok := w.set.words.Actions[checkins.DigestAction(what)]
		if !ok {
			return block{}, fmt.Errorf("write a digest: there is no action %q", what)
		}
		return block{Kind: "action", Runs: w.own.runs(label), Href: w.href(checkins.DigestAction(what), label)}, nil
	case "stop":
		b := block{Runs: w.own.runs(words), Href: w.mailto("STOP")}
		if w.links.Stop != "" {
			b.Href = htmltemplate.URL(w.links.Stop)
		}
		return b, nil
	}
	return block{}, fmt.Errorf("write a digest: there is no [%s]", name)
}

// href is the page of an action where there is one, else a mail with its words.
func (w digestWriter) href(a checkins.DigestAction, label string) htmltemplate.URL {
	if w.links.Page != nil {
		if page := w.links.Page(a); page != "" {
			return htmltemplate.URL(page)
		}
	}
	return w.mailto(label)
}

// mailto is a link that writes a mail with words in it; empty where the mailbox
// is not known.
func (w digestWriter) mailto(words string) htmltemplate.URL {
	if w.links.Reply == "" {
		return ""
	}
	escape := func(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") }
	to := strings.ReplaceAll(url.PathEscape(w.links.Reply), "&", "%26")
	return htmltemplate.URL("mailto:" + to + "?subject=" + escape("Re: "+w.subject) + "&body=" + escape(words))
}

// date writes a day: "Mon 23 Nov".
func (w digestWriter) date(d pace.Date) string {
	return fmt.Sprintf("%s %d %s", w.set.words.Days[d.Weekday()], d.Day, w.set.words.Months[d.Month-1])
}

func (w digestWriter) day(t time.Time) string { return w.date(pace.DateOf(t)) }

// span writes two days.
func (w digestWriter) span(from, to pace.Date) string {
	if from == to {
		return w.date(from)
	}
	return strings.NewReplacer("{from}", w.date(from), "{to}", w.date(to)).Replace(w.set.words.Span)
}

// wordFor is the word for an id, or else.
func wordFor[K ~string](words map[K]string, id K, otherwise string) string {
	if word, ok := words[id]; ok {
		return word
	}
	return otherwise
}

func (w digestWriter) measure(id string) string { return wordFor(w.set.words.Measures, id, id) }

// line names a line of the picture.
func (w digestWriter) line(measure string, before, paired bool) string {
	form := "{measure}"
	switch {
	case before:
		form = w.set.words.Before
	case paired:
		form = w.set.words.After
	}
	return strings.ReplaceAll(form, "{measure}", w.measure(measure))
}

// label is the name of a practice.
func (w digestWriter) label(id checkins.PracticeID, ownWords string) string {
	if ownWords != "" {
		return ownWords
	}
	return w.catalogue.practices[id].entry().Named(w.set.lang)
}

// counted lists words with how often they were said.
func (w digestWriter) counted(list []digest.Count, words map[string]string) string {
	var all []string
	for _, c := range list {
		word := wordFor(words, c.Word, c.Word)
		if c.Times > 1 {
			word += " (" + strconv.Itoa(c.Times) + ")"
		}
		all = append(all, word)
	}
	return strings.Join(all, ", ")
}

// rating writes a number as people say it: halves, and no more.
func rating(n *float64) string {
	if n == nil {
		return ""
	}
	return strconv.FormatFloat(math.Round(2**n)/2, 'g', -1, 64)
}

// withoutAccents is a text in letters that a text message carries in one piece.
func withoutAccents(text string) string {
	if encoding, _ := Segments(text); encoding == GSM7 {
		return text
	}
	return strings.NewReplacer("á", "a", "í", "i", "ó", "o", "ú", "u", "Á", "A", "Í", "I", "Ó", "O", "Ú", "U").Replace(text)
}
