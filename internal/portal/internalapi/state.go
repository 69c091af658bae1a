// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package internalapi

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"sync"

	"github.com/forecourt-dev/forecourt/internal/portal/account"
	"github.com/forecourt-dev/forecourt/internal/portal/outbox"
	"github.com/forecourt-dev/forecourt/internal/portal/servicedesk"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
	"github.com/forecourt-dev/forecourt/internal/portal/sweep"
	"github.com/forecourt-dev/forecourt/internal/portal/tenant"
	"github.com/forecourt-dev/forecourt/internal/portalapi"
)

// countsCache keeps the counts of one tenants' revision: as long as the revision stays, so do they, and a poll counts nothing.
type countsCache struct {
	mu       sync.Mutex
	revision string
	tenants  int64
	accounts portalapi.AccountCounts
	desk     *portalapi.ServiceDesk
}

// getState answers the state. The ETag identifies its content.
func (a *api) getState(w http.ResponseWriter, r *http.Request) error {
	state := portalapi.State{SettingsDigest: a.Policy.Current().Digest}
	err := a.DB.Read(r.Context(), func(tx *store.Tx) error { return a.readState(r.Context(), tx, &state) })
	if err != nil {
		return err
	}
	raw, err := json.Marshal(state)
	if err != nil {
		return fmt.Errorf("encoding the state: %w", err)
	}
	sum := sha256.Sum256(raw)
	etag := `"` + hex.EncodeToString(sum[:16]) + `"`
	w.Header().Set("ETag", etag)
	if r.Header.Get("If-None-Match") == etag {
		w.WriteHeader(http.StatusNotModified)
		return nil
	}
	write(w, http.StatusOK, raw)
	return nil
}

// readState reads everything from one snapshot.
func (a *api) readState(ctx context.Context, tx *store.Tx, state *portalapi.State) error {
	var err error
	if state.StoreID, err = store.ID(ctx, tx); err != nil {
		return err
	}
	if state.SchemaVersion, err = store.SchemaVersion(ctx, tx); err != nil {
		return err
	}
	if state.TenantsRevision, err = store.TenantsRevision(ctx, tx); err != nil {
		return err
	}
	if err := a.counts.at(ctx, tx, state); err != nil {
		return err
	}
	state.LastRun, err = sweep.Last(ctx, tx)
	if err != nil && !errors.Is(err, sweep.ErrNotFound) {
		return err
	}
	state.HeldRun, err = sweep.Held(ctx, tx)
	if err != nil && !errors.Is(err, sweep.ErrNotFound) {
		return err
	}
	forecast, err := sweep.LastForecast(ctx, tx)
	if err != nil {
		return err
	}
	if forecast != nil {
		forecast.Tenants = nil
		state.Forecast = &forecast.Forecast
	}
	if err := a.readOutbox(ctx, tx, &state.Outbox); err != nil {
		return err
	}
	if state.Replicas, err = a.readReplicas(ctx, tx); err != nil {
		return err
	}
	state.OldPeppers, err = a.peppers.at(ctx, tx, a.Credentials.OldPeppers())
	return err
}

// at fills in the counts of the state's revision.
func (c *countsCache) at(ctx context.Context, q store.Querier, state *portalapi.State) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.revision != state.TenantsRevision {
		var tenants int64
		if err := q.QueryRowContext(ctx, "SELECT COUNT(*) FROM tenants WHERE closed_at IS NULL").Scan(&tenants); err != nil {
			return fmt.Errorf("counting tenants: %w", err)
		}
		accounts, err := countAccounts(ctx, q)
		if err != nil {
			return err
		}
		desk, err := servicedesk.State(ctx, q)
		if err != nil {
			return err
		}
		c.revision, c.tenants, c.accounts, c.desk = state.TenantsRevision, tenants, accounts, desk
	}
	state.Tenants, state.Accounts, state.ServiceDesk = c.tenants, c.accounts, c.desk
	return nil
}

// countAccounts counts all accounts by status.
func countAccounts(ctx context.Context, q store.Querier) (portalapi.AccountCounts, error) {
	var counts portalapi.AccountCounts
	rows, err := q.QueryContext(ctx, "SELECT status, COUNT(*) FROM accounts GROUP BY status")
	if err != nil {
		return counts, fmt.Errorf("counting accounts: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var status account.Status
		var n int64
		if err := rows.Scan(&status, &n); err != nil {
			return counts, fmt.Errorf("counting accounts: %w", err)
		}
		tenant.AddCounts(&counts, status, n)
	}
	if err := rows.Err(); err != nil {
		return counts, fmt.Errorf("counting accounts: %w", err)
	}
	return counts, nil
}

// readOutbox reads how messages leave on the channels that the portal has; what waits for a mail server is always told.
func (a *api) readOutbox(ctx context.Context, tx *store.Tx, state *portalapi.Outbox) (err error) {
	state.Configured = a.MailConfigured
	if state.OutboxChannel, err = outbox.Status(ctx, tx, outbox.Mail); err != nil {
		return err
	}
	if a.MailConfigured {
		if state.Stuck, err = outbox.Stuck(ctx, tx, outbox.Mail); err != nil {
			return err
		}
	}
	if !a.SMSConfigured {
		return nil
	}
	texts, err := outbox.Status(ctx, tx, outbox.SMS)
	if err != nil {
		return err
	}
	texts.Stuck, err = outbox.Stuck(ctx, tx, outbox.SMS)
	state.SMS = &texts
	return err
}
