// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package sweep

import (
	"context"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	portalconfig "github.com/forecourt-dev/forecourt/api/portalconfig/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/portal/account"
	"github.com/forecourt-dev/forecourt/internal/portal/audit"
	"github.com/forecourt-dev/forecourt/internal/portal/policy"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
	"github.com/forecourt-dev/forecourt/internal/portal/store/storetest"
	"github.com/forecourt-dev/forecourt/internal/portal/tenant"
	"github.com/forecourt-dev/forecourt/internal/portalapi"
)

// dormantIn lists the dealerships that the portal tells have a dormant administrator.
func dormantIn(t *testing.T, db *store.DB) string {
	t.Helper()
	service := tenant.NewService(db, func() portalconfig.Inactivity { return enforce })
	page, err := service.List(t.Context(), "", 100)
	if err != nil {
		t.Fatal(err)
	}
	var codes []string
	for _, row := range page.Tenants {
		if row.AdministratorDormant {
			codes = append(codes, row.DealerCode)
		}
	}
	return strings.Join(codes, " ")
}

// revision is the tenants' revision.
func revision(t *testing.T, db *store.DB) string {
	t.Helper()
	revision, err := store.TenantsRevision(t.Context(), db)
	if err != nil {
		t.Fatal(err)
	}
	return revision
}

func TestDormantAdministratorsAreTold(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		for _, code := range []string{"ALONE", "BOTH", "FRESH", "LED", "PAIR", "SLEEPS", "TIRED"} {
			storetest.Tenant(t, db, code)
		}
		const leads = "role = 'administrator'"
		alone := person(t, db, "alone", "ALONE", 400, leads)
		person(t, db, "older", "BOTH", 500, leads)
		person(t, db, "old", "BOTH", 400, leads)
		person(t, db, "fresh", "FRESH", 1, leads)
		person(t, db, "idle", "LED", 400, leads)
		person(t, db, "leader", "LED", 1, leads)
		person(t, db, "clerk", "PAIR", 400)
		person(t, db, "asleep", "SLEEPS", 400, leads)
		storetest.Exec(t, db, "UPDATE tenants SET state = 'Suspended' WHERE dealer_code = 'SLEEPS'")
		tired := person(t, db, "tired", "TIRED", 400, leads)

		sweepOnce(t, runner(db, enforce), ModeObserve)
		if got := dormantIn(t, db); got != "" {
			t.Errorf("a run that observes told of %q", got)
		}
		sweepOnce(t, runner(db, enforce), "")
		if got := dormantIn(t, db); got != "ALONE BOTH TIRED" {
			t.Errorf("dormant administrators in %q, want ALONE, BOTH and TIRED", got)
		}
		before := revision(t, db)
		sweepOnce(t, runner(db, enforce), "")
		if after := revision(t, db); after != before {
			t.Error("a run that found the same touched the tenants")
		}

		// A sign-in ends it, also when the run had not noted it yet.
		comeBack(t, db, tired)
		if got := dormantIn(t, db); got != "ALONE BOTH" || revision(t, db) == before {
			t.Errorf("after a sign-in: %q (tenants touched: %t), want ALONE and BOTH", got, revision(t, db) != before)
		}
		storetest.Exec(t, db, "UPDATE tenants SET dormant_administrator = $1 WHERE dealer_code = 'TIRED'", tired)
		if got := dormantIn(t, db); got != "ALONE BOTH" {
			t.Errorf("a note that came too late counts: %q", got)
		}
		sweepOnce(t, runner(db, enforce), "")

		// So does a colleague, for as long as he is active; and a policy that is not enforced.
		person(t, db, "new", "BOTH", 1, leads)
		if got := dormantIn(t, db); got != "ALONE" {
			t.Errorf("after a colleague came: %q, want ALONE", got)
		}
		person(t, db, "next", "ALONE", 1, leads)
		storetest.Exec(t, db, "UPDATE accounts SET role = 'user' WHERE id = $1", alone)
		if got := dormantIn(t, db); got != "" {
			t.Errorf("after the administrator was replaced: %q, want none", got)
		}
	})
}

// comeBack does what a sign-in does about dormancy.
func comeBack(t *testing.T, db *store.DB, id string) {
	t.Helper()
	err := db.Tx(t.Context(), func(tx *store.Tx) error {
		a, err := account.ByID(t.Context(), tx, id)
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(t.Context(), "UPDATE accounts SET activity_at = $2 WHERE id = $1", id, time.Now().UnixMicro()); err != nil {
			return err
		}
		return account.EndDormancy(t.Context(), tx, a)
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestNobodyIsDormantWhereThePolicyIsNotEnforced(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		storetest.Tenant(t, db, "D1")
		person(t, db, "alone", "D1", 400, "role = 'administrator'")
		settings := func(mode string) *portalconfig.Settings {
			return &portalconfig.Settings{Inactivity: portalconfig.Inactivity{Mode: mode, Months: 6}}
		}
		inForce, err := policy.Start(context.Background(), db, settings(ModeEnforce), slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		sweepOnce(t, runner(db, enforce), "")
		before := revision(t, db)
		for _, mode := range []string{ModeEnforce, ModeOff} {
			_, err := inForce.Put(t.Context(), portalapi.SettingsRequest{UID: "u", Generation: 1, Settings: *settings(mode)}, audit.Actor{Class: audit.ActorOperator})
			if err != nil {
				t.Fatal(err)
			}
			want := map[string]string{ModeEnforce: "D1", ModeOff: ""}[mode]
			if got := dormantIn(t, db); got != want || (revision(t, db) != before) != (mode == ModeOff) {
				t.Errorf("in %s: %q, want %q; tenants touched: %t", mode, got, want, revision(t, db) != before)
			}
		}
	})
}

func TestManyDormantAdministrators(t *testing.T) {
	db := storetest.Open(t, storetest.SQLite(t))
	var codes []string
	for i := range dormantAtOnce + 3 {
		codes = append(codes, "D"+strings.Repeat("x", i%3)+time.Unix(int64(i), 0).UTC().Format("150405"))
		storetest.Tenant(t, db, codes[i])
		person(t, db, codes[i], codes[i], 400, "role = 'administrator'")
	}
	sweepOnce(t, fast(db, enforce), "")
	slices.Sort(codes)
	if n := storetest.Value[int](t, db, "SELECT COUNT(*) FROM tenants WHERE dormant_administrator IS NOT NULL"); n != len(codes) {
		t.Errorf("%d dormant administrators, want %d", n, len(codes))
	}
}
