package checkins

import (
	"slices"
	"strings"
	"time"

	"github.com/microreach/microreach/checkins/pace"
	"github.com/microreach/microreach/checkins/reply"
)

// handlers says what each intent does to somebody who takes part. What is
// neither here nor in wishes gets the short list of what can be said.
var handlers = map[reply.Intent]func(*turn) error{
	reply.IntentStop:      (*turn).stop,
	reply.IntentStart:     (*turn).greetAgain,
	reply.IntentConfirm:   (*turn).greetAgain,
	reply.IntentJoin:      (*turn).greetAgain,
	reply.IntentMaybeStop: (*turn).maybeStop,
	reply.IntentHelp:      (*turn).help,
	reply.IntentCrisis:    (*turn).care,
	reply.IntentStatus:    (*turn).status,
	reply.IntentChoose:    (*turn).choose,
	reply.IntentShow:      (*turn).showWords,
	reply.IntentCheckIn:   (*turn).noted,
	reply.IntentNow:       (*turn).moment,
	reply.IntentEasier:    (*turn).easier,
	reply.IntentMenu:      (*turn).menu,
	reply.IntentForget:    (*turn).forget,
	reply.IntentFinish:    (*turn).finish,
	reply.IntentSettings:  (*turn).settings,
	reply.IntentDelete:    (*turn).askErase,
	reply.IntentExport:    (*turn).askCopy,
	reply.IntentCourtesy:  (*turn).silent,
	reply.IntentReaction:  (*turn).silent,
	reply.IntentAutoReply: (*turn).silent,
	reply.IntentEmpty:     (*turn).wordless,
}

// wishes says which change each intent asks for. The same changes come from
// pages and commands; Apply is the one that makes them.
var wishes = map[reply.Intent]func(*turn) Wish{
	reply.IntentPause:   func(t *turn) Wish { return Wish{Kind: WishPause, Until: t.read.Until} },
	reply.IntentResume:  func(t *turn) Wish { return Wish{Kind: WishResume} },
	reply.IntentSlower:  func(t *turn) Wish { return Wish{Kind: WishSlower, Plan: t.meant()} },
	reply.IntentFaster:  func(t *turn) Wish { return Wish{Kind: WishFaster, Plan: t.meant()} },
	reply.IntentPace:    func(t *turn) Wish { return t.rhythmWish(WishPace) },
	reply.IntentDays:    func(t *turn) Wish { return t.rhythmWish(WishDays) },
	reply.IntentTime:    func(t *turn) Wish { return t.rhythmWish(WishTime) },
	reply.IntentLater:   (*turn).laterWish,
	reply.IntentChannel: func(t *turn) Wish { return Wish{Kind: WishChannel, Plan: t.meant(), Channel: Channel(t.read.Channel)} },
	reply.IntentAdd:     func(t *turn) Wish { return t.practiceWish(WishAdd) },
	reply.IntentRemove:  func(t *turn) Wish { return t.practiceWish(WishRemove) },
	reply.IntentNotThis: (*turn).notThisWish,
	reply.IntentUndo:    func(t *turn) Wish { return Wish{Kind: WishUndo} },
}

// take does what the reading says, as far as the address and the proof allow.
func (t *turn) take() error {
	switch t.via.State {
	case Active:
	case Held:
		t.setAddress(Active) // it works: somebody writes from it
		for _, p := range t.rescheduled(t.now, false) {
			t.setPlan(p)
		}
	case Pending, Invited:
		return t.beforeConsent()
	default:
		return t.afterStop()
	}
	t.e.Inbound.Text = t.in.Text
	if t.Participant.Silence != 0 {
		who := t.Participant
		who.Silence = 0
		t.setPerson(who)
	}
	if t.proof() == TokenProof && !allowed[t.read.Intent] || t.saidTwice() || t.echoes() {
		return nil
	}
	if t.asked != "" {
		return t.grant(t.asked.Wish(t.State, t.now))
	}
	if t.wantsZone() {
		return t.askZone()
	}
	if t.passes() {
		return t.pass()
	}
	t.read.Amends = t.read.Amends && t.corrects()
	if t.recordable() && t.read.Intent != reply.IntentChoose {
		t.record()
	}
	if t.read.Crisis && t.read.Intent != reply.IntentStop && t.read.Intent != reply.IntentMaybeStop {
		if wish, ok := wishes[t.read.Intent]; ok {
			t.change(wish(t)) // what cannot be granted is not what matters now
		}
		return t.care()
	}
	if t.read.Intent == reply.IntentUndo && t.undoRecord() {
		return t.answer(Answer, Say{Template: "undone"})
	}
	if wish, ok := wishes[t.read.Intent]; ok {
		return t.grant(wish(t))
	}
	if do, ok := handlers[t.read.Intent]; ok {
		return do(t)
	}
	return t.unclear()
}

// comeBack makes a plan one step slower for somebody who comes back. The change
// is written down, so that the next prompt is a gentle one and UNDO can take it
// back.
func (t *turn) comeBack(p *Plan) {
	c := t.newChange(Wish{Kind: wishReturn, Route: ByService}, t.now)
	c.Plan, c.Before = p.ID, p.settings()
	if to, days, ok := pace.Slower(p.Pace, p.chosenDays()); ok && to != (pace.Pace{}) {
		p.Pace, p.Days = to, days
		p.fitTimes()
	}
	c.After = p.settings()
	t.e.Changes = append(t.e.Changes, c)
}

// saidHowToLeave notes that a text names STOP (A07).
func (t *turn) saidHowToLeave() {
	if t.in.Channel == SMS {
		who := t.Participant
		who.StopSaidAt = t.now
		t.setPerson(who)
	}
}

// carrierConfirms reports whether Twilio has answered the STOP already: it
// says so, or the text is one of the words that it acts on by default (A12).
// To such a number it would refuse our own confirmation anyway.
func (t *turn) carrierConfirms() bool {
	if t.in.Channel != SMS {
		return false
	}
	switch strings.ToUpper(strings.TrimSpace(t.in.Text)) {
	case "STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT":
		return true
	}
	return t.in.OptOutType == "STOP"
}

// maybeStop hears words that may mean stop: it is quiet from now on, and one
// question asks (A11).
func (t *turn) maybeStop() error {
	t.change(Wish{Kind: WishPause})
	return t.ask(Say{Template: "maybe_stop"}, question{step: StepMenu, asked: reply.AfterStop})
}

func (t *turn) greetAgain() error { return t.answer(Answer, Say{Template: "active_already"}) }

func (t *turn) help() error {
	if t.in.OptOutType == "HELP" {
		return nil // answered by Twilio with the text that is set there
	}
	return t.answer(Help, Say{Template: "help"})
}

// careAgain is how long a further match gets the short line (D04).
const careAgain = 12 * time.Hour

// care answers hard words with the fixed text, keeps a day of quiet, and
// leaves no other mark (rule 11).
func (t *turn) care() error {
	who := t.Participant
	if quiet := t.now.Add(24 * time.Hour); who.QuietUntil.Before(quiet) {
		who.QuietUntil = quiet
	}
	again := t.lateCare()
	who.CareSentAt = t.now
	t.setPerson(who)
	for _, p := range t.settled().rescheduled(t.now, false) {
		t.setPlan(p)
	}
	switch {
	case t.read.Harm: // others may read it (D04)
		return t.answer(Help, Say{Template: "crisis_safe"})
	case again && !t.read.CareAsked: // asked for, it is always said in full
		return t.answer(Help, Say{Template: "crisis_again"})
	}
	return t.answer(Help, Say{Template: "crisis"})
}

// lateCare reports whether the fixed text went out within the last hours. What
// is written then gets no bare acknowledgement.
func (t *turn) lateCare() bool {
	sent := t.Participant.CareSentAt
	return !sent.IsZero() && t.now.Sub(sent) < careAgain
}

// status answers WHEN with the next reminders and why they come when they do.
func (t *turn) status() error {
	say := Say{Template: "status"}
	if t.Participant.QuietAt(t.now) {
		say.Until = t.Participant.QuietUntil
	}
	for _, u := range t.Preview(t.settled(), 3) {
		say.Coming = append(say.Coming, u.Due)
	}
	return t.answer(Answer, say)
}

// showWords says the last question in full to somebody whose texts are
// discreet.
func (t *turn) showWords() error {
	q := t.question
	if q == nil {
		return t.answer(Answer, Say{Template: "unclear"})
	}
	say := Say{Template: "show", Turn: q.Turn, Frank: true}
	switch {
	case q.Step == StepBefore:
		say.Template = "before"
	case q.Step == StepPart:
		say.Template = "part"
	case q.Step == StepAfter:
		say.Template = "follow_up"
		if c, ok := t.recordOf(q.Exchange()); ok {
			r := c.reading()
			say.Reading, say.Before = &r, c.RatingBefore
		}
	case len(q.Offers) > 0:
		return t.showOffers()
	case q.Practice == "":
		return t.answer(Answer, Say{Template: "unclear"})
	}
	return t.answer(Answer, say)
}

// labels are the names of what is offered.
func (t *turn) labels(offers []Offer) []string {
	list := make([]string, 0, len(offers))
	for _, o := range offers {
		p, _ := t.practice(t.State, o.Practice)
		switch {
		case o.Wish != nil && o.Wish.Kind == WishBegin:
			list = append(list, t.tapLabel(o.Wish.Tap))
			continue
		case o.Wish != nil:
			p, _ = t.practice(t.State, o.Wish.Practice)
		}
		list = append(list, p.Label)
	}
	return list
}

func (t *turn) tapLabel(id TapPlanID) string {
	for _, tap := range t.Wording.TapPlans() {
		if tap.ID == id {
			return tap.Label
		}
	}
	return ""
}

// recordOf is the record of an exchange.
func (t *turn) recordOf(exchange MessageID) (CheckIn, bool) {
	for _, r := range t.Records {
		if r.Message == exchange {
			return r, true
		}
	}
	return CheckIn{}, false
}

func (t *turn) rhythmWish(kind WishKind) Wish {
	w := Wish{Kind: kind, Plan: t.meant(), Pace: t.read.Pace, Days: t.read.Days}
	if t.read.At != nil {
		w.At = []pace.Clock{*t.read.At}
	}
	return w
}

// reminder is the prompt that the question belongs to; nil when it belongs to
// none.
func (t *turn) reminder() *Message {
	if t.question == nil {
		return nil
	}
	for i := range t.Recent {
		if m := &t.Recent[i]; m.ID == t.question.Exchange() && m.Kind == Prompt {
			return m
		}
	}
	if t.question.Kind == Prompt {
		return t.question
	}
	return nil
}

// mayWriteOwn reports whether the proof is enough for a reach in own words.
func (t *turn) mayWriteOwn() bool {
	return t.proof().May(ToOwnWords)
}

// notThisWish takes the practice that was just put out of every plan, for good.
func (t *turn) notThisWish() Wish {
	w := Wish{Kind: WishNotThis}
	if p, ok := t.practiceNow(); ok {
		w.Plan, w.Practice = t.question.Plan, p.ID
	}
	return w
}

// grant applies a wish and says back what came of it, with its date.
func (t *turn) grant(w Wish) error {
	switch {
	case w.Kind == WishKeep || w.Kind == WishAlter:
		return t.reviewed(w)
	case w.Kind == WishErase:
		return t.eraseAll()
	case w.Kind == WishCopy:
		return t.confirmedCopy()
	case w.Practice == "" && (w.Kind == WishAdd || w.Kind == WishRemove):
		return t.askWhichPractice(w)
	}
	fresh := w.Kind == WishZone && t.Participant.Zone == ""
	say, unable := t.change(w)
	switch unable {
	case Granted:
		if fresh {
			return t.joined() // that was all that was missing
		}
		return t.answer(Answer, say)
	case WhichPlan:
		return t.askWhichPlan(w)
	}
	say = Say{Template: refusals[w.Kind].or(unable), Practice: w.Practice}
	if w.Kind == WishDigest {
		t.sayDigest(&say)
	}
	if p, found := t.planFor(w); found == Granted {
		say.Pace, say.By = p.Pace, w.Channel
		t.name(&say, p.ID)
	}
	return t.answer(Answer, say)
}

// change applies a wish to the effects so far, and returns how it is said
// back.
func (t *turn) change(w Wish) (Say, Unable) {
	w.Route, w.Proof = t.route, t.proof()
	effects, unable := t.Apply(t.State, w, t.now)
	if unable != Granted {
		return Say{}, unable
	}
	if w.Kind == WishWords {
		t.Shown = t.shownWords()
		t.consent(ToWords, w.Keep == KeepEverything, "keep_words/1")
	}
	if effects.Participant != nil {
		t.setPerson(*effects.Participant)
	}
	for _, p := range effects.Plans {
		t.setPlan(p)
	}
	t.e.Changes = append(t.e.Changes, effects.Changes...)
	for _, c := range effects.Consents {
		c.Words, c.Proof = t.in.Text, t.in.ProviderID
		t.e.Consents = append(t.e.Consents, c)
	}
	return t.granted(w, effects), Granted
}

// sayBack is the template that says a granted wish back.
var sayBack = map[WishKind]string{
	WishPause: "paused", WishResume: "resumed", WishLater: "later", WishUndo: "undone",
	WishSlower: "changed", WishFaster: "changed", WishPace: "changed", WishDays: "changed", WishTime: "changed",
	WishChannel: "by_channel", WishAdd: "added", WishRemove: "removed", WishNotThis: "not_this", WishBegin: "changed",
	WishFinish: "finished", WishZone: "joined", WishWords: "words_kept", WishDigest: "digest_set",
}

// refusal is the template for a wish that is not granted; unclear where it
// names none.
type refusal map[Unable]string

var refusals = map[WishKind]refusal{
	WishSlower:  {AtTheEnd: "slowest"},
	WishFaster:  {AtTheEnd: "fastest"},
	WishUndo:    {NothingToUndo: "undo_nothing"},
	WishLater:   {AtRest: "paused", NoSuchPlan: "no_later", NotPossible: "no_later"},
	WishChannel: {AlreadySo: "kept", UnknownAddress: "no_address"},
	WishAdd:     {AlreadySo: "kept"},
	WishRemove:  {TheOnlyOne: "only_one"},
	WishDigest:  {AlreadySo: "digest_set"},
}

func (r refusal) or(why Unable) string {
	if template, ok := r[why]; ok {
		return template
	}
	return "unclear"
}

// granted is how a change is said back: its effect, and the date of it.
func (t *turn) granted(w Wish, e Effects) Say {
	say := Say{Template: sayBack[w.Kind], Until: w.Until, Practice: w.Practice}
	if w.Kind == WishUndo && t.Participant.QuietAt(t.now) {
		say.Until = t.Participant.QuietUntil
	}
	if w.Kind == WishDigest {
		t.sayDigest(&say)
		return say
	}
	if len(e.Plans) != 1 {
		return say
	}
	p := e.Plans[0]
	if say.Next = p.Due(); w.Kind == WishLater && !p.Later.At.IsZero() {
		say.Next = p.Later
	}
	t.name(&say, p.ID)
	say.By = p.Channel
	switch {
	case p.Status == PlanActive && p.isSpaced(t.Participant):
		say.Pace, say.At = spacedPace(t.Participant.Spacing), p.At
	case p.Status == PlanActive:
		say.Pace, say.Days, say.At = p.Pace, p.Days, p.At
	}
	return say
}

func (t *turn) silent() error { return nil }

// answer queues a message to the address that wrote.
func (t *turn) answer(kind Kind, s Say) error {
	if kind == Answer && (t.Answered >= answersAnHour || t.in.Channel == Email && t.Mailed >= mailsADay) {
		return nil // nobody writes that much: a machine answers ours
	}
	s = t.dressed(s)
	if s.Next.At.IsZero() {
		if list := t.Preview(t.settled(), 1); len(list) > 0 {
			s.Next = list[0].Due
		}
	}
	words, err := t.Wording.Words(s)
	if err != nil {
		return err
	}
	m := t.message(t.via, kind, words, t.now)
	m.Answers = t.inbound
	t.e.Messages = append(t.e.Messages, m)
	return nil
}

// dressed fills in what every answer may speak of.
func (t *turn) dressed(s Say) Say {
	s.Channel, s.Person, s.Now = t.in.Channel, t.Participant, t.now
	if s.Reading == nil {
		s.Reading = &t.read
	}
	if t.question != nil && s.Practice == "" {
		s.Practice = t.question.Practice
	}
	s.Own, s.Leave = t.OwnWords(s.Practice), t.Links.LeaveURL(t.via)
	return s
}

// settled is the state as the effects so far leave it.
func (t *turn) settled() State {
	s := t.State
	s.Plans = make([]Plan, len(t.Plans))
	for i, p := range t.Plans {
		s.Plans[i] = t.planned(p)
	}
	return s
}

// planned is the plan as the effects so far leave it.
func (t *turn) planned(p Plan) Plan {
	for _, q := range t.e.Plans {
		if q.ID == p.ID {
			return q
		}
	}
	return p
}

func (t *turn) setPlan(p Plan) { t.e.putPlan(p) }

func (t *turn) setPerson(p Participant) {
	t.e.Participant = &p
	t.Participant = p
}

func (t *turn) setAddress(to AddressState) {
	t.via.State, t.via.StateSince = to, t.now
	t.e.Addresses = append(t.e.Addresses, t.via)
	t.Addresses = slices.Clone(t.Addresses)
	for i := range t.Addresses {
		if t.Addresses[i].ID == t.via.ID {
			t.Addresses[i] = t.via
		}
	}
}

func (t *turn) consent(topic ConsentTopic, given bool, wording string) {
	t.e.Consents = append(t.e.Consents, Consent{
		ID: ConsentID(t.NewID()), Address: t.via.ID, Topic: topic, Given: given,
		Wording: wording, Shown: t.Shown, Words: t.in.Text, Route: t.route, Proof: t.in.ProviderID, At: t.now,
	})
}
