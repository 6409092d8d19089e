package weeks

import (
	"bufio"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/microreach/microreach/checkins"
	"github.com/microreach/microreach/checkins/pace"
)

// Line is one message, as it was read where it arrived.
type Line struct {
	At      time.Time     // local
	Kind    checkins.Kind // empty = Robin wrote it
	Subject string        // of a mail
	Text    string
}

// ours reports whether we wrote the line.
func (l Line) ours() bool { return l.Kind != "" }

// Story is a life that was lived.
type Story struct {
	Life    Life
	Channel checkins.Channel
	Begin   time.Time // local, on a Monday
	Weeks   int
	Lines   []Line
}

// week is the week of the story in which t lies, from 1.
func (s *Story) week(t time.Time) int {
	return 1 + (pace.DateOf(t).DaysSince(pace.DateOf(s.Begin)))/7
}

const (
	width  = 100 // columns of a transcript
	indent = 35  // columns before the words of a message
)

// quiet is from how long on it is said that nothing came.
const quiet = 72 * time.Hour

// Write writes the story as a transcript.
func (s *Story) Write(out io.Writer) error {
	w := bufio.NewWriter(out)
	way := map[checkins.Channel]string{checkins.SMS: "text", checkins.Email: "mail"}[s.Channel]
	_, _ = fmt.Fprintf(w, "%s, by %s\n\n", s.Life.Name, way)
	for _, line := range fold(strings.Join(strings.Fields(s.Life.About), " "), width) {
		_, _ = fmt.Fprintln(w, line)
	}
	week, last := 0, s.Begin
	for _, l := range s.Lines {
		silence(w, last, l.At, "")
		if n := s.week(l.At); n != week {
			week = n
			_, _ = fmt.Fprintf(w, "\nWeek %d\n\n", week)
		}
		l.write(w, way)
		last = l.At
	}
	silence(w, last, s.Begin.AddDate(0, 0, 7*s.Weeks), ", to the end")
	s.writeCounts(w)
	return w.Flush()
}

// silence tells a stretch in which nothing came.
func silence(w io.Writer, from, to time.Time, how string) {
	if d := to.Sub(from); d >= quiet {
		_, _ = fmt.Fprintf(w, "(nothing for %d days%s)\n", int((d+time.Hour)/(24*time.Hour)), how)
	}
}

// write writes one message: when, who, how, and its words, folded.
func (l Line) write(w io.Writer, way string) {
	who := "Robin"
	if l.ours() {
		who = programme
	}
	head := fmt.Sprintf("%s  %-10s  %s", l.At.Format("Mon _2 Jan 15:04"), who, way)
	if l.Subject != "" {
		_, _ = fmt.Fprintf(w, "%-*s[%s]\n", indent, head, l.Subject)
		head = ""
	}
	for line := range strings.SplitSeq(l.words(), "\n") {
		for _, folded := range fold(line, width-indent) {
			_, _ = fmt.Fprintln(w, strings.TrimRight(fmt.Sprintf("%-*s%s", indent, head, folded), " "))
			head = ""
		}
	}
}

// words are what a person reads of a message: of a mail neither the marker over
// it nor the foot.
func (l Line) words() string {
	if l.Subject == "" {
		return l.Text
	}
	text, _, _ := strings.Cut(l.Text, "\n-- \n")
	_, text, _ = strings.Cut(text, "\n\n") // the marker is the first paragraph
	return strings.TrimSpace(text)
}

// fold breaks a line at spaces, so that none is longer than columns where that
// can be done.
func fold(line string, columns int) (folded []string) {
	current := ""
	for word := range strings.FieldsSeq(line) {
		switch {
		case current == "":
			current = word
		case utf8.RuneCountInString(current)+1+utf8.RuneCountInString(word) > columns:
			folded, current = append(folded, current), word
		default:
			current += " " + word
		}
	}
	return append(folded, current)
}

// kinds names the kinds of message in the order in which they are counted.
var kinds = []struct {
	kind checkins.Kind
	name string
}{
	{checkins.OptIn, "question at joining"},
	{checkins.Prompt, "reminders"},
	{checkins.FollowUp, "notes"},
	{checkins.Digest, "weekly digests"},
	{checkins.Answer, "answers"},
	{checkins.Help, "help"},
	{checkins.StopConfirmation, "confirmation of the end"},
}

// counts is how many messages were written in each week, from the first on.
func (s *Story) counts(counted func(Line) bool) (perWeek []int, all int) {
	perWeek = make([]int, s.Weeks)
	for _, l := range s.Lines {
		if n := s.week(l.At); n <= s.Weeks && counted(l) {
			perWeek[n-1]++
			all++
		}
	}
	return perWeek, all
}

// writeCounts writes how much there was of what, week by week.
func (s *Story) writeCounts(w io.Writer) {
	row := func(name string, counted func(Line) bool) {
		perWeek, all := s.counts(counted)
		_, _ = fmt.Fprintf(w, "%-25s", name)
		for _, n := range perWeek {
			_, _ = fmt.Fprintf(w, "%4d", n)
		}
		_, _ = fmt.Fprintf(w, "%7d\n", all)
	}
	_, _ = fmt.Fprintf(w, "\n%-25s", "Messages in week")
	for n := range s.Weeks {
		_, _ = fmt.Fprintf(w, "%4d", n+1)
	}
	_, _ = fmt.Fprintf(w, "%7s\n", "in all")
	row(programme, Line.ours)
	for _, k := range kinds {
		is := func(l Line) bool { return l.Kind == k.kind }
		if _, all := s.counts(is); all > 0 {
			row("  "+k.name, is)
		}
	}
	row("Robin", func(l Line) bool { return !l.ours() })
}
