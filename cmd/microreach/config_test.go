package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/netip"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"
)

const (
	accountSID = "AC0123456789abcdef0123456789abcdef"
	keySID     = "SK0123456789abcdef0123456789abcdef"
	serviceSID = "MG0123456789abcdef0123456789abcdef"
	canary     = "canary-7f3a"
)

// noEnv is an environment in which nothing is set.
func noEnv(string) (string, bool) { return "", false }

func envOf(vars map[string]string) func(string) (string, bool) {
	return func(name string) (string, bool) { v, ok := vars[name]; return v, ok }
}

// write puts text into a file that only its owner can read and returns its path.
func write(t testing.TB, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func load(t *testing.T, text string) (config, error) {
	t.Helper()
	return loadConfig(write(t, "microreach.toml", text), noEnv)
}

func TestEverySettingIsRead(t *testing.T) {
	path := "testdata/full.toml"
	got, err := loadConfig(path, noEnv)
	if err != nil {
		t.Fatal(err)
	}
	// A setting that is missing in the file, or not taken from it, keeps its default.
	before := defaultConfig()
	defaults := settingsOf(&before)
	for i, s := range settingsOf(&got) {
		if reflect.DeepEqual(s.target, defaults[i].target) && !strings.HasSuffix(s.key, "_file") {
			t.Errorf("%s: the value of %s did not arrive", s.name(), path)
		}
	}
	if got.SMTP.Port != 465 || got.Server.TrustedProxies[1].String() != "192.0.2.7/32" || got.Twilio.AuthToken.reveal() != canary {
		t.Errorf("values differ: %+v", got)
	}
	if got.Programme.PublicURL != "https://c.example.org/micro" {
		t.Errorf("public_url = %q, want it without the slash at its end", got.Programme.PublicURL)
	}
	if got.zone().String() != "Europe/Berlin" || !got.Twilio.enabled() || !got.SMTP.enabled() {
		t.Error("zone, twilio or smtp is off")
	}
}

func TestEverySettingCanComeFromTheEnvironment(t *testing.T) {
	want, err := loadConfig("testdata/full.toml", noEnv)
	if err != nil {
		t.Fatal(err)
	}
	vars := map[string]string{}
	for _, s := range settingsOf(&want) {
		switch v := reflect.ValueOf(s.target).Elem().Interface().(type) {
		case secret:
			vars[s.variable()] = v.reveal()
		case []string:
			vars[s.variable()] = strings.Join(v, ", ")
		case []netip.Prefix:
			var texts []string
			for _, network := range v {
				texts = append(texts, network.String())
			}
			vars[s.variable()] = strings.Join(texts, ", ")
		default:
			vars[s.variable()] = fmt.Sprint(v)
		}
	}
	t.Chdir(t.TempDir()) // no default file here
	got, err := loadConfig("", envOf(vars))
	if err != nil {
		t.Fatal(err)
	}
	got.File, got.Warnings, want.File, want.Warnings = "", nil, "", nil
	if !reflect.DeepEqual(got, want) {
		t.Errorf("from the environment: %+v\nfrom the file: %+v", got, want)
	}
}

func TestEnvironmentWinsOverFileAndEmptyCountsAsUnset(t *testing.T) {
	path := write(t, "microreach.toml", "[limits]\nsms_workers = 7\nmail_workers = 8\n")
	got, err := loadConfig(path, envOf(map[string]string{"MICROREACH_LIMITS_SMS_WORKERS": " 9 ", "MICROREACH_LIMITS_MAIL_WORKERS": ""}))
	if err != nil || got.Limits.SMSWorkers != 9 || got.Limits.MailWorkers != 8 {
		t.Errorf("limits = %+v, %v; want 9 and 8", got.Limits, err)
	}
}

func TestOnlyTheDefaultFileMayBeMissing(t *testing.T) {
	t.Chdir(t.TempDir())
	got, err := loadConfig("", noEnv)
	if err != nil || !reflect.DeepEqual(got, defaultConfig()) {
		t.Errorf("without a file: %+v, %v; want the defaults", got, err)
	}
	_, err = loadConfig(defaultConfigPath, noEnv)
	if !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), "--config") {
		t.Errorf("asked for by name: %v; want fs.ErrNotExist with a hint", err)
	}
	if err := os.WriteFile(defaultConfigPath, []byte("[log]\nlevel = 'warn'\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	got, err = loadConfig("", noEnv)
	if err != nil || got.Log.Level != "warn" || got.File != defaultConfigPath {
		t.Errorf("default file: %+v, %v", got, err)
	}
}

func TestWhatIsNoConfigurationFileIsRefused(t *testing.T) {
	big := write(t, "big", strings.Repeat("#", maxConfigSize+1))
	if _, err := loadConfig(big, noEnv); err == nil || !strings.Contains(err.Error(), "larger") {
		t.Errorf("huge file: %v", err)
	}
	if _, err := loadConfig(t.TempDir(), noEnv); err == nil || !strings.Contains(err.Error(), "directory") {
		t.Errorf("directory: %v", err)
	}
}

// exampleDefault is a key of the example that is commented out at its default.
var exampleDefault = regexp.MustCompile(`(?m)^#([a-z_]+ = )`)

func TestExampleShowsEveryKeyAtItsDefault(t *testing.T) {
	text, err := os.ReadFile("../../config.example.toml")
	if err != nil {
		t.Fatal(err)
	}
	got, err := load(t, string(text))
	if got.File = ""; err != nil || !reflect.DeepEqual(got, defaultConfig()) {
		t.Errorf("as it stands: %+v, %v; want the defaults", got, err)
	}
	uncommented := exampleDefault.ReplaceAll(text, []byte("$1"))
	c := defaultConfig()
	b := newBinder(&c, "config.example.toml")
	if err := b.document(uncommented); err != nil {
		t.Fatal(err)
	}
	if err := b.err(); err != nil {
		t.Errorf("the example has mistakes:\n%v", err)
	}
	for _, s := range b.settings {
		if !s.from.known() {
			t.Errorf("the example does not show %s", s.name())
		}
		if list := reflect.ValueOf(s.target).Elem(); list.Kind() == reflect.Slice && list.Len() == 0 {
			list.SetZero() // [] and nothing are the same
		}
	}
	if !reflect.DeepEqual(c, defaultConfig()) {
		t.Errorf("shown: %+v\ndefaults: %+v", c, defaultConfig())
	}
}

func TestEverySecretHasAFileKey(t *testing.T) {
	c := defaultConfig()
	b := newBinder(&c, "")
	for _, s := range b.settings {
		if _, isSecret := s.target.(*secret); isSecret && b.byName[s.name()+"_file"] == nil {
			t.Errorf("%s has no %s_file", s.name(), s.key)
		}
	}
}

func TestSecretComesFromItsFileWithoutTheLineEnd(t *testing.T) {
	for name, text := range map[string]string{"bare": canary, "line end": canary + "\n", "windows line end": canary + "\r\n"} {
		t.Run(name, func(t *testing.T) {
			file := write(t, "secret", text)
			got, err := load(t, fmt.Sprintf("[smtp]\nhost='h'\nfrom='a@example.org'\nusername='u'\npassword_file=%q\n", file))
			if err != nil || got.SMTP.Password.reveal() != canary || len(got.Warnings) != 0 {
				t.Errorf("password = %q, %v, warnings %q", got.SMTP.Password.reveal(), err, got.Warnings)
			}
		})
	}
}

func TestSecretsThatOthersCanReadAreWarnedOf(t *testing.T) {
	for _, c := range []struct {
		mode fs.FileMode
		warn bool
	}{{0o600, false}, {0o640, false}, {0o444, true}, {0o644, true}, {0o602, true}} {
		t.Run(fmt.Sprintf("%04o", c.mode), func(t *testing.T) {
			file := write(t, "secret", canary)
			path := write(t, "microreach.toml", fmt.Sprintf("[twilio]\naccount_sid=%q\nfrom='+12025550147'\ninbound='poll'\nauth_token_file=%q\n", accountSID, file))
			inline := write(t, "inline.toml", fmt.Sprintf("[database]\nurl='postgres://u:%s@h/d'\n", canary))
			harmless := write(t, "harmless.toml", "[database]\nurl='sqlite:m.db'\n")
			for _, p := range []string{file, inline, harmless} {
				if err := os.Chmod(p, c.mode); err != nil {
					t.Fatal(err)
				}
			}
			for p, want := range map[string]bool{path: c.warn, inline: c.warn, harmless: false} {
				got, err := loadConfig(p, noEnv)
				if err != nil || (len(got.Warnings) > 0) != want {
					t.Errorf("%s: warnings %q, %v; want one: %v", filepath.Base(p), got.Warnings, err, want)
				}
				if strings.Contains(strings.Join(got.Warnings, ""), canary) {
					t.Errorf("a warning shows the secret: %q", got.Warnings)
				}
			}
		})
	}
}

func TestAdviceIsGivenForWhatWorksButCouldBeBetter(t *testing.T) {
	got, err := load(t, "[programme]\npublic_url='https://checkins.a-rather-long-name.example.org'\n[smtp]\nhost='relay.lan'\ntls='none'\nport=25\nfrom='a@example.org'\n")
	if err != nil || len(got.Warnings) != 2 {
		t.Errorf("warnings %q, %v; want two", got.Warnings, err)
	}
}

func TestNoWayOfPrintingShowsASecret(t *testing.T) {
	c, err := loadConfig("testdata/full.toml", noEnv)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%t"} {
		fmt.Fprintf(&out, verb, c)
		fmt.Fprintf(&out, verb, &c)
		fmt.Fprintf(&out, verb, c.SMTP.Password)
		fmt.Fprintf(&out, verb, &c.SMTP.Password)
	}
	fmt.Fprintln(&out, c.SMTP.Password.String(), c.SMTP.Password.GoString())
	for _, h := range []slog.Handler{slog.NewTextHandler(&out, nil), slog.NewJSONHandler(&out, nil)} {
		slog.New(h).Info("start", "config", c, "password", c.SMTP.Password, "smtp", &c.SMTP)
	}
	if err := json.NewEncoder(&out).Encode(c); err != nil {
		t.Fatal(err)
	}
	for _, leak := range []string{canary, fmt.Sprintf("%x", canary), fmt.Sprintf("%X", canary), fmt.Sprint([]byte(canary))} {
		if strings.Contains(out.String(), leak) {
			t.Errorf("%q is in the output:\n%s", leak, out.String())
		}
	}
}
