package demo

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"unicode/utf8"
)

const (
	maxBody = 64 << 10 // bytes of a form (E04)
	maxText = 1600     // characters of a text, Twilio's own limit
)

// refusal is an act that came to nothing for a reason that the page tells.
type refusal struct{ notice }

func (r refusal) Error() string { return r.Kind }

// act makes a handler of something that moves the story on. Afterwards the
// browser is sent back to the page, so that a reload repeats nothing.
func (p *page) act(section string, do func(context.Context, url.Values) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, maxBody)
		if err := r.ParseForm(); err != nil {
			var large *http.MaxBytesError
			if errors.As(err, &large) {
				http.Error(w, "that is more than 64 KiB; write less", http.StatusRequestEntityTooLarge)
				return
			}
			http.Error(w, "that form cannot be read; reload the page and try again", http.StatusBadRequest)
			return
		}
		// A browser that goes away does not undo what it asked for.
		ctx := context.WithoutCancel(r.Context())
		p.acting.Lock()
		defer p.acting.Unlock()
		p.settle(ctx)
		p.setNotice(noticeOf(do(ctx, r.PostForm)))
		http.Redirect(w, r, back(section, r.PostForm), http.StatusSeeOther)
	}
}

func noticeOf(err error) notice {
	var known refusal
	switch {
	case err == nil:
		return notice{}
	case errors.As(err, &known):
		return known.notice
	}
	return notice{"failed", err.Error()}
}

// back is where an act leads: the section it was made in, with the mail that
// was chosen still open.
func back(section string, form url.Values) string {
	query := url.Values{}
	for _, key := range []string{"mail", "view"} {
		if v := form.Get(key); v != "" {
			query.Set(key, v)
		}
	}
	return (&url.URL{Path: "/", RawQuery: query.Encode(), Fragment: section}).String()
}

// settle takes the records that are there as known, so that those that the
// next act brings stand out.
func (p *page) settle(ctx context.Context) {
	for _, who := range p.world.People {
		records, err := p.world.Service.Store.Records(ctx, who.ID, 1000)
		if err != nil {
			continue // the page itself says what is wrong
		}
		p.mu.Lock()
		for _, r := range records {
			p.known[r.ID] = true
		}
		p.mu.Unlock()
	}
}

// written is what a person typed, or the suggestion that they tapped.
func written(form url.Values) (string, error) {
	text := strings.TrimSpace(strings.ToValidUTF8(form.Get("text"), "\uFFFD"))
	text = strings.ReplaceAll(text, "\r\n", "\n")
	if utf8.RuneCountInString(text) > maxText {
		return "", refusal{notice{Kind: "long"}}
	}
	return text, nil
}

func (p *page) text(ctx context.Context, form url.Values) error {
	body, err := written(form)
	if err != nil || body == "" {
		return err
	}
	if err := p.world.Text(ctx, body); err != nil {
		return err
	}
	return p.world.Drain(ctx)
}

// setWording chooses between texts in full and texts for a screen that others
// may read.
func (p *page) setWording(ctx context.Context, form url.Values) error {
	return p.world.setDiscreet(ctx, form.Get("wording") == "discreet")
}

func (p *page) answer(ctx context.Context, form url.Values) error {
	text, err := written(form)
	if err != nil || text == "" {
		return err
	}
	n, err := strconv.Atoi(form.Get("mail"))
	if err != nil {
		return refusal{notice{Kind: "no_mail"}}
	}
	at := p.world.Clock.Now()
	switch err := p.world.AnswerMail(ctx, n, text); {
	case errors.Is(err, errNoMail):
		return refusal{notice{Kind: "no_mail"}}
	case err != nil:
		return err
	}
	p.mu.Lock()
	p.answers[n] = append(p.answers[n], answer{at, text})
	p.mu.Unlock()
	return p.world.Drain(ctx)
}

func (p *page) jumpTo(ctx context.Context, form url.Values) error {
	now := p.world.Clock.Now()
	at := inZone(now, p.world.phoneOwner().Zone)
	switch form.Get("to") {
	case "day":
		return p.jump(ctx, at.AddDate(0, 0, 1))
	case "week":
		return p.jump(ctx, at.AddDate(0, 0, 7))
	}
	next, err := p.world.nextReminder(ctx)
	if err != nil {
		return err
	}
	if next.IsZero() {
		return refusal{notice{Kind: "nothing_due"}}
	}
	return p.jump(ctx, next)
}

func (p *page) setSpeed(_ context.Context, form url.Values) error {
	p.setFast(form.Get("speed") == "fast")
	return nil
}
