package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/microreach/microreach/checkins"
	"github.com/microreach/microreach/checkins/store"
	"github.com/microreach/microreach/checkins/vault"
	"github.com/microreach/microreach/cmd/microreach/service"
	"github.com/microreach/microreach/notifier"
)

// homeView is what the checks of this machine found and the later ones build on.
type homeView struct {
	vault   *vault.Vault
	store   *store.Store // with the right schema and the right keys; nil = there is none
	running bool         // serve does its rounds
}

func (h *homeView) close() {
	if h.store != nil {
		_ = h.store.Close() // it only read
	}
}

// mistakesOf are the single mistakes of a configuration.
func mistakesOf(err error) []mistake {
	var list *configError
	if errors.As(err, &list) {
		return list.mistakes
	}
	return nil
}

const seeExample = "config.example.toml tells how each key is written"

func (d *doctor) configuration(context.Context) (list []finding) {
	mistakes := mistakesOf(d.err)
	for _, m := range mistakes {
		list = append(list, told(failed, m.String(), seeExample))
	}
	if d.err != nil && len(mistakes) == 0 {
		list = append(list, told(failed, d.err.Error(), seeExample))
	}
	for _, w := range d.cfg.Warnings {
		list = append(list, told(warning, w, seeExample))
	}
	if !d.sound("twilio", "smtp", "programme") {
		return list
	}
	switch {
	case d.cfg.File == "" && !d.cfg.Twilio.enabled() && !d.cfg.SMTP.enabled():
		return append(list, fail("run microreach init, or name your file with --config", "there is no %s here, and nothing is set in the environment", defaultConfigPath)...)
	case !d.cfg.Twilio.enabled() && !d.cfg.SMTP.enabled():
		return append(list, fail("fill in [smtp] or [twilio]; the README shows both", "neither mail nor texts are set up, so nothing can be sent")...)
	case contact(d.cfg) == "":
		list = append(list, warn("set programme.contact to a mailbox, a number or a page", "the answer to HELP does not say how to reach you")...)
	}
	if len(list) == 0 {
		return ok("%s is right", cmp.Or(d.cfg.File, "the environment"))
	}
	return list
}

// words looks whether the texts of this installation can be made: they stand on the
// name, the contact, the catalogue and the crisis lines.
func (d *doctor) words(context.Context) []finding {
	if !d.sound("programme", "twilio", "limits", "joining") {
		return nil
	}
	set, _, err := words(d.cfg)
	if err != nil {
		return []finding{told(failed, err.Error(), "mend the file or the key that it names; microreach try catalogue FILE checks a catalogue line by line")}
	}
	if plan := d.cfg.Joining.Plan; plan != "" {
		if err := service.CheckJoining(set, checkins.Joining{Plan: checkins.TapPlanID(plan)}); err != nil {
			return []finding{told(failed, err.Error(), "set joining.plan to one of them")}
		}
	}
	return ok("every text can be made, as %q", d.cfg.Programme.Name)
}

func (d *doctor) crisisLines(context.Context) (list []finding) {
	if !d.sound("programme", "twilio", "limits") {
		return nil
	}
	set, _, err := words(d.cfg)
	if err != nil {
		return nil // said by words
	}
	for _, l := range oldLines(set, d.Now()) {
		what, mend, _ := strings.Cut(l, ": ")
		list = append(list, finding{Level: warning, Text: what, Mend: mend})
	}
	if len(list) == 0 {
		return ok("looked at within the last 180 days; call them yourself before you rely on them")
	}
	return list
}

func (d *doctor) keys(context.Context) []finding {
	if !d.sound("keys") {
		return nil
	}
	path := d.cfg.Keys.File
	v, err := vault.OpenFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fail("for a new database run microreach init; else bring the file back from its safe copy", "there is no key file %s", path)
	case err != nil && strings.Contains(err.Error(), "chmod"):
		return []finding{told(failed, err.Error(), "")}
	case err != nil:
		return fail("bring the file back from its safe copy; never make a new one for a database that has people", "%v", err)
	}
	d.home.vault = v
	return ok("%s opens, and only its owner can read it; is there a copy of it apart from the database's backups?", path)
}

func (d *doctor) database(ctx context.Context) (list []finding) {
	if !d.sound("database") || d.home.vault == nil {
		return nil
	}
	address := d.cfg.Database.URL.reveal()
	if path, sqlite := strings.CutPrefix(address, "sqlite:"); sqlite {
		if found := missingFile(path); found != nil {
			return found
		}
		if info, err := os.Stat(path); err == nil && exposed(info.Mode()) {
			list = warn("chmod 600 "+path+"*", "%s can be read by every account of this machine; what people wrote is sealed in it, dates and states are not", path)
		}
	}
	s, err := store.Open(ctx, store.Options{URL: address, Vault: d.home.vault, NewID: d.NewID})
	if err != nil {
		return fail("see whether database.url is right, the server runs and this account may use it", "%s", strings.ReplaceAll(err.Error(), address, "database.url"))
	}
	if err := s.CheckSchema(ctx); err != nil {
		_ = s.Close()
		if errors.Is(err, store.ErrOldSchema) {
			return fail("make a backup, then run microreach migrate", "it was made by another version of the program, or is empty")
		}
		return fail("see whether the file or the server is whole; bring a backup back if it is not", "%v", err)
	}
	return append(list, d.sealed(ctx, s)...)
}

// sealed looks whether the keys open what the database holds.
func (d *doctor) sealed(ctx context.Context, s *store.Store) []finding {
	ids, err := s.People(ctx, 1000, 0)
	if err == nil && len(ids) > 0 {
		_, err = s.State(ctx, checkins.Who{Participant: ids[0]}, d.Now())
	}
	if err != nil {
		_ = s.Close()
		return fail("name the key file that this database was made with in keys.file, or bring it back from its safe copy", "its people cannot be read with these keys: %v", err)
	}
	d.home.store = s
	if len(ids) == 0 {
		return warn("microreach participant add --help", "it is up to date, and nobody is enrolled yet")
	}
	return ok("up to date, and the keys open it")
}

// missingFile looks at the file of a database, which opening it would make.
func missingFile(path string) []finding {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err == nil {
		_ = f.Close()
		return nil
	}
	_, dir := os.Stat(filepath.Dir(path))
	switch {
	case errors.Is(err, fs.ErrNotExist) && dir != nil:
		return fail("make the directory, or set database.url", "there is no directory %s", filepath.Dir(path))
	case errors.Is(err, fs.ErrNotExist):
		return fail("run microreach init, from the directory that serve will run in; or set database.url", "there is no file %s", path)
	}
	return fail("give the account that runs this program the right to write it (chown, chmod)", "%v", err)
}

// alive is how old the last planning round of a running service may be.
const alive = time.Minute

func (d *doctor) service(ctx context.Context) []finding {
	if d.home.store == nil {
		return nil
	}
	last, err := d.home.store.LastBeat(ctx, notifier.PlanRound)
	if err != nil {
		return fail("see whether the database answers", "%v", err)
	}
	since := d.Now().Sub(last)
	switch {
	case last.IsZero():
		return warn("microreach serve; the README has a unit for systemd", "it has not run yet")
	case since > alive:
		return warn("microreach serve; the README has a unit for systemd", "it does not run: its last round was %s ago", age(since))
	}
	d.home.running = true
	return ok("it runs")
}

func (d *doctor) heldBack(ctx context.Context) (list []finding) {
	if d.home.store == nil {
		return nil
	}
	held, err := d.home.store.Breakers(ctx)
	if err != nil {
		return fail("see whether the database answers", "%v", err)
	}
	for _, b := range held {
		list = append(list, fail("mend that, then run microreach outbox resume", "%s since %s, code %s: %s", b.Name, b.OpenedAt.UTC().Format(time.RFC3339), b.Code, service.NoteOf(b))...)
	}
	if len(list) == 0 {
		return ok("nothing")
	}
	return list
}

// requests looks whether people wait for something that is the operator's to do.
func (d *doctor) requests(ctx context.Context) []finding {
	if d.home.store == nil {
		return nil
	}
	list, err := d.home.store.Requests(ctx, requestsShown)
	switch {
	case err != nil:
		return fail("see whether the database answers", "%v", err)
	case len(list) == 0:
		return ok("nobody asked for anything that is yours to do")
	}
	by := list[0].At.Add(checkins.AnswerWithin)
	return warn("microreach participant requests says what and of whom", "people asked to be erased, or for a copy, and only you can do it: %d; the first is to be answered by %s", len(list), by.UTC().Format(time.DateOnly))
}

// ports looks whether serve could listen; where it runs it does.
func (d *doctor) ports(ctx context.Context) (list []finding) {
	if !d.sound("server", "inbound_mail") || d.home.running {
		return nil
	}
	for _, door := range [][2]string{
		{"server.listen", d.cfg.Server.Listen}, {"server.metrics_listen", d.cfg.Server.MetricsListen}, {"inbound_mail.listen", d.cfg.InboundMail.Listen},
	} {
		key, address := door[0], door[1]
		if address == "" || strings.HasPrefix(address, "/") {
			continue
		}
		var config net.ListenConfig
		l, err := config.Listen(ctx, "tcp", address)
		if err != nil {
			list = append(list, fail(fmt.Sprintf("end the other program, or set %s to a free port", key), "%s: cannot listen on %s: %v", key, address, errors.Unwrap(err))...)
			continue
		}
		_ = l.Close() // it was only tried
	}
	if len(list) == 0 {
		return ok("%s is free", d.cfg.Server.Listen)
	}
	return list
}
