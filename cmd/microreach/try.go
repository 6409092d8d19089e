package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/microreach/microreach/checkins/pace"
	"github.com/microreach/microreach/checkins/reply"
	"github.com/microreach/microreach/templates"
)

func (p *program) tryCommand() *cobra.Command {
	return group("try", "Try the parts out before you trust them", p.tryReply(), p.tryEmail(), p.trySchedule(), p.tryMessage(), p.tryCatalogue(), p.tryDigest(), p.tryWeeks())
}

// tryContext is what the flags of try reply say.
type tryContext struct {
	after, now, zone, locale, via string
	lines                         bool
}

func (p *program) tryReply() *cobra.Command {
	var f tryContext
	c := &cobra.Command{
		Use:   "reply TEXT",
		Short: "Show what a text is understood to say",
		Long: "Reply prints what the service would understand, as JSON. TEXT - reads standard input; with --lines each line of it\n" +
			"is a text of its own, in which \\n stands for a new line.",
		Example: "  microreach try reply --after reach \"done 8 3, felt nervous\"\n  microreach try reply --lines < texts.txt",
		Args: func(_ *cobra.Command, a []string) error {
			if f.lines && len(a) > 0 && a[0] != "-" || !f.lines && len(a) != 1 || len(a) > 1 {
				return usage("give one TEXT in quotes, - for standard input, or --lines")
			}
			return nil
		},
		RunE: func(_ *cobra.Command, a []string) error {
			context, err := f.context(p.Now())
			if err != nil {
				return err
			}
			lexicon, err := templates.Lexicon()
			if err != nil {
				return err
			}
			reader := reply.New(lexicon)
			if f.lines {
				return p.readLines(reader, context)
			}
			text := a[0]
			if text == "-" {
				raw, err := io.ReadAll(p.In)
				if err != nil {
					return fmt.Errorf("read standard input: %w", err)
				}
				text = string(raw)
			}
			return json.NewEncoder(p.Out).Encode(reader.Read(text, context))
		},
	}
	c.Flags().StringVar(&f.after, "after", "none", "what was last sent: reach, journal, rating, before_after, prediction, text, menu, choice, offer, optin, stop, none")
	c.Flags().StringVar(&f.now, "now", "", "when the text arrives, as 2026-03-08T19:00:00-05:00 (default: now)")
	c.Flags().StringVar(&f.zone, "zone", "UTC", "the person's time zone")
	c.Flags().StringVar(&f.locale, "locale", "en", "the person's language")
	c.Flags().StringVar(&f.via, "via", "sms", "sms or email")
	c.Flags().BoolVar(&f.lines, "lines", false, "read one text a line from standard input")
	return c
}

var afters = []reply.After{
	reply.AfterNone, reply.AfterReach, reply.AfterJournal, reply.AfterRating, reply.AfterBeforeAfter,
	reply.AfterPrediction, reply.AfterText, reply.AfterMenu, reply.AfterChoice, reply.AfterOffer, reply.AfterOptIn, reply.AfterStop,
}

func (f tryContext) context(now time.Time) (reply.Context, error) {
	c := reply.Context{After: reply.After(f.after), Now: now, Locale: f.locale, Via: reply.Via(f.via)}
	known := false
	for _, a := range afters {
		known = known || a == c.After
	}
	if !known {
		return c, usage("--after %q: it may be %s", f.after, strings.Trim(fmt.Sprint(afters), "[]"))
	}
	if c.Via != reply.ViaSMS && c.Via != reply.ViaEmail {
		return c, usage("--via %q: it may be sms or email", f.via)
	}
	var err error
	if c.Zone, err = location(f.zone); err != nil {
		return c, err
	}
	if f.now != "" {
		c.Now, err = instant("--now", f.now)
	}
	return c, err
}

func location(name string) (*time.Location, error) {
	zone, err := time.LoadLocation(name)
	if err != nil || name == "Local" || name == "" {
		return nil, usage("--zone %q: write an IANA name, such as America/New_York", name)
	}
	return zone, nil
}

func instant(flag, text string) (time.Time, error) {
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return t, usage("%s %q: write it as 2026-03-08T19:00:00-05:00", flag, text)
	}
	return t, nil
}

// readLines prints one Reading for each line of standard input.
func (p *program) readLines(reader *reply.Reader, context reply.Context) error {
	in := bufio.NewReader(p.In)
	out := bufio.NewWriter(p.Out)
	encoder := json.NewEncoder(out)
	for {
		line, err := in.ReadString('\n')
		if line != "" {
			text := strings.ReplaceAll(strings.TrimRight(line, "\r\n"), `\n`, "\n")
			if err := encoder.Encode(reader.Read(text, context)); err != nil {
				return err
			}
		}
		if err == io.EOF {
			return out.Flush()
		}
		if err != nil {
			return fmt.Errorf("read standard input: %w", err)
		}
	}
}

// schedule is what the flags of try schedule say.
type schedule struct {
	pace, days, window, hours, region, zone, from, pauseUntil, gap string
	at                                                             []string
	perDay, count                                                  int
	seed                                                           uint64
}

func (p *program) trySchedule() *cobra.Command {
	var f schedule
	c := &cobra.Command{
		Use:   "schedule",
		Short: "Show when a plan would be due, and why then",
		Long: "Schedule prints the next times of a plan, strictly after --from: the local instant, the same in UTC, and why it is\n" +
			"that one. The plan counts from --from's local date.",
		Example: "  microreach try schedule --pace 2/week --days mon,thu --at 19:00 --zone America/New_York --from 2026-03-01T00:00:00Z --count 6\n" +
			"  microreach try schedule --pace 1/day --window 09:00-12:00 --per-day 2 --gap 1h --zone Europe/London --from 2026-03-01T00:00:00Z",
		Args: args(0, "no arguments, only flags"),
		RunE: func(*cobra.Command, []string) error { return p.printSchedule(f) },
	}
	c.Flags().StringVar(&f.pace, "pace", "", "how often: N/day, N/week, N/month, 1/Ndays or 1/Nweeks")
	c.Flags().StringVar(&f.days, "days", "", "on which days, such as mon,thu")
	c.Flags().StringArrayVar(&f.at, "at", nil, "at what local time, such as 19:00; may be given several times")
	c.Flags().StringVar(&f.window, "window", "", "at random times in this part of the day, such as 09:00-12:00")
	c.Flags().IntVar(&f.perDay, "per-day", 0, "with --window: how many a day")
	c.Flags().StringVar(&f.gap, "gap", "", "with --window: the least time between two, such as 2h")
	c.Flags().Uint64Var(&f.seed, "seed", 1, "with --window: what the times are drawn from")
	c.Flags().StringVar(&f.hours, "hours", "", "the hours for times that nobody picked (default 09:00-20:00)")
	c.Flags().StringVar(&f.region, "region", "", "keep to the stricter hours of a state or country, such as US-TX or FR")
	c.Flags().StringVar(&f.zone, "zone", "UTC", "the person's time zone")
	c.Flags().StringVar(&f.from, "from", "", "the instant to begin at, as 2026-03-08T19:00:00-05:00 (default: now)")
	c.Flags().StringVar(&f.pauseUntil, "pause-until", "", "the end of a pause")
	c.Flags().IntVar(&f.count, "count", 10, "how many")
	return c
}

func (p *program) printSchedule(f schedule) error {
	rule, from, pausedUntil, err := f.rule(p.Now())
	if err != nil {
		return err
	}
	if err := rule.Validate(); err != nil {
		return usage("%w", err)
	}
	out := bufio.NewWriter(p.Out)
	left := f.count
	if left > 0 {
		for slot := range rule.All(from, pausedUntil) {
			_, _ = fmt.Fprintf(out, "%s\t%s\t%s\n", slot.At.In(rule.Zone).Format(time.RFC3339), slot.At.UTC().Format(time.RFC3339), slot.Why)
			if left--; left == 0 {
				break
			}
		}
	}
	return out.Flush()
}

func (f schedule) rule(now time.Time) (rule pace.Rule, from, pausedUntil time.Time, err error) {
	fail := func(err error) (pace.Rule, time.Time, time.Time, error) { return rule, from, pausedUntil, err }
	if rule.Zone, err = location(f.zone); err != nil {
		return fail(err)
	}
	from = now
	if f.from != "" {
		if from, err = instant("--from", f.from); err != nil {
			return fail(err)
		}
	}
	if f.pauseUntil != "" {
		if pausedUntil, err = instant("--pause-until", f.pauseUntil); err != nil {
			return fail(err)
		}
	}
	if f.count < 0 {
		return fail(usage("--count %d: it must not be negative", f.count))
	}
	rule.Seed, rule.Anchor = f.seed, pace.DateOf(from.In(rule.Zone))
	return rule, from, pausedUntil, f.fill(&rule)
}

// fill reads the flags that have forms of their own.
func (f schedule) fill(rule *pace.Rule) (err error) {
	if rule.Pace, err = pace.Parse(f.pace); err != nil {
		return usage("--pace: %w", err)
	}
	if f.days != "" {
		if rule.Days, err = pace.ParseDays(f.days); err != nil {
			return usage("--days: %w", err)
		}
	}
	for _, at := range f.at {
		clock, err := pace.ParseClock(at)
		if err != nil {
			return usage("--at: %w", err)
		}
		rule.At = append(rule.At, clock)
	}
	if f.hours != "" {
		if rule.Hours, err = pace.ParseSpan(f.hours); err != nil {
			return usage("--hours: %w", err)
		}
	}
	if f.region != "" {
		regions, err := pace.KnownRegions()
		if err != nil {
			return err
		}
		if rule.Region = regions.Of(strings.ToUpper(f.region)); rule.Region == nil {
			return usage("--region %q has no hours of its own: there are %s", f.region, strings.Join(slices.Sorted(maps.Keys(regions)), ", "))
		}
	}
	rule.Window.PerDay = f.perDay
	if f.window != "" {
		if rule.Window.Span, err = pace.ParseSpan(f.window); err != nil {
			return usage("--window: %w", err)
		}
	}
	if f.gap != "" {
		if rule.Window.Gap, err = time.ParseDuration(f.gap); err != nil {
			return usage("--gap %q: write a time such as 90m or 2h", f.gap)
		}
	}
	return nil
}
