package service

import (
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/microreach/microreach/checkins"
	"github.com/microreach/microreach/checkins/phone"
	"github.com/microreach/microreach/templates"
)

// Numbers implements checkins.Numbers by the numbering plans.
type Numbers struct{ Gate phone.Gate }

// Read makes a number that may be texted of what somebody typed.
func (n Numbers) Read(typed string) (string, bool) {
	number, err := n.Gate.Parse(typed)
	return number, err == nil
}

// Zones lists where a number's holder may live.
func (Numbers) Zones(number string) []string { return phone.Zones(number) }

// May reports whether a number may be texted.
func (n Numbers) May(number string) bool {
	_, err := n.Gate.Parse(number)
	return err == nil
}

// CheckJoining refuses a plan that there is not.
func CheckJoining(words *templates.Set, j checkins.Joining) error {
	if j.Plan == "" {
		return nil
	}
	var names []string
	for _, tap := range words.TapPlans() {
		if tap.ID == j.Plan {
			return nil
		}
		names = append(names, string(tap.ID))
	}
	return fmt.Errorf("joining.plan: there is no plan %q; there are %s", j.Plan, strings.Join(names, ", "))
}

// warnOncePerDay tells the operator that a quota is used up, once for each and
// day, however many texts come after.
func warnOncePerDay(o CoreOptions) func(string) {
	var mu sync.Mutex
	told := map[string]string{}
	return func(quota string) {
		today := o.Now().UTC().Format(time.DateOnly)
		mu.Lock()
		defer mu.Unlock()
		if told[quota] == today {
			return
		}
		told[quota] = today
		o.Log.Warn("joining is closed for today (UTC): its limit is reached; raise it in [joining] if these are people", "limit", quota)
	}
}
