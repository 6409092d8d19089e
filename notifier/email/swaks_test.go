package email_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/microreach/microreach/checkins"
	"github.com/microreach/microreach/checkins/skiptest"
	"github.com/microreach/microreach/notifier/email"
	"github.com/microreach/microreach/notifier/email/emailtest"
)

// swaks lets a mail program that is not ours bring a mail, and returns the conversation and the code that it ended with.
func swaks(t *testing.T, addr string, args ...string) (string, int) {
	t.Helper()
	said, err := emailtest.Swaks(t.Context(), addr, args...)
	var exit *exec.ExitError
	switch {
	case errors.Is(err, emailtest.ErrNoSwaks):
		skiptest.Missing(t, err)
	case errors.As(err, &exit):
		return said, exit.ExitCode()
	case err != nil:
		t.Fatal(err)
	}
	return said, 0
}

// An independent program brings mail by SMTP and by LMTP, with all that it puts into one, and hears why it may not.
func TestAnIndependentProgramBringsMail(t *testing.T) {
	const from, to = "ana@participant.example", "reply+rtok-m1@microreach.example"
	large := filepath.Join(t.TempDir(), "large")
	if err := os.WriteFile(large, []byte(strings.Repeat(strings.Repeat("x", 70)+"\n", 20000)), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, protocol := range []string{"ESMTP", "LMTP"} {
		t.Run(protocol, func(t *testing.T) {
			b := &inbox{}
			l := listen(t, b, func(o *email.ListenerOptions) { o.LMTP = protocol == "LMTP" })
			send := func(args ...string) (string, int) {
				return swaks(t, l.Addr().String(), append([]string{"--protocol", protocol, "--from", from}, args...)...)
			}
			if said, code := send("--to", to, "--header", "Message-Id: <s1@phone.example>", "--body", "done 7\n.\n..dots\n"); code != 0 {
				t.Fatalf("%d:\n%s", code, said)
			}
			if said, code := send("--to", to, "--header", "Message-Id: <s2@phone.example>", "--body", "see this", "--attach-type", "image/png", "--attach", "not a picture"); code != 0 {
				t.Fatalf("%d:\n%s", code, said)
			}
			if said, code := send("--to", "somebody@else.example"); code == 0 || !strings.Contains(said, "550") {
				t.Errorf("a mail for somebody else: %d:\n%s", code, said)
			}
			if said, code := send("--to", to, "--body", "@"+large); code == 0 || !strings.Contains(said, "552") {
				t.Errorf("a mail over the limit: %d:\n%.2000s", code, said)
			}
			heard := b.all()
			if len(heard) != 2 {
				t.Fatalf("%d mails, want 2: %+v", len(heard), heard)
			}
			want := checkins.Incoming{Channel: checkins.Email, ProviderID: "s1@phone.example", From: from, Token: "rtok-m1", Text: "done 7\n.\n..dots", At: noon}
			if heard[0] != want {
				t.Errorf("got  %+v\nwant %+v", heard[0], want)
			}
			if heard[1].Text != "see this" || heard[1].Unread != 1 {
				t.Errorf("a picture: %+v", heard[1])
			}
		})
	}
}
