// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package imports

import (
	"fmt"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/forecourt-dev/forecourt/internal/portal/account"
	"github.com/forecourt-dev/forecourt/internal/portal/password"
	"github.com/forecourt-dev/forecourt/internal/portalapi"
)

// row is one account of the file that is right by itself. A zero time is unknown.
type row struct {
	line           int64
	username       string
	folded         string
	class          string
	tenant         *string
	name           string
	mail           string
	phone          string
	role           string
	createdAt      time.Time
	lastSignInAt   time.Time
	passwordHash   string
	serviceAccount bool
	exemptUntil    time.Time
	exemptReason   string
}

// maxText is the most characters of a name or reason.
const maxText = 200

// lineParser turns cells into a row and collects every problem of the line.
type lineParser struct {
	record   record
	now      time.Time
	problems []portalapi.ImportProblem
}

// parseRow returns the row, or every problem of the line. Problems name columns and never repeat personal data.
func parseRow(r record, now time.Time) (row, []portalapi.ImportProblem) {
	p := &lineParser{record: r, now: now}
	out := row{line: r.line}
	p.identity(&out)
	p.contact(&out)
	p.dates(&out)
	p.access(&out)
	return out, p.problems
}

// fault records a problem of a column.
func (p *lineParser) fault(column, format string, args ...any) {
	p.problems = append(p.problems, portalapi.ImportProblem{
		Line: p.record.line, Column: column, Message: fmt.Sprintf(format, args...),
	})
}

// identity reads who the account is and where it belongs.
func (p *lineParser) identity(out *row) {
	out.username = p.record.cells[columnUsername]
	if err := account.CheckUsername(out.username); err != nil {
		p.fault(columnUsername, "%s", err)
	}
	out.folded = account.Fold(out.username)
	out.class = p.record.cells[columnClass]
	out.role = p.record.cells[columnRole]
	if out.role == "" {
		out.role = string(account.User)
	}
	tenant := p.record.cells[columnTenant]
	switch account.Class(out.class) {
	case account.Dealer:
		if tenant == "" {
			p.fault(columnTenant, "empty: a dealer account needs the dealer code of its dealership")
		}
		out.tenant = &tenant
		p.text(columnTenant)
	case account.Corporate:
		if tenant != "" {
			p.fault(columnTenant, "%.40q: a corporate account belongs to no dealership; leave the cell empty", tenant)
		}
	default:
		p.fault(columnClass, "%.40q: use Dealer or Corporate", out.class)
		return
	}
	p.role(out)
}

// role checks the role against the class.
func (p *lineParser) role(out *row) {
	allowed := map[account.Class][2]account.Role{
		account.Dealer:    {account.User, account.Administrator},
		account.Corporate: {account.User, account.ServiceDesk},
	}[account.Class(out.class)]
	if role := account.Role(out.role); role != allowed[0] && role != allowed[1] {
		p.fault(columnRole, "%.40q: a %s account has the role %s or %s", out.role, out.class, allowed[0], allowed[1])
	}
}

// contact reads name, mail and phone.
func (p *lineParser) contact(out *row) {
	out.name = p.text(columnName)
	out.mail = p.record.cells[columnMail]
	if err := account.CheckMail(out.mail); err != nil && out.mail != "" {
		p.fault(columnMail, "%s", err)
	}
	out.phone = p.record.cells[columnPhone]
	if err := account.CheckPhone(out.phone); err != nil && out.phone != "" {
		p.fault(columnPhone, "%s", err)
	}
}

// text reads a cell of free text.
func (p *lineParser) text(column string) string {
	value := p.record.cells[column]
	switch {
	case !utf8.ValidString(value):
		p.fault(column, "not UTF-8: save the file with UTF-8 encoding")
	case utf8.RuneCountInString(value) > maxText:
		p.fault(column, "longer than %d characters: shorten it", maxText)
	case hasControl(value):
		p.fault(column, "holds a line break or control character: remove it")
	}
	return value
}

// hasControl says whether text holds control characters.
func hasControl(text string) bool {
	for _, r := range text {
		if r < ' ' || r == 0x7f {
			return true
		}
	}
	return false
}

// dates reads instants; those of the past must not lie in the future.
func (p *lineParser) dates(out *row) {
	out.createdAt = p.past(columnCreatedAt)
	out.lastSignInAt = p.past(columnLastSignInAt)
	out.exemptUntil = p.instant(columnExemptUntil)
	out.exemptReason = p.text(columnExemptReason)
	if !out.exemptUntil.IsZero() && out.exemptReason == "" {
		p.fault(columnExemptReason, "empty: an exemption needs a reason")
	}
	if out.exemptUntil.IsZero() && out.exemptReason != "" {
		p.fault(columnExemptUntil, "empty: an exemption needs an end date")
	}
	if !out.lastSignInAt.IsZero() && out.lastSignInAt.Before(out.createdAt) {
		p.fault(columnLastSignInAt, "before createdAt: correct one of them, or leave an unknown one empty")
	}
}

// past reads an instant that must not lie in the future.
func (p *lineParser) past(column string) time.Time {
	at := p.instant(column)
	if at.After(p.now) {
		p.fault(column, "%q lies in the future: correct it, or leave it empty if it is unknown", p.record.cells[column])
		return time.Time{}
	}
	return at
}

// earliestYear of any date: older ones are placeholders such as 0001-01-01 or 1900-01-01.
const earliestYear = 1970

// instant reads an RFC 3339 time or a date, which is midnight in UTC. An empty cell is unknown.
func (p *lineParser) instant(column string) time.Time {
	value := p.record.cells[column]
	if value == "" {
		return time.Time{}
	}
	at, err := time.Parse(time.RFC3339, value)
	if err != nil {
		at, err = time.Parse(time.DateOnly, value)
	}
	if err != nil {
		p.fault(column, "%.40q: write a date such as 2026-03-31 or a time such as 2026-03-31T14:05:00Z", value)
		return time.Time{}
	}
	if at.Year() < earliestYear || at.Year() > 9999 {
		p.fault(column, "%.40q: before %d; leave it empty if it is unknown", value, earliestYear)
		return time.Time{}
	}
	return at.UTC()
}

// access reads how the account gets in.
func (p *lineParser) access(out *row) {
	out.passwordHash = p.record.cells[columnPasswordHash]
	if out.passwordHash != "" {
		if err := password.CheckHash(out.passwordHash); err != nil {
			p.fault(columnPasswordHash, "%s", err)
		}
	}
	value := p.record.cells[columnServiceAccount]
	if value == "" {
		return
	}
	service, err := strconv.ParseBool(value)
	if err != nil {
		p.fault(columnServiceAccount, "%.40q: write true or false", value)
		return
	}
	out.serviceAccount = service
	if service && out.role != string(account.User) {
		p.fault(columnServiceAccount, "true: a service account cannot be an administrator or work at the service desk; change the role to user")
	}
}
