package twiliotest

import (
	"cmp"
	"net/http"
	"strings"
)

// Setup is how the account and its number are set up, as a program that looks
// after itself would ask for it. The zero value is a full, active account whose
// number takes texts and hands them to the webhook of SetInbound.
type Setup struct {
	Status      string // of the account; empty = active
	Type        string // "Trial" or, empty, "Full"
	NoTexts     bool   // the number takes no texts
	Method      string // of the webhook; empty = POST
	Application string // the sid of an application that decides instead
	ByNumber    bool   // the service leaves texts to the webhooks of its numbers
}

// account gives the account. API keys do not see it, as plain ones do not.
func (s *Server) account(w http.ResponseWriter, r *http.Request) {
	id, _ := strings.CutSuffix(r.PathValue("file"), ".json")
	user, _, _ := r.BasicAuth()
	switch {
	case id != s.options.AccountSID:
		refuse(w, apiError{http.StatusNotFound, 20404, "The requested resource was not found"})
	case user != s.options.AccountSID:
		refuse(w, apiError{http.StatusUnauthorized, 20003, "Authenticate"})
	default:
		respond(w, http.StatusOK, map[string]any{
			"sid": s.options.AccountSID, "status": cmp.Or(s.options.Setup.Status, "active"), "type": cmp.Or(s.options.Setup.Type, "Full"),
		})
	}
}

// numbers lists the one number of the account, if it is asked for.
func (s *Server) numbers(w http.ResponseWriter, r *http.Request) {
	if status := s.options.Setup.Status; status != "" && status != "active" {
		refuse(w, apiError{http.StatusForbidden, 20005, "Account not active"})
		return
	}
	found := []any{}
	if asked := r.URL.Query().Get("PhoneNumber"); asked == "" || s.owns(asked) {
		found = append(found, map[string]any{
			"sid": "PN00000000000000000000000000000001", "account_sid": s.options.AccountSID, "phone_number": s.Number,
			"sms_url": s.webhook(), "sms_method": cmp.Or(s.options.Setup.Method, http.MethodPost), "sms_application_sid": s.options.Setup.Application,
			"capabilities": map[string]bool{"sms": !s.options.Setup.NoTexts, "mms": false, "voice": true},
		})
	}
	respond(w, http.StatusOK, map[string]any{"incoming_phone_numbers": found, "page": 0, "page_size": 50, "next_page_uri": nil})
}

// service gives the Messaging Service.
func (s *Server) service(w http.ResponseWriter, r *http.Request) {
	if r.PathValue("service") != s.options.MessagingService {
		refuse(w, apiError{http.StatusNotFound, 20404, "The requested resource was not found"})
		return
	}
	respond(w, http.StatusOK, map[string]any{
		"sid": s.options.MessagingService, "account_sid": s.options.AccountSID, "inbound_request_url": null(s.webhook()),
		"inbound_method": cmp.Or(s.options.Setup.Method, http.MethodPost), "use_inbound_webhook_on_number": s.options.Setup.ByNumber,
	})
}

func (s *Server) webhook() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.inbound
}
