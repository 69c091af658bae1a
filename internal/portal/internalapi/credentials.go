// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package internalapi

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/forecourt-dev/forecourt/internal/portal/credentials"
	"github.com/forecourt-dev/forecourt/internal/portal/secondfactor"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
	"github.com/forecourt-dev/forecourt/internal/portalapi"
)

// readReplicas reads the replicas that live; this one's own report is younger than what it wrote.
func (a *api) readReplicas(ctx context.Context, tx *store.Tx) ([]portalapi.Replica, error) {
	replicas, err := credentials.Replicas(ctx, tx)
	if err != nil {
		return nil, err
	}
	own := a.Credentials.Replica()
	replicas = slices.DeleteFunc(replicas, func(r portalapi.Replica) bool { return r.ID == own.ID })
	at, _ := slices.BinarySearchFunc(replicas, own.ID, func(r portalapi.Replica, id string) int {
		if r.ID < id {
			return -1
		}
		return 1
	})
	return slices.Insert(replicas, at, own), nil
}

// countPeppersEvery is how long counts of passwords are good: it takes a look at every hash.
const countPeppersEvery = 15 * time.Second

// peppersCache keeps the counts of passwords by pepper for a moment.
type peppersCache struct {
	mu     sync.Mutex
	until  time.Time
	counts []portalapi.PepperUse
}

// at counts the passwords and second factors that need the given peppers. Nothing is counted while there are none.
func (c *peppersCache) at(ctx context.Context, tx *store.Tx, ids []string) ([]portalapi.PepperUse, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	now, err := tx.Now(ctx)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if now.Before(c.until) && slices.EqualFunc(c.counts, ids, func(use portalapi.PepperUse, id string) bool { return use.ID == id }) {
		return c.counts, nil
	}
	counts := make([]portalapi.PepperUse, len(ids))
	for i, id := range ids {
		counts[i].ID = id
		err := tx.QueryRowContext(ctx, "SELECT COUNT(*) FROM credentials WHERE hash LIKE $1", "$argon2id$%,keyid="+id+"$%").Scan(&counts[i].Passwords)
		if err != nil {
			return nil, fmt.Errorf("counting passwords by pepper: %w", err)
		}
		if counts[i].Factors, err = secondfactor.Sealed(ctx, tx, id); err != nil {
			return nil, err
		}
	}
	c.counts, c.until = counts, now.Add(countPeppersEvery)
	return counts, nil
}
