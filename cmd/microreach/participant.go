package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/mail"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/microreach/microreach/checkins"
	"github.com/microreach/microreach/checkins/pace"
	"github.com/microreach/microreach/checkins/phone"
	"github.com/microreach/microreach/cmd/microreach/service"
)

func (p *program) participantCommand() *cobra.Command {
	return group("participant", "Enrol people, and see how they stand",
		p.participantAdd(), p.participantImport(), p.participantSet(), p.participantMove(), p.participantStop(), p.participantList(), p.participantShow(),
		p.participantRecords(), p.participantRequests(), p.participantExport(), p.participantErase())
}

// defaultPractices is what a plan holds where nothing else was said.
const defaultPractices = "check-in-text"

// newcomer is what the flags of participant add say.
type newcomer struct {
	name, sms, email, zone, pace, days, practices string
	window, until, hours, region                  string
	perDay                                        int
	gap                                           time.Duration
	at                                            []string
	discreet, noAnswer                            bool
	choices
}

func (p *program) participantAdd() *cobra.Command {
	var n newcomer
	c := &cobra.Command{
		Use:   "add",
		Short: "Enrol a person who agreed to be asked",
		Long: "Add enters a person and sends one question to each of their addresses. Nothing else goes there before they answer\n" +
			"it with YES: an operator cannot say yes for anybody. The person must be an adult.",
		Example: "  microreach participant add --name Ada --sms +12125550147 --pace 2/week --days mon,thu --at 19:00 --practices one-feeling\n" +
			"  microreach participant add --email ada@example.org --zone Europe/London --pace 1/day --practices closeness",
		Args: args(0, "no arguments, only flags"),
		RunE: func(c *cobra.Command, _ []string) error {
			core, cfg, err := p.openCore(c.Context())
			if err != nil {
				return err
			}
			en, err := p.enrolment(n, cfg, core)
			if err == nil {
				err = core.Enrol(c.Context(), en)
			}
			if err = errors.Join(err, core.Close()); errors.Is(err, checkins.ErrDuplicate) {
				return errors.New("one of these addresses is enrolled already: see microreach participant list")
			}
			if errors.Is(err, checkins.ErrSuppressed) {
				return errSilent
			}
			if err != nil {
				return err
			}
			p.say("%s", en.Participant.ID)
			if n.own != "" {
				p.say("Their own reach takes %s.", core.Words.OwnLength(n.own))
			}
			p.hintRegion(n, en.Participant.ID, core)
			p.say("Enrolled. The question goes out as soon as the service runs, and nothing else before it is answered with YES.\n"+
				"Next: microreach serve, and microreach participant show %s", en.Participant.ID)
			return nil
		},
	}
	f := c.Flags()
	f.StringVar(&n.name, "name", "", "what they want to be called; may stay empty")
	f.StringVar(&n.sms, "sms", "", "number for texts, such as +12125550147")
	f.StringVar(&n.email, "email", "", "mailbox")
	f.StringVar(&n.zone, "zone", "", "their time zone, such as America/New_York (default: from the number, else programme.zone)")
	f.StringVar(&n.region, "region", "", "the state or country that they say they live in, such as US-TX or GB; asked, not guessed from the number")
	f.StringVar(&n.hours, "hours", "", "the part of the day for times that they did not pick (default 09:00-20:00)")
	f.BoolVar(&n.discreet, "discreet", false, "wordings for a lock screen that others may read")
	n.choices.flags(c)
	n.planFlags(f)
	return c
}

// planFlags are the flags that say what a plan is.
func (n *newcomer) planFlags(f *pflag.FlagSet) {
	f.StringVar(&n.pace, "pace", "1/week", "how often: N/day, N/week, N/month, 1/Ndays or 1/Nweeks")
	f.StringVar(&n.days, "days", "", "on which days, such as mon,thu (default: the pace's own)")
	f.StringSliceVar(&n.at, "at", nil, "at what local time, such as 19:00; may be given several times (default 19:00)")
	f.StringVar(&n.window, "window", "", "at random times in this part of the day instead, such as 09:00-12:00")
	f.IntVar(&n.perDay, "per-day", 0, "with --window: how many a day")
	f.DurationVar(&n.gap, "gap", 0, "with --window: the least time between two, such as 2h")
	f.StringVar(&n.until, "until", "", "the plan's last date, such as 2026-06-30")
	f.StringVar(&n.practices, "practices", defaultPractices, "ids of the catalogue, comma-separated")
	f.StringVar(&n.tap, "plan", "", "one of the ready plans instead of --pace, --days, --at and --practices")
	f.BoolVar(&n.noAnswer, "no-answer", false, "the plan needs no answer: silence does not make it slower, and once in 12 weeks it asks whether to go on")
}

// hintRegion reminds the operator to ask where somebody lives, where it matters.
// The number only lets one guess.
func (p *program) hintRegion(n newcomer, who checkins.ParticipantID, core *service.Core) {
	if core.House.Regions != nil && n.sms != "" && n.region == "" {
		p.say("Where they live was not said, so no stricter hours of a state or country are kept for them. Ask them, and note it with: microreach participant move %s --region US-TX", who)
	}
}

// enrolment checks what was entered and makes the rows of it.
func (p *program) enrolment(n newcomer, cfg config, core *service.Core) (checkins.Enrolment, error) {
	var en checkins.Enrolment
	if n.sms == "" && n.email == "" {
		return en, usage("a person needs an address: give --sms, --email or both")
	}
	if n.sms != "" {
		number, err := parseNumber(n.sms, cfg)
		if err != nil {
			return en, err
		}
		n.sms = number
		en.Addresses = append(en.Addresses, checkins.Address{ID: checkins.AddressID(p.NewID()), Channel: checkins.SMS, Value: number})
	}
	if n.email != "" {
		a, err := mail.ParseAddress(n.email)
		if err != nil || a.Address != n.email {
			return en, usage("--email %q: write one mailbox, such as ada@example.org", n.email)
		}
		en.Addresses = append(en.Addresses, checkins.Address{ID: checkins.AddressID(p.NewID()), Channel: checkins.Email, Value: n.email})
	}
	zone, err := n.location(cfg)
	if err != nil {
		return en, err
	}
	now := p.Now()
	en.Participant = checkins.Participant{
		ID: checkins.ParticipantID(p.NewID()), Name: n.name, Zone: zone.String(), Locale: cfg.Programme.Locale, Discreet: n.discreet,
		Hours: pace.Span{From: pace.DefaultFrom, To: pace.DefaultTo}, CreatedAt: now,
	}
	if err := n.place(&en.Participant, core); err != nil {
		return en, err
	}
	plan, err := n.plan(en.Addresses[0].Channel, pace.DateOf(now.In(zone)), core)
	if err != nil {
		return en, err
	}
	plan.ID, plan.CreatedAt = checkins.PlanID(p.NewID()), now
	if err := n.choices.apply(&en.Participant, &plan); err != nil {
		return en, err
	}
	if n.own != "" {
		own := core.House.NewOwn(n.own)
		en.Own = []checkins.OwnPractice{own}
		plan.Practices = append(n.others(plan), own.ID)
	}
	if err := plan.Rule(en.Participant).Validate(); err != nil {
		return en, usage("%w", err)
	}
	if _, ok := plan.Rule(en.Participant).Next(now); !ok {
		return en, usage("nothing of this plan would ever come: look at --until, and at the days on which texts may come to %s", cmp.Or(n.region, "them"))
	}
	en.Plans = []checkins.Plan{plan}
	return en, nil
}

// parseNumber reads a number that this installation may text. An internet line
// is let in: the operator knows whose it is.
func parseNumber(text string, cfg config) (string, error) {
	gate := phone.Gate{Region: cfg.Programme.Country, Countries: cfg.countries(), VoIP: true}
	number, err := gate.Parse(text)
	var refused *phone.Error
	if errors.As(err, &refused) && refused.Problem == phone.Abroad {
		return "", usage("--sms: %w; to text it, put %q into limits.countries, and allow it at Twilio", err, refused.Country)
	}
	if err != nil {
		return "", usage("--sms: %w", err)
	}
	return number, nil
}

// place notes where the person says that they live, and their hours.
func (n newcomer) place(who *checkins.Participant, core *service.Core) error {
	if who.Region = strings.ToUpper(n.region); who.Region != "" && !pace.IsRegion(who.Region) {
		return usage("--region %q: write an ISO 3166 code, such as US-TX or GB", n.region)
	}
	who.Local = core.House.Regions.Of(who.Region)
	if n.hours == "" {
		return nil
	}
	var err error
	if who.Hours, err = pace.ParseSpan(n.hours); err != nil {
		return usage("--hours: %w", err)
	}
	return nil
}

// location is the person's zone: the one that was given, the only one that
// their number can be in, or the programme's for a number of its country.
func (n newcomer) location(cfg config) (*time.Location, error) {
	name := n.zone
	if name == "" && n.sms != "" {
		name, _ = phone.Zone(n.sms)
	}
	if name == "" && (n.sms == "" || phone.Country(n.sms) == cfg.Programme.Country) {
		name = cfg.Programme.Zone
	}
	if name == "" {
		return nil, usage("the person's time zone is not known: give --zone, such as --zone America/New_York")
	}
	zone, err := time.LoadLocation(name)
	if err != nil || name == "Local" {
		return nil, usage("--zone %q: write an IANA name, such as America/New_York", name)
	}
	return zone, nil
}

func (n newcomer) plan(channel checkins.Channel, anchor pace.Date, core *service.Core) (checkins.Plan, error) {
	plan := checkins.Plan{Channel: channel, Status: checkins.PlanActive, Anchor: anchor, NoAnswer: n.noAnswer}
	var err error
	if n.tap != "" {
		return n.tapPlan(channel, anchor, core)
	}
	if plan.Pace, err = pace.Parse(n.pace); err != nil {
		return plan, usage("--pace: %w", err)
	}
	if n.days != "" {
		if plan.Days, err = pace.ParseDays(n.days); err != nil {
			return plan, usage("--days: %w", err)
		}
	}
	for _, at := range n.at {
		clock, err := pace.ParseClock(at)
		if err != nil {
			return plan, usage("--at: %w", err)
		}
		plan.At = append(plan.At, clock)
	}
	plan.Window.PerDay, plan.Window.Gap = n.perDay, n.gap
	if n.window != "" {
		if plan.Window.Span, err = pace.ParseSpan(n.window); err != nil {
			return plan, usage("--window: %w", err)
		}
	}
	if n.until != "" {
		if plan.Until, err = pace.ParseDate(n.until); err != nil {
			return plan, usage("--until: %w", err)
		}
	}
	for id := range strings.SplitSeq(n.practices, ",") {
		practice := checkins.PracticeID(strings.TrimSpace(id))
		entry, ok := core.Words.Practice(practice)
		if !ok {
			return plan, usage("--practices: %q is not in the catalogue; it has %s", practice, practiceNames(core))
		}
		if entry.Page && channel == checkins.SMS {
			return plan, usage("--practices: %q is for mail and pages only; give the person a mailbox as first address, or leave it out", practice)
		}
		plan.Practices = append(plan.Practices, practice)
	}
	return plan, nil
}

func practiceNames(core *service.Core) string {
	var names []string
	for _, p := range core.Words.Practices() {
		names = append(names, string(p.ID))
	}
	return strings.Join(names, ", ")
}

func (p *program) participantList() *cobra.Command {
	return &cobra.Command{
		Use:     "list",
		Short:   "List the people who take part",
		Long:    "List shows everybody who is enrolled, without anything that they wrote.",
		Example: "  microreach participant list",
		Args:    args(0, "no arguments"),
		RunE: func(c *cobra.Command, _ []string) error {
			core, _, err := p.openCore(c.Context())
			if err != nil {
				return err
			}
			defer func() { _ = core.Close() }() // it only read
			return p.listPeople(c.Context(), core)
		},
	}
}

// pageSize is how many people are read at a time.
const pageSize = 500

func (p *program) listPeople(ctx context.Context, core *service.Core) error {
	if _, err := p.showRequests(ctx, core); err != nil {
		return err
	}
	table := tabwriter.NewWriter(p.Out, 0, 4, 2, ' ', 0)
	_, _ = fmt.Fprintln(table, "ID\tNAME\tZONE\tADDRESSES\tPLANS\tNEXT")
	total := 0
	for {
		ids, err := core.Store.People(ctx, pageSize, total)
		if err != nil {
			return err
		}
		for _, id := range ids {
			s, err := core.Store.State(ctx, checkins.Who{Participant: id}, p.Now())
			if err != nil {
				return err
			}
			_, _ = fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%d\t%s\n", id, s.Participant.Name, s.Participant.Zone, addressStates(s), len(s.Plans), next(core, s))
		}
		if total += len(ids); len(ids) < pageSize {
			break
		}
	}
	if err := table.Flush(); err != nil {
		return err
	}
	if total == 0 {
		p.say("Nobody is enrolled yet. Next: microreach participant add --help")
	}
	return nil
}

func addressStates(s checkins.State) string {
	var parts []string
	for _, a := range s.Addresses {
		parts = append(parts, string(a.Channel)+" "+string(a.State))
	}
	return strings.Join(parts, ", ")
}

// next is the person's next reminder in their own time.
func next(core *service.Core, s checkins.State) string {
	list := core.House.Preview(s, 1)
	if len(list) == 0 {
		return "-"
	}
	return list[0].Due.At.In(s.Participant.Location()).Format("Mon 2 Jan 15:04")
}

func (p *program) participantShow() *cobra.Command {
	return &cobra.Command{
		Use:     "show ID",
		Short:   "Show how one person stands: addresses, plans, next reminders",
		Long:    "Show tells how a person stands, with the next reminders and why each comes when it does. What they wrote is theirs: it is not shown.",
		Example: "  microreach participant show 0199d6c2-…",
		Args:    args(1, "the id of a participant"),
		RunE: func(c *cobra.Command, a []string) error {
			core, s, err := p.openPerson(c.Context(), a[0])
			if err != nil {
				return err
			}
			defer func() { _ = core.Close() }() // it only read
			return p.show(c.Context(), core, s)
		},
	}
}

// openPerson opens the database and reads one person's state.
func (p *program) openPerson(ctx context.Context, id string) (*service.Core, checkins.State, error) {
	core, _, err := p.openCore(ctx)
	if err != nil {
		return nil, checkins.State{}, err
	}
	s, err := core.Store.State(ctx, checkins.Who{Participant: checkins.ParticipantID(id)}, p.Now())
	if errors.Is(err, checkins.ErrNotFound) {
		err = fmt.Errorf("nobody has the id %q: see microreach participant list", id)
	}
	if err != nil {
		return nil, s, errors.Join(err, core.Close())
	}
	return core, s, nil
}

func (p *program) show(ctx context.Context, core *service.Core, s checkins.State) error {
	records, err := core.Store.Records(ctx, s.Participant.ID, mostCounted)
	if err != nil {
		return err
	}
	who, loc := s.Participant, s.Participant.Location()
	p.say("%s  %s\nzone %s, hours %s%s, enrolled %s", who.ID, who.Name, who.Zone, who.Hours, inRegion(who), who.CreatedAt.In(loc).Format("Mon 2 Jan 2006"))
	switch {
	case who.QuietUntil.Equal(checkins.Forever):
		p.say("quiet until they say so")
	case who.QuietAt(p.Now()):
		p.say("quiet until %s", who.QuietUntil.In(loc).Format("Mon 2 Jan 2006 15:04"))
	}
	for _, a := range s.Addresses {
		p.say("%-6s %-20s %s since %s", a.Channel, masked(a), a.State, a.StateSince.In(loc).Format("2 Jan 2006"))
	}
	for _, plan := range s.Plans {
		p.say("plan   %s  %s by %s: %s", plan.ID, plan.Status, plan.Channel, rhythm(plan))
	}
	if by := who.Digest.Channel(); s.Reach(by).ID != "" && !who.Weekly.Due.IsZero() {
		p.say("digest by %s, next %s where there is something to tell", by, who.Weekly.Due.In(loc).Format("Mon 2 Jan 2006 15:04"))
	}
	if n := len(records); n > 0 {
		p.say("kept   %s, the last of %s", answers(n), records[n-1].At.In(loc).Format("Mon 2 Jan 2006"))
	}
	list := core.House.Preview(s, 10)
	if len(list) == 0 {
		p.say("No reminder is due.")
	}
	for _, u := range list {
		p.say("next   %s  %s by %s (%s)", u.Due.At.In(loc).Format("Mon 2 Jan 2006 15:04"), u.What(), u.Channel, u.Due.Why)
	}
	return nil
}

// mostCounted bounds what is read to count a person's answers.
const mostCounted = 10000

func answers(n int) string {
	switch {
	case n == 1:
		return "1 answer"
	case n >= mostCounted:
		return fmt.Sprintf("%d answers or more", n)
	}
	return fmt.Sprintf("%d answers", n)
}

// inRegion says where the person lives, and whether that narrows their hours.
func inRegion(who checkins.Participant) string {
	switch {
	case who.Region == "":
		return ""
	case who.Local != nil:
		return ", narrowed to those of " + who.Local.Code
	}
	return ", lives in " + who.Region
}

func rhythm(plan checkins.Plan) string {
	text := plan.Pace.String()
	if plan.Days != 0 {
		text += " on " + plan.Days.String()
	}
	for _, at := range plan.At {
		text += " " + at.String()
	}
	if plan.NoAnswer {
		text += ", no answer needed"
	}
	return text
}

// masked is an address as an operator's screen may show it: enough to tell two
// apart.
func masked(a checkins.Address) string {
	if a.Channel == checkins.SMS && len(a.Value) > 6 {
		return a.Value[:2] + "***" + a.Value[len(a.Value)-4:]
	}
	local, host, _ := strings.Cut(a.Value, "@")
	return local[:min(1, len(local))] + "***@" + host
}
