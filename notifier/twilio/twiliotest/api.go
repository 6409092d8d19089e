package twiliotest

import (
	"cmp"
	"crypto/subtle"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

func (s *Server) routes() http.Handler {
	const collection = "/2010-04-01/Accounts/{account}/Messages.json"
	mux := http.NewServeMux()
	mux.HandleFunc("POST "+collection, s.authorized(s.create))
	mux.HandleFunc("GET "+collection, s.authorized(s.list))
	mux.HandleFunc("GET /2010-04-01/Accounts/{account}/Messages/{file}", s.authorized(s.fetch))
	mux.HandleFunc("DELETE /2010-04-01/Accounts/{account}/Messages/{file}", s.authorized(s.forget))
	mux.HandleFunc("GET /2010-04-01/Accounts/{file}", s.authorized(s.account))
	mux.HandleFunc("GET /2010-04-01/Accounts/{account}/IncomingPhoneNumbers.json", s.authorized(s.numbers))
	mux.HandleFunc("GET /v1/Services/{service}", s.authorized(s.service))
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		refuse(w, apiError{http.StatusNotFound, 20404, "The requested resource " + r.URL.Path + " was not found"})
	})
	return mux
}

// dated gives every answer the Date of Options.Now.
func (s *Server) dated(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Date", s.options.Now().UTC().Format(http.TimeFormat))
		next.ServeHTTP(w, r)
	})
}

// apiError is an error in Twilio's form. Like Twilio's, some messages quote the
// number, so that a test can see whether it reaches a log.
type apiError struct {
	status, code int
	message      string
}

func refuse(w http.ResponseWriter, e apiError) {
	respond(w, e.status, map[string]any{
		"code": e.code, "message": e.message, "status": e.status,
		"more_info": "https://www.twilio.com/docs/errors/" + strconv.Itoa(e.code),
	})
}

func respond(w http.ResponseWriter, status int, answer any) {
	w.Header().Set("Content-Type", "application/json;charset=utf-8")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(answer)
}

// authorized lets the account's token and its API keys in.
func (s *Server) authorized(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		user, password, _ := r.BasicAuth()
		want, known := s.options.APIKeys[user]
		if user == s.options.AccountSID {
			want, known = s.options.AuthToken, true
		}
		switch {
		case !known || subtle.ConstantTimeCompare([]byte(password), []byte(want)) != 1:
			refuse(w, apiError{http.StatusUnauthorized, 20003, "Authenticate"})
		case r.PathValue("account") != "" && r.PathValue("account") != s.options.AccountSID:
			refuse(w, apiError{http.StatusNotFound, 20404, "The requested resource was not found"})
		default:
			next(w, r)
		}
	}
}

// create takes a message, or does what the next fault says.
func (s *Server) create(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, 1<<20)
	if err := r.ParseForm(); err != nil {
		refuse(w, apiError{http.StatusBadRequest, 20001, "the form cannot be read"})
		return
	}
	s.mu.Lock()
	s.requests++
	fault := s.nextFault()
	taken, wrong := Message{}, s.wrong(r.PostForm)
	if wrong == nil && !fault.Lost {
		taken = s.take(r.PostForm, fault)
	}
	s.mu.Unlock()

	switch {
	case s.fails(w, r, fault):
	case wrong != nil:
		refuse(w, *wrong)
	default:
		respond(w, http.StatusCreated, s.resource(taken))
	}
}

// take stores the message and sends its callbacks. The caller holds s.mu.
func (s *Server) take(form url.Values, fault Fault) Message {
	m := Message{
		Direction: "outbound-api", From: form.Get("From"), To: form.Get("To"), Body: form.Get("Body"),
		Service: form.Get("MessagingServiceSid"), Status: "queued",
		StatusCallback: form.Get("StatusCallback"), SmartEncoded: form.Get("SmartEncoded") == "true",
	}
	if m.Service != "" {
		m.From, m.Status = s.options.Number, "accepted"
	}
	m.ValidityPeriod, _ = strconv.Atoi(form.Get("ValidityPeriod"))
	m.Attempt = attemptOf(m.StatusCallback)
	if m.Attempt != "" {
		s.taken[m.Attempt]++
	}
	taken := *s.add(m)
	s.background(func() { s.report(taken, fault) })
	return taken
}

// fails does to an answer what the fault says; false means that the good answer
// is still to be given.
func (s *Server) fails(w http.ResponseWriter, r *http.Request, fault Fault) bool {
	switch {
	case !s.pause(r.Context(), fault.Delay):
		return true // whoever asked has gone
	case fault.Cut:
		cut(w)
		return true
	case fault.Body == "" && fault.Status == 0:
		return false
	}
	if fault.RetryAfter != "" {
		w.Header().Set("Retry-After", fault.RetryAfter)
	}
	status := cmp.Or(fault.Status, http.StatusCreated)
	if fault.Body == "" {
		refuse(w, apiError{status, fault.Code, "something is wrong with the number " + r.Form.Get("To")})
		return true
	}
	w.Header().Set("Content-Type", fault.Type)
	w.WriteHeader(status)
	w.Write([]byte(fault.Body))
	return true
}

// cut drops the connection without a word.
func cut(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	conn.Close()
}

// wrong is what Twilio would refuse a form for, or nil. The caller holds s.mu.
func (s *Server) wrong(form url.Values) *apiError {
	to, from, service := form.Get("To"), form.Get("From"), form.Get("MessagingServiceSid")
	bad := func(code int, message string) *apiError { return &apiError{http.StatusBadRequest, code, message} }
	switch {
	case to == "":
		return bad(21604, "A 'To' phone number is required.")
	case from == "" && service == "":
		return bad(21603, "A 'From' phone number is required.")
	case form.Get("Body") == "":
		return bad(21602, "Message body is required.")
	case utf8.RuneCountInString(form.Get("Body")) > 1600:
		return bad(21617, "The concatenated message body exceeds the 1600 character limit.")
	case !e164(to):
		return bad(21211, fmt.Sprintf("The 'To' number %s is not a valid phone number.", to))
	case from != "" && !s.owns(from):
		return bad(21606, fmt.Sprintf("The 'From' number %s is not a Twilio number of this account.", from))
	case service != "" && service != s.options.MessagingService:
		return bad(21705, "The Messaging Service Sid is invalid.")
	case !validity(form.Get("ValidityPeriod")):
		return bad(90007, "The validity period must be a number from 1 to 36000.")
	case !callable(form.Get("StatusCallback")):
		return bad(21609, "The 'StatusCallback' is not a valid URL.")
	case s.blocked[pair{to, s.options.Number}]:
		return bad(21610, fmt.Sprintf("The message to %s was not sent: the recipient has replied STOP.", to))
	}
	return nil
}

func validity(text string) bool {
	seconds, err := strconv.Atoi(text)
	return text == "" || err == nil && seconds >= 1 && seconds <= 36000
}

func callable(address string) bool {
	u, err := url.Parse(address)
	return address == "" || err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != ""
}

// fetch gives one message.
func (s *Server) fetch(w http.ResponseWriter, r *http.Request) {
	id, _ := strings.CutSuffix(r.PathValue("file"), ".json")
	s.mu.Lock()
	m := s.bySID[id]
	var found Message
	if m != nil {
		found = *m
	}
	s.mu.Unlock()
	if m == nil {
		refuse(w, apiError{http.StatusNotFound, 20404, "The requested resource was not found"})
		return
	}
	respond(w, http.StatusOK, s.resource(found))
}

// forget deletes one message. Like Twilio, it keeps those that are still under way.
func (s *Server) forget(w http.ResponseWriter, r *http.Request) {
	id, _ := strings.CutSuffix(r.PathValue("file"), ".json")
	s.mu.Lock()
	m := s.bySID[id]
	moving := m != nil && (m.Status == "queued" || m.Status == "sending")
	if m != nil && !moving {
		delete(s.bySID, id)
		s.messages = slices.DeleteFunc(s.messages, func(other *Message) bool { return other == m })
	}
	s.mu.Unlock()
	switch {
	case m == nil:
		refuse(w, apiError{http.StatusNotFound, 20404, "The requested resource was not found"})
	case moving:
		refuse(w, apiError{http.StatusConflict, 20009, "Cannot delete this resource before it is complete"})
	default:
		w.WriteHeader(http.StatusNoContent)
	}
}

// resource is a message as Twilio writes it: dates in RFC 1123 with a numeric
// zone, counts as strings, null for what is not there.
func (s *Server) resource(m Message) map[string]any {
	return map[string]any{
		"sid": m.SID, "account_sid": s.options.AccountSID, "api_version": "2010-04-01",
		"from": null(m.From), "to": m.To, "body": m.Body, "direction": m.Direction,
		"messaging_service_sid": null(m.Service), "status": m.Status,
		"error_code": null(m.ErrorCode), "error_message": nil,
		"date_created": date(m.Created), "date_updated": date(m.Updated), "date_sent": date(m.Sent),
		"num_media": strconv.Itoa(m.NumMedia), "num_segments": "1", "price": nil, "price_unit": "USD",
		"uri":              s.path(m.SID),
		"subresource_uris": map[string]string{"media": strings.TrimSuffix(s.path(m.SID), ".json") + "/Media.json"},
	}
}

func (s *Server) path(id string) string {
	return "/2010-04-01/Accounts/" + s.options.AccountSID + "/Messages/" + id + ".json"
}

func null[T comparable](v T) any {
	var zero T
	if v == zero {
		return nil
	}
	return v
}

func date(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UTC().Format(time.RFC1123Z)
}
