// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package store_test

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"testing"

	portalconfig "github.com/forecourt-dev/forecourt/api/portalconfig/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
	"github.com/forecourt-dev/forecourt/internal/portal/store/storetest"
)

// TestReleasedMigrationsStay : databases have them already, so that a change would never reach those.
func TestReleasedMigrationsStay(t *testing.T) {
	for name, want := range map[string]string{
		"0001_accounts.sql": "dfc13ac91d8e6ec4524ba4b3e203617ed5fa69d544b12834b35ba8b69643800b",
	} {
		content, err := os.ReadFile("migrations/" + name)
		if err != nil {
			t.Fatal(err)
		}
		if sum := sha256.Sum256(content); hex.EncodeToString(sum[:]) != want {
			t.Errorf("%s was released and must not change: write a new migration", name)
		}
	}
}

func TestMigratingADatabaseOfTheFirstRelease(t *testing.T) {
	storetest.Each(t, func(t *testing.T, database portalconfig.Database) {
		db, err := store.Open(t.Context(), database)
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		if err := db.MigrateTo(t.Context(), 1); err != nil {
			t.Fatal(err)
		}
		storetest.Exec(t, db, `
INSERT INTO tenants (dealer_code, uid, generation, digest, spec, state, deletion_policy, updated_at)
VALUES ('D-1', 'uid', 1, 'digest', '{"displayName":"Dealership"}', 'Active', 'Retain', 7)`)
		robin := storetest.Account(t, db, "robin", "D-1")
		run := func(id, status, phase string, approved any) {
			storetest.Exec(t, db, `
INSERT INTO inactivity_runs (id, mode, status, phase, policy, now_at, started_at, cursor, approved_at)
VALUES ($1, 'Enforce', $2, $3, '{}', 0, 0, 'x', $4)`, id, status, phase, approved)
		}
		action := func(run, action string, at int) {
			storetest.Exec(t, db, `
INSERT INTO inactivity_actions (run_id, account_id, action, rule, at, version) VALUES ($1, $2, $3, 'Due', $4, 1)`, run, robin, action, at)
		}
		run("ended", "Succeeded", "Report", nil)
		action("ended", "Disable", 7)
		run("held", "Held", "Judge", nil)
		action("held", "Hold", 0)
		run("running", "Running", "Judge", nil)
		action("running", "Hold", 0)

		if err := db.Migrate(t.Context()); err != nil {
			t.Fatal(err)
		}

		if err := db.CheckSchema(t.Context()); err != nil {
			t.Error(err)
		}
		if live := storetest.Value[int](t, db, "SELECT live_at FROM tenants WHERE dealer_code = 'D-1'"); live != 7 {
			t.Errorf("a dealership that was there is live since %d, want since its last change", live)
		}
		if left := storetest.Value[int](t, db, "SELECT COUNT(*) FROM inactivity_actions WHERE run_id IN ('ended', 'held')"); left != 2 {
			t.Errorf("what a run did and a held run's set stay, got %d of 2 rows", left)
		}
		if left := storetest.Value[int](t, db, "SELECT COUNT(*) FROM inactivity_actions WHERE run_id = 'running'"); left != 0 {
			t.Errorf("a run that goes on counts again, yet %d rows of its plan are left", left)
		}
		phases := "SELECT phase || '/' || cursor FROM inactivity_runs WHERE id = $1"
		if got := storetest.Value[string](t, db, phases, "running"); got != "Plan/" {
			t.Errorf("a run that goes on begins with its plan, got %s", got)
		}
		if got := storetest.Value[string](t, db, phases, "held"); got != "Judge/x" {
			t.Errorf("a held run stays as it was, got %s", got)
		}
	})
}
