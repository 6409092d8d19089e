package checkins

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"strings"
)

// Archive takes in everything that is kept of a person, table by table
// (REQUIREMENTS C02). A value is nil, a string, an int64 or a bool.
type Archive interface {
	Table(name string, columns []string) error
	Row(values []any) error
}

// JSONArchive writes an archive as one JSON object: for each table a list of its
// rows, each an object. It holds one row at a time. Close ends it.
type JSONArchive struct {
	w       *bufio.Writer
	columns []string
	tables  int
	rows    int
	err     error
}

// NewJSONArchive makes a JSONArchive that writes to w.
func NewJSONArchive(w io.Writer) *JSONArchive { return &JSONArchive{w: bufio.NewWriter(w)} }

// Table implements Archive.
func (a *JSONArchive) Table(name string, columns []string) error {
	a.endTable()
	if a.tables == 0 {
		a.put("{\n")
	} else {
		a.put(",\n")
	}
	a.value(name)
	a.put(": [")
	a.columns, a.rows = columns, 0
	a.tables++
	return a.err
}

func (a *JSONArchive) endTable() {
	switch {
	case a.tables == 0:
	case a.rows == 0:
		a.put("]")
	default:
		a.put("\n]")
	}
}

// Row implements Archive.
func (a *JSONArchive) Row(values []any) error {
	if len(values) != len(a.columns) {
		return fmt.Errorf("a row of %d values for %d columns", len(values), len(a.columns))
	}
	if a.rows > 0 {
		a.put(",")
	}
	a.rows++
	for i, v := range values {
		if i == 0 {
			a.put("\n  {")
		} else {
			a.put(", ")
		}
		a.value(a.columns[i])
		a.put(": ")
		a.value(v)
	}
	a.put("}")
	return a.err
}

// Close writes the end. The writer below stays open.
func (a *JSONArchive) Close() error {
	a.endTable()
	if a.tables == 0 {
		a.put("{")
	}
	a.put("\n}\n")
	if a.err == nil {
		a.err = a.w.Flush()
	}
	return a.err
}

func (a *JSONArchive) put(s string) {
	if a.err == nil {
		_, a.err = a.w.WriteString(s)
	}
}

func (a *JSONArchive) value(v any) {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil && a.err == nil {
		a.err = err
	}
	a.put(strings.TrimSuffix(b.String(), "\n"))
}

// CSVArchive writes an archive as one CSV file for spreadsheets: the tables stand
// below one another, each with a line of its column names, and each line begins
// with the name of its table. Close ends it.
type CSVArchive struct {
	w     *csv.Writer
	table string
}

// csvWidth is how many fields each line has, so that every reader takes the file.
const csvWidth = 48

// NewCSVArchive makes a CSVArchive that writes to w.
func NewCSVArchive(w io.Writer) *CSVArchive { return &CSVArchive{w: csv.NewWriter(w)} }

// Table implements Archive.
func (a *CSVArchive) Table(name string, columns []string) error {
	a.table = name
	return a.line("table", columns)
}

// Row implements Archive.
func (a *CSVArchive) Row(values []any) error {
	fields := make([]string, len(values))
	for i, v := range values {
		if v != nil {
			fields[i] = inert(fmt.Sprint(v))
		}
	}
	return a.line(a.table, fields)
}

func (a *CSVArchive) line(first string, rest []string) error {
	if len(rest) >= csvWidth {
		return fmt.Errorf("table %s has more than %d columns", a.table, csvWidth-1)
	}
	line := make([]string, csvWidth)
	line[0] = first
	copy(line[1:], rest)
	return a.w.Write(line)
}

// Close writes what is left. The writer below stays open.
func (a *CSVArchive) Close() error {
	a.w.Flush()
	return a.w.Error()
}

// inert keeps a spreadsheet from running what somebody wrote as a formula.
func inert(field string) string {
	if field == "" {
		return field
	}
	number := strings.Trim(field[1:], "0123456789.") == ""
	switch c := field[0]; {
	case c == '=' || c == '@' || c == '\t' || c == '\r', (c == '+' || c == '-') && !number:
		return "'" + field
	}
	return field
}
