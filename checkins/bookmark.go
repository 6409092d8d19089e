package checkins

import "time"

// Bookmark is how far a mailbox was read. Everything in it up to UID was looked
// at, and what of it was ours was taken in.
type Bookmark struct {
	Validity uint32    // the mailbox's UIDVALIDITY; another one means other UIDs. 0 = not read yet
	UID      uint32    // the last that is done
	At       time.Time // when that was noted; zero = never
}
