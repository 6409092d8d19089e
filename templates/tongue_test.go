package templates

import (
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/microreach/microreach/checkins"
	"github.com/microreach/microreach/checkins/pace"
	"github.com/microreach/microreach/checkins/reply"
)

// inEnglishAlone are the mails that have no Spanish words: what comes of the
// catalogue, whose wordings are English, and what is said back to it.
var inEnglishAlone = []string{
	"before", "follow_up", "long_pause_return", "menu", "menu_plans", "noted", "noted_guess", "noted_hard", "noted_quiet", "noted_short", "offer", "part",
	"pause_return", "prompt", "prompt_choice", "prompt_monthly", "prompt_neutral", "rest_note", "review", "show", "taper_note",
}

// Whoever adds a mail adds it in Spanish, or says that it stays English.
func TestEveryMailIsInSpanishOrStaysEnglish(t *testing.T) {
	found, err := fs.Glob(files, "email/es/[a-z]*.txt")
	if err != nil {
		t.Fatal(err)
	}
	all := names(t, checkins.Email)
	var spanish []string
	for _, file := range found {
		name := strings.TrimSuffix(path.Base(file), ".txt")
		spanish = append(spanish, name)
		if !slices.Contains(all, name) {
			t.Errorf("%s is in Spanish alone", name)
		}
	}
	for _, name := range all {
		if slices.Contains(spanish, name) == slices.Contains(inEnglishAlone, name) {
			t.Errorf("%s: in Spanish %v, named as English alone %v", name, slices.Contains(spanish, name), slices.Contains(inEnglishAlone, name))
		}
	}
}

// unmistakable are words that no Spanish sentence has.
var unmistakable = regexp.MustCompile(`(?i)\b(the|and|you|your|with|from|once|today|tomorrow|of|what|this|that|week|month|text|call|emergency|by|for|until|reply|PAUSE|UNDO|SLOWER|RESUME|LATER|SETTINGS)\b`)

// anas is Ana, who reads Spanish, with everything that a mail may fill in.
func anas(alter func(*checkins.Say)) checkins.Say {
	who := ana()
	who.Locale, who.Name = "es-MX", "Ana"
	s := usual(who)
	s.Channel, s.By, s.Pace, s.At, s.Days = checkins.Email, checkins.SMS, pace.Pace{N: 2, Every: 1, Unit: pace.Day}, []pace.Clock{8 * 60, 19 * 60}, 0
	s.Choices, s.Past, s.Own, s.Because = []string{"One moment you came closer"}, []string{"una palabra"}, "", ""
	s.Coming = []checkins.Due{{At: s.Now.Add(time.Hour), Why: "dst gap"}, {At: s.Now.AddDate(0, 0, 9), Why: "moved into hours"}, {At: s.Now.AddDate(1, 0, 0), Why: "moved by you"}}
	s.Plans = []checkins.Plan{{ID: "1", Practices: []checkins.PracticeID{"win"}, Pace: s.Pace}, {ID: "2", Practices: []checkins.PracticeID{"win"}, Pace: pace.Pace{N: 1, Every: 3, Unit: pace.Week}}}
	s.Plan = "1"
	if alter != nil {
		alter(&s)
	}
	return s
}

func TestSpanishMailsAreSpanish(t *testing.T) {
	s := newSet(t, "US")
	cases := map[string]func(*checkins.Say){
		"all of it": nil,
		"nothing": func(say *checkins.Say) {
			*say = checkins.Say{Channel: say.Channel, Person: say.Person, Now: say.Now, Reading: &reply.Reading{}}
		},
		"a link": func(say *checkins.Say) {
			say.Link, say.Leave = "https://reach.example.org/s/1", "https://reach.example.org/u/1"
		},
		"a pause":  func(say *checkins.Say) { say.Until, say.Next = say.Now.Add(100*time.Hour), checkins.Due{} },
		"open":     func(say *checkins.Say) { say.Until, say.Plan = checkins.Forever, "" },
		"hard":     func(say *checkins.Say) { say.Reading = &reply.Reading{Crisis: true} },
		"discreet": func(say *checkins.Say) { say.Person.Discreet = true },
	}
	for _, reason := range []string{reply.ReasonImpossibleDate, reply.ReasonImpossibleTime, reply.ReasonPast, reply.ReasonTooLong, reply.ReasonAmbiguous} {
		cases[reason] = func(say *checkins.Say) { say.Reading = &reply.Reading{Reason: reason} }
	}
	for name := range s.tongues["es"].has {
		if strings.HasPrefix(name, "_") {
			continue
		}
		for what, alter := range cases {
			say := anas(alter)
			say.Template = name
			w, err := s.Words(say)
			if err != nil {
				t.Fatal(name, err)
			}
			if !strings.Contains(w.HTML, `<html lang="es">`) || !strings.HasPrefix(w.Text, "-- Escribe por encima") {
				t.Errorf("%s, %s: the frame is not in Spanish", name, what)
			}
			text := strings.ReplaceAll(w.Subject+"\n"+w.Text, "https://reach.example.org", "")
			if found := unmistakable.FindString(text); found != "" {
				t.Errorf("%s, %s: %q in\n%s", name, what, found, w.Text)
			}
		}
	}
}

// offered are the words that Spanish mails offer, and what is understood by each.
var offered = map[string]reply.Intent{
	"PAUSA": reply.IntentPause, "REANUDAR": reply.IntentResume, "MÁS DESPACIO": reply.IntentSlower, "MÁS A MENUDO": reply.IntentFaster,
	"DESHACER": reply.IntentUndo, "AJUSTES": reply.IntentSettings, "MENÚ": reply.IntentMenu, "CUÁNDO": reply.IntentStatus, "LUEGO": reply.IntentLater,
	"HECHO": reply.IntentCheckIn, "HOY NO": reply.IntentCheckIn, "CORREO": reply.IntentChannel, "EXPORTAR": reply.IntentExport, "BORRAR TODO": reply.IntentDelete,
	"IDEA": reply.IntentNow, "STOP": reply.IntentStop, "SÍ": reply.IntentConfirm,
}

var capitals = regexp.MustCompile(`[A-ZÁÉÍÓÚÑ]{2,}( A)?( [A-ZÁÉÍÓÚÑ]{2,})*`)

// What is offered in Spanish is understood in Spanish.
func TestWhatSpanishMailsOfferIsUnderstood(t *testing.T) {
	lexicon, err := Lexicon()
	if err != nil {
		t.Fatal(err)
	}
	reader := reply.New(lexicon)
	c := reply.Context{Now: now, Zone: time.UTC, Locale: "es", Via: reply.ViaEmail}
	for words, want := range offered {
		c.After = reply.AfterReach
		if want == reply.IntentConfirm {
			c.After = reply.AfterOptIn
		}
		if got := reader.Read(words, c).Intent; got != want {
			t.Errorf("%s is read as %s, not %s", words, got, want)
		}
	}
	for _, words := range []string{"dos veces por semana", "2 por semana", "martes y jueves", "7pm", "19:00", "por mensaje", "PAUSA hasta el lunes", "PAUSA 2 semanas", "agrega win"} {
		c.After = reply.AfterReach
		if got := reader.Read(words, c).Intent; got == reply.IntentCheckIn || got == reply.IntentUnclear {
			t.Errorf("%q is read as %s", words, got)
		}
	}
	found, err := fs.Glob(files, "email/es/*.txt")
	if err != nil || len(found) < 40 {
		t.Fatalf("%d mails, %v", len(found), err)
	}
	for _, file := range found {
		raw, err := files.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, words := range capitals.FindAllString(action.ReplaceAllString(string(raw), ""), -1) {
			if _, ok := offered[words]; !ok && words != "CSV" && words != "JSON" {
				t.Errorf("%s offers %q, which nobody says is understood", file, words)
			}
		}
	}
}
