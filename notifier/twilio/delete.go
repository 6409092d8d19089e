package twilio

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	openapi "github.com/twilio/twilio-go/rest/api/v2010"
)

// Delete lets Twilio forget a text, whichever way it went (REQUIREMENTS C03). One
// that is not there, or of no account of ours, is forgotten already. One that is
// still under way cannot be deleted yet: that is an error like any other.
func (s *Sender) Delete(ctx context.Context, sid string) error {
	err := s.call(ctx).api().DeleteMessage(sid, &openapi.DeleteMessageParams{})
	var answer *answerError
	if errors.As(err, &answer) && answer.Status == http.StatusNotFound {
		return nil
	}
	if err != nil {
		return fmt.Errorf("delete a text at Twilio: %w", unquoted(err))
	}
	return nil
}
