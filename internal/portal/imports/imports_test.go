// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package imports_test

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	portalconfig "github.com/forecourt-dev/forecourt/api/portalconfig/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/portal/account"
	"github.com/forecourt-dev/forecourt/internal/portal/audit"
	"github.com/forecourt-dev/forecourt/internal/portal/imports"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
	"github.com/forecourt-dev/forecourt/internal/portal/store/storetest"
	"github.com/forecourt-dev/forecourt/internal/portalapi"
)

const graceDays = 30

// load imports a file.
func load(t *testing.T, db *store.DB, csv string, options portalapi.ImportOptions) (*portalapi.ImportResult, error) {
	t.Helper()
	importer := imports.NewImporter(db, func() portalconfig.Inactivity {
		return portalconfig.Inactivity{Mode: "Enforce", Months: 6, GraceDays: graceDays}
	}, slog.New(slog.DiscardHandler))
	return importer.Import(t.Context(), strings.NewReader(csv), options, audit.Actor{Class: audit.ActorImport})
}

// mustLoad imports a file without problems.
func mustLoad(t *testing.T, db *store.DB, csv string, options portalapi.ImportOptions) *portalapi.ImportResult {
	t.Helper()
	result, err := load(t, db, csv, options)
	if err != nil || result.Invalid > 0 {
		t.Fatalf("import: %+v, %v, want no problem", result, err)
	}
	return result
}

// read reads an account.
func read(t *testing.T, db *store.DB, username string) *account.Account {
	t.Helper()
	a, err := account.ByUsername(t.Context(), db, username)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

const bcryptHash = "$2b$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy"

func TestImportIsIdempotent(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		storetest.Tenant(t, db, "D1")
		csv := "role,username,class,tenant,name,mail,phone,createdAt,lastSignInAt,passwordHash,serviceAccount,exemptUntil,exemptReason\n" +
			"administrator,Ann,Dealer,D1,\"Ann, the \"\"boss\"\"\",ann@example.com,+13125550100,2024-01-31,2025-02-28T09:30:00Z," + bcryptHash + ",,,\n" +
			"service-desk,desk,Corporate,,Desk,,,,,,," + time.Now().AddDate(0, 0, 364).Format(time.DateOnly) + ",on call\n" +
			"user,robot,Dealer,D1,,,,,,,true,,\n"
		dry := mustLoad(t, db, csv, portalapi.ImportOptions{DryRun: true})
		if dry.Applied || dry.Created != 3 || storetest.Value[int](t, db, "SELECT COUNT(*) FROM accounts") != 0 {
			t.Errorf("dry run: %+v, want three would-be accounts and none", dry)
		}
		if first := mustLoad(t, db, csv, portalapi.ImportOptions{}); first.Created != 3 || !first.Applied {
			t.Errorf("first import: %+v, want three created", first)
		}
		if second := mustLoad(t, db, csv, portalapi.ImportOptions{}); second.Unchanged != 3 || second.Created+second.Updated != 0 {
			t.Errorf("second import: %+v, want three unchanged", second)
		}
		ann := read(t, db, "ANN")
		if ann.Name != `Ann, the "boss"` || ann.Role != account.Administrator || ann.Status != account.Active || !ann.MailConfirmedAt.IsZero() {
			t.Errorf("account %+v does not match its line", ann)
		}
		if want := time.Date(2025, 2, 28, 9, 30, 0, 0, time.UTC); !ann.ActivityAt.Equal(want) || !ann.LastSignInAt.Equal(want) {
			t.Errorf("activity %s, want the last sign-in %s", ann.ActivityAt, want)
		}
		if least := time.Now().AddDate(0, 0, graceDays-1); ann.NotBefore.Before(least) {
			t.Errorf("grace until %s, want %d days", ann.NotBefore, graceDays)
		}
		if robot := read(t, db, "robot"); !robot.ServiceAccount || !robot.ActivityAt.IsZero() {
			t.Errorf("service account %+v, want unknown activity", robot)
		}
		if n := storetest.Value[int](t, db, "SELECT COUNT(*) FROM audit_events WHERE event = $1", audit.AccountCreated); n != 3 {
			t.Errorf("%d audit events, want one per account", n)
		}
		exempted := storetest.Value[string](t, db, "SELECT a.username || ': ' || e.reason FROM audit_events e JOIN accounts a ON a.id = e.account_id WHERE e.event = $1", audit.ExemptionGranted)
		if n := storetest.Value[int](t, db, "SELECT COUNT(*) FROM audit_events WHERE event = $1", audit.ExemptionGranted); n != 1 || exempted != "desk: on call" {
			t.Errorf("%d exemptions in the trail, %q, want that of the desk", n, exempted)
		}
		if n := storetest.Value[int](t, db, "SELECT COUNT(*) FROM import_rows"); n != 0 {
			t.Errorf("%d rows left in the staging", n)
		}
	})
}

func TestUpdates(t *testing.T) {
	const before = "username,class,tenant,role,name,mail,createdAt,lastSignInAt,passwordHash\n" +
		"ann,Dealer,D1,user,Ann,ann@example.com,2024-01-01,2025-01-01," + bcryptHash + "\n"
	const header = "username,class,tenant,role,name,mail,createdAt,lastSignInAt,passwordHash\n"
	tests := map[string]struct {
		line    string
		options portalapi.ImportOptions
		updated int64
		check   func(*account.Account) bool
	}{
		"empty cells change nothing": {"ann,Dealer,D1,,,,,,", portalapi.ImportOptions{}, 0, func(a *account.Account) bool { return a.Name == "Ann" }},
		"a sign-in moves forward":    {"ann,Dealer,D1,,,,,2025-06-01,", portalapi.ImportOptions{}, 1, func(a *account.Account) bool { return a.ActivityAt.Month() == time.June }},
		"a sign-in never moves back": {"ann,Dealer,D1,,,,,2024-06-01,", portalapi.ImportOptions{}, 0, func(a *account.Account) bool { return a.LastSignInAt.Year() == 2025 }},
		"a known creation stays":     {"ann,Dealer,D1,,,,2023-01-01,,", portalapi.ImportOptions{}, 0, func(a *account.Account) bool { return a.CreatedAt.Year() == 2024 }},
		"a new address is not confirmed": {"ann,Dealer,D1,,,new@example.com,,,", portalapi.ImportOptions{}, 1, func(a *account.Account) bool {
			return a.Mail == "new@example.com" && a.MailConfirmedAt.IsZero()
		}},
		"a trusted address is": {"ann,Dealer,D1,,,ann@example.com,,,", portalapi.ImportOptions{TrustAddresses: true}, 1, func(a *account.Account) bool { return !a.MailConfirmedAt.IsZero() }},
		"an allowed rise":      {"ann,Dealer,D1,administrator,,,,,", portalapi.ImportOptions{AllowRoleChange: true}, 1, func(a *account.Account) bool { return a.Role == account.Administrator }},
	}
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		storetest.Tenant(t, db, "D1")
		for name, test := range tests {
			t.Run(name, func(t *testing.T) {
				storetest.Exec(t, db, "DELETE FROM accounts")
				mustLoad(t, db, before, portalapi.ImportOptions{})
				result := mustLoad(t, db, header+test.line+"\n", test.options)
				if result.Updated != test.updated || result.Updated+result.Unchanged != 1 {
					t.Errorf("result %+v, want %d updated", result, test.updated)
				}
				if a := read(t, db, "ann"); !test.check(a) {
					t.Errorf("account afterwards: %+v", a)
				}
			})
		}
	})
}

func TestADisabledAccountStaysDisabledAndKeepsItsPassword(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		storetest.Tenant(t, db, "D1")
		mustLoad(t, db, "username,class,tenant,passwordHash\nann,Dealer,D1,"+bcryptHash+"\n", portalapi.ImportOptions{})
		storetest.Exec(t, db, "UPDATE accounts SET status = 'Disabled', disabled_reason = 'Security'")
		storetest.Exec(t, db, "UPDATE credentials SET hash = 'kept'")
		mustLoad(t, db, "username,class,tenant,name,passwordHash\nann,Dealer,D1,Ann,"+bcryptHash+"\n", portalapi.ImportOptions{})
		a := read(t, db, "ann")
		if a.Status != account.Disabled || a.Name != "Ann" || storetest.Value[string](t, db, "SELECT hash FROM credentials") != "kept" {
			t.Errorf("account %+v, want a new name and nothing else", a)
		}
	})
}

func TestADateOfUnknownActivityComesWithGrace(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		mustLoad(t, db, "username,class,name\nann,Corporate,Ann\nbob,Corporate,Bob\n", portalapi.ImportOptions{})
		storetest.Exec(t, db, "UPDATE accounts SET not_before = 0")
		storetest.Exec(t, db, "UPDATE accounts SET activity_at = 5 WHERE username = 'bob'")
		mustLoad(t, db, "username,class,lastSignInAt\nann,Corporate,2020-01-01\nbob,Corporate,2020-01-01\n", portalapi.ImportOptions{})
		if least := time.Now().AddDate(0, 0, graceDays-1); read(t, db, "ann").NotBefore.Before(least) {
			t.Errorf("grace until %s of an account whose activity became known, want %d days", read(t, db, "ann").NotBefore, graceDays)
		}
		if bob := read(t, db, "bob"); bob.NotBefore.UnixMicro() != 0 {
			t.Errorf("grace until %s of an account whose activity was known, want none: imports would keep everybody alive", bob.NotBefore)
		}
	})
}

func TestInvalidLines(t *testing.T) {
	tests := map[string]struct{ header, line, column, message string }{
		"no username":                   {"username,class,tenant", ",Dealer,D1", "username", "empty"},
		"a username with spaces":        {"username,class,tenant", "a b,Dealer,D1", "username", "spaces"},
		"an unknown class":              {"username,class,tenant", "x,Owner,D1", "class", "Dealer or Corporate"},
		"a dealer without dealership":   {"username,class,tenant", "x,Dealer,", "tenant", "dealer code"},
		"corporate with dealership":     {"username,class,tenant", "x,Corporate,D1", "tenant", "leave the cell empty"},
		"an unknown dealership":         {"username,class,tenant", "x,Dealer,NOPE", "tenant", "DealerTenant"},
		"a closed dealership":           {"username,class,tenant", "x,Dealer,CLOSED", "tenant", "closed"},
		"a full dealership":             {"username,class,tenant", "x,Dealer,FULL", "tenant", "seat"},
		"a role of the other class":     {"username,class,tenant,role", "x,Dealer,D1,service-desk", "role", "user or administrator"},
		"an unknown role":               {"username,class,tenant,role", "x,Corporate,,king", "role", "user or service-desk"},
		"a malformed mail address":      {"username,class,tenant,mail", "x,Dealer,D1,Ann <a@b.c>", "mail", "NAME@DOMAIN"},
		"a phone without country":       {"username,class,tenant,phone", "x,Dealer,D1,312 555 0100", "phone", "E.164"},
		"a date of another order":       {"username,class,tenant,createdAt", "x,Dealer,D1,03/31/2026", "createdAt", "2026-03-31"},
		"an impossible date":            {"username,class,tenant,createdAt", "x,Dealer,D1,2025-02-30", "createdAt", "write a date"},
		"a placeholder date":            {"username,class,tenant,lastSignInAt", "x,Dealer,D1,0001-01-01", "lastSignInAt", "leave it empty"},
		"a sign-in in the future":       {"username,class,tenant,lastSignInAt", "x,Dealer,D1,2999-01-01", "lastSignInAt", "future"},
		"a sign-in before creation":     {"username,class,tenant,createdAt,lastSignInAt", "x,Dealer,D1,2025-01-02,2025-01-01", "lastSignInAt", "before createdAt"},
		"an exemption without reason":   {"username,class,tenant,exemptUntil", "x,Dealer,D1,2099-01-01", "exemptReason", "reason"},
		"an exemption of ages":          {"username,class,tenant,exemptUntil,exemptReason", "x,Dealer,D1,2099-01-01,ever", "exemptUntil", "more than 365 days ahead"},
		"an exemption without end":      {"username,class,tenant,exemptReason", "x,Dealer,D1,because", "exemptUntil", "end date"},
		"a plain password as hash":      {"username,class,tenant,passwordHash", "x,Dealer,D1,hunter2", "passwordHash", "argon2id"},
		"a service administrator":       {"username,class,tenant,role,serviceAccount", "x,Dealer,D1,administrator,true", "serviceAccount", "administrator"},
		"a service account at the desk": {"username,class,tenant,role,serviceAccount", "x,Corporate,,service-desk,true", "serviceAccount", "change the role to user"},
		"a strange boolean":             {"username,class,tenant,serviceAccount", "x,Dealer,D1,maybe", "serviceAccount", "true or false"},
		"a line break in a name":        {"username,class,tenant,name", "x,Dealer,D1,\"a\nb\"", "name", "line break"},
		"a dealer code with a NUL":      {"username,class,tenant", "x,Dealer,D1\x00", "tenant", "control"},
		"a name that is not UTF-8":      {"username,class,tenant,name", "x,Dealer,D1,\xff", "name", "UTF-8"},
		"another number of cells":       {"username,class,tenant", "x,Dealer", "", "2 cells"},
		"a username of another tenant":  {"username,class,tenant", "taken,Dealer,D1", "username", "do not move"},
		"a rise that is not allowed":    {"username,class,tenant,role", "known,Dealer,D1,administrator", "role", "role changes"},
		"a double in other letter case": {"username,class,tenant", "x,Dealer,D1\nX,Dealer,D1", "username", "earlier line"},
	}
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		for _, code := range []string{"D1", "D2", "CLOSED", "FULL"} {
			storetest.Tenant(t, db, code)
		}
		storetest.Exec(t, db, "UPDATE tenants SET closed_at = 1, close_accounts = 'Retain' WHERE dealer_code = 'CLOSED'")
		storetest.Exec(t, db, "UPDATE tenants SET seats = 1 WHERE dealer_code = 'FULL'")
		storetest.Account(t, db, "first", "FULL")
		storetest.Account(t, db, "taken", "D2")
		storetest.Account(t, db, "known", "D1")
		accounts := storetest.Value[int](t, db, "SELECT COUNT(*) FROM accounts")
		for name, test := range tests {
			t.Run(name, func(t *testing.T) {
				valid := "fine,Dealer,D1" + strings.Repeat(",", strings.Count(test.header, ",")-2)
				result, err := load(t, db, test.header+"\n"+valid+"\n"+test.line+"\n", portalapi.ImportOptions{})
				if err != nil || result.Invalid != 1 || result.Applied || len(result.Problems) == 0 {
					t.Fatalf("import: %+v, %v, want one invalid line and nothing applied", result, err)
				}
				problem := result.Problems[len(result.Problems)-1]
				if problem.Line < 3 || problem.Column != test.column || !strings.Contains(problem.Message, test.message) {
					t.Errorf("problem %+v, want column %q and %q", problem, test.column, test.message)
				}
				if n := storetest.Value[int](t, db, "SELECT COUNT(*) FROM accounts"); n != accounts {
					t.Errorf("%d accounts, want %d as before", n, accounts)
				}
			})
		}
	})
}

func TestSkipInvalidAppliesTheRest(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		storetest.Tenant(t, db, "D1")
		storetest.Exec(t, db, "UPDATE tenants SET seats = 2")
		csv := "username,class,tenant\na,Dealer,D1\nb c,Dealer,D1\nA,Dealer,D1\nd,Dealer,D1\ne,Dealer,D1\n"
		result, err := load(t, db, csv, portalapi.ImportOptions{SkipInvalid: true})
		if err != nil || result.Created != 2 || result.Invalid != 3 || !result.Applied {
			t.Errorf("import: %+v, %v, want the two lines that have seats and three problems", result, err)
		}
	})
}

func TestUnreadableFiles(t *testing.T) {
	tests := map[string]struct{ csv, want string }{
		"an empty file":            {"", "line 1: the file is empty"},
		"an unknown column":        {"username,class,shoeSize\n", `unknown column "shoeSize"`},
		"a column twice":           {"username,class,class\n", `column "class" is there twice`},
		"a missing column":         {"username,tenant\n", `column "class" is missing`},
		"a stray quote":            {"username,class\nx,Corp\"orate\n", "line 2: "},
		"a quote that stays open":  {"username,class\nx,\"" + strings.Repeat("y", 100<<10), "line 2: longer than 64 KiB"},
		"an endless header":        {strings.Repeat("z", 100<<10), "line 1: longer than 64 KiB"},
		"an open quote at the end": {"username,class\nx,\"Corporate\n", "line "},
	}
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		for name, test := range tests {
			t.Run(name, func(t *testing.T) {
				_, err := load(t, db, test.csv, portalapi.ImportOptions{SkipInvalid: true})
				fault, ok := errors.AsType[*imports.FileError](err)
				if !ok || !strings.Contains(fault.Error(), test.want) {
					t.Errorf("error %v, want a FileError with %q", err, test.want)
				}
				if n := storetest.Value[int](t, db, "SELECT COUNT(*) FROM import_rows"); n != 0 {
					t.Errorf("%d rows left in the staging", n)
				}
			})
		}
	})
}

func TestAByteOrderMarkIsSkipped(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		if result := mustLoad(t, db, "\xef\xbb\xbfusername,class\r\ndesk,Corporate\r\n", portalapi.ImportOptions{}); result.Created != 1 {
			t.Errorf("import: %+v, want one account", result)
		}
	})
}

// generated is a file of any length that is never in memory.
type generated struct {
	left, line int
	rest       string
}

func (g *generated) Read(p []byte) (int, error) {
	if g.rest == "" {
		if g.left == 0 {
			return 0, io.EOF
		}
		g.left--
		g.line++
		g.rest = fmt.Sprintf("bad name %d,Corporate\n", g.line)
	}
	n := copy(p, g.rest)
	g.rest = g.rest[n:]
	return n, nil
}

func TestProblemsAreCountedButTheListIsBounded(t *testing.T) {
	db := storetest.Open(t, storetest.SQLite(t))
	importer := imports.NewImporter(db, func() portalconfig.Inactivity { return portalconfig.Inactivity{} }, slog.New(slog.DiscardHandler))
	source := io.MultiReader(strings.NewReader("username,class\n"), &generated{left: 20_000})
	result, err := importer.Import(t.Context(), source, portalapi.ImportOptions{}, audit.Actor{Class: audit.ActorImport})
	if err != nil || result.Invalid != 20_000 || len(result.Problems) != portalapi.MaxProblems {
		t.Errorf("%d invalid, %d listed, %v, want 20000 and %d", result.Invalid, len(result.Problems), err, portalapi.MaxProblems)
	}
}

func TestTwoImportsAtOnce(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		var csv strings.Builder
		csv.WriteString("username,class\n")
		const accounts = 1200
		for i := range accounts {
			fmt.Fprintf(&csv, "u%d,Corporate\n", i)
		}
		var created atomic.Int64
		var both sync.WaitGroup
		for range 2 {
			both.Go(func() {
				result, err := load(t, db, csv.String(), portalapi.ImportOptions{})
				if err != nil {
					t.Errorf("import: %v", err)
					return
				}
				created.Add(result.Created)
			})
		}
		both.Wait()
		if created.Load() != accounts {
			t.Errorf("%d accounts created by both, want %d", created.Load(), accounts)
		}
	})
}
