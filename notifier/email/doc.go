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
// A Listener takes mail by SMTP or LMTP for our reply mailbox only. It decodes
// a message (Parse), tells a person from a machine, checks the signature of
// the sender's domain where asked to, cuts the answer out of the quotes around
// it (package replytext), and gives a checkins.Incoming to its Receiver. The
// client hears 250 only after the Receiver has returned without an error;
// otherwise 451, so that nothing is lost and the client tries again.
//
// Nothing in this package logs or returns a text, a mailbox or a token in an
// error.
package email
