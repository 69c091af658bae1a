// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package sweep

import (
	"errors"
	"fmt"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/forecourt-dev/forecourt/internal/portal/store"
	"github.com/forecourt-dev/forecourt/internal/portal/store/storetest"
	"github.com/forecourt-dev/forecourt/internal/portalapi"
)

func TestWhatOldRunsDidIsDropped(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		r := fast(db, warning)
		crowd(t, db, "due", "", pruneAtOnce+5, 365)
		dueIn(t, db, "soon", "", 2)
		old := endOf(t, r)
		if old.Disabled != pruneAtOnce+5 || old.Warned != 1 {
			t.Fatalf("run %+v, want everybody disabled but one who is warned", old)
		}
		crowd(t, db, "again", "", 3, 365)
		recent := endOf(t, r)
		left := func() string {
			t.Helper()
			if err := Prune(t.Context(), db); err != nil {
				t.Fatal(err)
			}
			count := "SELECT COUNT(*) FROM inactivity_actions WHERE run_id = $1 AND action = $2"
			return fmt.Sprint(storetest.Value[int](t, db, count, old.ID, "Disable"), storetest.Value[int](t, db, count, old.ID, "Warn"),
				storetest.Value[int](t, db, count, recent.ID, "Disable"))
		}
		age := func(days int) {
			storetest.Exec(t, db, "UPDATE inactivity_runs SET finished_at = finished_at - CAST($2 AS BIGINT) * 86400000000 WHERE id = $1", old.ID, days)
		}
		if age(30); left() != fmt.Sprint(pruneAtOnce+5, 1, 3) {
			t.Errorf("left %s of a run that can be undone, want all", left())
		}
		if age(2); left() != "0 1 3" {
			t.Errorf("left %s, want the warning of a deadline to come and what the recent run did", left())
		}
		storetest.Exec(t, db, "UPDATE inactivity_actions SET deadline = deadline - CAST(40 AS BIGINT) * 86400000000")
		if left() != "0 0 3" {
			t.Errorf("left %s, want no warning of a deadline that is over", left())
		}
		if n := storetest.Value[int](t, db, "SELECT COUNT(*) FROM audit_events WHERE run_id = $1", old.ID); n != pruneAtOnce+6 {
			t.Errorf("%d events of the old run, want all", n)
		}
		if got, err := Get(t.Context(), db, old.ID); err != nil || got.Disabled != old.Disabled {
			t.Errorf("the old run is %+v, %v, want its counts", got, err)
		}
		_, err := r.Undo(t.Context(), old.ID, "r", byOperator)
		if refusal, ok := errors.AsType[*RefusedError](err); !ok || refusal.Code != portalapi.CodeExpired {
			t.Errorf("undoing a run whose actions are dropped: %v, want Expired", err)
		}
	})
}

func TestPortionsThatTakeTooLongAreHalved(t *testing.T) {
	db := storetest.Open(t, storetest.SQLite(t))
	crowd(t, db, "due", "", 7, 365)
	r := runner(db, enforce)
	w := judged(t, r)
	w.write = pace{size: 8, least: 2, most: 8, wanted: windowTime}
	tooLong := fmt.Errorf("disabling accounts: %w", &pgconn.PgError{Code: "57014"})
	var sizes []int
	err := w.walk(t.Context(), w.remember, func(p *portion) error {
		sizes = append(sizes, len(p.due))
		if len(p.due) > 3 {
			return tooLong
		}
		return w.applyPortion(t.Context(), p)
	})
	if want := "[7 4 2"; err != nil || w.run.Disabled != 7 || fmt.Sprint(sizes)[:len(want)] != want {
		t.Errorf("portions of %v, %v, run %+v, want smaller ones until all seven are disabled", sizes, err, w.run)
	}
	w.run.cursor, sizes = "", nil
	err = w.walk(t.Context(), w.remember, func(p *portion) error {
		sizes = append(sizes, len(p.due))
		return tooLong
	})
	if !errors.Is(err, tooLong) || len(sizes) > 4 {
		t.Errorf("portions of %v, %v, want it given up at the smallest", sizes, err)
	}
}
