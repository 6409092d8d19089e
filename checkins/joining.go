package checkins

import (
	"slices"
	"strings"
	"time"

	"github.com/microreach/microreach/checkins/pace"
	"github.com/microreach/microreach/checkins/reply"
)

// Who writes what in which state, and what comes of it. At most one answer in
// 24 hours goes to anybody who has not said yes; to those who stopped none but
// the one confirmation goes.
//
//	               JOIN, word    YES, START   STOP      HELP     hard words  anything else
//	unknown        asked once    -            -         help     -           -
//	erased         -             asked once** -         -        -           -
//	asked          asked again*  joins        stopped   help     the lines   asked again*
//	asked > 24 h   asked again   asked again  stopped   help     the lines   asked again
//	active         it is on      it is on     stopped   help     the lines   heard
//	paused         it is on      it is on     stopped   help     the lines   heard
//	held           active, heard
//	stopped        -             comes back   -         -        -           -
//	suppressed     -             comes back   -         -        -           -
//	invalid        -             -            -         -        -           -
//
//	DELETE and EXPORT are heard in every state: who is asked and has not said yes is
//	stopped by DELETE, who stopped is answered by mail or by the operator (request.go).
//
//	* not within 24 hours of the last question
//	** by START alone; erased is who is known by a suppression only
//
// A mail that asks has a link to a page with a button, which says yes for as long
// as there is anybody to say it for ([House.Confirm]).
//
// Of those who never say yes nothing is left after a week: see [Unconfirmed].

// Joining is how strangers may join by a text of their own. The zero value lets
// nobody in.
type Joining struct {
	Plan      TapPlanID // what they join; empty = joining is closed
	Word      string    // besides JOIN; empty = none
	Locale    string
	Zone      string // where a number does not tell, or tells several and it is one of them; empty = they are asked
	PerDay    int    // how many may join on one UTC date, over all instances
	PerPrefix int    // of numbers that begin alike: a script that counts up is noticed by it
	Numbers   Numbers
}

// Numbers tells what can be known of a number without asking anybody.
type Numbers interface {
	Read(typed string) (number string, ok bool) // a number as people write it; whether it may be texted
	Zones(number string) []string               // in which its holder may live, the likeliest first
	May(number string) bool                     // whether it may be texted (E07)
}

// askedFor is how long a question can be answered with yes, and how long nothing
// more is said to somebody who has not (A04).
const askedFor = 24 * time.Hour

// Unconfirmed is how long somebody is known who never said yes.
const Unconfirmed = 7 * day

// JoiningQuota is how many may join on one day, by text or on the page.
const JoiningQuota = "joining"

// prefixLength is how much of a number counts for PerPrefix: all but the last
// four digits.
const prefixLength = 4

// stranger hears somebody whom nobody knows.
func (t *turn) stranger() (Effects, error) {
	j := t.Joining
	if t.in.Channel != SMS || t.in.Auto || j.Plan == "" || !j.Numbers.May(t.in.From) || t.Wording.Ours(t.in.Text) {
		return Effects{}, nil
	}
	t.read = t.reader.Read(t.in.Text, reply.Context{Now: t.now, Locale: j.Locale, Via: reply.ViaSMS})
	joins := t.read.Intent == reply.IntentJoin || j.Word != "" && strings.EqualFold(strings.Trim(t.in.Text, " .!\"'\n"), j.Word)
	switch {
	case t.Silent:
		return t.silentStranger()
	case joins:
		return t.askStranger()
	case t.read.Intent == reply.IntentHelp && t.in.OptOutType != "HELP":
		return t.helpStranger()
	}
	return Effects{}, nil
}

// silentStranger hears START alone from a number that said STOP before it was
// erased: the same word that brings back whoever is still known (A15).
func (t *turn) silentStranger() (Effects, error) {
	if t.read.Intent != reply.IntentStart && t.in.OptOutType != "START" {
		return Effects{}, nil
	}
	e, err := t.askStranger()
	e.SpeakAgain = []Address{t.via}
	return e, err
}

// newcomer is a person of whom only the number is known.
func (t *turn) newcomer() {
	j := t.Joining
	who := Participant{
		ID: ParticipantID(t.NewID()), Locale: j.Locale, Zone: j.Zone, Hours: pace.Span{From: pace.DefaultFrom, To: pace.DefaultTo},
		Keep: KeepNumbers, SelfJoined: true, StopSaidAt: t.now, CreatedAt: t.now, // words are kept once they say so (C01)
	}
	t.via = Address{ID: AddressID(t.NewID()), Channel: t.in.Channel, Value: t.in.From, State: Invited, StateSince: t.now}
	t.e.Takes = []Quota{{Name: JoiningQuota, Most: j.PerDay}}
	if t.in.Channel == SMS {
		switch zones := j.Numbers.Zones(t.in.From); {
		case len(zones) == 1:
			who.Zone = zones[0]
		case len(zones) > 1 && !slices.Contains(zones, j.Zone):
			who.Zone = "" // they live elsewhere: they are asked
		}
		number := t.in.From[:max(0, len(t.in.From)-prefixLength)]
		t.e.Takes = append(t.e.Takes, Quota{Name: "joining from numbers alike", Number: number, Most: j.PerPrefix})
	}
	who.reckonDigest(t.now)
	t.setPerson(who)
}

// texted writes down the text of somebody whom nobody knew.
func (t *turn) texted() {
	t.inbound = InboundID(t.NewID())
	t.e.Inbound = &Inbound{ID: t.inbound, Channel: SMS, ProviderID: t.in.ProviderID, At: t.now}
}

// begins gives a newcomer a plan.
func (t *turn) begins(p Plan) {
	t.e.Plans = []Plan{p}
	t.Plans = t.e.Plans
}

// askStranger puts the question to somebody who texted JOIN. Their YES is what
// counts, not the JOIN: anybody can write down a number.
func (t *turn) askStranger() (Effects, error) {
	t.newcomer()
	t.texted()
	date := pace.DateOf(t.now.In(t.Participant.Location()))
	t.begins(t.readyPlan(t.Joining.Plan).Plan(PlanID(t.NewID()), t.via.Channel, date, t.now))
	err := t.ask24()
	return t.e, err
}

// helpStranger answers HELP, which is for anybody (A05).
func (t *turn) helpStranger() (Effects, error) {
	t.newcomer()
	t.texted()
	t.via.AskedAt = t.now
	t.e.Addresses = []Address{t.via}
	err := t.answer(Help, Say{Template: "help"})
	return t.e, err
}

// ask24 puts the opt-in question, unless something was said to the address in
// the last 24 hours.
func (t *turn) ask24() error {
	if t.askedLately() {
		return nil
	}
	t.via.AskedAt = t.now
	t.setAddress(Pending)
	say := Say{Template: "opt_in", Link: t.confirmLink(&t.e, t.via, t.now)}
	for _, p := range t.Plans {
		if p.Channel == t.via.Channel {
			say.Pace = p.Pace
			break
		}
	}
	if err := t.answer(OptIn, say); err != nil {
		return err
	}
	t.e.Messages[len(t.e.Messages)-1].Asked = reply.AfterOptIn
	return nil
}

// askedLately reports whether something was said to the address in the last 24 hours.
func (t *turn) askedLately() bool {
	return !t.via.AskedAt.IsZero() && t.now.Sub(t.via.AskedAt) < askedFor
}

// beforeConsent hears somebody who was asked and has not said yes.
func (t *turn) beforeConsent() error {
	asked := t.askedLately()
	switch yes := t.read.Intent == reply.IntentConfirm || t.read.Intent == reply.IntentStart; {
	case yes && asked && t.via.State == Pending:
		return t.join()
	case t.read.Intent == reply.IntentStop:
		return t.stop()
	case t.read.Intent == reply.IntentDelete: // who never said yes has nothing to lose by it, and wants no question
		t.request(AsksErasure)
		return t.stop()
	case t.read.Crisis:
		return t.care()
	case t.read.Intent == reply.IntentHelp:
		return t.help()
	}
	return t.ask24()
}

// afterStop hears only the words that re-open an address, and what people may ask for
// in any state (request.go).
func (t *turn) afterStop() error {
	if heard, err := t.beyondStop(); heard {
		return err
	}
	back := t.read.Intent == reply.IntentStart || t.in.OptOutType == "START"
	if t.now.Before(t.via.StateSince.Truncate(time.Second)) {
		return nil // it was written before the stop, and only read after it
	}
	if (t.via.State == Stopped || t.via.State == Suppressed) && back {
		return t.join()
	}
	return nil
}

// join makes the address active: this is the only place that does. Who comes
// back after a STOP finds the old settings, one step slower, and no word about
// the time between.
func (t *turn) join() error {
	again := t.via.State != Pending
	t.setAddress(Active)
	t.consent(ToMessages, true, "opt_in/1")
	t.saidHowToLeave()
	for _, p := range t.Plans {
		if p.Channel == t.via.Channel && p.Status == PlanActive {
			if again {
				t.comeBack(&p)
			}
			p.reschedule(t.State, t.now)
			t.setPlan(p)
		}
	}
	switch {
	case t.in.OptOutType == "START":
		return nil // answered by Twilio with the text that is set there
	case again:
		return t.answer(Answer, Say{Template: "welcome_back"})
	case t.Participant.Zone == "":
		return t.askZone()
	}
	return t.joined()
}

// joined says that it has begun, and when the first one comes. Whoever joined
// by a text of their own is asked whether their words are to be kept; a page has
// asked already.
func (t *turn) joined() error {
	say := Say{Template: "joined"}
	if t.via.Channel == Email { // a text has no room for it
		say.Link = t.Links.to(&t.e, LinkSettings, t.via, t.now)
	}
	switch err := t.answer(Answer, say); {
	case err != nil || !t.Participant.SelfJoined:
		return err
	case t.cameByPage():
		return t.tellWidened()
	}
	return t.askKeep()
}

// cameByPage reports whether the question that was answered followed a form, and
// not a text.
func (t *turn) cameByPage() bool {
	for _, m := range t.Recent {
		if m.Kind == OptIn && m.Address == t.via.ID {
			return m.Answers == ""
		}
	}
	return false
}

// wantsZone reports whether it is still not known where the person lives, and
// the text does not tell it: nothing can be sent to them before.
func (t *turn) wantsZone() bool {
	if t.Participant.Zone != "" || t.read.Crisis || t.read.Intent == reply.IntentStop || t.read.Intent == reply.IntentHelp {
		return false
	}
	o, ok := t.picked()
	return !ok || o.Wish == nil || o.Wish.Kind != WishZone
}

// askZone asks where somebody lives whose number does not tell.
func (t *turn) askZone() error {
	say := Say{Template: "which_zone"}
	var offers []Offer
	for _, zone := range t.Joining.Numbers.Zones(t.via.Value) {
		if len(offers) == maxOffers {
			break
		}
		offers = append(offers, Offer{Wish: &Wish{Kind: WishZone, Zone: zone}})
		city := zone[strings.LastIndex(zone, "/")+1:]
		say.Choices = append(say.Choices, strings.ReplaceAll(city, "_", " "))
	}
	return t.ask(say, question{step: StepMenu, asked: reply.AfterChoice, offers: offers})
}

// shownWords are the words to which a choice about words is the answer.
func (t *turn) shownWords() string {
	words, err := t.Wording.Words(t.dressed(Say{Template: "keep_words"}))
	if err != nil {
		return "" // the choice counts; what it was asked in stands in the version
	}
	return words.Text
}

// askKeep asks whether free words are kept: a choice of its own (C01). Until it
// is made they are not.
func (t *turn) askKeep() error {
	var offers []Offer
	for _, keep := range []Keep{KeepEverything, KeepNumbers, KeepAnswered} {
		offers = append(offers, Offer{Wish: &Wish{Kind: WishWords, Keep: keep}})
	}
	return t.ask(Say{Template: "keep_words"}, question{step: StepMenu, asked: reply.AfterOffer, offers: offers})
}
