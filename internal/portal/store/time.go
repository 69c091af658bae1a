// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package store

import (
	"database/sql"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Micros is a time as the database stores it; the zero time is NULL.
func Micros(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UnixMicro()
}

// ScanTime is the target for a column of times: NULL gives the zero time.
func ScanTime(target *time.Time) sql.Scanner { return scanTime{target} }

// scanTime is an sql.Scanner.
type scanTime struct{ target *time.Time }

func (s scanTime) Scan(value any) error {
	switch value := value.(type) {
	case nil:
		*s.target = time.Time{}
	case int64:
		*s.target = time.UnixMicro(value).UTC()
	default:
		return fmt.Errorf("a time is a BIGINT of microseconds, not %T", value)
	}
	return nil
}

// List writes n placeholders from $first on, for IN (…).
func List(first, n int) string {
	var list strings.Builder
	for i := range n {
		if i > 0 {
			list.WriteString(", ")
		}
		list.WriteString("$" + strconv.Itoa(first+i))
	}
	return list.String()
}

// Rows writes the placeholders of a VALUES list with the given numbers of rows and columns, from $1 on. SQLite looks each one up
// by its name, which costs more than it saves beyond some 200 of them; PostgreSQL saves a round trip for each row.
func Rows(rows, columns int) string {
	list := make([]string, rows)
	for i := range list {
		list[i] = "(" + List(1+i*columns, columns) + ")"
	}
	return strings.Join(list, ", ")
}
