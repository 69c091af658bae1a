// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package credentials

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/forecourt-dev/forecourt/internal/portal/store"
	"github.com/forecourt-dev/forecourt/internal/portalapi"
)

const (
	// beatEvery is how often a replica says that it lives.
	beatEvery = 10 * time.Second
	// liveFor is how long after its last sign of life a replica counts as alive.
	liveFor = 45 * time.Second
	// forgetAfter is when a replica that died without a word is forgotten.
	forgetAfter = 10 * time.Minute
)

// beat writes what a replica says about itself, and forgets those that died.
func beat(ctx context.Context, db *store.DB, replica portalapi.Replica) error {
	said, err := json.Marshal(replica.Credentials)
	if err != nil {
		return fmt.Errorf("encoding the report of this replica: %w", err)
	}
	err = db.Tx(ctx, func(tx *store.Tx) error {
		now, err := tx.Now(ctx)
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `
INSERT INTO portal_replicas (id, seen_at, credentials) VALUES ($1, $2, $3)
ON CONFLICT (id) DO UPDATE SET seen_at = excluded.seen_at, credentials = excluded.credentials`, replica.ID, now.UnixMicro(), string(said))
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, "DELETE FROM portal_replicas WHERE seen_at < $1", now.Add(-forgetAfter).UnixMicro())
		return err
	})
	if err != nil {
		return fmt.Errorf("reporting this replica: %w", err)
	}
	return nil
}

// leave takes a replica out that ends in an orderly way.
func leave(ctx context.Context, db *store.DB, id string) error {
	return db.Tx(ctx, func(tx *store.Tx) error {
		_, err := tx.ExecContext(ctx, "DELETE FROM portal_replicas WHERE id = $1", id)
		return err
	})
}

// Replicas reads the replicas that live, in the order of their ids.
func Replicas(ctx context.Context, tx *store.Tx) ([]portalapi.Replica, error) {
	now, err := tx.Now(ctx)
	if err != nil {
		return nil, err
	}
	rows, err := tx.QueryContext(ctx, "SELECT id, credentials FROM portal_replicas WHERE seen_at > $1 ORDER BY id", now.Add(-liveFor).UnixMicro())
	if err != nil {
		return nil, fmt.Errorf("reading the replicas: %w", err)
	}
	defer rows.Close()
	var replicas []portalapi.Replica
	for rows.Next() {
		var replica portalapi.Replica
		var said []byte
		if err := rows.Scan(&replica.ID, &said); err != nil {
			return nil, fmt.Errorf("reading the replicas: %w", err)
		}
		if err := json.Unmarshal(said, &replica.Credentials); err != nil {
			return nil, fmt.Errorf("reading the report of replica %s: %w", replica.ID, err)
		}
		replicas = append(replicas, replica)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("reading the replicas: %w", err)
	}
	return replicas, nil
}
