package web_test

import (
	"regexp"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// readable lists what a reader sees or hears of a page: its texts, and what stands in
// attributes that are read out.
func readable(t *testing.T, page string) (list []string) {
	t.Helper()
	root, err := html.Parse(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	for n := range root.Descendants() {
		switch {
		case n.Type == html.TextNode && n.Parent.Data != "script":
			list = append(list, strings.Join(strings.Fields(n.Data), " "))
		case n.Type == html.ElementNode:
			for _, a := range n.Attr {
				if a.Key == "aria-label" || a.Key == "alt" || a.Key == "title" || a.Key == "placeholder" {
					list = append(list, a.Val)
				}
			}
		}
	}
	return list
}

// sameInBoth is what a Spanish page may have in common with the English one: names,
// numbers, and what the person wrote.
var sameInBoth = regexp.MustCompile(`^([0-9.]*|Microreach|English|Español|No|Robin \d|It went better than I thought it would\.|` +
	`(Bangkok|Dhaka|Karachi|Manila) \(Asia\)|(Brisbane|Perth) \(Australia\))$`)

// english are words that no Spanish sentence has, in small letters: commands are in
// capitals, and are the same in texts.
var english = regexp.MustCompile(`\b(the|and|you|your|with|from|once|today|tomorrow|of|what|this|that|not|week|month|text|mail|call|emergency|at|by|for)\b`)

// Whoever reads Spanish finds nothing in English on any page, in any state of it.
func TestSpanishPagesAreSpanish(t *testing.T) {
	if testing.Short() {
		t.Skip("one request after the other: nothing here for the race detector to see")
	}
	inEnglish, inSpanish := walk(t, "en"), walk(t, "es")
	if len(inEnglish) != len(inSpanish) {
		t.Fatalf("%d pages in English, %d in Spanish", len(inEnglish), len(inSpanish))
	}
	told := map[string]bool{}
	for i, page := range inSpanish {
		if !strings.Contains(page.body, `<html lang="es">`) {
			t.Errorf("%s does not say that it is in Spanish", page.name)
		}
		said := map[string]bool{}
		for _, words := range readable(t, inEnglish[i].body) {
			said[words] = true
		}
		for _, words := range readable(t, page.body) {
			if (said[words] || english.MatchString(words)) && !sameInBoth.MatchString(words) && !told[words] {
				told[words] = true
				t.Errorf("%s: %q", page.name, words)
			}
		}
	}
}
