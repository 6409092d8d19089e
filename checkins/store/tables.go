package store

import (
	"fmt"
	"strings"
)

// tables names every table and column, and says what each of them holds. Export,
// erasure, rotation of keys and backup all go by this list, so that none of them
// can forget what the others know; a test holds it against both databases.
//
// A table comes after those that it refers to. whose picks the rows of one
// person; a table without it is about nobody, and says in nobody why it may be
// so. Marks behind the name of a column:
//
//	!  sealed       ~  a keyed hash: not for people to read
//	#  a number     @  an instant      ?  yes or no
//	^  a reference to a row of the same table
var tables = []table{
	{name: "participants", whose: "id = ?", columns: cols(`id name! zone region locale discreet? hours_from# hours_to# quiet_until@ spacing_ms#
		silence# care_sent_at@ acks keep shares codes? not_these words_days# self_joined? stop_said_at@
		digest_by digest_day# digest_clock# digest_form digest_past? digest_week digest_due_at@ digest_last digest_until@ created_at@`)},
	{name: "addresses", whose: ofPerson, columns: cols(`id participant_id channel value! value_index~ state state_since@ asked_at@`)},
	{name: "links", key: "token_index", whose: ofPerson, columns: cols(`token_index~ participant_id address_id purpose created_at@ expires_at@`)},
	{name: "codes", key: "address_id", whose: ofPerson, columns: cols(`address_id participant_id code_index~ expires_at@ tries#`)},
	{name: "consents", whose: ofPerson, columns: cols(`id participant_id address_id topic given? wording shown! words! address_index~ route proof! at@`)},
	{name: "plans", whose: ofPerson, columns: cols(`id participant_id practices channel status pace days at span per_day# gap_ms# jitter# anchor until
		because! no_answer? reviewed_at@ sent# next_date next_position# next_round# next_at@ next_why later_date later_position# later_round#
		later_at@ later_why last_date last_position# last_at@ last_zone due_at@ created_at@`)},
	{name: "inbound", whose: ofPerson, columns: cols(`id participant_id channel provider_index~ provider_id! body! auto? at@`)},
	{name: "own_practices", whose: ofPerson, columns: cols(`id participant_id words! created_at@`)},
	{name: "messages", whose: ofPerson, columns: cols(`id participant_id address_id channel kind plan_id slot_date slot_position# slot_round# week practice turn# step
		root^ asked offers answers own_time? subject! body! html! chart! encloses state why due_at@ not_before@ expires_at@ begun_at@ attempts# token_at@
		lease_until@ reply_index~ bounce_index~ created_at@ changed_at@`)},
	{name: "attempts", whose: ofMessages, columns: cols(`id message_id begun_at@ settled_at@ outcome provider_id code`)},
	{name: "evidence", key: "attempt_id", whose: `attempt_id IN (SELECT id FROM attempts WHERE ` + ofMessages + `)`, columns: cols(`attempt_id source fact code at@`)},
	{name: "changes", whose: ofPerson, columns: cols(`id participant_id plan_id kind before after words! route at@ undone?`)},
	{name: "check_ins", whose: ofPerson, columns: cols(`id participant_id plan_id message_id inbound_id practice kind channel local_date at@ outcome
		rating_before! rating! feelings! sensations! note! expectation! remembered? amends^ amended?`)},
	{name: "disclosures", whose: ofPerson, columns: cols(`id participant_id by_whom! what reason! records# at@`)},
	{name: "requests", whose: ofPerson, columns: cols(`id participant_id kind address_id at@ done_at@`)},

	{name: "suppressions", key: "address_index", nobody: "keyed hashes of addresses that stay silent", columns: cols(`channel address_index~ reason at@`)},
	{name: "erasures", key: "participant_id", nobody: "ids of which nothing else is left", columns: cols(`participant_id at@`)},
	{name: "proofs", nobody: "consents of the erased, without words and address", columns: cols(`id address_index~ topic given? wording route at@ ended_at@`)},
	{name: "copies", key: "provider_id", nobody: "ids of texts whose people are erased", columns: cols(`provider_id since@ next_at@`)},
	{name: "breakers", key: "name", nobody: "what is held back for everybody", columns: cols(`name code source opened_at@ probe_at@ probes# probe told?`)},
	{name: "rates", key: "name", nobody: "channels and senders", columns: cols(`name free_at@`)},
	{name: "quotas", key: "name", nobody: "counts of a day; the first digits of numbers as keyed hash, gone after some days", columns: cols(`name~ day used#`)},
	{name: "ticks", key: "name", nobody: "when the service did what", columns: cols(`name at@`)},
	{name: "mailboxes", key: "name_index", nobody: "how far the operator's own mailboxes are read", columns: cols(`name_index~ validity# uid# at@ holder held_until@`)},
}

const (
	ofPerson   = `participant_id = ?`
	ofMessages = `message_id IN (SELECT id FROM messages WHERE participant_id = ?)`
)

// table is what is known of one table.
type table struct {
	name    string
	key     string // by which its rows are gone through; empty = id
	whose   string // which rows are a person's; empty = none are
	nobody  string // without whose: why it may hold nothing of people
	columns []column
}

// column is what is known of one column.
type column struct {
	name string
	kind kind
}

// kind is what a column holds. The zero value is text in the clear.
type kind byte

// The kinds, by their marks.
const (
	isText    kind = 0
	isSealed  kind = '!'
	isHash    kind = '~'
	isNumber  kind = '#'
	isInstant kind = '@'
	isTruth   kind = '?'
	isSelf    kind = '^'
)

func cols(list string) (columns []column) {
	for _, word := range strings.Fields(list) {
		name := strings.TrimRight(word, "!~#@?^")
		c := column{name: name}
		if name != word {
			c.kind = kind(word[len(word)-1])
		}
		columns = append(columns, c)
	}
	return columns
}

// by is the column by which the rows are gone through.
func (t table) by() string {
	if t.key != "" {
		return t.key
	}
	return "id"
}

// of lists the names of the columns of a kind.
func (t table) of(k kind) (names []string) {
	for _, c := range t.columns {
		if c.kind == k {
			names = append(names, c.name)
		}
	}
	return names
}

func (t table) names() []string {
	names := make([]string, len(t.columns))
	for i, c := range t.columns {
		names[i] = c.name
	}
	return names
}

// list is the columns as a SELECT or INSERT names them.
func (t table) list() string { return strings.Join(t.names(), ", ") }

// deletions are the statements that leave nothing of a person, what refers to
// others first.
func deletions() (statements []string) {
	for i := len(tables) - 1; i >= 0; i-- {
		t := tables[i]
		if t.whose == "" {
			continue
		}
		for _, self := range t.of(isSelf) {
			statements = append(statements, fmt.Sprintf(`UPDATE %s SET %s = NULL WHERE %s`, t.name, self, t.whose))
		}
		statements = append(statements, fmt.Sprintf(`DELETE FROM %s WHERE %s`, t.name, t.whose))
	}
	return statements
}
