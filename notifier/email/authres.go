package email

import (
	"slices"
	"strings"

	"github.com/emersion/go-msgauth/authres"
)

// vouched reads the topmost Authentication-Results of a mail (RFC 8601). It
// counts only if a server wrote it that we trust, since anybody can write such
// a field further down; and then a passed DKIM signature counts if its domain
// is of the organisation that From names, and a passed DMARC if it is about
// that From (REQUIREMENTS B08, B09). SPF says nothing about From.
func vouched(topmost string, trusted []string, from string) bool {
	author, err := parseMailbox(from)
	if topmost == "" || len(trusted) == 0 || err != nil {
		return false
	}
	server, results, err := authres.Parse(topmost)
	server, _, _ = strings.Cut(server, " ") // a version may follow
	if err != nil || !slices.ContainsFunc(trusted, func(t string) bool { return strings.EqualFold(t, server) }) {
		return false
	}
	return slices.ContainsFunc(results, func(r authres.Result) bool {
		switch r := r.(type) {
		case *authres.DKIMResult:
			domain := r.Domain
			if domain == "" {
				_, domain, _ = strings.Cut(r.Identifier, "@")
			}
			return r.Value == authres.ResultPass && sameOrganisation(domain, author.host)
		case *authres.DMARCResult:
			return r.Value == authres.ResultPass && strings.EqualFold(r.From, author.host)
		}
		return false
	})
}
