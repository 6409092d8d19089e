package templates

import (
	"bytes"
	"fmt"

	"github.com/pelletier/go-toml/v2"

	"github.com/microreach/microreach/checkins"
	"github.com/microreach/microreach/checkins/pace"
	"github.com/microreach/microreach/checkins/reply"
)

// practice is one entry of the catalogue; practices/en.toml says what each
// field holds.
type practice struct {
	ID          string   `toml:"id"`
	Kind        string   `toml:"kind"`
	Level       int      `toml:"level"`
	Label       string   `toml:"label"`
	Labels      labels   `toml:"labels"`
	Asks        string   `toml:"asks"`
	Measure     string   `toml:"measure"`
	Why         string   `toml:"why"`
	Before      string   `toml:"before"`
	After       string   `toml:"after"`
	Parts       []string `toml:"parts"`
	Moment      string   `toml:"moment"`
	Alone       bool     `toml:"alone"`
	Page        bool     `toml:"page"`
	Hide        bool     `toml:"hide"`
	SMS         []string `toml:"sms"`
	SMSDiscreet []string `toml:"sms_discreet"`
	Mail        []string `toml:"mail"`
}

// labels are a label in further languages, by their tag.
type labels = map[string]string

// catalogueFile is a file of the catalogue, ours or an operator's.
type catalogueFile struct {
	SMSDiscreet []string   `toml:"sms_discreet"`
	Practice    []practice `toml:"practice"`
}

// catalogue is what can be chosen, in its own order.
type catalogue struct {
	practices   map[checkins.PracticeID]practice
	order       []checkins.PracticeID
	smsDiscreet []string
}

func readCatalogue() (*catalogue, error) {
	var file catalogueFile
	if err := decodeFile("practices/en.toml", &file); err != nil {
		return nil, err
	}
	c := &catalogue{practices: map[checkins.PracticeID]practice{}}
	c.take(file)
	return c, nil
}

// take adds the entries of a file. One whose id is there already is reworded:
// what the file does not name stays as it was.
func (c *catalogue) take(file catalogueFile) {
	if len(file.SMSDiscreet) > 0 {
		c.smsDiscreet = file.SMSDiscreet
	}
	for _, p := range file.Practice {
		id := checkins.PracticeID(p.ID)
		known, ok := c.practices[id]
		if !ok {
			c.order = append(c.order, id)
		}
		c.practices[id] = known.reworded(p)
	}
}

// reworded is p with what by names.
func (p practice) reworded(by practice) practice {
	for _, f := range []struct{ own, by *string }{
		{&p.ID, &by.ID}, {&p.Kind, &by.Kind}, {&p.Label, &by.Label}, {&p.Asks, &by.Asks}, {&p.Measure, &by.Measure},
		{&p.Why, &by.Why}, {&p.Before, &by.Before}, {&p.After, &by.After}, {&p.Moment, &by.Moment},
	} {
		if *f.by != "" {
			*f.own = *f.by
		}
	}
	for _, f := range []struct{ own, by *[]string }{
		{&p.Parts, &by.Parts}, {&p.SMS, &by.SMS}, {&p.SMSDiscreet, &by.SMSDiscreet}, {&p.Mail, &by.Mail},
	} {
		if len(*f.by) > 0 {
			*f.own = *f.by
		}
	}
	if by.Label != "" || len(by.Labels) > 0 { // what it was called before, it is not called any more
		p.Labels = by.Labels
	}
	if by.Level != 0 {
		p.Level = by.Level
	}
	p.Alone, p.Page, p.Hide = p.Alone || by.Alone, p.Page || by.Page, by.Hide
	return p
}

// entry is what the domain knows of a practice.
func (p practice) entry() checkins.Practice {
	return checkins.Practice{
		ID: checkins.PracticeID(p.ID), Kind: checkins.PracticeKind(p.Kind), Level: p.Level, Label: p.Label, Labels: p.Labels, Asks: reply.After(p.Asks),
		Measure: p.Measure, Before: p.Before != "", After: p.After != "", Parts: len(p.Parts), Others: p.withOthers(), Page: p.Page,
	}
}

// wording is the turn-th wording of a practice, so that no two prompts on end
// say it in the same words. By SMS a page-only entry has none.
func wording(words []string, turn int) string {
	if len(words) == 0 {
		return ""
	}
	return words[max(turn, 0)%len(words)]
}

// full are the wordings of p on a channel.
func (p practice) full(c checkins.Channel) []string {
	if c == checkins.Email {
		return p.Mail
	}
	return p.SMS
}

func readPlans() ([]checkins.TapPlan, error) {
	var file struct {
		Plan []struct {
			ID        checkins.TapPlanID    `toml:"id"`
			Label     string                `toml:"label"`
			Labels    labels                `toml:"labels"`
			Practices []checkins.PracticeID `toml:"practices"`
			Pace      string                `toml:"pace"`
			Days      string                `toml:"days"`
			At        []string              `toml:"at"`
		} `toml:"plan"`
	}
	if err := decodeFile("practices/plans.toml", &file); err != nil {
		return nil, err
	}
	var plans []checkins.TapPlan
	for _, f := range file.Plan {
		p := checkins.TapPlan{ID: f.ID, Label: f.Label, Labels: f.Labels, Practices: f.Practices}
		var err error
		if p.Pace, err = pace.Parse(f.Pace); err != nil {
			return nil, fmt.Errorf("plan %s: %w", f.ID, err)
		}
		if f.Days != "" {
			if p.Days, err = pace.ParseDays(f.Days); err != nil {
				return nil, fmt.Errorf("plan %s: %w", f.ID, err)
			}
		}
		for _, at := range f.At {
			c, err := pace.ParseClock(at)
			if err != nil {
				return nil, fmt.Errorf("plan %s: %w", f.ID, err)
			}
			p.At = append(p.At, c)
		}
		plans = append(plans, p)
	}
	return plans, nil
}

// decodeFile reads a file of the program strictly: a key that nothing reads is
// a mistake.
func decodeFile(name string, into any) error {
	raw, err := files.ReadFile(name)
	if err != nil {
		return fmt.Errorf("read %s: %w", name, err)
	}
	if problems := decodeStrict(raw, into); len(problems) > 0 {
		return fmt.Errorf("read %s: line %d: %s", name, problems[0].Line, problems[0].Message)
	}
	return nil
}

// decodeStrict decodes raw into a struct and names every key that it has no
// field for.
func decodeStrict(raw []byte, into any) []Problem {
	err := toml.NewDecoder(bytes.NewReader(raw)).DisallowUnknownFields().Decode(into)
	return problemsOf(err)
}
