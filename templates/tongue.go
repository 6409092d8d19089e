package templates

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"text/template"
	"time"

	"github.com/microreach/microreach/checkins"
	"github.com/microreach/microreach/checkins/pace"
)

// Mails in further languages are in email/TAG/, under the names that they have in
// English. What has no file there is said in English: the reminders themselves,
// whose words are the catalogue's, and what is said back to an answer. Texts are in
// English.

// tongue is the mails of a language.
type tongue struct {
	tag    string
	mails  *template.Template
	has    map[string]bool // by name
	marker string
}

// readTongues reads the mails of each further language.
func (s *Set) readTongues(funcs template.FuncMap) error {
	s.tongues = map[string]tongue{}
	found, err := fs.Glob(files, "email/*/*.txt")
	if err != nil {
		return fmt.Errorf("read mails: %w", err)
	}
	for _, name := range found {
		tag := path.Base(path.Dir(name))
		t, ok := s.tongues[tag]
		if !ok {
			t = tongue{tag: tag, has: map[string]bool{}}
			if t.mails, err = template.New(tag).Funcs(funcs).ParseFS(files, "email/"+tag+"/*.txt"); err != nil {
				return fmt.Errorf("read mails: %w", err)
			}
			var marker strings.Builder
			if err := t.mails.ExecuteTemplate(&marker, "marker", nil); err != nil {
				return fmt.Errorf("read mails: %w", err)
			}
			t.marker = marker.String()
		}
		t.has[strings.TrimSuffix(path.Base(name), ".txt")] = true
		s.tongues[tag] = t
	}
	return nil
}

// Speaks reports whether a template has words of its own in the language of a locale.
func (s *Set) Speaks(locale, name string, c checkins.Channel) bool {
	_, ok := s.tongueOf(checkins.Say{Template: name, Channel: c, Person: checkins.Participant{Locale: locale}})
	return ok || locale == defaultLanguage
}

// tongueOf is the language in which words are said, where it is not English.
func (s *Set) tongueOf(say checkins.Say) (t tongue, ok bool) {
	tag, _, _ := strings.Cut(strings.ToLower(say.Person.Locale), "-")
	t, ok = s.tongues[tag]
	return t, ok && say.Channel == checkins.Email && t.has[say.Template]
}

// speak puts into another language what a mail fills in.
func (s *Set) speak(v *view, say checkins.Say, tag string) error {
	_, l := s.pages.in(tag)
	loc := say.Person.Location()
	var failed []error
	take := func(words string, err error) string {
		failed = append(failed, err)
		return words
	}
	moment := func(t time.Time) string {
		if t.IsZero() {
			return ""
		}
		return take(l.when(t, say.Now, loc))
	}
	v.Pace, v.Rhythm = take(l.pace(say.Pace)), ""
	if v.Pace != "" {
		v.Rhythm = take(l.rhythm(checkins.Plan{Pace: say.Pace, Days: say.Days, At: say.At}))
	}
	v.Until, v.Next = take(l.day(say.Until, say.Now, loc)), moment(say.Next.At)
	ahead := say.Coming
	if len(ahead) == 0 && !say.Next.At.IsZero() {
		ahead = []checkins.Due{say.Next}
	}
	v.Coming = nil
	for _, due := range ahead {
		v.Coming = append(v.Coming, coming{moment(due.At), due.Why})
	}
	if v.By = ""; say.By != "" {
		v.By = take(l.say("settings.by_" + string(say.By)))
	}
	if p, ok := s.catalogue.practices[say.Practice]; ok {
		v.Label = p.entry().Named(tag)
	}
	v.Plan, v.Choices = "", s.namedIn(tag, say.Choices)
	v.namePlans(s.PlanNames(tag, say.Plans), say)
	return errors.Join(failed...)
}

// namedIn are labels of the catalogue in another language; what is none stays.
func (s *Set) namedIn(tag string, labels []string) []string {
	labels = slices.Clone(labels)
	for i, label := range labels {
		for _, p := range s.catalogue.practices {
			if p.Label == label {
				labels[i] = p.entry().Named(tag)
			}
		}
	}
	return labels
}

// day is a date as somebody reads a calendar; with the time where it is not
// midnight. An open end is empty.
func (l language) day(t, now time.Time, loc *time.Location) (string, error) {
	if t.IsZero() || !t.Before(checkins.Forever) {
		return "", nil
	}
	local := t.In(loc)
	if local.Hour() != 0 || local.Minute() != 0 {
		return l.when(t, now, loc)
	}
	d := pace.DateOf(local)
	if t.Sub(now) > farAhead {
		return l.date(d), nil
	}
	return strings.Fields(l.words["when"]["weekdays"])[d.Weekday()] + " " + l.shortDate(d), nil
}
