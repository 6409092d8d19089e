package main

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// A setting is one key of the configuration: the field of the config that it fills,
// and where its value came from.
type setting struct {
	section, key string
	target       any   // pointer to the field
	from         place // zero while the default holds
	broken       bool  // a value was given that the field cannot hold
}

func (s *setting) name() string { return s.section + "." + s.key }

// variable is the name in the environment.
func (s *setting) variable() string {
	return "MICROREACH_" + strings.ToUpper(s.section) + "_" + strings.ToUpper(s.key)
}

// settingsOf lists the fields of a config. The structs are the one list of keys:
// file, environment and example follow from it.
func settingsOf(c *config) []*setting {
	var all []*setting
	sections := reflect.ValueOf(c).Elem()
	for i := range sections.NumField() {
		section := sections.Type().Field(i).Tag.Get("toml")
		if section == "-" {
			continue
		}
		fields := sections.Field(i)
		for j := range fields.NumField() {
			all = append(all, &setting{
				section: section,
				key:     fields.Type().Field(j).Tag.Get("toml"),
				target:  fields.Field(j).Addr().Interface(),
			})
		}
	}
	return all
}

// A binder fills a config from its sources and gathers what is wrong.
//
// The values go through a map and not straight into the structs because the
// decoder stops at the first value of the wrong type and does not know the
// environment: this way both sources share one path, and all mistakes are told
// at once.
type binder struct {
	config   *config
	file     string
	settings []*setting
	byName   map[string]*setting
	places   map[string]place
	mistakes []mistake
	warnings []string
}

func newBinder(c *config, file string) *binder {
	b := &binder{config: c, file: file, settings: settingsOf(c), byName: map[string]*setting{}}
	for _, s := range b.settings {
		b.byName[s.name()] = s
	}
	return b
}

func (b *binder) warn(format string, args ...any) {
	b.warnings = append(b.warnings, fmt.Sprintf(format, args...))
}

// fault notes a mistake about a key, at the place where the key stands, else that
// of its section, else the file.
func (b *binder) fault(name, problem string) {
	at := b.places[name]
	if s := b.byName[name]; s != nil && s.from.known() {
		at = s.from
	}
	if !at.known() {
		section, _, _ := strings.Cut(name, ".")
		at = b.places[section]
	}
	if !at.known() {
		at = place{file: b.file}
	}
	b.mistakes = append(b.mistakes, mistake{place: at, key: name, problem: problem})
}

// err is nil, or all mistakes in the order of the file, the environment's last.
func (b *binder) err() error {
	if len(b.mistakes) == 0 {
		return nil
	}
	slices.SortStableFunc(b.mistakes, func(x, y mistake) int {
		return cmp.Or(cmp.Compare(x.place.variable, y.place.variable),
			cmp.Compare(x.place.line, y.place.line), cmp.Compare(x.place.column, y.place.column))
	})
	return &configError{b.mistakes}
}

// document takes in the text of a file. Only a mistake of form is returned; what is
// wrong with single keys is gathered.
func (b *binder) document(text []byte) error {
	doc, err := parseTOML(text, b.file)
	if err != nil {
		return err
	}
	b.places = locate(text, b.file)
	for section, content := range doc {
		keys, isTable := content.(map[string]any)
		switch {
		case !b.knownSection(section):
			b.fault(section, b.unknownSection(section))
		case !isTable:
			b.fault(section, fmt.Sprintf("this is a section; write [%s] once, on a line of its own, and its keys below it", section))
		default:
			for key, value := range keys {
				b.fromFile(section, key, value)
			}
		}
	}
	return nil
}

func (b *binder) fromFile(section, key string, value any) {
	name := section + "." + key
	s := b.byName[name]
	if s == nil {
		b.fault(name, b.unknownKey(section, key))
		return
	}
	s.from = b.places[name]
	if problem := assign(s.target, value); problem != "" {
		s.broken = true
		b.fault(name, problem)
	}
}

func (b *binder) knownSection(section string) bool {
	return slices.ContainsFunc(b.settings, func(s *setting) bool { return s.section == section })
}

// unknownSection suggests a section, or the section that a key at the top belongs to.
func (b *binder) unknownSection(word string) string {
	var sections []string
	for _, s := range b.settings {
		if s.key == word {
			return fmt.Sprintf("a key outside every section; it belongs below [%s]", s.section)
		}
		sections = append(sections, s.section)
	}
	sections = slices.Compact(sections)
	if near := nearest(word, sections); near != "" {
		return fmt.Sprintf("unknown section; did you mean [%s]?", near)
	}
	return "unknown section; the sections are " + strings.Join(sections, ", ")
}

// unknownKey suggests a key of the section, or the section that the key belongs to.
func (b *binder) unknownKey(section, key string) string {
	var here, elsewhere []string
	for _, s := range b.settings {
		if s.section == section {
			here = append(here, s.key)
		} else if s.key == key {
			elsewhere = append(elsewhere, "["+s.section+"]")
		}
	}
	if near := nearest(key, here); near != "" {
		return fmt.Sprintf("unknown key; did you mean %s?", near)
	}
	if len(elsewhere) > 0 {
		return fmt.Sprintf("unknown key here; it belongs below %s", strings.Join(elsewhere, " or "))
	}
	return fmt.Sprintf("unknown key; [%s] has %s", section, strings.Join(here, ", "))
}

// environment lays the variables over what the file said.
func (b *binder) environment(env func(string) (string, bool)) {
	for _, s := range b.settings {
		text, ok := env(s.variable())
		if !ok || text == "" {
			continue
		}
		s.from = place{variable: s.variable()}
		if problem := assignText(s.target, text); problem != "" {
			s.broken = true
			b.fault(s.name(), problem)
		}
	}
}

// secrets reads each secret that is given by a file. Both at once is a mistake,
// even from two sources: whichever won, somebody would be surprised.
func (b *binder) secrets() {
	for _, s := range b.settings {
		target, ok := s.target.(*secret)
		file := b.byName[s.name()+"_file"]
		if !ok || file == nil || *file.target.(*string) == "" {
			continue
		}
		if s.from.known() && target.set() {
			b.fault(file.name(), fmt.Sprintf("%s is set too (%s); keep one of the two", s.name(), s.from))
			continue
		}
		value, warning, err := readSecretFile(*file.target.(*string))
		if errors.Is(err, errNoSecret) || errors.Is(err, fs.ErrNotExist) {
			b.fault(file.name(), err.Error())
			b.mistakes[len(b.mistakes)-1].awaitsSecret = true
			*target = awaited // so that what else is wrong with the section is found
			continue
		}
		if err != nil {
			file.broken = true
			b.fault(file.name(), err.Error())
			continue
		}
		*target, s.from = value, file.from
		if warning != "" {
			b.warn("%s: %s", file.name(), warning)
		}
	}
}

// fileHoldsSecret reports whether a secret stands in the configuration file itself.
func (b *binder) fileHoldsSecret() bool {
	for name, s := range b.byName {
		if target, ok := s.target.(*secret); ok && target.set() && b.places[name].known() {
			return name != "database.url" || strings.Contains(target.reveal(), "@")
		}
	}
	return false
}

// check applies the rules. A section with a value of the wrong type is left out:
// rules about the default in its place would only confuse.
func (b *binder) check() {
	broken := map[string]bool{}
	for _, s := range b.settings {
		broken[s.section] = broken[s.section] || s.broken
	}
	for _, r := range slices.Concat(rules, keepRules) {
		section, _, _ := strings.Cut(r.key, ".")
		if broken[section] || b.awaits(r.key) {
			continue
		}
		if problem := r.problem(b.config); problem != "" {
			b.fault(r.key, problem)
		}
	}
	b.warnings = append(b.warnings, advice(b.config)...)
}

// awaits reports whether the key is a secret that is not there yet.
func (b *binder) awaits(name string) bool {
	s := b.byName[name]
	if s == nil {
		return false
	}
	value, is := s.target.(*secret)
	return is && *value == awaited
}

// assign puts a value of a TOML file into a field and says what is wrong, if
// anything. The value itself is named only where it cannot be a secret.
func assign(target, value any) string {
	switch t := target.(type) {
	case *string:
		return assignString(t, value)
	case *secret:
		return assignString(&t.text, value)
	case *int:
		n, ok := value.(int64)
		if !ok {
			return fmt.Sprintf("%v is not a whole number; write it with digits only and without quotes, such as %d", quoted(value), *t)
		}
		*t = int(n)
		return ""
	case *[]string:
		texts, problem := stringList(value, `["US", "CA"]`)
		*t = texts
		return problem
	case *bool:
		yes, ok := value.(bool)
		if !ok {
			return "this is a yes or no; write true or false, without quotes"
		}
		*t = yes
		return ""
	case *[]netip.Prefix:
		texts, problem := stringList(value, `["127.0.0.1/32"]`)
		if problem != "" {
			return problem
		}
		return assignPrefixes(t, texts)
	}
	panic(fmt.Sprintf("configuration: a field has type %T, which no one has taught it to read", target))
}

// stringList reads a list of texts; example shows how one is written.
func stringList(value any, example string) (texts []string, problem string) {
	list, ok := value.([]any)
	if !ok {
		return nil, "this is a list; write it in brackets, such as " + example
	}
	texts = make([]string, len(list))
	for i, item := range list {
		if problem := assignString(&texts[i], item); problem != "" {
			return nil, problem
		}
	}
	return texts, ""
}

func assignString(t *string, value any) string {
	s, ok := value.(string)
	if !ok {
		return `this is a text; write it in quotes, such as key = "text"`
	}
	*t = s
	return ""
}

// assignText puts the value of a variable into a field.
func assignText(target any, text string) string {
	switch t := target.(type) {
	case *int:
		n, err := strconv.Atoi(strings.TrimSpace(text))
		if err != nil {
			return fmt.Sprintf("%q is not a whole number; write it with digits only, such as %d", text, *t)
		}
		*t = n
		return ""
	case *[]string:
		*t = strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == ' ' })
		return ""
	case *bool:
		text = strings.TrimSpace(text)
		if text != "true" && text != "false" {
			return fmt.Sprintf("%q is neither true nor false", text)
		}
		*t = text == "true"
		return ""
	case *[]netip.Prefix:
		return assignPrefixes(t, strings.Split(text, ","))
	}
	return assign(target, text)
}

// assignPrefixes reads networks; an address alone is a network of one.
func assignPrefixes(t *[]netip.Prefix, texts []string) string {
	var list []netip.Prefix
	for _, text := range texts {
		text = strings.TrimSpace(text)
		network, err := netip.ParsePrefix(text)
		if address, errA := netip.ParseAddr(text); errA == nil {
			network, err = address.Prefix(address.BitLen())
		}
		if err != nil {
			return fmt.Sprintf("%q is no network; write one such as 10.0.0.0/8, 192.0.2.7 or ::1", text)
		}
		list = append(list, network.Masked())
	}
	*t = list
	return ""
}

// quoted shows a value of a file as it may have been written.
func quoted(value any) string {
	if s, ok := value.(string); ok {
		return strconv.Quote(s)
	}
	return fmt.Sprint(value)
}
