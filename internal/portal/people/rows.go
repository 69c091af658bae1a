// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package people

import (
	"encoding/csv"
	"errors"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/forecourt-dev/forecourt/internal/portal/account"
)

// MaxRows is the most people of a file that are invited at once.
const MaxRows = 1000

// Columns of a file with invitations, in any order; username and mail must be there.
const (
	columnUsername = "username"
	columnName     = "name"
	columnMail     = "mail"
	columnPhone    = "phone"
	columnRole     = "role"
)

// Faults of a file. But for CellCount nothing of the file can be used.
const (
	FileEmpty     Fault = "FileEmpty"
	NotUTF8       Fault = "NotUTF8"
	ColumnUnknown Fault = "ColumnUnknown"
	ColumnTwice   Fault = "ColumnTwice"
	ColumnMissing Fault = "ColumnMissing"
	QuotesBroken  Fault = "QuotesBroken"
	TooManyRows   Fault = "TooManyRows"
	// CellCount : the line has more or fewer cells than the header.
	CellCount Fault = "CellCount"
)

// Problem is what is wrong with a line of a file.
type Problem struct {
	Line  int
	Fault Fault
	// Column is the name in question for faults of columns, else empty.
	Column string
}

// Row is an invitation in a file.
type Row struct {
	Line int
	Invitation
}

// readRows reads the invitations of a file for a dealership, and every problem that a line has by itself. A broken file has rows and problems
// only up to where it breaks. Cells are separated by commas, or, as spreadsheets of some countries write them, by semicolons.
func readRows(text, dealership string) (rows []Row, problems []Problem, broken bool) {
	text = strings.TrimPrefix(text, "\ufeff")
	fail := func(line int, fault Fault, column string) ([]Row, []Problem, bool) {
		return rows, append(problems, Problem{line, fault, column}), true
	}
	if !utf8.ValidString(text) || strings.Contains(text, "\x00") {
		return fail(1, NotUTF8, "")
	}
	r := csv.NewReader(strings.NewReader(text))
	r.FieldsPerRecord = -1
	if first, _, _ := strings.Cut(text, "\n"); strings.Contains(first, ";") && !strings.Contains(first, ",") {
		r.Comma = ';'
	}
	header, err := r.Read()
	switch {
	case errors.Is(err, io.EOF):
		return fail(1, FileEmpty, "")
	case err != nil:
		return fail(1, QuotesBroken, "")
	}
	if problem := checkHeader(header); problem != nil {
		return fail(1, problem.Fault, problem.Column)
	}
	for {
		cells, err := r.Read()
		if errors.Is(err, io.EOF) {
			return rows, problems, false
		}
		if err != nil {
			return fail(brokenLine(err), QuotesBroken, "")
		}
		line, _ := r.FieldPos(0)
		switch {
		case len(rows) == MaxRows:
			return fail(line, TooManyRows, "")
		case len(cells) != len(header):
			problems = append(problems, Problem{Line: line, Fault: CellCount})
			continue
		}
		row := readRow(header, cells, dealership)
		row.Line = line
		for _, fault := range row.check() {
			problems = append(problems, Problem{Line: line, Fault: fault})
		}
		rows = append(rows, row)
	}
}

// brokenLine is where the record begins that could not be read.
func brokenLine(err error) int {
	var parse *csv.ParseError
	if errors.As(err, &parse) {
		return parse.StartLine
	}
	return 1
}

// checkHeader trims the names of columns, and refuses unknown, repeated and missing ones.
func checkHeader(header []string) *Problem {
	for i, name := range header {
		name = strings.ToLower(strings.TrimSpace(name))
		header[i] = name
		switch {
		case !slices.Contains([]string{columnUsername, columnName, columnMail, columnPhone, columnRole}, name):
			return &Problem{Line: 1, Fault: ColumnUnknown, Column: shortened(name)}
		case slices.Contains(header[:i], name):
			return &Problem{Line: 1, Fault: ColumnTwice, Column: name}
		}
	}
	for _, name := range []string{columnUsername, columnMail} {
		if !slices.Contains(header, name) {
			return &Problem{Line: 1, Fault: ColumnMissing, Column: name}
		}
	}
	return nil
}

// shortened keeps the name of a column to what a page can show.
func shortened(name string) string {
	const most = 40
	if runes := []rune(name); len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return name
}

func readRow(header, cells []string, dealership string) Row {
	row := Row{Invitation: Invitation{Role: account.User, Dealership: dealership}}
	for i, name := range header {
		cell := strings.TrimSpace(unescapeFormula(cells[i]))
		switch name {
		case columnUsername:
			row.Username = cell
		case columnName:
			row.Name = cell
		case columnMail:
			row.Mail = cell
		case columnPhone:
			row.Phone = cell
		case columnRole:
			if cell != "" {
				row.Role = account.Role(strings.ToLower(cell))
			}
		}
	}
	return row
}
