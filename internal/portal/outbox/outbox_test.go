// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package outbox_test

import (
	"testing"
	"time"

	"github.com/forecourt-dev/forecourt/internal/portal/outbox"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
	"github.com/forecourt-dev/forecourt/internal/portal/store/storetest"
)

func TestOldMessagesAreDeletedHoweverMany(t *testing.T) {
	const many = 2100
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		storetest.Tenant(t, db, "D1")
		message := outbox.Message{Kind: outbox.AccountDisabled, AccountID: storetest.Account(t, db, "robin", "D1"), Tenant: "D1"}
		messages := make([]outbox.Message, many)
		for i := range messages {
			messages[i] = message
		}
		if err := db.Tx(t.Context(), func(tx *store.Tx) error { return outbox.Add(t.Context(), tx, messages...) }); err != nil {
			t.Fatal(err)
		}
		storetest.Exec(t, db, "UPDATE outbox SET sent_at = $1", time.Now().Add(-31*24*time.Hour).UnixMicro())
		if err := db.Tx(t.Context(), func(tx *store.Tx) error { return outbox.Add(t.Context(), tx, message, message) }); err != nil {
			t.Fatal(err)
		}
		storetest.Exec(t, db, "UPDATE outbox SET sent_at = $1 WHERE id = (SELECT MAX(id) FROM outbox)", time.Now().Add(-29*24*time.Hour).UnixMicro())
		text := outbox.Message{Kind: outbox.RecoveryCode, Channel: outbox.SMS, AccountID: message.AccountID, Tenant: "D1"}
		if err := db.Tx(t.Context(), func(tx *store.Tx) error { return outbox.Add(t.Context(), tx, text) }); err != nil {
			t.Fatal(err)
		}
		storetest.Exec(t, db, "UPDATE outbox SET created_at = $1 WHERE sent_at IS NULL", time.Now().Add(-25*time.Hour).UnixMicro())
		if err := outbox.Prune(t.Context(), db); err != nil {
			t.Fatal(err)
		}
		if n := storetest.Value[int](t, db, "SELECT COUNT(*) FROM outbox"); n != 2 {
			t.Errorf("%d messages left, want the one that waits and the one of 29 days ago", n)
		}
	})
}
