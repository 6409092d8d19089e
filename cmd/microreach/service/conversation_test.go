package service_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/microreach/microreach/checkins"
	"github.com/microreach/microreach/checkins/pace"
)

func discreet(who *checkins.Participant, _ *checkins.Plan) { who.Discreet = true }

// conversations are whole exchanges, as they are read.
var conversations = []struct {
	name   string
	person person
	script string
}{
	{"a prompt of several offers two, and takes three texts in all", person{practices: "appreciate,check-in-text,hard-day"}, `
		next
		< 2 Ask someone how they are
		> 2
		< send someone a short text
		+2h
		> done
		< noted: done. Thank you.
		= check-in-text done
		> 7
		< noted: done, closeness 7.
		= check-in-text done 7`},
	{"what fits one of the two needs no number", person{practices: "closeness,win"}, `
		next
		< 2 One moment you came closer
		> 7. We cooked together
		< noted: closeness 7
		= closeness 7 note "7. We cooked together"
		next
		< 1 
		> I stayed at the table although I wanted to go
		< noted, as you wrote it
		= win note "I stayed at the table although I wanted to go"`},
	{"a number on no list is not lost", person{practices: "appreciate,accept-help"}, `
		next
		< 1 Tell
		> 7 it went ok
		< noted: 7
		= ? 7 note "7 it went ok"`},
	{"number and outcome in one go", person{practices: "appreciate,check-in-text"}, `
		next
		< 1 Tell
		> 2, done
		< noted: done
		= check-in-text done`},
	{"the pair is asked afterwards, and labelled so", person{practices: "one-feeling"}, `
		next
		< text one honest feeling
		> did it
		< noted: done. How much tension before, and now, 0 to 10? Two numbers, like 8 3. Or leave it there.
		> 8 3
		< noted: done, tension 8 to 3. Thank you.
		= one-feeling done 8>3 remembered`},
	{"the weekly digest ends and comes back by a text", person{practices: "check-in-text"}, `
		next
		< send someone a short text
		> please stop the weekly summary
		< no more weekly look back. All else goes on
		> no more digest
		< no more weekly look back
		> send me the digest again
		< your week now comes
		> undo
		< put back as it was`},
	{"a pause may be told by its two ends, and ends after them", person{practices: "check-in-text"}, `
		next
		< send someone a short text
		> done, and pause from friday to sunday
		< paused. Nothing until Mon
		= check-in-text done`},
	{"done 8 3 in one go is enough", person{practices: "one-feeling"}, `
		next
		< text one honest feeling
		> done 8 3
		< noted: done, tension 8 to 3. Thank you.
		= one-feeling done 8>3 remembered`},
	{"a follow-up that is left expires", person{practices: "check-in-text"}, `
		next
		< short text
		> done
		< How close did it feel, 0 to 10? Or leave it there.
		+40h
		< -
		= check-in-text done`},
	{"a practice picked from the menu is asked about before and after", person{practices: "closeness"}, `
		> menu
		< 2 A slow breath, 4-7-8
		> 2
		< How tense are you now, 0 to 10? A number, or SKIP.
		> 7
		< in for 4
		+20m
		> done
		< noted: done, tension 7 before. How tense are you now, 0 to 10? Or leave it there.
		> 4
		< noted: done, tension 7 to 4.
		= breath-478 done 7>4`},
	{"the question before can be skipped", person{practices: "closeness"}, `
		> menu
		< 1 Ask
		> 2
		< How tense
		> skip
		< in for 4
		= -
		> not today
		< noted: not today. Thank you.
		= breath-478 skipped`},
	{"a guess is kept, and what happened stands beside it", person{practices: "small-favour"}, `
		next
		< What do you expect
		> she will say no
		= small-favour expects "she will say no"
		+3h
		> done
		< noted: done. What happened? Or leave it there.
		> she said yes at once
		< noted: done. Thank you.
		= small-favour done expects "she will say no" note "she said yes at once"`},
	{"a moment of pulling away is looked at in three parts", person{practices: "closeness"}, `
		> just pulled away
		< What happened just before you pulled away? A few words, or SKIP.
		> he asked me to stay
		< What did you feel, in mind or body?
		> skip
		< What is one kind thought that would question it?
		+10m
		> maybe he only wanted company
		< noted, as you wrote it. Thank you.
		= after-distance note "he asked me to stay\nmaybe he only wanted company"`},
	{"a late did it finds its reach", person{practices: "appreciate", pace: "1/week", also: "closeness"}, `
		next
		< one thing you value
		next
		< how close
		next
		< how close
		+12h
		> did it
		< noted: done. Thank you.
		= appreciate done
		> 6
		< noted`},
	{"not today, and done after all", person{practices: "appreciate"}, `
		next
		< one thing you value
		> not today
		< noted: not today. Thank you.
		+20h
		> did it after all
		< noted: done
		= appreciate done`},
	{"not this one never comes again, and UNDO brings it back", person{practices: "appreciate"}, `
		next
		< one thing you value
		> not this one
		< that one won't come again. Next one Thu 5 Mar 19:00. UNDO any time.
		next
		< short text to ask how they are
		> undo
		< put back as it was
		next
		< one good thing about a friend`},
	{"EASIER steps back at once", person{practices: "upset-text"}, `
		next
		< text
		> easier
		< 
		> done
		< noted: done`},
	{"after three done the next level is offered, never given", person{practices: "appreciate", pace: "1/day"}, `
		next
		< one thing you value
		> done
		< noted: done. Thank you.
		next
		< one good thing about a friend
		> done
		< noted: done. Thank you.
		next
		< what do you like
		> done
		< noted: done. One step on, if you like: Hold eye contact a bit longer. NEXT takes it, NOT TODAY leaves it.
		> not today
		< noted. Thank you.
		= appreciate done
		next
		< one thing you value`},
	{"NEXT takes the next level", person{practices: "appreciate", pace: "1/day"}, `
		next
		< one thing
		> done
		< noted: done.
		next
		< one good thing
		> done
		< noted: done.
		next
		< what do you like
		> done
		< One step on
		> next
		< Hold eye contact a bit longer: it comes in its turn. Next one
		next
		< 2 Hold eye contact`},
	{"a hard one gets no cheer, and the next is gentle", person{practices: "upset-text,hard-day", pace: "1/day"}, `
		next
		< 1 
		> 1
		< text
		> couldn't do it
		< That counts as an answer. BREATHE or GROUND if you like, PAUSE for some rest.
		next
		< DONE`},
	{"rising tension gets no cheer either", person{practices: "one-feeling"}, `
		next
		< one honest feeling
		> done 3 8
		< noted: done, tension 3 to 8. That counts, however it went.`},
	{"BREATHE is answered at once, in the night and while paused", person{practices: "closeness"}, `
		> pause
		< paused
		+10h
		> breathe
		< in for 4, hold for 7, out for 8
		> I want to bolt
		< the urge to pull away`},
	{"WIN with words is kept as one", person{practices: "closeness"}, `
		> win
		< 
		> I called her back
		< noted, as you wrote it`},
	{"much in one hour is told once, then it is quiet", person{practices: "closeness"}, `
		> breathe
		< in for 4
		> ground
		< feet on the floor
		+1m
		> idea
		< NOT TODAY
		+1m
		> idea
		< NOT TODAY
		+1m
		> idea
		< NOT TODAY
		+1m
		> idea
		< NOT TODAY
		+1m
		> idea
		< NOT TODAY
		+1m
		> idea
		< NOT TODAY
		+1m
		> idea
		< NOT TODAY
		+1m
		> idea
		< NOT TODAY
		+1m
		> breathe
		< that was a lot for one hour
		+1m
		> breathe
		< -
		+70m
		> breathe
		< in 4`},
	{"discreet: SHOW says each question", person{practices: "check-in-text", alter: discreet}, `
		next
		< today's small thing is ready. SHOW, LATER or NOT TODAY.
		> show
		< send someone a short text
		> done
		< noted: done. One short question: SHOW it, or leave it there.
		> show
		< How close did it feel
		> 6
		< noted: done. Thank you.
		> menu
		< some small things to pick from. SHOW, or NOT TODAY.
		> show
		< 1 
		> 2
		< one short question first. SHOW it, or SKIP.
		> show
		< How tense are you now`},
	{"finish is one closing text, and then silence", person{practices: "appreciate"}, `
		next
		< one thing
		> finish
		< all done. No more reminders will come.
		+2000h
		< -
		> resume
		< on again`},
	{"finish by mail gives some words back", person{practices: "win", channel: checkins.Email}, `
		next
		< Hello Robin
		> I asked for help
		< Noted, as you wrote it
		> finish
		< "I asked for help"`},
	{"courtesy gets no answer", person{practices: "appreciate"}, `
		next
		< one thing
		> done
		< noted
		> thanks
		< -`},
	{"short acknowledgements", person{practices: "appreciate", alter: func(p *checkins.Participant, _ *checkins.Plan) { p.Acks = checkins.AcksShort }}, `
		next
		< one thing
		> done, she smiled
		< noted. Thank you.
		= appreciate done note "done, she smiled"`},
	{"no acknowledgements", person{practices: "check-in-text", alter: func(p *checkins.Participant, _ *checkins.Plan) { p.Acks = checkins.AcksNone }}, `
		next
		< short text
		> done
		< -
		= check-in-text done
		> pause
		< paused`},
	{"two texts parted by UNDO keep no more than one did", person{practices: "one-feeling", alter: func(p *checkins.Participant, _ *checkins.Plan) { p.Keep = checkins.KeepNumbers }}, `
		next
		< text one honest feeling
		> did it 8 3
		< noted: done
		= one-feeling done 8>3 remembered
		> she was so kind 5
		< 
		> undo
		< 
		= one-feeling 5`},
	{"who says sorry to a new prompt corrects nothing of the last one", person{practices: "one-feeling"}, `
		next
		< text one honest feeling
		> done 8 3
		< noted: done, tension 8 to 3.
		next
		< one feeling, told to one person
		> sorry, not today
		< noted: not today
		= one-feeling skipped
		> sorry, I meant done
		< changed to: done
		= one-feeling done`},
	{"yes to the question whether it shall end ends it, a day later, too", person{practices: "check-in-text"}, `
		next
		< send someone a short text
		> I hate these
		< would you like these messages to end?
		> hmm
		< -
		+30h
		> yes
		< you are unsubscribed
		= -`},
	{"no to it goes on, and a later yes is about the prompt", person{practices: "check-in-text"}, `
		next
		< send someone a short text
		> I hate these
		< would you like these messages to end?
		> no, I like them
		< on again
		+1h
		> yes
		< noted: done
		= check-in-text done`},
	{"what was done is no answer to it", person{practices: "check-in-text"}, `
		next
		< send someone a short text
		> I can't do this anymore
		< would you like these messages to end?
		= -
		> did it 7
		< noted: done, closeness 7
		= check-in-text done 7`},
	{"the answer by mail counts alike", person{practices: "check-in-text", channel: checkins.Email}, `
		next
		< short text
		> I hate these
		< Would you like these mails to end?
		> yes please
		< You are unsubscribed`},
	{"what is offered is taken by a yes, and left by a no", person{practices: "check-in-text"}, `
		next
		< DONE, LATER, NOT TODAY or your own words.
		> done 7
		< noted
		next
		< DONE, LATER, NOT TODAY or your own words.
		> done 7
		< noted
		next
		< DONE, LATER, NOT TODAY or your own words.
		> done 7
		< NEXT takes it, NOT TODAY leaves it
		> not yet
		< noted
		= check-in-text done 7
		> yes please
		< it comes in its turn`},
	{"days after a long pause a yes goes on", person{practices: "check-in-text"}, `
		next
		< send someone a short text
		> done 7, pause for 3 months
		< paused. Nothing until Tue 2 Jun
		+2300h
		< Go on, 2 a week?
		> yes
		< on again`},
	{"and a no does not", person{practices: "check-in-text"}, `
		next
		< send someone a short text
		> done 7, pause for 3 months
		< paused. Nothing until Tue 2 Jun
		+2300h
		< Go on, 2 a week?
		> no
		< noted
		= check-in-text done 7
		> when?
		< nothing is set to come`},
	{"numbers only are kept, and the answer says so", person{practices: "one-feeling", alter: func(p *checkins.Participant, _ *checkins.Plan) { p.Keep = checkins.KeepNumbers }}, `
		next
		< one honest
		> done 8 3, I felt nervous
		< noted: done, tension 8 to 3. Your words are not kept. Thank you.
		= one-feeling done 8>3 remembered`},
	{"that there was an answer is all that is kept", person{practices: "one-feeling", alter: func(p *checkins.Participant, _ *checkins.Plan) { p.Keep = checkins.KeepAnswered }}, `
		next
		< one honest
		> done 8 3
		< noted: done. Thank you.
		= one-feeling done`},
	{"don't keep that erases the words", person{practices: "win"}, `
		next
		< moment
		> I told him everything about the money
		< noted, as you wrote it
		> don't keep that
		< gone. What you wrote last is erased
		= win`},
	{"the first one after a pause is short, and says so", person{practices: "one-feeling"}, `
		> pause 3 days
		< paused. Nothing until Thu 5 Mar
		next
		< your pause is over. Share one honest feeling`},
	{"the first one after hard words asks nothing", person{practices: "one-feeling", pace: "1/day"}, `
		> I want to die
		< call or text 988
		next
		< nothing to do today, just a hello. PAUSE, NOT TODAY or a few words are all fine.`},
	{"a further match within twelve hours gets the short line", person{practices: "one-feeling"}, `
		> I want to die
		< if things feel like too much right now
		+1h
		> I want to die
		< if it's too much
		> crisis
		< if things feel like too much right now
		+14h
		> I want to die
		< if things feel like too much right now`},
	{"who is not safe gets a text that others may read", person{practices: "one-feeling"}, `
		> he hit me again last night
		< good to have at hand: `},
	{"NOT TODAY at the question before leaves the practice", person{practices: "closeness"}, `
		> menu
		< 1 Ask
		> 2
		< How tense
		> not today
		< noted: not today
		= breath-478 skipped`},
	{"who comes back is one step slower and begins with level 1", person{practices: "upset-text,check-in-text,hard-day", pace: "3/week"}, `
		> stop texting me please
		< you are unsubscribed
		+400h
		< -
		> start
		< you're in. Next one
		> when
		< next:
		next
		< short text to ask how they are`},
	{"how to leave is said again after four weeks", person{practices: "appreciate", pace: "1/2weeks", alter: func(_ *checkins.Participant, p *checkins.Plan) { p.At = []pace.Clock{19 * 60} }}, `
		next
		< one thing
		> done
		< noted
		next
		< one good
		> done
		< noted
		next
		< DONE, LATER or NOT TODAY. STOP ends these texts.`},
	{"the reason for it is said now and then", person{practices: "appreciate", alter: func(_ *checkins.Participant, p *checkins.Plan) { p.Because = "I want to be there"; p.Sent = 3 }}, `
		next
		< words. For: I want to be there.`},
	{"LATER on what has no reminder changes nothing", person{practices: "closeness"}, `
		> breathe
		< in for 4
		> later
		< there is no reminder to move`},
	{"an own reach is not taken by text", person{practices: "closeness"}, `
		> add text my sister on Sundays
		< there is no small thing of that name here`},
	{"a catalogue practice is added by its name", person{practices: "closeness"}, `
		> add eye contact
		< Hold eye contact a bit longer: it comes in its turn`},
}

func TestConversationsGoAsWrittenDown(t *testing.T) {
	for _, c := range conversations {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			startTalk(t, c.person).goes(c.script)
		})
	}
}

func TestAnOwnReachByMailIsSentAsItsAuthorTypedIt(t *testing.T) {
	k := startTalk(t, person{practices: "closeness", channel: checkins.Email})
	k.goes(`
		> add text my sister on Sundays
		< There is no small thing of that name here`)
	k.aligns = true
	k.goes(`
		+1m
		> add text my sister on Sundays
		< It comes in its turn.
		next
		< text my sister on Sundays`)
	if own := k.state().Own; len(own) != 1 || own[0].Words != "text my sister on Sundays" {
		t.Errorf("own practices: %v", own)
	}
}

func TestForgottenWordsAreGoneFromEveryRow(t *testing.T) {
	k := startTalk(t, person{practices: "win"})
	k.goes(`
		next
		< moment
		> I told him about the canary
		< noted
		> and about the canary's cage
		< noted
		> don't keep that
		< gone`)
	s := k.state()
	if s.Records[0].Note != "" || strings.Contains(s.Heard.Text, "canary") {
		t.Errorf("left: %q, %q", s.Records[0].Note, s.Heard.Text)
	}
}

func TestWhatWasRefusedIsNeverSuggestedAgain(t *testing.T) {
	k := startTalk(t, person{practices: "appreciate"})
	k.goes(`
		next
		< one thing you value
		> not this one
		< that one won't come again`)
	if not := k.state().Participant.NotThese; !slices.Equal(not, []checkins.PracticeID{"appreciate"}) {
		t.Fatalf("refused: %v", not)
	}
	for range 12 {
		k.until(k.now.Add(2 * time.Hour))
		k.say("menu")
		last := k.came[len(k.came)-1].Words.Text
		if strings.Contains(last, "Tell someone one good thing") {
			t.Fatalf("suggested again: %s", last)
		}
	}
}

func TestAHeldAddressThatWritesWorksAgain(t *testing.T) {
	k := startTalk(t, person{practices: "appreciate"})
	err := k.core.Store.Decide(t.Context(), checkins.Who{Participant: k.who}, k.now, func(s checkins.State) (checkins.Effects, error) {
		a := s.Addresses[0]
		a.State, a.StateSince = checkins.Held, k.now
		return checkins.Effects{Addresses: []checkins.Address{a}}, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	k.goes("+200h\n< -\n> hi, new phone\n< noted\nnext\n< one thing you value")
}
