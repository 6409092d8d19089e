// Package twilio is the way to a phone and back: it sends the texts, hears what
// became of them and hears what people answer.
//
//	out       Sender.Send           one POST per attempt, never repeated by itself
//	in        POST /twilio/inbound  a signed webhook per text, or Sender.Inbound by polling
//	evidence  POST /twilio/status   a signed webhook per change, or Sender.Find by listing
//	the end   Sender.Delete         for whoever was erased
//
// Twilio has no idempotency key for a message, and a create whose answer was
// lost may or may not have been taken. So the package never guesses: a call is
// temporary only if no connection was ever handed to it or Twilio said 429,
// permanent only by Twilio's own error code (codes.tsv), accepted only with a
// message's sid in hand, and unknown otherwise. An unknown is settled later by
// evidence: the status callback, whose URL carries the attempt's id, or the
// message list.
//
// Nothing in an error or a log line of this package holds a text, a number or a
// token. Twilio's own error messages quote the number, so they are dropped and
// the note of codes.tsv stands in their place.
package twilio
