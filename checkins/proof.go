package checkins

// Proof is how sure we may be of who acts. The zero value is no proof, and
// allows nothing.
type Proof string

// The proofs.
const (
	NoProof      Proof = ""
	LeaveProof   Proof = "leave"   // the link that stops an address, or one to an address that is not in use
	TokenProof   Proof = "token"   // a mail with our token from another mailbox
	PhoneProof   Proof = "phone"   // a text from the number, or a link sent to it by text
	MailProof    Proof = "mail"    // a mail with our token from the mailbox that it was sent to
	CodeProof    Proof = "code"    // six digits that were sent to the phone, in a session of 30 minutes
	MailboxProof Proof = "mailbox" // a link sent to a mailbox in use, or a mail from it whose domain vouches for it
)

// Act is something that needs a proof.
type Act string

// The acts.
const (
	ToLeave      Act = "leave"         // stop an address, end a plan
	ToPause      Act = "pause"         // be left alone for a while
	ToCheckIn    Act = "check in"      // have a record kept
	ToChange     Act = "change"        // pace, days, times, channel, practices by name, quieter, undo, resume
	ToNarrow     Act = "narrow"        // let an operator see less
	ToWrite      Act = "write"         // a journal entry
	ToOwnWords   Act = "own words"     // a reach in their own words
	ToSeeRecords Act = "see records"   // read back what was written, and the addresses
	ToExport     Act = "export"        // take all of it
	ToErase      Act = "erase"         // everything
	ToWiden      Act = "widen"         // let an operator see more: every address is told
	ToAddAddress Act = "add address"   // every address is told
	ToSeeChoices Act = "see the plans" // plans, practices by name, moments to come
)

// proofs is DESIGN's table of what which proof may do, written out. What is not
// here is not allowed.
var proofs = map[Proof]map[Act]bool{
	LeaveProof: {ToLeave: true},
	TokenProof: {ToLeave: true, ToPause: true, ToCheckIn: true},
	PhoneProof: {ToLeave: true, ToPause: true, ToCheckIn: true, ToChange: true, ToNarrow: true, ToSeeChoices: true},
	MailProof:  {ToLeave: true, ToPause: true, ToCheckIn: true, ToChange: true, ToNarrow: true, ToSeeChoices: true, ToWrite: true},
	CodeProof: {ToLeave: true, ToPause: true, ToCheckIn: true, ToChange: true, ToNarrow: true, ToSeeChoices: true, ToWrite: true,
		ToOwnWords: true, ToSeeRecords: true, ToExport: true, ToErase: true, ToWiden: true, ToAddAddress: true},
	MailboxProof: {ToLeave: true, ToPause: true, ToCheckIn: true, ToChange: true, ToNarrow: true, ToSeeChoices: true, ToWrite: true,
		ToOwnWords: true, ToSeeRecords: true, ToExport: true, ToErase: true, ToWiden: true, ToAddAddress: true},
}

// May reports whether the proof is enough for an act.
func (p Proof) May(act Act) bool { return proofs[p][act] }

// Proof is what the link that was followed proves. A link is for one purpose:
// what it may do beyond that, the page of that purpose never offers.
func (s State) Proof() Proof {
	via := s.Address(s.Via)
	switch {
	case s.Link.Purpose == "" || via.ID == "":
		return NoProof
	case s.Link.Purpose == LinkLeave || s.Link.Purpose == LinkConfirm || s.Link.Purpose == LinkNoDigest:
		return LeaveProof
	case s.Link.Purpose == LinkWeekly && via.Channel == Email && via.State == Active:
		return MailProof // it stands in every digest, which is read by whoever reads the mailbox
	case s.Link.Purpose == LinkCode && via.Channel == SMS && via.State == Active && s.Participant.Codes:
		return CodeProof
	case s.Link.Purpose == LinkCode:
		return NoProof
	case via.Channel == SMS && (via.State == Active || via.State == Held): // a number that was left may be another person's by now (A18)
		return PhoneProof
	case via.Channel == Email && (via.State == Active || via.State == Held || via.State == Stopped):
		return MailboxProof // whoever unsubscribed may still read back and take what is theirs
	}
	return LeaveProof
}
