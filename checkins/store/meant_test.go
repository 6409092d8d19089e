package store_test

import (
	"strings"
	"testing"
	"time"

	"github.com/microreach/microreach/checkins"
	"github.com/microreach/microreach/checkins/pace"
)

func TestAnAmbiguousPlanIsAskedForByNumber(t *testing.T) {
	onBoth(t, func(t *testing.T, h *house) {
		l := h.live(t, nil, rhythm("1/month", "one-feeling"), rhythm("1/week", "win"), rhythm("3/week", "breathe"))
		l.want(l.say("slower"), "which one?", "1 Share", "2 One", "3 ")
		l.wantPaces("1/month, 1/week, 3/week")
		l.want(l.say("2"), "One moment you came closer", "once every 2 weeks", "UNDO")
		l.wantPaces("1/month, 1/2weeks, 3/week")
		l.want(l.say("undo"), "put back as it was: once a week")
		l.wantPaces("1/month, 1/week, 3/week")
		if changes := len(l.me().Changes); changes != 0 {
			t.Errorf("%d changes stand after UNDO", changes)
		}
	})
}

func TestTheLastPromptSaysWhichPlanIsMeant(t *testing.T) {
	l := onPaper(t).live(t, nil, rhythm("1/month", "one-feeling", 10*60), rhythm("1/2weeks", "win", 19*60))
	l.until("2026-03-04 20:00") // the second one, on its anchor's weekday
	l.want(l.say("faster"), "One moment you came closer", "now once a week")
	l.wantPaces("1/month, 1/week")
	l.say("undo")
	l.until("2026-03-10 19:00")
	l.want(l.say("slower"), "One moment you came closer", "once a month")
	l.say("undo")
	l.until("2026-03-11 20:30") // seven times 24 hours after the prompt: the clocks went forward
	l.want(l.say("slower"), "which one?")
}

func TestWithOneActivePlanThereIsNothingToAsk(t *testing.T) {
	l := onPaper(t).live(t, nil, rhythm("1/month", "one-feeling"), rhythm("2/week", "win"))
	l.say("slower")
	l.want(l.say("1"), "Share one honest feeling", "at rest")
	l.wantPaces("1/month paused, 2/week")
	l.want(l.say("slower"), "One moment you came closer", "once a week")
	l.wantPaces("1/month paused, 1/week")
}

func TestANumberedQuestionIsOpenForTheNextThingSaid(t *testing.T) {
	l := onPaper(t).live(t, nil, rhythm("1/month", "one-feeling"), rhythm("2/week", "win"))
	l.want(l.say("slower"), "which one?")
	l.want(l.say("when"), "next:")
	l.say("2")
	l.wantPaces("1/month, 2/week")
	l.want(l.say("faster"), "which one?")
	if got := l.say("9"); strings.Contains(got, "now ") {
		t.Errorf("a number that was not offered: %s", got)
	}
	l.wantPaces("1/month, 2/week")
}

func TestAnAnswerToThePromptPassesOverTheNumberedQuestion(t *testing.T) {
	l := onPaper(t).live(t, nil, rhythm("1/day", "one-feeling", 19*60), rhythm("1/month", "win"))
	l.until("2026-03-04 19:30")
	l.want(l.say("add look back"), "which one?", "1 ", "2 ")
	l.want(l.say("done 7"), "noted")
	records, err := l.Records(t.Context(), l.who, 10)
	if err != nil || len(records) != 1 {
		t.Fatalf("%d records, %v", len(records), err)
	}
	if r := records[0]; r.Practice != "one-feeling" || r.Message == "" {
		t.Errorf("the record is of %q, message %q", r.Practice, r.Message)
	}
}

func TestAPracticeIsAddedAndTakenOutByANameThatFitsSeveral(t *testing.T) {
	onBoth(t, func(t *testing.T, h *house) {
		l := h.live(t, nil, rhythm("1/day", "one-feeling"), rhythm("1/week", "win"))
		l.want(l.say("add look back"), "which one?", "1 Look back at pulling away", "2 Look back at a reach")
		l.want(l.say("2"), "which one?", "1 Share", "2 One moment")
		l.want(l.say("2"), "One moment you came closer", "UNDO")
		if got := l.me().Plans[1].Practices; len(got) != 2 || got[1] == "after-distance" {
			t.Errorf("after adding the second, the plan has %v", got)
		}
		l.say("add slow breath")
		l.say("2")
		if got := l.me().Plans[1].Practices; len(got) != 3 {
			t.Errorf("a name that fits one practice added %v", got)
		}
		l.want(l.say("remove look back"), "UNDO") // only one of hers bears the name, and only one plan has it
		if got := l.me().Plans[1].Practices; len(got) != 2 {
			t.Errorf("after taking it out, the plan has %v", got)
		}
		l.want(l.say("undo"), "put back")
		if got := l.me().Plans[1].Practices; len(got) != 3 {
			t.Errorf("after undo, the plan has %v", got)
		}
		l.say("add look back at pulling")
		l.say("2")
		l.want(l.say("remove look back"), "which one?", "1 Look back", "2 Look back")
		l.say("1")
		if got := l.me().Plans[1].Practices; len(got) != 3 {
			t.Errorf("after taking one of two out, the plan has %v", got)
		}
	})
}

// Pages and digests name it in the person's language, so that name is understood.
func TestAPracticeIsAddedByItsNameInSpanish(t *testing.T) {
	l := onPaper(t).live(t, func(p *checkins.Participant) { p.Locale = "es" }, rhythm("1/day", "one-feeling"))
	l.want(l.say("agrega preguntarle a alguien como esta"), "UNDO")
	if got := l.me().Plans[0].Practices; len(got) != 2 || got[1] != "check-in-text" {
		t.Errorf("the plan has %v", got)
	}
}

func TestADiscreetQuestionNamesNothingBeforeSHOW(t *testing.T) {
	discreet := func(p *checkins.Participant) { p.Discreet = true }
	l := onPaper(t).live(t, discreet, rhythm("1/month", "one-feeling"), rhythm("2/week", "win"))
	asked := l.say("slower")
	l.want(asked, "which one?", "SHOW")
	if strings.Contains(asked, "feeling") {
		t.Errorf("%q names a plan", asked)
	}
	l.want(l.say("show"), "1 Share one honest feeling", "2 One moment")
	done := l.say("2")
	l.want(done, "once a week")
	if strings.Contains(done, "moment you") {
		t.Errorf("%q names a plan", done)
	}
	l.wantPaces("1/month, 1/week")
}

func TestPlansOfOnePracticeAreToldApart(t *testing.T) {
	l := onPaper(t).live(t, nil, rhythm("1/month", "one-feeling"), rhythm("2/week", "one-feeling"))
	l.want(l.say("slower"), "once a month", "2 a week")
}

func TestANumberedQuestionByMail(t *testing.T) {
	h := onPaper(t)
	who := h.enrolBoth(t, 4100)
	now := noon.Add(time.Minute)
	more := rhythm("1/week", "win")
	more.ID, more.Channel, more.Status, more.Anchor, more.CreatedAt = checkins.PlanID(newID()), checkins.Email, checkins.PlanActive, pace.DateOf(now), now
	err := h.Decide(t.Context(), checkins.Who{Participant: who}, now, func(s checkins.State) (checkins.Effects, error) {
		e, _ := h.rules.Begin(s, more, checkins.ByPage, now)
		return e, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	h.mail(t, who, "slower", now.Add(time.Minute))
	mails := h.sendMail(t, now.Add(2*time.Minute))
	if last := mails[len(mails)-1]; !strings.Contains(last, "1. Share one honest feeling") || !strings.Contains(last, "2. One moment you came closer") {
		t.Errorf("the question is %q", last)
	}
	h.mail(t, who, "2", now.Add(3*time.Minute))
	s := h.state(t, who, now.Add(4*time.Minute))
	if s.Plans[0].Pace.String() != "3/week" || s.Plans[1].Pace.String() != "1/2weeks" {
		t.Errorf("the plans are %v and %v", s.Plans[0].Pace, s.Plans[1].Pace)
	}
	mails = h.sendMail(t, now.Add(4*time.Minute))
	if last := mails[len(mails)-1]; !strings.Contains(last, `"One moment you came closer": Now once every 2 weeks`) {
		t.Errorf("the answer is %q", last)
	}
}

// sendMail sends the mail that waits, and returns its words.
func (h *house) sendMail(t *testing.T, now time.Time) (list []string) {
	t.Helper()
	ids, err := h.Claim(t.Context(), checkins.Email, now, now.Add(time.Minute), 100)
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range ids {
		out, err := h.Begin(t.Context(), id, 3, now, now.Add(time.Minute))
		if err != nil {
			continue // the opt-in question, which was answered before it went
		}
		if err := h.Settle(t.Context(), checkins.Settlement{Attempt: out.Attempt, Outcome: checkins.OutcomeAccepted, At: now}); err != nil {
			t.Fatal(err)
		}
		list = append(list, out.Words.Text)
	}
	return list
}
