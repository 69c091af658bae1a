// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package audit

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/forecourt-dev/forecourt/internal/portal/store"
	"github.com/forecourt-dev/forecourt/internal/portal/store/storetest"
)

// write appends events in one transaction.
func write(t *testing.T, db *store.DB, events ...Event) {
	t.Helper()
	if err := db.Tx(t.Context(), func(tx *store.Tx) error { return Append(t.Context(), tx, events...) }); err != nil {
		t.Fatal(err)
	}
}

func TestManyEventsAtOnceKeepTheirOrder(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		const many = 20*appendAtOnce + 7
		events := make([]Event, many)
		for i := range events {
			events[i] = Event{Event: AccountDisabled, Actor: Actor{Class: ActorPortal}, AccountID: fmt.Sprint(i), RunID: "run", Rule: "Due", Reason: "Inactivity"}
		}
		write(t, db, events...)
		write(t, db)
		rows, err := db.QueryContext(t.Context(), "SELECT account_id FROM audit_events WHERE rule = 'Due' AND tenant IS NULL ORDER BY id")
		if err != nil {
			t.Fatal(err)
		}
		defer rows.Close()
		read := 0
		for ; rows.Next(); read++ {
			var account string
			if err := rows.Scan(&account); err != nil || account != events[read].AccountID {
				t.Fatalf("event %d is about %q, %v", read, account, err)
			}
		}
		if rows.Err() != nil || read != many {
			t.Errorf("%d events, %v, want %d", read, rows.Err(), many)
		}
	})
}

func TestIDs(t *testing.T) {
	at := time.Date(2026, 5, 1, 12, 0, 0, 123_999_000, time.UTC)
	list := ids(at, 3)
	for _, id := range list {
		parsed, err := uuid.Parse(id)
		if err != nil || parsed.Version() != 7 || parsed.Variant() != uuid.RFC4122 {
			t.Errorf("%s: %v, want a UUID of version 7", id, err)
		}
		if instant, err := instantOf(id); err != nil || !instant.Equal(at.Truncate(time.Millisecond)) {
			t.Errorf("%s was made at %s, %v, want %s", id, instant, err, at)
		}
	}
	if !slices.IsSorted(list) || list[0] == list[1] {
		t.Errorf("%v do not rise", list)
	}
	account := uuid.Must(uuid.NewV7()).String()
	joined := IDPrefix(at, 4095) + account[prefixLength:]
	if parsed, err := uuid.Parse(joined); err != nil || parsed.Version() != 7 || IDPrefix(at, 1) == IDPrefix(at, 2) {
		t.Errorf("%s: %v, want a UUID of version 7", joined, err)
	}
	if _, err := instantOf("zzz"); err == nil {
		t.Error("no id was read as one")
	}
}
