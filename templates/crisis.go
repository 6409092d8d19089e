package templates

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/pelletier/go-toml/v2"
)

// crisisLines is what is said about help in one country.
type crisisLines struct {
	text      string
	checkedOn time.Time // UTC midnight of the day
}

// readCrisis reads the lines of a country. A country without lines is an
// error: nobody may be texted where we cannot say who to call (D02).
func readCrisis(country string) (crisisLines, error) {
	var file map[string]struct {
		Text      string         `toml:"text"`
		CheckedOn toml.LocalDate `toml:"checked_on"`
	}
	if err := decodeFile("crisis.toml", &file); err != nil {
		return crisisLines{}, err
	}
	lines, ok := file[country]
	if !ok {
		return crisisLines{}, fmt.Errorf("no crisis lines are known for country %q: write one of %s",
			country, strings.Join(slices.Sorted(maps.Keys(file)), ", "))
	}
	return crisisLines{lines.Text, lines.CheckedOn.AsTime(time.UTC)}, nil
}
