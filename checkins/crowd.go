package checkins

import "time"

// Crowd is what is due by one channel within a time, and what of it its sender's
// rate cannot carry before it is late. The zero value is nothing.
type Crowd struct {
	Channel Channel
	Due     int
	Late    int       // of Due; would not be sent
	From    time.Time // when the first of those is due
}

// Foresee tells of reminders that are due at the given moments, in order, where
// each takes its turn of the rate: which of them would be late. It reckons with
// the life of a reminder and with one turn each; what is planned in the end is
// decided one by one ([MayWrite]).
func Foresee(c Channel, due []time.Time, turn time.Duration) Crowd {
	crowd := Crowd{Channel: c, Due: len(due)}
	var free time.Time
	for _, at := range due {
		moment := at
		if free.After(at) {
			moment = free
		}
		if moment.Sub(at) < Life(Prompt, "") {
			free = moment.Add(turn)
			continue
		}
		if crowd.Late == 0 {
			crowd.From = at
		}
		crowd.Late++
	}
	return crowd
}
