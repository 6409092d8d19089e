package checkins

import "time"

// Visit is somebody on a page: what they pressed, and from where.
type Visit struct {
	Pressed string // the words of the button
	Shown   string // the words that it stands below, where they are agreed to
	IP      string
}

// visit makes a turn of what somebody did on a page, so that it goes the way of
// whatever is said by text or mail.
func (h House) visit(s State, v Visit, now time.Time) *turn {
	via := s.Address(s.Via)
	return &turn{
		House: h, State: s, route: ByPage, now: now, via: via,
		in: Incoming{Channel: via.Channel, Text: v.Pressed, ProviderID: v.IP, At: now},
	}
}

// Confirm says yes from the page that a mail of ours leads to. Once said, or once
// the address is stopped, it does nothing.
func (h House) Confirm(s State, v Visit, now time.Time) (Effects, error) {
	if s.Link.Purpose != LinkConfirm {
		return Effects{}, ErrNotFound
	}
	t := h.visit(s, v, now)
	if t.via.State != Pending {
		return Effects{}, nil
	}
	err := t.join()
	return t.e, err
}

// Parting is what somebody leaves. The zero value is the address that the link
// was sent to.
type Parting struct {
	All  bool   // every address
	Plan PlanID // one plan, and nothing else
}

// Leave ends what somebody leaves from a page, or with the one click that a mail
// program offers (RFC 8058). What has ended already stays as it is.
func (h House) Leave(s State, p Parting, v Visit, now time.Time) (Effects, error) {
	if !s.Proof().May(ToLeave) {
		return Effects{}, ErrNotFound
	}
	e := Effects{}
	if p.Plan != "" {
		done, unable := h.Apply(s, Wish{Kind: WishFinish, Plan: p.Plan, Route: ByPage}, now)
		if unable != Granted {
			return Effects{}, nil // it has ended, or it is nobody's
		}
		return done, nil
	}
	for _, a := range s.Addresses {
		if (p.All || a.ID == s.Via) && a.State != Stopped {
			h.stopAddress(&e, s, a, Consent{Words: v.Pressed, Route: ByPage, Proof: v.IP}, now)
		}
	}
	return e, nil
}

// FromDigest does what was pressed on the page that a digest leads to. What
// cannot be granted leaves all as it is, and the page shows that.
func (h House) FromDigest(s State, w Wish, v Visit, now time.Time) (Effects, error) {
	if !s.Proof().May(ToChange) {
		return Effects{}, ErrNotFound
	}
	return h.pressed(s, w, v, now), nil
}

// NoDigest stops the digests of a person, and nothing else, with the one click
// that a mail program offers or from the page.
func (h House) NoDigest(s State, v Visit, now time.Time) (Effects, error) {
	if !s.Proof().May(ToLeave) {
		return Effects{}, ErrNotFound
	}
	return h.pressed(s, DigestNoMore.Wish(s, now), v, now), nil
}

func (h House) pressed(s State, w Wish, v Visit, now time.Time) Effects {
	w.Route = ByPage
	e, _ := h.Apply(s, w, now)
	for i := range e.Consents {
		e.Consents[i].Words, e.Consents[i].Proof = v.Pressed, v.IP
	}
	return e
}

// Change grants the wishes of somebody on the page of their settings, all of them
// or none. ErrNotFound: the link proves too little to change anything.
func (h House) Change(s State, wishes []Wish, v Visit, now time.Time) (Effects, Unable, error) {
	proof := s.Proof()
	if !proof.May(ToChange) {
		return Effects{}, NotProved, ErrNotFound
	}
	for i := range wishes {
		wishes[i].Route, wishes[i].Proof = ByPage, proof
	}
	was := s.Participant
	heard := was
	heard.Silence = SilenceNone // whatever they press
	s.Participant = heard
	e, unable, err := h.grantTold(s, wishes, now)
	if unable != Granted || err != nil || len(e.Changes) == 0 {
		return Effects{}, unable, err
	}
	if e.Participant == nil && was.Silence != SilenceNone {
		e.Participant = &heard
	}
	for _, w := range wishes {
		if w.Kind == WishWords {
			t := h.visit(s, v, now)
			t.Shown = v.Shown
			t.consent(ToWords, w.Keep == KeepEverything, "keep_words/page 1")
			e.Consents = append(e.Consents, t.e.Consents...)
		}
	}
	return e, Granted, nil
}

// linksADay is how many links an address is sent on one UTC date because somebody
// asked for one on a page: anybody can write down an address.
const linksADay = 3

// SendLink sends the way to the settings to an address in use, and the question
// again to one that was never confirmed. To any other nothing goes.
func (h House) SendLink(s State, now time.Time) (Effects, error) {
	t := h.visit(s, Visit{}, now)
	var err error
	switch t.via.State {
	case Active:
		err = t.settings()
	case Pending:
		err = t.ask24()
	}
	if len(t.e.Messages) > 0 {
		t.e.Takes = []Quota{{Name: "links to one address", Number: t.via.Value, Most: linksADay}}
	}
	return t.e, err
}

// Page asks for a web page: its template, and what it may speak of.
type Page struct {
	Template string
	State    string // which of the template's titles; empty = it has one
	Locale   string // "es"; one that there are no words for is English
	Zone     string // of the person, whose crisis lines are named; empty = the programme's
	Root     string // the way from the page to where all pages are: "", "../"
	Script   bool   // it is better with our script
	Now      time.Time
	Data     any
}
