// Package reply answers one question: what did this person say?
//
// [Reader.Read] takes the text of an SMS or a mail and gives a [Reading]. It is a
// total function: any bytes give a Reading, never an error, and what is not
// understood stays, word for word, in its note. It is pure, too: no clock, no
// network, no model; the same text in the same [Context] always reads the same.
//
// The way of a text through the package:
//
//	letters.go              every letter is brought to its plain form (case, accents, look-alikes)
//	token.go, vocabulary.go the text becomes words, numbers and signs, with the breaks between them
//	phrase.go, tree.go, match.go   which phrases of the [Lexicon] occur, and which of them others take back
//	optout.go and its sides wishes to be left out in words that no phrase holds
//	answer.go, rating.go    what the text carries: outcome, feelings, ratings
//	calendar.go, date.go, stretch.go, feast.go, rhythm.go   dates, times, and how often
//	intent.go, command.go, timed.go, checkin.go   what it wants, in the order of precedence
//	reader.go               all of it in a row
//
// # Phrases and wishes
//
// Most of what people say is found by phrases: whole wordings with sets and gaps in
// them, all compared with a text at once in one walk through a tree. For a command that
// is enough, for what no phrase holds is kept as a note and can be said again.
//
// For opting out it is not. A missed wish breaks the law (47 CFR 64.1200(a)(10): any
// reasonable wording revokes), and nobody can list its wordings; a mistaken one loses a
// person silently. So short and fixed wordings ("STOP", "leave me alone") are phrases,
// and all others are read by their parts: an ending, a thing of ours that ends, and that
// we are meant, clause by clause. All three stop; one in doubt asks (maybe_stop); words
// that speak against it ("can't stop", "texting him", "she told me to") leave it alone.
// optout.go tells how.
//
// # A further language
//
// The words are data, a file or more for each language under templates/locales, so that
// a further language needs no code:
//
//  1. Write a file with its locale and, first of all, what counts whatever language a
//     person has set: under say, "stop" with the words that stop by themselves,
//     "maybe_stop", "crisis" and "crisis_word", "reaction" (how phones word a tapback)
//     and "auto_reply"; under never, the idioms that take these back.
//  2. Under opt_out, sort the words of wishes into the classes of optout.go. A dozen
//     classes with their commonest words already read most wishes; a class that is
//     left out is one that the language says no wish with.
//  3. Then outcomes, numbers, calendar and commands, as far as they are to be
//     understood; English is tried after the person's own language.
//  4. Add cases to testdata/cases.tsv, stop.txt and not_stop.txt: on both sides, and
//     measure with texts that were not looked at while the words were written.
//
// A phrase that cannot be read, a meaning or class that is unknown, is refused at the
// start with its place ([Lexicon.Check]).
package reply

import (
	"bytes"
	"encoding/json"
	"time"

	"github.com/microreach/microreach/checkins/pace"
)

// Intent is what a text wants. The zero value is no intent and is never read.
type Intent string

// The intents. Which one wins when a text holds several is told at [Reader.Read].
const (
	IntentCheckIn   Intent = "check_in"   // an answer, or anything told freely
	IntentStop      Intent = "stop"       // no more messages to this address (47 CFR 64.1200(a)(10))
	IntentMaybeStop Intent = "maybe_stop" // may mean stop: hold, and ask once (REQUIREMENTS A11)
	IntentStart     Intent = "start"      // messages again after a stop
	IntentJoin      Intent = "join"       // wants to enrol
	IntentConfirm   Intent = "confirm"    // YES to the opt-in question
	IntentHelp      Intent = "help"       // HELP, INFO, who is this
	IntentCrisis    Intent = "crisis"     // nothing but words of the crisis list
	IntentPause     Intent = "pause"
	IntentResume    Intent = "resume"
	IntentSlower    Intent = "slower"
	IntentFaster    Intent = "faster"
	IntentPace      Intent = "pace" // Reading.Pace says how often
	IntentDays      Intent = "days" // Reading.Days says which
	IntentTime      Intent = "time" // Reading.At says when
	IntentLater     Intent = "later"
	IntentNow       Intent = "now"  // asked for in the moment; Reading.Practice says what
	IntentShow      Intent = "show" // the words of a discreet prompt
	IntentEasier    Intent = "easier"
	IntentChoose    Intent = "choose"   // another one, or the numbered choice in Reading.Choice
	IntentNotThis   Intent = "not_this" // never this practice again
	IntentAdd       Intent = "add"      // Reading.Practice as the person named it
	IntentRemove    Intent = "remove"
	IntentStatus    Intent = "status"
	IntentUndo      Intent = "undo"
	IntentForget    Intent = "forget" // "don't keep that"
	IntentSettings  Intent = "settings"
	IntentMenu      Intent = "menu"
	IntentChannel   Intent = "channel" // Reading.Channel says which
	IntentDelete    Intent = "delete"  // erase my data
	IntentExport    Intent = "export"
	IntentFinish    Intent = "finish"
	IntentCourtesy  Intent = "courtesy"   // thanks, ok: no record, no answer
	IntentReaction  Intent = "reaction"   // a tapback, made by the phone
	IntentAutoReply Intent = "auto_reply" // made by a machine: driving, out of office
	IntentEmpty     Intent = "empty"
	IntentUnclear   Intent = "unclear" // Reading.Reason says why
)

// Digest is what Reading.Practice names where the weekly digest is added or removed.
const Digest = "digest"

// Outcome is how a practice went. The zero value is "not said".
type Outcome string

// The outcomes.
const (
	OutcomeDone    Outcome = "done"
	OutcomePartly  Outcome = "partly"
	OutcomeNotYet  Outcome = "not_yet"
	OutcomeSkipped Outcome = "skipped"
)

// After is what was last asked of the person. The zero value means nothing was.
type After string

// What can have been asked.
const (
	AfterNone        After = "none"
	AfterReach       After = "reach"
	AfterJournal     After = "journal"
	AfterRating      After = "rating"
	AfterBeforeAfter After = "before_after"
	AfterPrediction  After = "prediction"
	AfterText        After = "text"
	AfterMenu        After = "menu"
	AfterChoice      After = "choice"
	AfterOptIn       After = "optin"
	AfterOffer       After = "offer" // one thing was offered: yes takes it, no leaves it
	AfterStop        After = "stop"  // whether the messages shall end
)

// Via is the channel that a text came by. The zero value is read as SMS, whose
// reserved words are the stricter ones.
type Via string

// The channels.
const (
	ViaSMS   Via = "sms"
	ViaEmail Via = "email"
)

// Why a Reading is unclear.
const (
	ReasonImpossibleDate = "impossible_date" // 30 February
	ReasonImpossibleTime = "impossible_time" // 25:00
	ReasonPast           = "past"            // until yesterday
	ReasonTooLong        = "too_long"        // more than two years ahead
	ReasonAmbiguous      = "ambiguous"       // Monday or Tuesday
	ReasonUnknown        = "unknown"         // a yes or no to nothing that was asked
)

// Context is what has to be known besides the text. The zero value is a text by
// SMS to which nothing was asked, at no known time: dates are then not read.
type Context struct {
	After   After
	Now     time.Time      // the moment of arrival
	Zone    *time.Location // the person's zone; nil is UTC
	Locale  string         // "en", "es-MX"; its words are tried first, English after them
	Via     Via
	Stopped bool // the address has stopped: a bare YES starts it again
}

// Reading is what a text was understood to say. Every field but Intent may be zero:
// it was not said.
type Reading struct {
	Intent               Intent
	Crisis               bool // words of the crisis list occur; never stored (rule 11 of the design)
	Outcome              Outcome
	RatingBefore, Rating *float64 // 0 to 10 in halves; nil was not said
	Feelings             []string // the lexicon's lemmas, in the order of the text
	Sensations           []string // likewise
	Note                 string   // the whole trimmed text, unless keywords and numbers are all of it
	Until                time.Time
	Pace                 pace.Pace
	Days                 pace.Days
	At                   *pace.Clock // nil was not said
	Channel              string      // "sms" or "email"
	Choice               int         // the number picked, from 1; 0 was not said
	Practice             string      // breathe, ground, urge, idea, journal, win; or as the person named it
	Amends               bool        // mends what was said before ("sorry, 4 not 2")
	All                  bool        // with stop: at every address; no part of the JSON
	Reason               string      // why it is unclear, one of the Reason constants

	// What follows chooses among fixed texts. It is no part of the form that
	// MarshalJSON writes, and never stored.

	Harm      bool // with Crisis: words for violence by somebody else against the person
	CareAsked bool // with Crisis: the word CRISIS itself or a plain request for help in need, not words that merely match
	Passes    bool // with OutcomeSkipped: one question is passed over (SKIP, pass, no answer); NOT TODAY answers for the practice
}

// readingJSON is the form that the command line promises. Its order is the
// contract's; what was not said is left out.
type readingJSON struct {
	Intent       Intent   `json:"intent"`
	Crisis       bool     `json:"crisis"`
	Outcome      Outcome  `json:"outcome,omitempty"`
	RatingBefore *float64 `json:"rating_before,omitempty"`
	Rating       *float64 `json:"rating,omitempty"`
	Feelings     []string `json:"feelings,omitempty"`
	Sensations   []string `json:"sensations,omitempty"`
	Note         string   `json:"note,omitempty"`
	Until        string   `json:"until,omitempty"`
	Pace         string   `json:"pace,omitempty"`
	Days         []string `json:"days,omitempty"`
	At           string   `json:"at,omitempty"`
	Channel      string   `json:"channel,omitempty"`
	Choice       int      `json:"choice,omitempty"`
	Practice     string   `json:"practice,omitempty"`
	Amends       bool     `json:"amends,omitempty"`
	Reason       string   `json:"reason,omitempty"`
}

// MarshalJSON writes r as `microreach try reply` promises it: intent and crisis
// always, the rest only when it was said; until as RFC 3339 in the zone it was read in.
func (r Reading) MarshalJSON() ([]byte, error) {
	form := readingJSON{
		Intent: r.Intent, Crisis: r.Crisis, Outcome: r.Outcome,
		RatingBefore: r.RatingBefore, Rating: r.Rating,
		Feelings: r.Feelings, Sensations: r.Sensations, Note: r.Note,
		Pace: r.Pace.String(), Days: r.Days.Names(), Channel: r.Channel,
		Choice: r.Choice, Practice: r.Practice, Amends: r.Amends, Reason: r.Reason,
	}
	if !r.Until.IsZero() {
		form.Until = r.Until.Format(time.RFC3339)
	}
	if r.At != nil {
		form.At = r.At.String()
	}
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false) // a person's "<3" stays readable; pages escape on their own
	if err := enc.Encode(form); err != nil {
		return nil, err
	}
	return bytes.TrimRight(out.Bytes(), "\n"), nil
}
