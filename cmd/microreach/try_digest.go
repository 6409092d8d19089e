package main

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/microreach/microreach/checkins"
	"github.com/microreach/microreach/checkins/pace"
	"github.com/microreach/microreach/notifier/email"
	"github.com/microreach/microreach/templates/chart"
)

// tryDigestFlags are what the flags of try digest say.
type tryDigestFlags struct {
	participant, week, eml string
	html, text             bool
	glass
}

func (p *program) tryDigest() *cobra.Command {
	var f tryDigestFlags
	c := &cobra.Command{
		Use:   "digest --participant ID --week 2026-W48",
		Short: "Show a person's weekly digest as it would be written",
		Long: "Digest prints the digest that is due in an ISO week: about what came since the one before it, up to the day and hour\n" +
			"that the person chose (Sunday 18:00 where they chose none). It is written anew from the records; nothing is sent.\n\n" +
			"It shows what the person wrote, in their words. Those are theirs: it is shown to you where they share their words with\n" +
			"you, else with --break-glass REASON. Either is written down, where they can read it.",
		Example: "  microreach try digest --participant 0199d6c2-… --week 2026-W48\n" +
			"  microreach try digest --participant 0199d6c2-… --week 2026-W48 --html > week.html\n" +
			"  microreach try digest --participant 0199d6c2-… --week 2026-W48 --eml week.eml",
		Args: args(0, "no arguments, only flags"),
		RunE: func(c *cobra.Command, _ []string) error {
			if err := f.check(c); err != nil {
				return err
			}
			return p.showDigest(c.Context(), f)
		},
	}
	c.Flags().StringVar(&f.participant, "participant", "", "whose")
	c.Flags().StringVar(&f.week, "week", "", "which ISO week, such as 2026-W48 (default: the present one)")
	c.Flags().BoolVar(&f.text, "text", false, "the text, which is what is printed without another flag")
	c.Flags().BoolVar(&f.html, "html", false, "the HTML, its picture in it")
	c.Flags().StringVar(&f.eml, "eml", "", "write the whole mail to a file")
	f.flag(c)
	return c
}

func (p *program) showDigest(ctx context.Context, f tryDigestFlags) error {
	if f.text && f.html || f.eml != "" && (f.text || f.html) {
		return usage("--text, --html and --eml: choose one")
	}
	if f.participant == "" {
		return usage("--participant: say whose digest; microreach participant list shows the ids")
	}
	week := pace.ISOWeek{}
	if f.week != "" {
		var err error
		if week, err = pace.ParseISOWeek(f.week); err != nil {
			return usage("--week: %w", err)
		}
	}
	core, s, err := p.openPerson(ctx, f.participant)
	if err != nil {
		return err
	}
	defer func() { _ = core.Close() }() // what had to be written is
	if week.IsZero() {
		week = pace.ISOWeekOf(pace.DateOf(p.Now().In(s.Participant.Location())))
	}
	_, _, err = core.Disclose(ctx, checkins.Who{Participant: s.Participant.ID}, checkins.Disclosure{By: p.reader(), Of: checkins.DisclosedDigest, Reason: f.reason})
	if errors.Is(err, checkins.ErrNotShared) {
		return errors.New("they do not share their words with you, and a digest is made of them: see microreach participant records; --break-glass REASON shows it all the same, and is written down")
	}
	if err != nil {
		return err
	}
	m, ok, err := core.Digest(ctx, s.Participant.ID, week)
	switch {
	case err != nil:
		return err
	case !ok:
		moment, _ := s.Participant.DigestMoment(week)
		from, _ := s.Participant.DigestSpan(week, moment)
		return fmt.Errorf("nothing is recorded from %s to %s, so that week has no digest",
			from.In(s.Participant.Location()).Format("Mon 2 Jan 2006 15:04"), moment.Format("Mon 2 Jan 2006 15:04"))
	case m.Channel == checkins.SMS && (f.html || f.eml != ""):
		return errors.New("this person's digest is a text: leave out --html and --eml")
	}
	return p.printDigest(m, f)
}

func (p *program) printDigest(m checkins.Outgoing, f tryDigestFlags) error {
	switch {
	case f.eml != "":
		cfg, err := loadConfig(p.configFile, p.Env)
		if err != nil {
			return err
		}
		return p.writeDigest(cfg, m, f.eml)
	case f.html:
		page, err := withPicture(m)
		p.say("%s", page)
		return err
	case m.Channel == checkins.SMS:
		p.say("%s", m.Words.Text)
		return nil
	}
	p.say("Subject: %s\n\n%s", m.Words.Subject, m.Words.Text)
	return nil
}

// withPicture is the HTML with its picture in it, so that a browser shows it.
func withPicture(m checkins.Outgoing) (string, error) {
	if m.Words.Chart == "" {
		return m.Words.HTML, nil
	}
	png, err := chart.PNG(m.Words.Chart)
	if err != nil {
		return "", err
	}
	data := "data:image/png;base64," + base64.StdEncoding.EncodeToString(png)
	return strings.Replace(m.Words.HTML, "cid:"+email.PictureID(m.Week), data, 1), nil
}

// writeDigest writes the mail to a file, as the configured server would get it;
// where none is configured, from a made-up mailbox.
func (p *program) writeDigest(cfg config, m checkins.Outgoing, path string) error {
	core, err := p.coreOptions(cfg, p.logger(cfg.Log))
	if err != nil {
		return err
	}
	if !cfg.SMTP.enabled() {
		cfg.SMTP.Host, cfg.SMTP.From = "localhost", "checkin@microreach.example"
	}
	o, err := p.smtpOptions(cfg, core.Vault)
	if err != nil {
		return err
	}
	o.Picture = chart.PNG
	sender, err := email.NewSender(o)
	if err != nil {
		return err
	}
	if m.To == "" {
		m.To = "nobody@microreach.example"
	}
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600) // it is somebody's own words
	if err != nil {
		return fmt.Errorf("write the mail: %w", err)
	}
	if err := errors.Join(sender.Write(file, m), file.Close()); err != nil {
		return err
	}
	p.say("Written to %s. Next: open it with a mail program.", path)
	return nil
}
