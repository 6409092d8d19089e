package checkins

import "time"

// StopAddress ends everything for an address, on the word that reached us by
// another way than a message: an operator, a link, a page. Nothing is sent.
func (h House) StopAddress(s State, id AddressID, route Route, proof string, now time.Time) (Effects, error) {
	a := s.Address(id)
	if a.ID == "" {
		return Effects{}, ErrNotFound
	}
	e := Effects{}
	h.stopAddress(&e, s, a, Consent{Words: "", Route: route, Proof: proof}, now)
	return e, nil
}

// stopAddress is the one place that ends an address: its state, the ledger, what
// waits for it, and the moments of its plans.
func (h House) stopAddress(e *Effects, s State, a Address, why Consent, now time.Time) {
	a.State, a.StateSince = Stopped, now
	e.Addresses = append(e.Addresses, a)
	e.Withdraw = append(e.Withdraw, a.ID)
	why.ID, why.Address, why.Topic, why.Given, why.At = ConsentID(h.NewID()), a.ID, ToMessages, false, now
	e.Consents = append(e.Consents, why)
	for _, p := range s.Plans {
		if p.Channel == a.Channel {
			p.Next, p.Later = Due{}, Due{}
			e.putPlan(p)
		}
	}
}

// putPlan writes a plan in place of what was to be written of it before.
func (e *Effects) putPlan(p Plan) {
	for i := range e.Plans {
		if e.Plans[i].ID == p.ID {
			e.Plans[i] = p
			return
		}
	}
	e.Plans = append(e.Plans, p)
}

// stop ends everything for the address, in the transaction of the inbound;
// "stop all" for every address of the person. One confirmation goes to the
// address that wrote, or none where the carrier has sent it.
func (t *turn) stop() error {
	why := Consent{Words: t.in.Text, Route: t.route, Proof: t.in.ProviderID}
	t.stopAddress(&t.e, t.settled(), t.via, why, t.now)
	if t.read.All {
		for _, a := range t.Addresses {
			if a.ID != t.via.ID && a.State != Stopped {
				t.stopAddress(&t.e, t.settled(), a, why, t.now)
			}
		}
	}
	t.via.State, t.via.StateSince = Stopped, t.now
	if t.carrierConfirms() {
		return nil
	}
	return t.answer(StopConfirmation, Say{Template: "stopped"})
}
