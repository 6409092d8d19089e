package main

import (
	"strings"

	"fmt"

	"github.com/spf13/cobra"

	"github.com/microreach/microreach/checkins/phone"
	"github.com/microreach/microreach/templates"
)

func (p *program) kitCommand() *cobra.Command {
	return group("kit", "Write what others ask to see of the programme", p.kit10DLC())
}

func (p *program) kit10DLC() *cobra.Command {
	return &cobra.Command{
		Use:   "10dlc",
		Short: "Write the texts for the registration with US carriers",
		Long: "10dlc prints what Twilio and the carriers ask for before texts may be sent to the US: description, samples, how people\n" +
			"agree, keywords and the answers to them, and what to set at Twilio. It is made from the texts that are sent, with the\n" +
			"name, contact and crisis lines of your configuration, and sends nothing itself.",
		Example: "  microreach kit 10dlc\n  microreach --config /etc/microreach.toml kit 10dlc > 10dlc.txt",
		Args:    args(0, "no arguments"),
		RunE: func(*cobra.Command, []string) error {
			cfg, err := loadConfig(p.configFile, p.Env)
			if err != nil {
				return err
			}
			text, err := registration(cfg)
			if err != nil {
				return err
			}
			_, err = fmt.Fprint(p.Out, text)
			return err
		},
	}
}

// registration is the kit for this configuration. It wants the crisis lines of
// every country that is texted, as serve does once texts are on.
func registration(cfg config) (string, error) {
	o, err := wordOptions(cfg)
	if err != nil {
		return "", err
	}
	o.MailOnly, o.Countries = false, cfg.countries()
	set, err := newWords(cfg, o)
	if err != nil {
		return "", err
	}
	return set.Kit10DLC(templates.Registration{
		Number: cfg.Twilio.From, TollFree: phone.KindOf(cfg.Twilio.From) == phone.TollFree, PublicURL: cfg.Programme.PublicURL,
		Countries: cfg.countries(), PerDay: cfg.Limits.PromptsPerDay, JoinWord: joinWord(cfg),
	})
}

// joinWord is what people text to join; empty where they cannot.
func joinWord(cfg config) string {
	switch {
	case cfg.Joining.Plan == "":
		return ""
	case cfg.Joining.Word != "":
		return strings.ToUpper(cfg.Joining.Word)
	}
	return "JOIN"
}
