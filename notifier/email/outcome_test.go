package email

import "testing"

func TestTheServersNameForAMailIsFound(t *testing.T) {
	for response, want := range map[string]string{
		"2.0.0 Ok: queued as 4ZXabc":                        "4ZXabc",           // Postfix
		"OK id=1tFabc-0000AB-1x":                            "1tFabc-0000AB-1x", // Exim
		"2.0.0 99654ddb Message accepted for delivery":      "99654ddb",         // OpenSMTPD
		"2.0.0 4AP0abc012345 Message accepted for delivery": "4AP0abc012345",    // Sendmail
		"2.0.0 Message accepted for delivery":               "",
		"Message accepted":                                  "",
		"2.0.0 OK  1741608000 abc - gsmtp":                  "",
		"Ok 0102019abc-000000":                              "",
		"queued as <ana@participant.example>":               "",
		"":                                                  "",
	} {
		if got := queueID(response); got != want {
			t.Errorf("%q: %q, want %q", response, got, want)
		}
	}
}
