// Package notifier takes reminders out of the house: it notices what is due,
// writes it into the outbox, and hands it to a channel, each message at most
// once.
//
//	Rounds (gocron) -> Planner:    due plans -> decision -> outbox
//	                -> Dispatcher: Claim -> Begin -> Sender -> Settle
//	                -> Settler:    what is unknown -> the provider's list -> evidence
//	                -> Eraser:     texts of whoever was erased -> deleted at the provider
//
// A reminder gets its turn by the rate of its sender when it is planned, so that
// those which are due together are spread, and the first that would be late is not
// planned and told to the operator; what answers a person never waits.
//
// What is due is a row in the database, never a job in memory, so nothing is
// lost with the process and any number of processes may share the work. A
// round may run late, twice, or on two machines at once without harm.
//
// The channels live below: notifier/twilio and notifier/email, each with both
// ways of its provider.
package notifier
