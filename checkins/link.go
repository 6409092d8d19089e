package checkins

import "time"

// LinkPurpose is the one thing that a link is for.
type LinkPurpose string

// The purposes.
const (
	LinkConfirm  LinkPurpose = "confirm"  // say yes, from a mail
	LinkSettings LinkPurpose = "settings" // see the plan and change it
	LinkLeave    LinkPurpose = "leave"    // unsubscribe
	LinkJournal  LinkPurpose = "journal"  // one's own records, from a mailbox
	LinkCode     LinkPurpose = "code"     // the same, by a code that went to a phone
	LinkWeekly   LinkPurpose = "weekly"   // from a digest: the pace of the week ahead
	LinkNoDigest LinkPurpose = "digest"   // unsubscribe from the digest alone
)

// linkWays is where the page of each purpose is. One letter keeps a link within
// 64 characters.
var linkWays = map[LinkPurpose]string{LinkConfirm: "c", LinkSettings: "s", LinkLeave: "u", LinkJournal: "j", LinkCode: "k", LinkWeekly: "w", LinkNoDigest: "n"}

// Way is the first part of the path of a link, before its token.
func (p LinkPurpose) Way() string { return linkWays[p] }

// linkLives is how long a link of each purpose works, as often as one likes.
var linkLives = map[LinkPurpose]time.Duration{
	LinkConfirm:  Unconfirmed, // after which nothing is left to confirm
	LinkSettings: 30 * day,
	LinkJournal:  30 * day,
	LinkWeekly:   30 * day,
	LinkCode:     SessionLife,
}

// Link is a way to one page of one person, sent to one of their addresses.
// Whoever has its token has the proof that State.Proof tells; the database holds
// only a hash of it.
type Link struct {
	Token     string // only when it is made
	Purpose   LinkPurpose
	Address   AddressID // where it was sent
	CreatedAt time.Time
	ExpiresAt time.Time // zero = never
}

// Links makes links. The zero value makes none: there is no public address, and
// everything goes by reply.
type Links struct {
	Base     string                 // "https://reach.example.org"; empty = no links
	NewToken func() string          // 128 random bits, in small letters and digits
	Leave    func(AddressID) string // the token of the page that stops an address: always the same, and for as long as the address
	NoDigest func(AddressID) string // the same of the page that stops its digests
}

// on reports whether there are pages to lead to.
func (l Links) on() bool { return l.Base != "" }

// URL is the address of a page.
func (l Links) URL(purpose LinkPurpose, token string) string {
	return l.Base + "/" + purpose.Way() + "/" + token
}

// LeaveURL is where an address is stopped; empty where there is no such page.
// Texts have a word for it.
func (l Links) LeaveURL(a Address) string {
	if !l.on() || a.Channel != Email {
		return ""
	}
	return l.URL(LinkLeave, l.Leave(a.ID))
}

// NoDigestURL is where the digests of an address are stopped, and nothing else;
// empty where there is no such page.
func (l Links) NoDigestURL(a Address) string {
	if !l.on() || a.Channel != Email {
		return ""
	}
	return l.URL(LinkNoDigest, l.NoDigest(a.ID))
}

// to makes a link for an address, and returns its URL; empty where there are
// no pages.
func (l Links) to(e *Effects, purpose LinkPurpose, a Address, now time.Time) string {
	if !l.on() {
		return ""
	}
	link := Link{Token: l.NewToken(), Purpose: purpose, Address: a.ID, CreatedAt: now, ExpiresAt: now.Add(linkLives[purpose])}
	e.Links = append(e.Links, link)
	return l.URL(purpose, link.Token)
}
