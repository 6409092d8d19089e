package twilio

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/twilio/twilio-go/client"
	openapi "github.com/twilio/twilio-go/rest/api/v2010"
	messaging "github.com/twilio/twilio-go/rest/messaging/v1"
)

// Account is how Twilio has set us up, as far as it tells.
type Account struct {
	Status string // "active", "suspended" or "closed"; empty = an API key may not see it
	Trial  bool   // every text bears Twilio's prefix, and only verified numbers get one

	Found      bool // the sender is one of the account's
	TakesTexts bool

	// Where a text that comes in is handed to, and how: the number's own webhook, or
	// that of the Messaging Service. Empty = nowhere.
	Webhook string
	Method  string
	// Application says that a TwiML application decides instead.
	Application bool
	// ByNumber says that a Messaging Service leaves it to each of its numbers.
	ByNumber bool
}

// The errors of Inspect that an operator can do something about.
var (
	ErrSignIn  = errors.New("the account SID and its token or API key are refused by Twilio")
	ErrAccount = errors.New("the Twilio account is not active")
)

const codeNotActive = 20005

// Inspect asks Twilio how the account and the sender are set up. It changes
// nothing. ErrSignIn and ErrAccount are told apart from a Twilio that cannot be
// reached.
func (s *Sender) Inspect(ctx context.Context) (Account, error) {
	var a Account
	if err := s.inspectSender(ctx, &a); err != nil {
		return a, fmt.Errorf("look at the sender: %w", unquoted(inspectError(err)))
	}
	account, err := s.call(ctx).api().FetchAccount(s.accountSID)
	if err = inspectError(err); errors.Is(err, ErrSignIn) && s.user != s.accountSID {
		return a, nil // a plain API key may send and list, and not see the account
	}
	if err != nil {
		return a, fmt.Errorf("look at the account: %w", unquoted(err))
	}
	a.Status, a.Trial = value(account.Status), value(account.Type) == "Trial"
	return a, nil
}

func (s *Sender) inspectSender(ctx context.Context, a *Account) error {
	switch {
	case s.service != "":
		return s.inspectService(ctx, a)
	case !strings.HasPrefix(s.from, "+"):
		return s.inspectShortCode(ctx, a)
	}
	list, err := s.call(ctx).api().ListIncomingPhoneNumber((&openapi.ListIncomingPhoneNumberParams{}).SetPhoneNumber(s.from).SetLimit(1))
	if err != nil || len(list) == 0 {
		return err
	}
	n := list[0]
	a.Found, a.TakesTexts = true, n.Capabilities != nil && n.Capabilities.Sms
	a.Webhook, a.Method, a.Application = value(n.SmsUrl), value(n.SmsMethod), value(n.SmsApplicationSid) != ""
	return nil
}

func (s *Sender) inspectShortCode(ctx context.Context, a *Account) error {
	list, err := s.call(ctx).api().ListShortCode((&openapi.ListShortCodeParams{}).SetShortCode(s.from).SetLimit(1))
	if err != nil || len(list) == 0 {
		return err
	}
	a.Found, a.TakesTexts, a.Webhook, a.Method = true, true, value(list[0].SmsUrl), value(list[0].SmsMethod)
	return nil
}

func (s *Sender) inspectService(ctx context.Context, a *Account) error {
	api := messaging.NewApiService(&client.RequestHandler{Client: s.call(ctx)})
	service, err := api.FetchService(s.service)
	var answer *answerError
	if errors.As(err, &answer) && answer.Status == http.StatusNotFound {
		return nil
	}
	if err != nil {
		return err
	}
	a.Found, a.TakesTexts = true, true
	a.Webhook, a.Method, a.ByNumber = value(service.InboundRequestUrl), value(service.InboundMethod), value(service.UseInboundWebhookOnNumber)
	return nil
}

func inspectError(err error) error {
	var answer *answerError
	switch {
	case !errors.As(err, &answer):
		return err
	case answer.Code == codeNotActive:
		return fmt.Errorf("%w: %w", ErrAccount, err)
	case answer.Status == http.StatusUnauthorized || answer.Status == http.StatusForbidden:
		return fmt.Errorf("%w: %w", ErrSignIn, err)
	}
	return err
}
