package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/microreach/microreach/checkins"
	"github.com/microreach/microreach/checkins/reply"
	"github.com/microreach/microreach/notifier/email/emailtest"
	"github.com/microreach/microreach/notifier/twilio/twiliotest"
)

// story plays a scripted conversation and prints what happens.
type story struct {
	*World
	out      io.Writer
	printed  map[checkins.CheckInID]bool
	texts    int // texts of the phone's thread that were printed
	mails    int
	paused   bool // a pause was obeyed
	finished bool // nothing came after FINISH
	jumpedAs bool // a jump sent what the preview listed
}

// Play builds a world, plays the conversation, prints each step and then the
// check-in rows as they stand in the database. It is an error when a record
// that the conversation must leave is not there. What is left of the time, the
// world goes on at an hour a second.
func Play(ctx context.Context, out io.Writer, o Options, duration time.Duration, speed float64) (err error) {
	end := o.Real().Add(duration)
	w, err := Build(ctx, o)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.Close()) }()
	s := &story{World: w, out: out, printed: map[checkins.CheckInID]bool{}}
	s.say("Microreach, all of it, on a throwaway database. The texts and mails are real ones to a stand-in on this machine.")
	for _, step := range []func(context.Context) error{s.reach, s.correct, s.journal, s.later, s.menu, s.moment, s.pause, s.week, s.discreet, s.finish} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	if err := s.goOn(ctx, end.Sub(o.Real()), speed); err != nil {
		return err
	}
	return s.rows(ctx)
}

func (s *story) say(format string, args ...any) { _, _ = fmt.Fprintf(s.out, format+"\n", args...) }

func (s *story) robin() Person { return s.People[0] }
func (s *story) alex() Person  { return s.People[1] }

// reach: a reminder by text, answered with an outcome and two numbers.
func (s *story) reach(ctx context.Context) error {
	s.say("\nTwo people said yes. Robin gets texts in New York, Alex mails in London.")
	if err := s.jumpTo(ctx, s.robin()); err != nil {
		return err
	}
	return s.text(ctx, "done 8 3, I felt nervous but glad")
}

// correct: a wrong number is put right by a further text.
func (s *story) correct(ctx context.Context) error {
	if err := s.wait(ctx, 5*time.Minute); err != nil {
		return err
	}
	return s.text(ctx, "sorry, 4 not 3")
}

// journal: a mail, answered in a mail program with the quote below.
func (s *story) journal(ctx context.Context) error {
	if err := s.jumpTo(ctx, s.alex()); err != nil {
		return err
	}
	return s.mail(ctx, "7. We cooked together and I stayed at the table.")
}

// later: one reminder is put off.
func (s *story) later(ctx context.Context) error {
	if err := s.jumpTo(ctx, s.robin()); err != nil {
		return err
	}
	if err := s.text(ctx, "later"); err != nil {
		return err
	}
	if err := s.jumpTo(ctx, s.robin()); err != nil {
		return err
	}
	return s.text(ctx, "not today")
}

// menu: something is picked now, with a number before and one after.
func (s *story) menu(ctx context.Context) error {
	s.say("")
	return s.inTurn(ctx, "menu", "2", "7", "done", "4")
}

// moment: what is asked for in the moment is answered at any hour.
func (s *story) moment(ctx context.Context) error {
	s.say("")
	if err := s.wait(ctx, 13*time.Hour); err != nil {
		return err
	}
	return s.inTurn(ctx, "just pulled away", "he asked how I was", "tight chest, I wanted to leave", "maybe he just likes me")
}

// inTurn sends texts a few minutes apart.
func (s *story) inTurn(ctx context.Context, texts ...string) error {
	for _, body := range texts {
		if err := s.wait(ctx, 2*time.Minute); err != nil {
			return err
		}
		if err := s.text(ctx, body); err != nil {
			return err
		}
	}
	return nil
}

// discreet: the lock screen tells nothing, and SHOW does.
func (s *story) discreet(ctx context.Context) error {
	s.say("\nRobin asks for texts that a lock screen may show:")
	if err := s.setDiscreet(ctx, true); err != nil {
		return err
	}
	if err := s.jumpTo(ctx, s.robin()); err != nil {
		return err
	}
	return s.inTurn(ctx, "show", "done")
}

// finish: one closing text, and silence.
func (s *story) finish(ctx context.Context) error {
	s.say("\nAnd one day Robin is done with it:")
	if err := s.text(ctx, "finish"); err != nil {
		return err
	}
	before := s.prompts(s.robin())
	if err := s.wait(ctx, 14*24*time.Hour); err != nil {
		return err
	}
	s.finished = s.prompts(s.robin()) == before
	s.say("  %s  in the two weeks after it: %d texts to Robin", s.stamp(s.robin()), s.prompts(s.robin())-before)
	return nil
}

// pause: nothing comes while it lasts.
func (s *story) pause(ctx context.Context) error {
	if err := s.text(ctx, "pause for a week"); err != nil {
		return err
	}
	before := s.prompts(s.robin())
	if err := s.wait(ctx, 6*24*time.Hour); err != nil {
		return err
	}
	sent := s.prompts(s.robin()) - before
	s.say("  %s  pause obeyed: %d reminders to Robin in six days of pause", s.stamp(s.robin()), sent)
	s.paused = sent == 0
	return s.text(ctx, "resume")
}

// week: a jump of a week sends exactly what the preview lists.
func (s *story) week(ctx context.Context) error {
	var want []string
	end := s.Clock.Now().AddDate(0, 0, 7)
	s.say("\nThe next reminders, as the preview lists them:")
	for _, p := range s.People {
		list, err := s.Service.Preview(ctx, p.ID, 20)
		if err != nil {
			return err
		}
		for _, u := range list {
			if !u.Due.At.After(end) {
				want = append(want, p.Name+" "+u.Due.At.UTC().Format(time.RFC3339))
				s.say("  %s  %s: %s (%s)", localTime(u.Due.At, p.Zone), p.Name, u.What(), u.Due.Why)
			}
		}
	}
	before := map[string]int{}
	for _, p := range s.People {
		before[p.Name] = s.prompts(p)
	}
	s.say("A week goes by:")
	if err := s.jump(ctx, end); err != nil {
		return err
	}
	got, err := s.sentSince(ctx, end.AddDate(0, 0, -7))
	if err != nil {
		return err
	}
	slices.Sort(want)
	slices.Sort(got)
	s.jumpedAs = slices.Equal(want, got)
	s.say("  the preview listed %d reminders, and %d were sent: %s", len(want), len(got), map[bool]string{true: "the same ones", false: "NOT the same ones"}[s.jumpedAs])
	return nil
}

// goOn lets the clock run for what is left of the time.
func (s *story) goOn(ctx context.Context, left time.Duration, speed float64) error {
	if left <= 0 {
		return nil
	}
	s.say("\nAnd on it goes, %s more, an hour or so a second:", left.Round(time.Second))
	s.Clock.SetSpeed(speed)
	defer s.Clock.SetSpeed(0)
	ticker := time.NewTicker(200 * time.Millisecond)
	defer ticker.Stop()
	done := time.After(left)
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-done:
			return nil
		case <-ticker.C:
			s.show()
		}
	}
}

// jumpTo goes to the person's next reminder.
func (s *story) jumpTo(ctx context.Context, p Person) error {
	list, err := s.Service.Preview(ctx, p.ID, 1)
	if err != nil {
		return err
	}
	if len(list) == 0 {
		return fmt.Errorf("%s has no next reminder", p.Name)
	}
	return s.jump(ctx, list[0].Due.At)
}

func (s *story) jump(ctx context.Context, to time.Time) error {
	err := s.Jump(ctx, to)
	s.show()
	return err
}

func (s *story) wait(ctx context.Context, d time.Duration) error {
	return s.jump(ctx, s.Clock.Now().Add(d))
}

func (s *story) text(ctx context.Context, body string) error {
	if err := s.Text(ctx, body); err != nil {
		return err
	}
	return s.settle(ctx, s.robin())
}

func (s *story) mail(ctx context.Context, body string) error {
	s.say("  %s  received  mail  from Alex    %s", s.stamp(s.alex()), quote(body))
	if err := s.Mail(ctx, body); err != nil {
		return err
	}
	return s.settle(ctx, s.alex())
}

// settle waits for the answer, then prints it and the record that came of it.
func (s *story) settle(ctx context.Context, p Person) error {
	if err := s.Drain(ctx); err != nil {
		return err
	}
	records, err := s.Service.Store.Records(ctx, p.ID, 1000)
	if err != nil {
		return err
	}
	s.show()
	for _, r := range records {
		if !s.printed[r.ID] {
			s.printed[r.ID] = true
			s.say("  %s  recorded        for %-6s  %s", s.stamp(p), p.Name, describe(r))
		}
	}
	return nil
}

// show prints the texts and mails that were not printed yet, in the order in
// which they came.
func (s *story) show() {
	type line struct {
		at   time.Time
		text string
	}
	var lines []line
	thread := s.phone.Thread(s.robin().Address)
	for _, m := range thread[s.texts:] {
		way := "sent      text  to Robin   "
		if m.Direction == "inbound" {
			way = "received  text  from Robin "
		}
		lines = append(lines, line{m.Created, localTime(m.Created, s.robin().Zone) + "  " + way + quote(m.Body)})
	}
	inbox := s.mailbox.Mailbox(s.alex().Address)
	for _, m := range inbox[s.mails:] {
		lines = append(lines, line{m.At, localTime(m.At, s.alex().Zone) + "  sent      mail  to Alex    " + quote(m.Subject)})
	}
	s.texts, s.mails = len(thread), len(inbox)
	slices.SortStableFunc(lines, func(a, b line) int { return a.at.Compare(b.at) })
	for _, l := range lines {
		s.say("  %s", l.text)
	}
}

// rows prints the records by a query of their own and checks them.
func (s *story) rows(ctx context.Context) error {
	s.say("\nThe check-ins, as they stand in the database:")
	s.say("  %-16s %-7s %-5s %-14s %-8s %-7s %-20s %s", "when", "who", "by", "practice", "outcome", "rating", "feelings", "note")
	found := map[string][]checkins.CheckIn{}
	for _, p := range s.People {
		records, err := s.Service.Store.Records(ctx, p.ID, 1000)
		if err != nil {
			return err
		}
		for _, r := range records {
			found[p.Name] = append(found[p.Name], r)
			s.say("  %-16s %-7s %-5s %-14s %-8s %-7s %-20s %s", localTime(r.At, p.Zone), p.Name, r.Channel, r.Practice,
				r.Outcome, ratings(r), strings.Join(r.Feelings, ", "), quote(r.Note))
		}
	}
	return s.missing(found)
}

// missing says what the conversation must have left and did not.
func (s *story) missing(found map[string][]checkins.CheckIn) error {
	has := func(name string, is func(checkins.CheckIn) bool) bool { return slices.ContainsFunc(found[name], is) }
	var missing []string
	for what, ok := range map[string]bool{
		"Robin's record by text, done, 8 to 4": has("Robin", func(r checkins.CheckIn) bool {
			return r.Channel == checkins.SMS && r.Outcome == reply.OutcomeDone && ratings(r) == "8 to 4"
		}),
		"Robin's record of NOT TODAY":   has("Robin", func(r checkins.CheckIn) bool { return r.Outcome == reply.OutcomeSkipped }),
		"Alex's record by mail, with 7": has("Alex", func(r checkins.CheckIn) bool { return r.Channel == checkins.Email && ratings(r) == "7" }),
		"an obeyed pause":               s.paused,
		"silence after FINISH":          s.finished,
		"Robin's breath from the menu, 7 to 4": has("Robin", func(r checkins.CheckIn) bool {
			return r.Practice == "breath-478" && ratings(r) == "7 to 4"
		}),
		"Robin's three parts": has("Robin", func(r checkins.CheckIn) bool {
			return r.Practice == "after-distance" && strings.Count(r.Note, "\n") == 2
		}),
		"a jump that sent what the preview listed": s.jumpedAs,
		"Alex's week, in a mail of its own": slices.ContainsFunc(s.mailbox.Mailbox(s.alex().Address), func(m emailtest.Message) bool {
			return strings.HasSuffix(m.Subject, "your week")
		}),
	} {
		if !ok {
			missing = append(missing, what)
		}
	}
	if len(missing) > 0 {
		slices.Sort(missing)
		return fmt.Errorf("the conversation did not leave what it must: %s", strings.Join(missing, "; "))
	}
	s.say("\nAll of it is there: %d check-ins.", len(found["Robin"])+len(found["Alex"]))
	return nil
}

// prompts counts the reminders that reached a person.
func (s *story) prompts(p Person) int {
	if p.Channel == checkins.SMS {
		return len(slices.DeleteFunc(s.phone.Thread(p.Address), func(m twiliotest.Message) bool { return m.Direction == "inbound" }))
	}
	return len(s.mailbox.Mailbox(p.Address))
}

// sentSince lists the reminders that arrived after t, as the peers saw them.
func (s *story) sentSince(_ context.Context, t time.Time) ([]string, error) {
	var got []string
	for _, m := range s.phone.Thread(s.robin().Address) {
		if m.Direction != "inbound" && m.Created.After(t) {
			got = append(got, "Robin "+m.Created.UTC().Truncate(time.Second).Format(time.RFC3339))
		}
	}
	for _, m := range s.mailbox.Mailbox(s.alex().Address) {
		if m.At.After(t) {
			got = append(got, "Alex "+m.At.UTC().Truncate(time.Second).Format(time.RFC3339))
		}
	}
	return got, nil
}

func (s *story) stamp(p Person) string { return localTime(s.Clock.Now(), p.Zone) }

// localTime writes t as the person's wall clock shows it.
func localTime(t time.Time, zone string) string {
	loc, err := time.LoadLocation(zone)
	if err != nil {
		loc = time.UTC
	}
	return t.In(loc).Format("Mon 02 Jan 15:04")
}

// quote writes a text on one line, shortened.
func quote(text string) string {
	line := []rune(strings.Join(strings.Fields(text), " "))
	if len(line) > 110 {
		line = append(line[:107], '…')
	}
	if len(line) == 0 {
		return ""
	}
	return `"` + string(line) + `"`
}

func describe(r checkins.CheckIn) string {
	parts := []string{string(r.Practice)}
	if r.Outcome != "" {
		parts = append(parts, "outcome "+string(r.Outcome))
	}
	if rating := ratings(r); rating != "" {
		parts = append(parts, "rating "+rating)
	}
	if len(r.Feelings) > 0 {
		parts = append(parts, "feelings "+strings.Join(r.Feelings, ", "))
	}
	return strings.Join(parts, ", ")
}

func ratings(r checkins.CheckIn) string {
	switch {
	case r.RatingBefore != nil && r.Rating != nil:
		return fmt.Sprintf("%g to %g", *r.RatingBefore, *r.Rating)
	case r.Rating != nil:
		return fmt.Sprintf("%g", *r.Rating)
	case r.RatingBefore != nil:
		return fmt.Sprintf("%g before", *r.RatingBefore)
	}
	return ""
}
