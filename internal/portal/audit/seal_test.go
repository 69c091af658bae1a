// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package audit

import (
	"bytes"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/forecourt-dev/forecourt/internal/portal/store"
	"github.com/forecourt-dev/forecourt/internal/portal/store/storetest"
)

// testSize is the number of events of a range in tests.
const testSize = 4

func testKey(t *testing.T, content byte) Key {
	t.Helper()
	key, err := DeriveKey(bytes.Repeat([]byte{content}, 32))
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// pass seals and drops once.
func pass(t *testing.T, db *store.DB) {
	t.Helper()
	s := NewSealer(db, testKey(t, 1), slog.New(slog.DiscardHandler))
	s.size = testSize
	if err := s.Pass(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// writeAt appends n events as if they had happened at an instant.
func writeAt(t *testing.T, db *store.DB, at time.Time, n int) {
	t.Helper()
	events := make([]Event, n)
	for i := range events {
		events[i] = Event{Event: AccountDisabled, Actor: Actor{Class: ActorPortal}, AccountID: fmt.Sprintf("account-%d", i), RunID: "run", Rule: "Due"}
	}
	if err := db.Tx(t.Context(), func(tx *store.Tx) error { return appendAt(t.Context(), tx, at, events) }); err != nil {
		t.Fatal(err)
	}
}

// verify verifies with the right key.
func verify(t *testing.T, db *store.DB, heads ...string) *Report {
	t.Helper()
	report, err := Verify(t.Context(), db, []Key{testKey(t, 1)}, heads...)
	if err != nil {
		t.Fatal(err)
	}
	return report
}

// trail writes three sealed ranges and two events that are too young, and answers the ids of the sealed ones.
func trail(t *testing.T, db *store.DB) []string {
	t.Helper()
	for hours := 3; hours > 0; hours-- {
		writeAt(t, db, time.Now().Add(-time.Duration(hours)*time.Hour), testSize)
	}
	write(t, db, Event{Event: SignInSucceeded}, Event{Event: SessionEnded})
	pass(t, db)
	rows, err := db.QueryContext(t.Context(), "SELECT id FROM audit_events ORDER BY id LIMIT $1", 3*testSize)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var list []string
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			t.Fatal(err)
		}
		list = append(list, id)
	}
	return list
}

// run notes a head in an inactivity run that ended now.
func run(t *testing.T, db *store.DB, head string) {
	t.Helper()
	storetest.Exec(t, db, `
INSERT INTO inactivity_runs (id, mode, status, policy, now_at, started_at, finished_at, audit_head)
VALUES ('run-1', 'Observe', 'Succeeded', '{}', 0, 0, $1, $2)`, time.Now().UnixMicro(), head)
}

func TestAnIntactTrail(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		if r := verify(t, db); !r.Intact || r.Events != 0 || r.Head != "" {
			t.Errorf("empty trail: %+v", r)
		}
		trail(t, db)
		head, err := Head(t.Context(), db)
		if err != nil || len(head) != 64 {
			t.Fatalf("head %q, %v", head, err)
		}
		run(t, db, head)
		// The chain goes on; the old head stays a part of it.
		writeAt(t, db, time.Now().Add(-30*time.Minute), testSize)
		pass(t, db)
		r := verify(t, db, strings.ToUpper(head))
		if !r.Intact || r.Fault != nil || r.Events != 18 || r.Sealed != 16 || r.Unsealed != 2 || r.Seals != 4 || r.Head == head || r.UnsealedSince == nil {
			t.Errorf("report %+v, fault %v", r, r.Fault)
		}
	})
}

func TestWhatIsTouchedIsFound(t *testing.T) {
	const second = 2*testSize - 2 // the third event of the second seal
	tests := map[string]struct {
		touch func(t *testing.T, db *store.DB, ids []string)
		// event is the index of the one that must be named, or -1.
		seal    int64
		event   int
		problem string
	}{
		"a changed reason": {func(t *testing.T, db *store.DB, ids []string) {
			storetest.Exec(t, db, "UPDATE audit_events SET reason = 'another' WHERE id = $1", ids[second])
		}, 2, second, "it was changed"},
		"an empty text instead of nothing": {func(t *testing.T, db *store.DB, ids []string) {
			storetest.Exec(t, db, "UPDATE audit_events SET tenant = '' WHERE id = $1", ids[0])
		}, 1, 0, "it was changed"},
		"a text that moved to the next column": {func(t *testing.T, db *store.DB, ids []string) {
			storetest.Exec(t, db, "UPDATE audit_events SET rule = '', reason = rule WHERE id = $1", ids[1])
		}, 1, 1, "it was changed"},
		"a deleted event": {func(t *testing.T, db *store.DB, ids []string) {
			storetest.Exec(t, db, "DELETE FROM audit_events WHERE id = $1", ids[second])
		}, 2, second - 1, "an event after it was deleted"},
		"the first event of a range deleted": {func(t *testing.T, db *store.DB, ids []string) {
			storetest.Exec(t, db, "DELETE FROM audit_events WHERE id = $1", ids[testSize])
		}, 2, testSize, "it was deleted"},
		"the last event of a range deleted": {func(t *testing.T, db *store.DB, ids []string) {
			storetest.Exec(t, db, "DELETE FROM audit_events WHERE id = $1", ids[2*testSize-1])
		}, 2, 2*testSize - 1, "it was deleted"},
		"a range without its events": {func(t *testing.T, db *store.DB, ids []string) {
			storetest.Exec(t, db, "DELETE FROM audit_events WHERE id <= $1", ids[2*testSize-1])
		}, 1, 0, "it was deleted"},
		"two events with their contents exchanged": {func(t *testing.T, db *store.DB, ids []string) {
			storetest.Exec(t, db, `UPDATE audit_events SET account_id = CASE id WHEN $1 THEN 'account-3' ELSE 'account-2' END WHERE id IN ($1, $2)`, ids[second], ids[second+1])
		}, 2, second, "it was changed"},
		"the tail of the events": {func(t *testing.T, db *store.DB, ids []string) {
			storetest.Exec(t, db, "DELETE FROM audit_events WHERE id >= $1", ids[3*testSize-1])
		}, 3, 3*testSize - 1, "it was deleted"},
		"the tail of events and seals, a run knows better": {func(t *testing.T, db *store.DB, ids []string) {
			storetest.Exec(t, db, "DELETE FROM audit_events WHERE id >= $1", ids[2*testSize])
			storetest.Exec(t, db, "DELETE FROM audit_seals WHERE seq = 3")
		}, 0, -1, "that the inactivity run run-1 noted"},
		"all seals": {func(t *testing.T, db *store.DB, _ []string) {
			storetest.Exec(t, db, "DELETE FROM audit_seals")
		}, 0, -1, "that the inactivity run run-1 noted"},
		"the first seal": {func(t *testing.T, db *store.DB, _ []string) {
			storetest.Exec(t, db, "DELETE FROM audit_seals WHERE seq = 1")
		}, 2, -1, "the seals before it are missing"},
		"a seal in the middle": {func(t *testing.T, db *store.DB, _ []string) {
			storetest.Exec(t, db, "DELETE FROM audit_seals WHERE seq = 2")
		}, 3, -1, "the seal 2 before it is missing"},
		"two seals exchanged": {func(t *testing.T, db *store.DB, _ []string) {
			storetest.Exec(t, db, "UPDATE audit_seals SET seq = 99 WHERE seq = 1")
			storetest.Exec(t, db, "UPDATE audit_seals SET seq = 1 WHERE seq = 2")
			storetest.Exec(t, db, "UPDATE audit_seals SET seq = 2 WHERE seq = 99")
		}, 1, -1, "it continues a seal that does not exist"},
		"another time": {func(t *testing.T, db *store.DB, ids []string) {
			storetest.Exec(t, db, "UPDATE audit_events SET at = at + 1 WHERE id = $1", ids[second])
		}, 2, second, "it was changed"},
		// Whoever gets the portal to seal changed events anew cannot join that with the head that somebody kept.
		"a range sealed anew before the old end": {func(t *testing.T, db *store.DB, ids []string) {
			storetest.Exec(t, db, "CREATE TABLE kept AS SELECT * FROM audit_seals WHERE seq = 3")
			storetest.Exec(t, db, "DELETE FROM audit_seals WHERE seq > 1")
			storetest.Exec(t, db, "UPDATE audit_events SET reason = 'another' WHERE id = $1", ids[second])
			pass(t, db)
			storetest.Exec(t, db, `UPDATE audit_seals SET sealed_at = k.sealed_at, hmac = k.hmac FROM kept k WHERE audit_seals.seq = 3`)
			storetest.Exec(t, db, "DROP TABLE kept")
		}, 3, -1, "its row was changed"},
		"a range cut out and the chain mended": {func(t *testing.T, db *store.DB, ids []string) {
			storetest.Exec(t, db, "DELETE FROM audit_events WHERE id >= $1 AND id < $2", ids[testSize], ids[2*testSize])
			storetest.Exec(t, db, "DELETE FROM audit_seals WHERE seq = 2")
			storetest.Exec(t, db, "UPDATE audit_seals SET seq = 2, previous = (SELECT hmac FROM audit_seals WHERE seq = 1) WHERE seq = 3")
		}, 2, -1, "its row was changed"},
		"an event changed with its digest": {func(t *testing.T, db *store.DB, _ []string) {
			storetest.Exec(t, db, "UPDATE audit_seals SET digest = 'another' WHERE seq = 2")
		}, 2, -1, "its row was changed"},
		"marks that lie": {func(t *testing.T, db *store.DB, ids []string) {
			storetest.Exec(t, db, "UPDATE audit_events SET reason = 'another' WHERE id = $1", ids[second])
			storetest.Exec(t, db, "UPDATE audit_seals SET marks = '' WHERE seq = 2")
		}, 2, testSize, "it was changed"},
		"a young range passed off as dropped": {func(t *testing.T, db *store.DB, ids []string) {
			storetest.Exec(t, db, "DELETE FROM audit_events WHERE id <= $1", ids[testSize-1])
			storetest.Exec(t, db, "UPDATE audit_seals SET dropped_at = 1 WHERE seq = 1")
		}, 1, -1, "before their time"},
		"a range in the middle passed off as dropped": {func(t *testing.T, db *store.DB, _ []string) {
			storetest.Exec(t, db, "UPDATE audit_seals SET dropped_at = 1 WHERE seq = 2")
		}, 2, -1, "yet older ones are there"},
	}
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		for name, test := range tests {
			t.Run(name, func(t *testing.T) {
				for _, table := range []string{"audit_events", "audit_seals", "inactivity_runs"} {
					storetest.Exec(t, db, "DELETE FROM "+table)
				}
				ids := trail(t, db)
				head, err := Head(t.Context(), db)
				if err != nil {
					t.Fatal(err)
				}
				run(t, db, head)
				if r := verify(t, db); !r.Intact {
					t.Fatalf("broken before it was touched: %v", r.Fault)
				}
				test.touch(t, db, ids)
				r := verify(t, db)
				want := ""
				if test.event >= 0 {
					want = ids[test.event]
				}
				if r.Intact || r.Fault == nil || r.Fault.Seal != test.seal || r.Fault.Event != want || !strings.Contains(r.Fault.Error(), test.problem) {
					t.Errorf("found %+v, want seal %d, event %q, %q", r.Fault, test.seal, want, test.problem)
				}
			})
		}
	})
}

func TestAnInsertedEventIsFoundWhereverItIs(t *testing.T) {
	tests := map[string]struct {
		at   time.Duration
		seal int64
	}{
		"before the first":   {-4 * time.Hour, 1},
		"between two ranges": {-90 * time.Minute, 3},
	}
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		trail(t, db)
		for name, test := range tests {
			t.Run(name, func(t *testing.T) {
				inserted := ids(time.Now().Add(test.at), 1)[0]
				storetest.Exec(t, db, "INSERT INTO audit_events (id, at, event, actor_class) VALUES ($1, 0, 'user_enabled', 'Portal')", inserted)
				r := verify(t, db)
				if r.Intact || r.Fault.Event != inserted || r.Fault.Seal != test.seal || r.Fault.Problem != "it was inserted" {
					t.Errorf("found %+v, want the inserted event %s in seal %d", r.Fault, inserted, test.seal)
				}
				storetest.Exec(t, db, "DELETE FROM audit_events WHERE id = $1", inserted)
			})
		}
	})
}

func TestHeadsAndKeysFromOutside(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		trail(t, db)
		if r := verify(t, db, strings.Repeat("ab", 32)); r.Intact || !strings.Contains(r.Fault.Problem, "that was given") {
			t.Errorf("a head of another chain: %+v", r.Fault)
		}
		r, err := Verify(t.Context(), db, []Key{testKey(t, 2)})
		if err != nil || r.Intact || r.Fault.Seal != 1 || !strings.Contains(r.Fault.Problem, testKey(t, 2).ID) {
			t.Errorf("another key: %+v, %v", r.Fault, err)
		}
		forged := testKey(t, 2)
		forged.ID = testKey(t, 1).ID
		if r, err := Verify(t.Context(), db, []Key{forged}); err != nil || r.Intact || r.Fault.Problem != "its row was changed" {
			t.Errorf("another key of the same name: %+v, %v", r.Fault, err)
		}
	})
}

func TestYoungEventsAndSmallRangesWait(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		seals := func() int { return storetest.Value[int](t, db, "SELECT COUNT(*) FROM audit_seals") }
		writeAt(t, db, time.Now().Add(-settle/2), testSize)
		pass(t, db)
		if n := seals(); n != 0 {
			t.Errorf("%d seals over events that may still get company", n)
		}
		writeAt(t, db, time.Now().Add(-time.Hour), 1)
		pass(t, db)
		writeAt(t, db, time.Now().Add(-30*time.Minute), testSize-1)
		pass(t, db)
		if n := seals(); n != 1 {
			t.Errorf("%d seals, want one: the next small range waits", n)
		}
		writeAt(t, db, time.Now().Add(-29*time.Minute), 1)
		pass(t, db)
		if n := seals(); n != 2 {
			t.Errorf("%d seals, want two: a full range does not wait", n)
		}
	})
}

func TestSeveralSealersMakeOneChain(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		writeAt(t, db, time.Now().Add(-time.Hour), 20*testSize)
		var replicas sync.WaitGroup
		for range 4 {
			replicas.Go(func() {
				s := NewSealer(db, testKey(t, 1), slog.New(slog.DiscardHandler))
				s.size = testSize
				if err := s.Pass(t.Context()); err != nil {
					t.Error(err)
				}
			})
		}
		replicas.Wait()
		pass(t, db) // whoever came second left the rest
		if r := verify(t, db); !r.Intact || r.Sealed != 20*testSize || r.Seals != 20 {
			t.Errorf("report %+v, fault %v", r, r.Fault)
		}
	})
}

func TestRetention(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		old := time.Now().AddDate(0, -keepMonths, -1)
		writeAt(t, db, old.Add(-time.Hour), testSize)
		writeAt(t, db, old, testSize-1)
		writeAt(t, db, time.Now().Add(-time.Hour), testSize)
		pass(t, db)
		// The second range reaches into the present: it goes as a whole, later.
		r := verify(t, db)
		if !r.Intact || r.Events != 2*testSize-1 || r.Seals != 2 || r.DroppedThrough == nil || r.DroppedThrough.After(old) {
			t.Fatalf("report %+v, fault %v", r, r.Fault)
		}
		run(t, db, r.Head)
		pass(t, db)
		if again := verify(t, db); again.Events != r.Events {
			t.Errorf("%d events, want %d: nothing else is old enough", again.Events, r.Events)
		}
		inserted := ids(old.Add(-2*time.Hour), 1)[0]
		storetest.Exec(t, db, "INSERT INTO audit_events (id, at, event, actor_class) VALUES ($1, 0, 'user_enabled', 'Portal')", inserted)
		if r := verify(t, db); r.Intact || r.Fault.Event != inserted {
			t.Errorf("an event in a dropped range: %+v", r.Fault)
		}
		storetest.Exec(t, db, "DELETE FROM audit_events WHERE id = $1", inserted)
		storetest.Exec(t, db, "UPDATE audit_seals SET events = 1 WHERE seq = 1")
		if r := verify(t, db); r.Intact || r.Fault.Seal != 1 {
			t.Errorf("a base that was changed: %+v", r.Fault)
		}
	})
}
