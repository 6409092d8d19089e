package checkins_test

import (
	"testing"
	"time"

	"github.com/microreach/microreach/checkins"
)

func TestWhatIsForeseenToBeLate(t *testing.T) {
	at := func(n int, after time.Duration) (list []time.Time) {
		for range n {
			list = append(list, noon.Add(after))
		}
		return list
	}
	cases := []struct {
		name string
		due  []time.Time
		turn time.Duration
		late int
		from time.Time
	}{
		{"nothing", nil, time.Second, 0, time.Time{}},
		{"as much as an hour and a half carries", at(5400, 0), time.Second, 0, time.Time{}},
		{"one more", at(5401, 0), time.Second, 1, noon},
		{"half as much at twice the time", at(3000, 0), 2 * time.Second, 300, noon},
		{"an evening that is over before the next", append(at(5000, 0), at(5000, 2*time.Hour)...), time.Second, 0, time.Time{}},
		{"an evening that runs into the next", append(at(5400, 0), at(5000, time.Hour)...), time.Second, 1400, noon.Add(time.Hour)},
	}
	for _, c := range cases {
		got := checkins.Foresee(checkins.SMS, c.due, c.turn)
		if got.Late != c.late || got.Due != len(c.due) || !got.From.Equal(c.from) {
			t.Errorf("%s: %+v, want %d late from %s", c.name, got, c.late, c.from)
		}
	}
}
