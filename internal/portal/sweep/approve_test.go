// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package sweep

import (
	"fmt"
	"testing"
	"time"

	portalconfig "github.com/forecourt-dev/forecourt/api/portalconfig/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
	"github.com/forecourt-dev/forecourt/internal/portal/store/storetest"
	"github.com/forecourt-dev/forecourt/internal/portalapi"
)

func TestAnApprovalTellsNobodyOfTheSameExemptionsAgain(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		storetest.Tenant(t, db, "D1")
		person(t, db, "boss", "D1", 1, "role = 'administrator'", "mail = 'boss@example.com'")
		exempt := person(t, db, "exempt", "D1", 365, "exempt_until = "+fmt.Sprint(time.Now().AddDate(1, 0, 0).UnixMicro()))
		storetest.Exec(t, db, "INSERT INTO exemptions (id, account_id, granted_by, reason, granted_at, until) VALUES ('e', $1, 'x', 'leave', 5, 6)", exempt)
		r, run, _ := held(t, db)
		if _, err := r.Approve(t.Context(), run.ID, portalapi.ApproveRequest{Count: 20, Request: "r"}, byOperator); err != nil {
			t.Fatal(err)
		}
		if err := r.once(t.Context()); err != nil {
			t.Fatal(err)
		}
		if n := storetest.Value[int](t, db, "SELECT COUNT(*) FROM outbox WHERE kind = 'AdministratorDigest' AND tenant = 'D1'"); n != 1 {
			t.Errorf("%d digests for the dealership, want the one of the held run", n)
		}
	})
}

func TestAnApprovalEndsWhatAWrongClockLeftBehind(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		ahead := person(t, db, "ahead", "", 0, fmt.Sprintf("activity_at = %d", time.Now().AddDate(3, 0, 0).UnixMicro()))
		fresh := person(t, db, "fresh", "", 10)
		before := storetest.Value[int64](t, db, "SELECT activity_at FROM accounts WHERE id = $1", fresh)
		crowd(t, db, "due", "", 1, 365)
		r := runner(db, enforce)
		run := endOf(t, r)
		if run.Status != portalapi.RunHeld || run.Hold.Reason != portalapi.HoldClockJump {
			t.Fatalf("run %+v, want it held for the clock", run)
		}
		if _, err := r.Approve(t.Context(), run.ID, portalapi.ApproveRequest{Count: 1, Request: "r"}, byOperator); err != nil {
			t.Fatal(err)
		}
		if err := r.once(t.Context()); err != nil {
			t.Fatal(err)
		}
		if next := endOf(t, r); next.Status != portalapi.RunSucceeded || next.Hold != nil {
			t.Errorf("the next run %+v, want it not held for the same instants again", next)
		}
		now := storetest.Value[int64](t, db, "SELECT approved_at FROM inactivity_runs WHERE id = $1", run.ID)
		if got := storetest.Value[int64](t, db, "SELECT activity_at FROM accounts WHERE id = $1", ahead); got != now {
			t.Errorf("the activity of the future is now %d, want the approval's %d", got, now)
		}
		if got := storetest.Value[int64](t, db, "SELECT activity_at FROM accounts WHERE id = $1", fresh); got != before {
			t.Errorf("another activity became %d, want still %d", got, before)
		}
	})
}

func TestAWeakerPolicyEndsTheOffer(t *testing.T) {
	longer, skipping := enforce, enforce
	longer.Months = 12
	skipping.NeverSignedIn = "Skip"
	db := storetest.Open(t, storetest.SQLite(t))
	_, run, _ := held(t, db)
	for name, weaker := range map[string]portalconfig.Inactivity{"more months": longer, "skipping who never signed in": skipping} {
		t.Run(name, func(t *testing.T) {
			mustRefuse(t, runner(db, weaker), run.ID, portalapi.ApproveRequest{Count: 20, Request: name}, portalapi.CodeExpired)
		})
	}
	stricter := enforce
	stricter.Months = 5
	if _, err := runner(db, stricter).Approve(t.Context(), run.ID, portalapi.ApproveRequest{Count: 20, Request: "r"}, byOperator); err != nil {
		t.Errorf("approving under a stricter policy: %v", err)
	}
}
