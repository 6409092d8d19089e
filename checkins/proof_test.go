package checkins

import (
	"slices"
	"testing"
)

// acts are all acts, in the order of DESIGN's table.
var acts = []Act{ToLeave, ToPause, ToCheckIn, ToChange, ToNarrow, ToSeeChoices, ToWrite, ToOwnWords, ToSeeRecords, ToExport, ToErase, ToWiden, ToAddAddress}

func TestEachProofMayDoWhatTheTableSaysAndNoMore(t *testing.T) {
	for proof, want := range map[Proof]string{
		NoProof:         ".............",
		LeaveProof:      "x............",
		TokenProof:      "xxx..........",
		PhoneProof:      "xxxxxx.......",
		MailProof:       "xxxxxxx......",
		CodeProof:       "xxxxxxxxxxxxx",
		MailboxProof:    "xxxxxxxxxxxxx",
		Proof("forged"): ".............",
	} {
		got := ""
		for _, act := range acts {
			got += map[bool]string{true: "x", false: "."}[proof.May(act)]
		}
		if got != want {
			t.Errorf("%q may %s, want %s of %v", proof, got, want, acts)
		}
		for act := range proofs[proof] {
			if !slices.Contains(acts, act) {
				t.Errorf("%q may %q, of which the test knows nothing", proof, act)
			}
		}
	}
}

func TestALinkProvesWhatItsAddressIs(t *testing.T) {
	for _, c := range []struct {
		purpose LinkPurpose
		channel Channel
		state   AddressState
		want    Proof
	}{
		{"", Email, Active, NoProof},
		{LinkSettings, SMS, Active, PhoneProof},
		{LinkSettings, SMS, Held, PhoneProof},
		{LinkSettings, SMS, Stopped, LeaveProof},
		{LinkSettings, SMS, Invalid, LeaveProof},
		{LinkSettings, SMS, Pending, LeaveProof},
		{LinkSettings, Email, Active, MailboxProof},
		{LinkJournal, Email, Stopped, MailboxProof},
		{LinkJournal, Email, Suppressed, LeaveProof},
		{LinkJournal, Email, Pending, LeaveProof},
		{LinkJournal, SMS, Active, PhoneProof},
		{LinkCode, SMS, Active, CodeProof},
		{LinkCode, SMS, Held, NoProof},
		{LinkCode, SMS, Stopped, NoProof},
		{LinkCode, Email, Active, NoProof},
		{LinkLeave, Email, Active, LeaveProof},
		{LinkConfirm, Email, Active, LeaveProof},
	} {
		s := State{Participant: Participant{Codes: true}, Via: "a", Link: Link{Purpose: c.purpose}, Addresses: []Address{{ID: "a", Channel: c.channel, State: c.state}}}
		if got := s.Proof(); got != c.want {
			t.Errorf("a link for %q to %s in state %s proves %q, want %q", c.purpose, c.channel, c.state, got, c.want)
		}
	}
	if got := (State{Link: Link{Purpose: LinkSettings}}).Proof(); got != NoProof {
		t.Errorf("a link to no address proves %q", got)
	}
}

// Whatever a page or a text lets through, a wish is granted to whoever proves enough.
func TestAWishNeedsTheProofOfItsAct(t *testing.T) {
	narrowed := []Change{{Before: Settings{Shares: ShareWords}}}
	for name, c := range map[string]struct {
		state State
		wish  Wish
		act   Act // empty = whoever may write at all
	}{
		"own words":        {wish: Wish{Kind: WishOwn}, act: ToOwnWords},
		"a reason":         {wish: Wish{Kind: WishBecause}, act: ToOwnWords},
		"share more":       {wish: Wish{Kind: WishSharing, Shares: ShareNumbers}, act: ToWiden},
		"share less":       {state: State{Participant: Participant{Shares: ShareWords}}, wish: Wish{Kind: WishSharing, Shares: ShareNothing}, act: ToNarrow},
		"codes":            {wish: Wish{Kind: WishCodes, On: true}, act: ToWiden},
		"no codes":         {wish: Wish{Kind: WishCodes}, act: ToNarrow},
		"undo a narrowing": {state: State{Changes: narrowed}, wish: Wish{Kind: WishUndo}, act: ToWiden},
		"undo no codes":    {state: State{Changes: []Change{{Before: Settings{Codes: true}}}}, wish: Wish{Kind: WishUndo}, act: ToWiden},
		"undo all else":    {state: State{Changes: []Change{{Before: Settings{Shares: ShareNothing}}}}, wish: Wish{Kind: WishUndo}},
		"a pause":          {wish: Wish{Kind: WishPause}},
	} {
		for _, proof := range []Proof{NoProof, LeaveProof, TokenProof, PhoneProof, MailProof, CodeProof, MailboxProof} {
			c.wish.Proof = proof
			if may := !c.state.forbids(c.wish); may != (c.act == "" || proof.May(c.act)) {
				t.Errorf("%s with %q: %v", name, proof, may)
			}
		}
	}
}
