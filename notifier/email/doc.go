// Package email is the mail channel, both ways.
//
// # Out
//
// A Sender hands one rendered message at a time to an SMTP server, over
// connections that it keeps open, and says what became of it in the four
// outcomes that the dispatcher understands. What the server answered decides;
// where it did not answer, the step decides: before the final dot the message
// was certainly not taken, from the final dot on nobody knows (Outcome of an
// error, below). Every message bears a token three times, so that an answer, a
// bounce and a press on "unsubscribe" find their way back whatever the
// programs in between keep of it: in the Reply-To mailbox (user+TOKEN@host),
// in the Message-ID (<TOKEN@domain>, which comes back as In-Reply-To) and, a
// second token, in the return path.
//
//	4yz from the server                            temporary
//	5yz from the server                            permanent
//	no code, before the final dot                  temporary
//	no code, at the final dot or after it          unknown
//	taken, whatever went wrong afterwards          accepted
//
// # In
//
// Mail comes in by three doors, and one Intake stands behind all of them: a
// Listener takes it by SMTP or LMTP, a Reader finds it in a mailbox by IMAP,
// and a Hook is handed it by HTTP. Several may be open at once, since whoever
// keeps a mail counts it once.
//
//	Listener   250 once it is committed, else 451
//	Hook       200 once it is committed, else 503
//	Reader     marks it once it is committed, else finds it again
//
// The Intake decodes a message (Parse), looks for a token that we issued, tells
// a person from a machine, asks whether the author's domain vouches for him (a
// signature, or the word of a server that we trust), cuts the answer out of
// the quotes around it (package replytext), and gives a checkins.Incoming to
// its Receiver. A bounce or complaint becomes checkins.Evidence instead, if it
// names a mail of ours by one of its tokens; else it may be forged.
//
// A mailbox may belong to a person. So a Reader has it open for reading only,
// looks at headers, fetches only mail that bears a token of ours (or is a
// report, which may name our mail inside), and writes to it only to mark what
// was kept. How far it came is a row in the database that one process holds at
// a time, so that a restart neither misses nor repeats anything.
//
// Nothing in this package logs or returns a text, a mailbox or a token in an
// error.
package email
