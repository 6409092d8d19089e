package main

import (
	"errors"
	"fmt"
	"time"

	"github.com/microreach/microreach/templates"
)

// wordOptions is what the texts say of this installation.
func wordOptions(cfg config) (templates.Options, error) {
	o := templates.Options{
		Programme: cfg.Programme.Name, Contact: contact(cfg), Country: cfg.Programme.Country, MailOnly: !cfg.Twilio.enabled(),
	}
	if cfg.Twilio.enabled() {
		o.Countries = cfg.countries()
	}
	if file := cfg.Programme.CrisisFile; file != "" {
		raw, _, err := readSmallFile(file)
		if err != nil {
			return o, fmt.Errorf("programme.crisis_file: %w", err)
		}
		o.Crisis = append([]byte{}, raw...) // an empty file is a mistake, not none
	}
	if file := cfg.Programme.CatalogueFile; file != "" {
		raw, _, err := readSmallFile(file)
		if err != nil {
			return o, fmt.Errorf("programme.catalogue_file: %w", err)
		}
		o.Catalogue = append([]byte{}, raw...)
	}
	return o, nil
}

// words makes the texts of this installation, and tells what they were made
// from. A mistake is told with the key to mend.
func words(cfg config) (*templates.Set, templates.Options, error) {
	o, err := wordOptions(cfg)
	if err != nil {
		return nil, o, err
	}
	set, err := newWords(cfg, o)
	return set, o, err
}

func newWords(cfg config, o templates.Options) (*templates.Set, error) {
	set, err := templates.New(o)
	if err != nil {
		return nil, wordsProblem(cfg, err)
	}
	for _, country := range set.CrisisCountries() {
		if problem := countryProblem(country); problem != "" {
			return nil, fmt.Errorf("programme.crisis_file: %s: [%s]: %s", cfg.Programme.CrisisFile, country, problem)
		}
	}
	return set, nil
}

func wordsProblem(cfg config, err error) error {
	var none *templates.NoLinesError
	if !errors.As(err, &none) {
		if cfg.Programme.CrisisFile != "" {
			err = fmt.Errorf("with programme.crisis_file = %q: %w", cfg.Programme.CrisisFile, err)
		}
		return err
	}
	key := "limits.countries has"
	if none.Country == cfg.Programme.Country {
		key = "programme.country is"
	}
	return fmt.Errorf("%s %q, and %w: no texts are sent where it cannot be said whom to call; write the lines of %s into a file,"+
		" as config.example.toml shows, and name it in programme.crisis_file", key, none.Country, err, none.Country)
}

// oldLines warns of crisis lines that nobody has looked at for half a year
// (REQUIREMENTS D02).
func oldLines(set *templates.Set, now time.Time) (list []string) {
	for _, l := range set.UncheckedLines(now) {
		list = append(list, fmt.Sprintf("the crisis lines of %s were looked at last on %s: see whether they are right, and write them with today's date into a file that programme.crisis_file names",
			l.Country, l.On.Format(time.DateOnly)))
	}
	return list
}
