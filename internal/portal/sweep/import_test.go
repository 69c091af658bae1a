// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package sweep

import (
	"fmt"
	"log/slog"
	"strings"
	"testing"

	portalconfig "github.com/forecourt-dev/forecourt/api/portalconfig/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/portal/account"
	"github.com/forecourt-dev/forecourt/internal/portal/audit"
	"github.com/forecourt-dev/forecourt/internal/portal/imports"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
	"github.com/forecourt-dev/forecourt/internal/portal/store/storetest"
	"github.com/forecourt-dev/forecourt/internal/portalapi"
)

// staleMarket is a file of a dealership in which nobody was active for years.
func staleMarket(n int) string {
	var csv strings.Builder
	csv.WriteString("username,class,tenant,name,mail,role,createdAt,lastSignInAt\n" +
		"boss,Dealer,D1,Boss,boss@example.com,administrator,2019-01-01,2020-06-01\n" +
		"deputy,Dealer,D1,Deputy,deputy@example.com,administrator,2019-01-01,2020-05-01\n" +
		"never,Dealer,D1,Never,never@example.com,user,2019-01-01,\n")
	for i := range n {
		fmt.Fprintf(&csv, "stale%02[1]d,Dealer,D1,Stale %[1]d,stale%[1]d@example.com,user,2019-01-01,2020-01-01\n", i)
	}
	return csv.String()
}

// All of an import are past their deadline: they have the time of grace, and then the limits.
func TestAnImportOfOldDatesDisablesNobodyUnasked(t *testing.T) {
	const users, due = 38, 40 // the users, the deputy, and who never signed in
	policy := enforce
	policy.GraceDays, policy.WarnDaysBefore = 30, []int32{30, 3}
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		storetest.Tenant(t, db, "D1")
		importer := imports.NewImporter(db, func() portalconfig.Inactivity { return policy }, slog.New(slog.DiscardHandler))
		again := func() *portalapi.ImportResult {
			t.Helper()
			result, err := importer.Import(t.Context(), strings.NewReader(staleMarket(users)), portalapi.ImportOptions{}, audit.Actor{Class: audit.ActorImport})
			if err != nil || result.Invalid > 0 {
				t.Fatalf("import: %+v, %v", result, err)
			}
			return result
		}
		again()
		run := endOf(t, fast(db, policy))
		if run.Status != portalapi.RunSucceeded || run.Disabled != 0 || run.Skipped["Grace"] != due+1 || run.Warned == 0 {
			t.Fatalf("the first run %+v, want nobody disabled, %d in grace, and people warned", run, due+1)
		}
		stale := storetest.Value[string](t, db, "SELECT id FROM accounts WHERE username = 'stale00'")
		if signInAs(t, db, stale, policy) {
			t.Error("disabled at sign-in within the time of grace")
		}
		forecast, err := Forecast(t.Context(), db, policy, run.StartedAt, []int32{29, 31})
		if err != nil || forecast.AlreadyDue != 0 || forecast.Total[0] != 0 || forecast.Total[1] != due {
			t.Errorf("forecast %+v, %v, want all %d after the grace and nobody before", forecast, err, due)
		}

		// The grace is over, which importing the same once more does not change.
		storetest.Exec(t, db, "UPDATE accounts SET not_before = not_before - CAST(31 AS BIGINT) * 86400000000")
		if result := again(); result.Unchanged != users+3 {
			t.Errorf("the same import again: %+v, want nothing changed", result)
		}
		run = endOf(t, fast(db, policy))
		if run.Status != portalapi.RunHeld || run.Hold.Reason != portalapi.HoldPercentLimit || run.Hold.Count != due || run.Disabled != 0 {
			t.Fatalf("the run after the grace %+v (%+v), want it held for %d accounts", run, run.Hold, due)
		}
		if signInAs(t, db, stale, policy) {
			t.Error("disabled at sign-in while the run is held")
		}
		if n := storetest.Value[int](t, db, "SELECT COUNT(*) FROM accounts WHERE status <> $1", string(account.Active)); n != 0 {
			t.Errorf("%d accounts are not active", n)
		}
	})
}
