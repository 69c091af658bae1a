// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package people

import (
	"bytes"
	"context"
	"encoding/csv"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/forecourt-dev/forecourt/internal/portal/account"
	"github.com/forecourt-dev/forecourt/internal/portal/audit"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
)

// MaxExport is the most people of a file.
const MaxExport = 10_000

// TooMany : more people fit than a file holds.
const TooMany Fault = "TooMany"

// exportColumns is the header of a file.
var exportColumns = []string{
	"username", "name", "mail", "phone", "role", "dealerCode", "status", "disabledReason", "createdAt", "lastSignInAt", "lastUseAt", "exemptUntil",
}

// Count answers how many people a query is about.
func (s *Service) Count(ctx context.Context, actor *account.Account, query Query) (n int, err error) {
	if !Manages(actor) {
		return 0, Foreign
	}
	return count(ctx, s.db, s.matching(actor, &query))
}

func count(ctx context.Context, q store.Querier, where *conditions) (n int, err error) {
	if err := q.QueryRowContext(ctx, "SELECT COUNT(*) FROM accounts a WHERE "+where.String(), where.args...).Scan(&n); err != nil {
		return 0, fmt.Errorf("counting people: %w", err)
	}
	return n, nil
}

// Export writes the people whom a query is about as CSV, and audits that. A *FaultError when there are more than MaxExport. Of the
// change, only actor and request count, and of the query not its place.
func (s *Service) Export(ctx context.Context, change Change, query Query) (file []byte, err error) {
	err = s.db.Tx(ctx, func(tx *store.Tx) error {
		actor, err := current(ctx, tx, change.Actor)
		if err != nil {
			return err
		}
		if !Manages(actor) {
			return Foreign
		}
		where := s.matching(actor, &query)
		n, err := count(ctx, tx, where)
		if err != nil {
			return err
		}
		if n > MaxExport {
			return &FaultError{[]Fault{TooMany}}
		}
		list, err := listPeople(ctx, tx, s.db.NowSQL(), where, "a.username_folded", MaxExport)
		if err != nil {
			return err
		}
		if file, err = writeCSV(list); err != nil {
			return err
		}
		dealership := query.Dealership
		if actor.Role == account.Administrator {
			dealership = actor.Tenant
		}
		return audit.Append(ctx, tx, audit.Event{
			Event: audit.PeopleExported, Actor: change.by(), Tenant: dealership, Reason: strconv.Itoa(len(list)),
		})
	})
	return file, err
}

func writeCSV(list []*Person) ([]byte, error) {
	var file bytes.Buffer
	w := csv.NewWriter(&file)
	w.UseCRLF = true
	rows := [][]string{exportColumns}
	for _, p := range list {
		row := []string{
			p.Username, p.Name, p.Mail, p.Phone, string(p.Role), p.Tenant, string(p.Status), string(p.DisabledReason),
			instant(p.CreatedAt), instant(p.LastSignInAt), instant(p.ActivityAt), instant(p.ExemptUntil),
		}
		for i := range row {
			row[i] = escapeFormula(row[i])
		}
		rows = append(rows, row)
	}
	if err := w.WriteAll(rows); err != nil {
		return nil, fmt.Errorf("writing people as CSV: %w", err)
	}
	return file.Bytes(), nil
}

func instant(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

// formulaStarts are the characters with which spreadsheets take a cell for a formula.
const formulaStarts = "=+@\t\r\n＝＋－＠-"

// hiddenFormula begins a cell where a spreadsheet separates cells by semicolons, as in many countries; escapedFormula is one that was escaped.
var (
	hiddenFormula  = regexp.MustCompile(";([ '\"]*[" + regexp.QuoteMeta(formulaStarts) + "])")
	escapedFormula = regexp.MustCompile(";'([ '\"]*[" + regexp.QuoteMeta(formulaStarts) + "])")
)

// escapeFormula puts an apostrophe before what a spreadsheet would calculate, and before one that is there; unescapeFormula takes it away.
func escapeFormula(cell string) string {
	cell = hiddenFormula.ReplaceAllString(cell, ";'$1")
	if startsFormula(cell) {
		return "'" + cell
	}
	return cell
}

func unescapeFormula(cell string) string {
	if rest, found := strings.CutPrefix(cell, "'"); found && startsFormula(rest) {
		cell = rest
	}
	return escapedFormula.ReplaceAllString(cell, ";$1")
}

func startsFormula(cell string) bool {
	return strings.IndexAny(strings.TrimLeft(cell, " '"), formulaStarts) == 0
}
