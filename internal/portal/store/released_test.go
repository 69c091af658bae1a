// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package store_test

import (
	"database/sql"
	"testing"

	"github.com/forecourt-dev/forecourt/internal/portal/store"
	"github.com/forecourt-dev/forecourt/internal/portal/store/storetest"
)

// written are the statements by which release 0.1.0 writes the tables that later migrations changed, in the order of their references.
var written = []string{
	`INSERT INTO tenants (dealer_code, uid, generation, digest, invitations_hash, spec, state, seats, inactivity_months, deletion_policy, updated_at)
VALUES ('D1', 'uid', 1, 'digest', '', '{"displayName":"Dealership"}', 'Active', 0, 0, 'Retain', 5)
ON CONFLICT (dealer_code) DO UPDATE SET uid = excluded.uid, generation = excluded.generation, digest = excluded.digest,
 invitations_hash = excluded.invitations_hash, spec = excluded.spec, state = excluded.state, seats = excluded.seats,
 inactivity_months = excluded.inactivity_months, deletion_policy = excluded.deletion_policy,
 closed_at = NULL, close_accounts = NULL, updated_at = excluded.updated_at`,
	`INSERT INTO accounts (id, username, username_folded, class, role, tenant, name, mail, phone, status, created_at)
VALUES ('a', 'robin', 'robin', 'Dealer', 'user', 'D1', 'Robin Example', 'robin@example.com', '', 'Invited', 1)`,
	`INSERT INTO sessions (id, token_hash, account_id, created_at, last_seen_at, expires_at, user_agent) VALUES ('s', 't', 'a', 1, 1, 9, '')`,
	`INSERT INTO tokens (hash, account_id, kind, expires_at) VALUES ('h', 'a', 'Activation', 9)`,
	`INSERT INTO outbox (id, kind, account_id, subject_id, detail, tenant, created_at, due_at) VALUES ('o', 'Invitation', 'a', NULL, '', 'D1', 1, 1)`,
}

// TestRelease010WritesTheSchemaOfToday : while pods are replaced one by one, those of the release before work on the migrated database.
func TestRelease010WritesTheSchemaOfToday(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		for _, statement := range written {
			if changed := storetest.Exec(t, db, statement); changed != 1 {
				t.Errorf("%d rows were written by %s", changed, statement)
			}
		}
		storetest.Exec(t, db, "UPDATE outbox SET lease_owner = 'w', lease_until = 8 WHERE sent_at IS NULL AND dead_at IS NULL AND due_at <= 2 AND lease_until < 2")
		message := storetest.Value[string](t, db, "SELECT channel FROM outbox WHERE lease_owner = 'w'")
		if message != "Mail" {
			t.Errorf("a message of release 0.1.0 goes by %q, want Mail", message)
		}
		method := storetest.Value[string](t, db, "SELECT method FROM sessions WHERE factor = '' AND proved_at IS NULL")
		if method != "Password" {
			t.Errorf("a session of release 0.1.0 began with %q, want Password", method)
		}
		// The new pods hold it against the requirements: see tenant.Service.Refresh.
		if live := storetest.Value[sql.NullInt64](t, db, "SELECT live_at FROM tenants"); live.Valid {
			t.Error("a dealership is live that nobody has held against the requirements")
		}
		storetest.Exec(t, db, "UPDATE tenants SET live_at = 7")
		storetest.Exec(t, db, written[0])
		if live := storetest.Value[int64](t, db, "SELECT live_at FROM tenants"); live != 7 {
			t.Error("a dealership is not live any more since release 0.1.0 has written it")
		}
	})
}
