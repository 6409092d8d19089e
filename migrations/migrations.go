// Package migrations holds the one numbered set of SQL that builds the schema,
// for SQLite and PostgreSQL alike.
//
// Both databases understand everything written here: TEXT ids that are made in
// Go, BIGINT instants in UTC milliseconds (NULL = none), BOOLEAN, CHECK,
// partial indexes. A column whose comment says "sealed" holds nothing that a
// thief of the database can read; what is in the clear is kinds, states, local
// dates and instants.
package migrations

import "embed"

// FS holds the migrations.
//
//go:embed *.sql
var FS embed.FS
