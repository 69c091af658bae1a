// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package server

import (
	"bytes"
	"log/slog"
	"net/url"
	"testing"

	portalconfig "github.com/forecourt-dev/forecourt/api/portalconfig/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/portal/password"
	"github.com/forecourt-dev/forecourt/internal/portal/secondfactor"
	"github.com/forecourt-dev/forecourt/internal/portal/sessionkey"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
	"github.com/forecourt-dev/forecourt/internal/portal/store/storetest"
	"github.com/forecourt-dev/forecourt/internal/portal/tenant"
)

// TestTheJanitorClearsAway : the packages test what each of them does; here is that nobody was forgotten.
func TestTheJanitorClearsAway(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		factors, err := secondfactor.New(secondfactor.Options{
			Ring: secondfactor.NewRing(password.Pepper{ID: "k", Key: bytes.Repeat([]byte{1}, 32)}), Keys: sessionkey.New([]byte("key")),
			PublicURL: &url.URL{Scheme: "https", Host: "us.example"}, Settings: func() *portalconfig.Settings { return &portalconfig.Settings{} },
		})
		if err != nil {
			t.Fatal(err)
		}
		j := &janitor{
			db: db, factors: factors, logger: slog.New(slog.DiscardHandler),
			tenants: tenant.NewService(db, func() portalconfig.Inactivity { return portalconfig.Inactivity{} }),
		}
		storetest.Tenant(t, db, "D1")
		robin := storetest.Account(t, db, "robin", "D1")
		storetest.Exec(t, db, "INSERT INTO support_messages (id, reference, kind, created_at, name, mail, body) VALUES ('m', 'S-0', 'Support', 1, 'n', 'm', 'b')")
		storetest.Exec(t, db, "INSERT INTO flows (flow_hash, purpose, proved_at, expires_at) VALUES ('f', 'p', 1, 1)")
		storetest.Exec(t, db, "INSERT INTO sessions (id, token_hash, account_id, created_at, last_seen_at, expires_at) VALUES ('s', 't', $1, 1, 1, 1)", robin)
		storetest.Exec(t, db, "INSERT INTO throttle (key, failures, blocked_until, window_start, updated_at) VALUES ('address:x', 1, 0, 1, 1)")
		storetest.Exec(t, db, "INSERT INTO outbox (id, kind, account_id, created_at, due_at, sent_at) VALUES ('o', 'PasswordChanged', $1, 1, 1, 1)", robin)
		if err := j.clean(t.Context()); err != nil {
			t.Fatal(err)
		}
		for _, table := range []string{"support_messages", "flows", "sessions", "throttle", "outbox"} {
			if n := storetest.Value[int](t, db, "SELECT COUNT(*) FROM "+table); n != 0 {
				t.Errorf("%d rows are left in %s", n, table)
			}
		}
		if n := storetest.Value[int](t, db, "SELECT COUNT(*) FROM tenants WHERE listed_name = 'dealership'"); n != 1 {
			t.Error("a dealership that an older program wrote is not listed")
		}
	})
}
