package reply

import (
	"fmt"
	"slices"
	"strings"
)

// kindOf is what sort of thing a phrase of the lexicon says. Its name in the files
// is in kindNames; what follows a dot in the files is the value ("now.breathe").
type kindOf uint8

const (
	_ kindOf = iota

	// Stopping, in every language at once.
	kindStopSure  // stops for certain, and no never-phrase of stop takes it back
	kindStop      // stops for certain
	kindStopWord  // a word reserved by SMS only; by mail it is doubtful
	kindStopLoud  // stops when it alone is in capitals, else doubtful
	kindStopSoft  // stops unless a practice was asked about, then doubtful
	kindMaybeStop // doubtful
	kindStopYes   // stops where it was asked whether the messages shall end
	kindStopNo    // goes on where that was asked
	kindStopAct   // "stop" with an end to it ("stop until Monday"): doubtful

	// A crisis, in every language at once.
	kindCrisis       // its value "harm" is violence by somebody else
	kindCrisisWord   // the word CRISIS itself and what asks for help in need
	kindCrisisAround // small words that add nothing to those

	// What is no answer.
	kindReaction
	kindAutoReply
	kindCourtesy

	// Outcomes.
	kindDone
	kindPartly
	kindNotYet
	kindSkipped     // its value "question" passes one question over
	kindReachDone   // done, where a reach was asked for
	kindReachPartly // partly, likewise
	kindReachNotYet // not yet, likewise
	kindThumb       // done after a question, courtesy otherwise
	kindYes
	kindAgree // yes to being asked in or offered something
	kindNo
	kindAge // with a number: how old somebody is

	// Numbers.
	kindRate       // the last number in it is a rating
	kindChange     // the first number is before, the last after
	kindChangeBack // the first number is after, the last before
	kindScale      // first number of last number
	kindOtherNum   // its numbers are no ratings
	kindAmends     // mends what was said before; its first number is right

	// Feelings and body.
	kindFeeling
	kindSensation
	kindNot     // takes away the feelings after it
	kindNotEnds // ends the reach of kindNot

	// Commands that are a phrase by themselves.
	kindHelp
	kindStart
	kindStartWord // likewise, and doubtful by mail
	kindJoin
	kindPause
	kindResume
	kindSlower
	kindFaster
	kindNow
	kindShow
	kindEasier
	kindChoose
	kindChoice // a numbered choice in words
	kindNotThis
	kindStatus
	kindUndo
	kindForget
	kindSettings
	kindMenu
	kindChannel
	kindDigest // its value "off" or "on" is what the weekly digest shall be
	kindDelete
	kindExport
	kindFinish
	kindLater

	// Begins of commands that go on with a value.
	kindPauseHead  // may end without one
	kindPauseLead  // nothing without one
	kindResumeHead // goes on with a moment
	kindLaterHead
	kindLaterLead
	kindPaceHead  // goes on with how often, which days or what time; its value "swap" with the one for the other
	kindPaceVague // another time, without saying which
	kindAddHead
	kindRemoveHead
	kindAttributed // tells whose words the rest was: it then is no command
	kindTail       // what may follow a value: "please", "instead"
	kindReason     // what may follow a command without a break: "because", "I'm"

	kindFiller
	kindSkip
	kinds
)

var kindNames = [kinds]string{
	kindStopSure: "stop_sure", kindStop: "stop", kindStopWord: "stop_word", kindStopLoud: "stop_loud", kindStopSoft: "stop_soft",
	kindMaybeStop: "maybe_stop", kindStopYes: "stop_yes", kindStopNo: "stop_no", kindStopAct: "stop_act",
	kindCrisis: "crisis", kindCrisisWord: "crisis_word", kindCrisisAround: "crisis_around",
	kindReaction: "reaction", kindAutoReply: "auto_reply", kindCourtesy: "courtesy",
	kindDone: "done", kindPartly: "partly", kindNotYet: "not_yet", kindSkipped: "skipped",
	kindReachDone: "reach_done", kindReachPartly: "reach_partly", kindReachNotYet: "reach_not_yet",
	kindThumb: "thumb", kindYes: "yes", kindAgree: "agree", kindNo: "no", kindAge: "age",
	kindRate: "rate", kindChange: "change", kindChangeBack: "change_back", kindScale: "scale",
	kindOtherNum: "other_number", kindAmends: "amends",
	kindFeeling: "feeling", kindSensation: "sensation", kindNot: "not", kindNotEnds: "not_ends",
	kindHelp: "help", kindStart: "start", kindStartWord: "start_word", kindJoin: "join",
	kindPause: "pause", kindResume: "resume", kindSlower: "slower", kindFaster: "faster",
	kindNow: "now", kindShow: "show", kindEasier: "easier", kindChoose: "choose", kindChoice: "choice",
	kindNotThis: "not_this", kindStatus: "status", kindUndo: "undo", kindForget: "forget",
	kindSettings: "settings", kindMenu: "menu", kindChannel: "channel", kindDigest: "digest", kindDelete: "delete",
	kindExport: "export", kindFinish: "finish", kindLater: "later",
	kindPauseHead: "pause_head", kindPauseLead: "pause_lead", kindResumeHead: "resume_head",
	kindLaterHead: "later_head", kindLaterLead: "later_lead", kindPaceHead: "pace_head", kindPaceVague: "pace_vague",
	kindAddHead: "add_head", kindRemoveHead: "remove_head", kindAttributed: "attributed", kindTail: "tail", kindReason: "reason",
	kindFiller: "filler", kindSkip: "skip",
}

// universal kinds are read in every language, whatever language a person has set.
func (k kindOf) universal() bool {
	return k >= kindStopSure && k <= kindAutoReply || k == kindFiller || k == kindSkip
}

// covers reports whether a never-phrase of kind k takes kind o back: its own, and
// "stop" all the ways of stopping but those with an end to it.
func (k kindOf) covers(o kindOf) bool {
	return k == o || k == kindStop && o > kindStop && o <= kindMaybeStop
}

// meaning is a kind with its value, such as now and breathe.
type meaning struct {
	kind  kindOf
	value string
}

// meaningOf reads "now.breathe".
func meaningOf(name string) (meaning, error) {
	kind, value, _ := strings.Cut(name, ".")
	i := slices.Index(kindNames[:], kind)
	if i <= 0 {
		return meaning{}, fmt.Errorf("meaning %q is unknown; the known ones are %s", name, strings.Join(kindNames[1:], ", "))
	}
	return meaning{kindOf(i), value}, nil
}
