package phone

import (
	"errors"
	"strings"
	"testing"
)

func TestNumbersAreReadAsPeopleWriteThem(t *testing.T) {
	for _, c := range []struct{ name, input, region, want string }{
		{"brackets and hyphen", "(202) 555-0147", "US", "+12025550147"},
		{"dots", "202.555.0147", "US", "+12025550147"},
		{"trunk 1", "1 202 555 0147", "US", "+12025550147"},
		{"region in lower case", "2025550147", "us", "+12025550147"},
		{"with plus and no region", "+1 202-555-0147", "", "+12025550147"},
		{"spaces around", " \t+12025550147\n", "US", "+12025550147"},
		{"link", "tel:+1-202-555-0147", "", "+12025550147"},
		{"link in capitals", "TEL:+1-202-555-0147", "", "+12025550147"},
		{"full-width digits", "２０２５５５０１４７", "US", "+12025550147"},
		{"copied with direction marks", "\u202a+1 (202) 555\u20110147\u202c", "", "+12025550147"},
		{"canada", "613 555 0147", "CA", "+16135550147"},
		{"optional zero", "+44 (0)7911 123456", "", "+447911123456"},
		{"zero kept by mistake", "+4407911123456", "US", "+447911123456"},
		{"national form", "07400 123456", "GB", "+447400123456"},
		{"dialled from the US", "011 44 7400 123456", "US", "+447400123456"},
		{"dialled from Germany", "0044 7400 123456", "DE", "+447400123456"},
		{"foreign number among US ones", "+33 6 12 34 56 78", "US", "+33612345678"},
		{"germany", "0151 23456789", "DE", "+4915123456789"},
		{"italy", "+39 347 123 4567", "", "+393471234567"},
		{"argentina", "+54 9 11 2345 6789", "", "+5491123456789"},
		{"bahamas", "+1 (242) 359-1234", "", "+12423591234"},
		{"internet line", "+44 56 1234 5678", "", "+445612345678"},
		{"unknown region but plus", "+12025550147", "ZZ", "+12025550147"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got, err := Parse(c.input, c.region); err != nil || got != c.want {
				t.Errorf("Parse(%q, %q) = %q, %v; want %q", c.input, c.region, got, err, c.want)
			}
		})
	}
}

func TestRefusalsSayWhatIsWrong(t *testing.T) {
	for _, c := range []struct {
		name, input, region string
		want                Problem
		kind                Kind
	}{
		{"nothing", " ", "US", Empty, UnknownKind},
		{"only a scheme", "tel:", "US", Empty, UnknownKind},
		{"words", "call me", "US", Unreadable, UnknownKind},
		{"plus alone", "+", "US", Unreadable, UnknownKind},
		{"mailbox", "ann@example.org", "US", Unreadable, UnknownKind},
		{"vanity", "1-800-FLOWERS", "US", Unreadable, UnknownKind},
		{"extension", "2025550147 x5", "US", Unreadable, UnknownKind},
		{"extension by rfc 3966", "+12025550147;ext=5", "", Unreadable, UnknownKind},
		{"two numbers", "2025550147, 2025550148", "US", Unreadable, UnknownKind},
		{"no region", "2025550147", "", NoCountry, UnknownKind},
		{"no such country", "+999 123456789", "", NoCountry, UnknownKind},
		{"foreign prefix in the US", "0044 7400 123456", "US", NoCountry, UnknownKind},
		{"no area code", "555-0147", "US", TooShort, UnknownKind},
		{"emergency", "911", "US", TooShort, UnknownKind},
		{"too long", "202555014712345", "US", TooLong, UnknownKind},
		{"very long", strings.Repeat("1", 500), "US", TooLong, UnknownKind},
		{"two numbers by slash", "2025550147 / 2025550148", "US", TooLong, UnknownKind},
		{"area code that cannot be", "(111) 555-0147", "US", NotInUse, UnknownKind},
		{"numbers of films", "07700 900123", "GB", NotInUse, UnknownKind},
		{"landline", "020 7946 0958", "GB", NoTexts, Landline},
		{"toll-free", "1-800-356-9377", "US", NoTexts, TollFree},
		{"premium", "+1 900 555 0147", "", NoTexts, Premium},
		{"shared cost", "0820 123 456", "FR", NoTexts, SharedCost},
		{"personal", "+1 500 555 0006", "", NoTexts, OtherKind},
		{"satellite", "+881 612 345 678", "", NoTexts, OtherKind},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := Parse(c.input, c.region)
			var e *Error
			if !errors.As(err, &e) || got != "" {
				t.Fatalf("Parse(%q) = %q, %v; want an *Error", c.input, got, err)
			}
			if e.Problem != c.want || e.Kind != c.kind {
				t.Errorf("problem %q, kind %v; want %q, %v", e.Problem, e.Kind, c.want, c.kind)
			}
			if text := e.Error(); !strings.Contains(text, problemTexts[c.want]) || !strings.Contains(text, "write it like +") {
				t.Errorf("error text: %s", text)
			}
			if digits := strings.Trim(c.input, " +-"); len(digits) > 3 && strings.Contains(e.Error(), digits) {
				t.Errorf("the error repeats the input: %v", e)
			}
		})
	}
}

func TestAGateLetsInTheCountriesAndKindsItNames(t *testing.T) {
	home := Gate{Region: "US", Countries: []string{"US"}}
	europe := Gate{Region: "GB", Countries: []string{"GB", "IE"}}
	operator := Gate{Region: "GB", Countries: []string{"GB"}, VoIP: true}
	for _, c := range []struct {
		name, input string
		gate        Gate
		want        Problem // "" = let in
		says        string
	}{
		{"home", "(202) 555-0147", home, "", ""},
		{"the same numbering plan, another country", "+16135550147", home, Abroad, "of CA; those of US"},
		{"a territory is a country of its own", "+17872345678", home, Abroad, "of PR"},
		{"abroad", "+447400123456", home, Abroad, "of GB"},
		{"one of two", "+353850123456", europe, "", ""},
		{"an island", "+447911123456", europe, Abroad, "of GG; those of GB, IE"},
		{"an internet line, joining", "+445612345678", europe, NoVoIP, "internet line"},
		{"an internet line, by the operator", "+445612345678", operator, "", ""},
		{"premium", "+1 900 555 0147", home, NoTexts, "premium"},
		{"premium, where every country is named", "+1 900 555 0147", Gate{Region: "US", Countries: []string{"US", "CA", ""}, VoIP: true}, NoTexts, "premium"},
		{"shared cost", "+33820123456", Gate{Region: "FR", Countries: []string{"FR"}, VoIP: true}, NoTexts, "shared_cost"},
		{"toll-free", "1-800-356-9377", home, NoTexts, "toll_free"},
		{"satellite", "+881 612 345 678", Gate{Region: "US", Countries: []string{""}, VoIP: true}, NoTexts, "other"},
		{"landline", "020 7946 0958", operator, NoTexts, "landline"},
		{"nothing", "", home, Empty, ""},
		{"the zero gate", "+12025550147", Gate{}, Abroad, "of US"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := c.gate.Parse(c.input)
			if c.want == "" {
				if err != nil || got == "" {
					t.Errorf("Parse(%q) = %q, %v; want it let in", c.input, got, err)
				}
				return
			}
			var e *Error
			if !errors.As(err, &e) || e.Problem != c.want || got != "" || !strings.Contains(err.Error(), c.says) {
				t.Fatalf("Parse(%q) = %q, %v; want %s and %q", c.input, got, err, c.want, c.says)
			}
			if digits := strings.Trim(c.input, " +-"); len(digits) > 3 && strings.Contains(e.Error(), digits) {
				t.Errorf("the error repeats the input: %v", e)
			}
		})
	}
}

func TestExampleIsOfTheSameRegion(t *testing.T) {
	for region, want := range map[string]string{"GB": "+44 ", "de": "+49 ", "": "+1 ", "ZZ": "+1 "} {
		_, err := Parse("x", region)
		if !strings.Contains(err.Error(), "like "+want) {
			t.Errorf("region %q: %v", region, err)
		}
	}
}

func TestKindCountryAndZoneOfAStoredNumber(t *testing.T) {
	for _, c := range []struct {
		name, e164, country, zone string
		kind                      Kind
	}{
		{"washington", "+12025550147", "US", "America/New_York", MaybeMobile},
		{"los angeles", "+12135550147", "US", "America/Los_Angeles", MaybeMobile},
		{"arizona", "+16025550147", "US", "America/Phoenix", MaybeMobile},
		{"ottawa", "+16135550147", "CA", "America/Toronto", MaybeMobile},
		{"toll-free", "+18003569377", "US", "", TollFree},
		{"british mobile, several zones", "+447400123456", "GB", "", Mobile},
		{"australian mobile, several zones", "+61412345678", "AU", "", Mobile},
		{"russian mobile, several zones", "+79123456789", "RU", "", Mobile},
		{"german mobile", "+4915123456789", "DE", "Europe/Berlin", Mobile},
		{"indian mobile, renamed zone", "+919876543210", "IN", "Asia/Kolkata", Mobile},
		{"argentine mobile, renamed zone", "+5491123456789", "AR", "America/Argentina/Buenos_Aires", Mobile},
		{"satellite", "+881612345678", "", "", OtherKind},
		{"no such number", "+11115550147", "", "", UnknownKind},
		{"national form", "2025550147", "", "", UnknownKind},
		{"nothing", "", "", "", UnknownKind},
		{"words", "+words", "", "", UnknownKind},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := KindOf(c.e164); got != c.kind {
				t.Errorf("KindOf = %v, want %v", got, c.kind)
			}
			if got := Country(c.e164); got != c.country {
				t.Errorf("Country = %q, want %q", got, c.country)
			}
			if got, ok := Zone(c.e164); got != c.zone || ok != (c.zone != "") {
				t.Errorf("Zone = %q, %v; want %q", got, ok, c.zone)
			}
		})
	}
}

func TestKindsHaveNamesAndTheZeroValueTakesNoTexts(t *testing.T) {
	if UnknownKind != 0 || UnknownKind.TakesTexts() {
		t.Error("the zero value takes texts")
	}
	for k := UnknownKind; k <= OtherKind; k++ {
		if k.String() == "" {
			t.Errorf("kind %d has no name", k)
		}
	}
	if got := Kind(200).String(); got != "unknown" {
		t.Errorf("a kind that does not exist is called %q", got)
	}
}

func TestKnownCountries(t *testing.T) {
	for code, want := range map[string]bool{"US": true, "GB": true, "us": false, "UK": false, "": false, "001": false, "ZZ": false} {
		if got := KnownCountry(code); got != want {
			t.Errorf("KnownCountry(%q) = %v", code, got)
		}
	}
}

func FuzzWhatIsAcceptedIsStableAndTakesTexts(f *testing.F) {
	for _, seed := range []string{"(202) 555-0147", "+44 (0)7911 123456", "tel:+1", "00", "+", "٠١٢٣", "+52 1 55 1234 5678", "+5493411234567", "+390612345678"} {
		for _, region := range []string{"US", "GB", "", "ZZ"} {
			f.Add(seed, region)
		}
	}
	f.Fuzz(func(t *testing.T, input, region string) {
		e164, err := Parse(input, region)
		if err != nil {
			var e *Error
			if !errors.As(err, &e) || problemTexts[e.Problem] == "" || e164 != "" {
				t.Fatalf("Parse(%q, %q) = %q, %v", input, region, e164, err)
			}
			return
		}
		again, err := Parse(e164, "")
		if err != nil || again != e164 {
			t.Fatalf("Parse(%q, %q) = %q, which reads as %q, %v", input, region, e164, again, err)
		}
		if !KindOf(e164).TakesTexts() || !KnownCountry(Country(e164)) || len(e164) > 16 {
			t.Fatalf("%s: kind %v, country %q", e164, KindOf(e164), Country(e164))
		}
	})
}
