// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package imports

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/forecourt-dev/forecourt/internal/portalapi"
)

// Names of the columns, in any order. username and class are required.
const (
	columnUsername       = "username"
	columnClass          = "class"
	columnTenant         = "tenant"
	columnName           = "name"
	columnMail           = "mail"
	columnPhone          = "phone"
	columnRole           = "role"
	columnCreatedAt      = "createdAt"
	columnLastSignInAt   = "lastSignInAt"
	columnPasswordHash   = "passwordHash"
	columnServiceAccount = "serviceAccount"
	columnExemptUntil    = "exemptUntil"
	columnExemptReason   = "exemptReason"
)

// columns lists every column that is known.
func columns() []string {
	return []string{
		columnUsername, columnClass, columnTenant, columnName, columnMail, columnPhone, columnRole, columnCreatedAt,
		columnLastSignInAt, columnPasswordHash, columnServiceAccount, columnExemptUntil, columnExemptReason,
	}
}

// maxLine is the most bytes of one line: memory stays bounded whatever is sent.
const maxLine = 64 << 10

// FileError says that the file as a whole cannot be read: the header is wrong, or quoting broke and lines beyond it
// cannot be told apart. Nothing is applied.
type FileError struct {
	Line    int64
	Problem string
}

// Error implements error.
func (e *FileError) Error() string { return fmt.Sprintf("accounts.csv line %d: %s", e.Line, e.Problem) }

// budget limits how much is read for one line.
type budget struct {
	source io.Reader
	left   int
}

var errLineTooLong = errors.New("line too long")

// Read implements io.Reader.
func (b *budget) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, errLineTooLong
	}
	n, err := b.source.Read(p[:min(len(p), b.left)])
	b.left -= n
	return n, err
}

// reader reads accounts.csv line by line.
type reader struct {
	csv    *csv.Reader
	budget *budget
	header []string
	// line is where the record that was read last begins.
	line int64
}

// newReader reads the header. A byte order mark is skipped.
func newReader(source io.Reader) (*reader, error) {
	limited := &budget{source: source, left: maxLine}
	buffered := bufio.NewReader(limited)
	if mark, err := buffered.Peek(3); err == nil && bytes.Equal(mark, []byte("\xef\xbb\xbf")) {
		if _, err := buffered.Discard(len(mark)); err != nil {
			return nil, fmt.Errorf("reading accounts.csv: %w", err)
		}
	}
	r := &reader{csv: csv.NewReader(buffered), budget: limited}
	header, err := r.csv.Read()
	if errors.Is(err, io.EOF) {
		return nil, &FileError{Line: 1, Problem: "the file is empty: begin with a header row such as \"username,class,tenant,role\""}
	}
	if err != nil {
		return nil, fileError(err, 1)
	}
	if err := checkHeader(header); err != nil {
		return nil, err
	}
	r.header, r.line = header, 1
	return r, nil
}

// checkHeader refuses unknown, repeated and missing columns.
func checkHeader(header []string) error {
	for i, name := range header {
		switch {
		case !slices.Contains(columns(), name):
			return &FileError{Line: 1, Problem: fmt.Sprintf("unknown column %.64q: known are %s", name, strings.Join(columns(), ", "))}
		case slices.Contains(header[:i], name):
			return &FileError{Line: 1, Problem: fmt.Sprintf("column %q is there twice: remove one", name)}
		}
	}
	for _, name := range []string{columnUsername, columnClass} {
		if !slices.Contains(header, name) {
			return &FileError{Line: 1, Problem: fmt.Sprintf("column %q is missing: add it", name)}
		}
	}
	return nil
}

// record is one line, its cells by column, trimmed.
type record struct {
	line  int64
	cells map[string]string
}

// next reads a line. A line with another number of cells than the header has is a problem of that line; other errors
// end the file: io.EOF, *FileError, or what the source says.
func (r *reader) next() (record, *portalapi.ImportProblem, error) {
	r.budget.left = maxLine
	expected := r.line + 1
	cells, err := r.csv.Read()
	if len(cells) > 0 {
		line, _ := r.csv.FieldPos(0)
		r.line = int64(line)
	}
	switch {
	case errors.Is(err, csv.ErrFieldCount):
		return record{}, &portalapi.ImportProblem{
			Line:    r.line,
			Message: fmt.Sprintf("%d cells, but the header has %d: mend the separators or quotes", len(cells), len(r.header)),
		}, nil
	case errors.Is(err, io.EOF):
		return record{}, nil, io.EOF
	case err != nil:
		return record{}, nil, fileError(err, expected)
	}
	out := record{line: r.line, cells: make(map[string]string, len(cells))}
	for i, name := range r.header {
		out.cells[name] = strings.TrimSpace(cells[i])
	}
	return out, nil, nil
}

// fileError turns an error of the CSV reader into one that names the line and the cure.
func fileError(err error, line int64) error {
	if errors.Is(err, errLineTooLong) {
		return &FileError{Line: line, Problem: fmt.Sprintf("longer than %d KiB: look for a quote that is never closed", maxLine>>10)}
	}
	if parse, ok := errors.AsType[*csv.ParseError](err); ok {
		return &FileError{Line: int64(parse.Line), Problem: parse.Err.Error() + ": write a quote within a quoted cell twice"}
	}
	return fmt.Errorf("reading accounts.csv: %w", err)
}
