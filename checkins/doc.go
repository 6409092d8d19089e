// Package checkins is the domain of Microreach: who takes part, what they
// chose, what they said, and what follows from it. It is pure. It knows no SQL,
// no web, no clock and no log; the present moment is an argument, and fresh ids
// are asked for. Around it stand the packages that do know those things, each
// behind an interface that is declared where it is called.
//
// # Words
//
// A [Participant] is an adult enrolled in the programme, with one or more
// addresses. A [Consent] is a row of an append-only ledger: what was agreed to
// or withdrawn, in which words. A [Practice] is an entry of the catalogue, a
// [Plan] is what a participant chose of it and how often, and a [Slot] is one
// local date and position at which a plan is due. A [Message] is a row of the
// outbox: rendered words for one address. An attempt is one try to hand a
// message to a provider, with an [Outcome]; [Evidence] is what becomes known of
// it later. An [Incoming] is one verified message from outside; a reply.Reading
// is what it was understood to say; a [CheckIn] is the record that came of it.
// A [Change] is one alteration of a plan or of the person's settings.
//
// # Three ways through the house
//
// Each is straight on, and each decides in one place.
//
//	OUT       tick -> notifier.Planner: store.Due -> Decide(House.PlanDue)     one transaction:
//	                  the outbox row and the plan's next moment
//	               -> notifier.Dispatcher: store.Claim -> store.Begin -> twilio or email -> store.Settle
//
//	IN        webhook or mail, verified and decoded by its channel
//	               -> Inbox.Receive -> Decide(read the text, then what the reading asks for)
//	                  one transaction: the inbound counted once, the record, the change, the answer
//	               -> the answer leaves by OUT
//
//	EVIDENCE  status callback, list look-up, bounce, complaint
//	               -> Witness.Witness -> Decide(weigh)
//	                  only this package maps a fact to the state of a message or an address
//
// [Decider] is the one port for whatever decides about a person. It holds the
// person, reads [State], calls a pure function, and writes its [Effects], all
// in one transaction, so that nothing can be checked and then lose a race.
//
// # An exchange
//
// A message that asks something, what is answered, and what we ask after that
// are one exchange, and its answers become one record (exchange.go). A plan of
// several practices offers two; what is picked is begun, its question before it
// first where there is time for one; its parts are put one at a time; the one
// follow-up comes with DONE. What people ask for in the moment is answered at
// any hour (moment.go). Who may join, and who is answered in which state, stands
// in joining.go; how it ends, in leaving.go and closing.go. What is pressed on a
// page goes the same way as what is said (visit.go, application.go): link.go makes
// the ways to pages, and proof.go tells what each of them may do. What is said
// without having been asked for is a notice: a mailbox gets one of each sort in a
// day (notice.go).
//
//	prompt ──> picked ──> [before] ──> words ──> DONE ──> [after] ──> said back
//
// What only a human can do (a copy, an erasure, where no mailbox proves who asks) is a
// request (request.go); what those who run this read of a person is written down for
// that person to see (disclosure.go).
//
// Beside all this, once a week, comes the digest of what was recorded (weekly.go):
// planned like a reminder, once for each ISO week, put together by package digest.
//
// # States of a message
//
//	queued ──> claimed ──> sending ──> accepted ──> delivered
//	  │  ^        │  │        │  │  │        ├──────> undelivered ──one later try──> queued
//	  │  └─lease──┘  │        │  │  │        └──────> failed
//	  │  └───certainly not taken─┘  │
//	  ├──────────────┤           │  └──> unknown ──evidence──> accepted, delivered, undelivered, failed
//	  v              v           v          └──no evidence──> unknown_not_resent
//	expired      withdrawn    failed
//
// A message is sending from before its first byte leaves. From there on it is
// never sent again by itself: only what was certainly not taken goes back into
// the queue, and, once and later, what the provider says did not arrive. Unknown
// is settled by evidence alone: a status callback, the provider's list ([Looks]),
// a bounce, an answer. Every step is in one table, [MessageState.MayBecome], and
// the store takes no other.
//
// # States of an address
//
//	invited -> pending -> active <-> held
//	                        │
//	                        ├──> stopped (by the person; START comes back)
//	                        ├──> suppressed (by the provider)
//	                        └──> invalid
//
// # What never bends
//
// [MayWrite] is the only place that decides whether a message of a kind may go
// to an address now; planner and Begin both ask it. The zero value of every
// enum is the careful one. Late is not sent ([Life]). A pause leaves no backlog
// ([Plan.NextDue]). Words of crisis leave no mark but a day of quiet that looks
// like any other.
package checkins
