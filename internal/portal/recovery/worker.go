// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package recovery

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/forecourt-dev/forecourt/internal/portal/account"
	"github.com/forecourt-dev/forecourt/internal/portal/audit"
	"github.com/forecourt-dev/forecourt/internal/portal/outbox"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
)

// lookEvery is how often the worker looks for requests. It is not woken by them, so that what it does tells whoever asks nothing by its
// time.
const lookEvery = time.Second

// Work decides what requests lead to until the context ends. Several replicas may work on the same requests.
func (s *Service) Work(ctx context.Context) {
	failing := false
	for {
		timer := time.NewTimer(lookEvery + rand.N(lookEvery/2)) //nolint:gosec // spreads replicas over time, guards nothing
		select {
		case <-ctx.Done():
			timer.Stop()
			return
		case <-timer.C:
		}
		err := s.WorkOff(ctx)
		if err != nil && !failing && ctx.Err() == nil {
			s.Logger.Warn("Requests for recovery cannot be worked on; it is tried again", "error", err)
		}
		failing = err != nil
	}
}

// WorkOff decides about every request that waits.
func (s *Service) WorkOff(ctx context.Context) error {
	for {
		ids, err := s.waiting(ctx)
		if err != nil || len(ids) == 0 {
			return err
		}
		for _, id := range ids {
			if err := s.workOn(ctx, id); err != nil {
				return err
			}
		}
	}
}

// waiting lists some requests, the oldest first.
func (s *Service) waiting(ctx context.Context) ([]string, error) {
	rows, err := s.DB.QueryContext(ctx, "SELECT id FROM recovery_requests ORDER BY id LIMIT 100")
	if err != nil {
		return nil, fmt.Errorf("looking for requests: %w", err)
	}
	defer rows.Close()
	var ids []string
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			return nil, fmt.Errorf("looking for requests: %w", err)
		}
		ids = append(ids, id)
	}
	return ids, rows.Err()
}

// workOn decides about one request. One that cannot be decided is given up, so that it does not keep the others waiting.
func (s *Service) workOn(ctx context.Context, id string) error {
	err := s.DB.Tx(ctx, func(tx *store.Tx) error {
		r, err := take(ctx, tx, id)
		if err != nil || r == nil {
			return err
		}
		if r.wanted == wantUsername {
			return s.remind(ctx, tx, r)
		}
		return s.answer(ctx, tx, r)
	})
	if err == nil || ctx.Err() != nil || store.Unavailable(err) || errors.Is(err, store.ErrOutcomeUnknown) {
		return err
	}
	s.Logger.Error("Request for recovery cannot be decided and is given up", "request", id, "error", err)
	return s.DB.Tx(ctx, func(tx *store.Tx) error {
		_, err := take(ctx, tx, id)
		return err
	})
}

// take removes a request; nil when another replica was faster.
func take(ctx context.Context, tx *store.Tx, id string) (*request, error) {
	var r request
	err := tx.QueryRowContext(ctx, "DELETE FROM recovery_requests WHERE id = $1 RETURNING wanted, name, channel, flow_hash, request_id", id).
		Scan(&r.wanted, &r.name, &r.channel, &r.flowHash, &r.requestID)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("taking a request: %w", err)
	}
	return &r, nil
}

// answer looks the account up and queues what its owner gets.
func (s *Service) answer(ctx context.Context, tx *store.Tx, r *request) error {
	event := audit.Event{Event: audit.RecoveryRequested, Actor: audit.Actor{Class: audit.ActorAnonymous, RequestID: r.requestID}}
	known, err := account.ByUsername(ctx, tx, r.name)
	if errors.Is(err, account.ErrNotFound) {
		event.Reason = "UnknownName"
		return audit.Append(ctx, tx, event)
	}
	if err != nil {
		return err
	}
	event.AccountID, event.Tenant = known.ID, known.Tenant
	allowed, err := messageAllowed(ctx, tx, known.ID)
	if err != nil {
		return err
	}
	if !allowed {
		event.Reason = "TooOften"
		return audit.Append(ctx, tx, event)
	}
	in := situation{Account: known, channel: r.channel}
	if in.open, err = tenantOpen(ctx, tx, known.Tenant); err != nil {
		return err
	}
	if in.texts, err = s.textAllowed(ctx, tx, in); err != nil {
		return err
	}
	chosen := decide(in)
	event.Reason = "NoMessage"
	if chosen.kind != "" {
		event.Reason = string(chosen.kind) + " " + string(chosen.channel)
		if err := s.queue(ctx, tx, r, known, chosen); err != nil {
			return err
		}
	}
	return audit.Append(ctx, tx, event)
}

// queue queues the answer; a code is for the visit that asked.
func (s *Service) queue(ctx context.Context, tx *store.Tx, r *request, known *account.Account, chosen answer) error {
	message := outbox.Message{
		Kind: chosen.kind, Channel: chosen.channel, AccountID: known.ID, Tenant: known.Tenant, Detail: outbox.Detail{Slot: chosen.slot},
	}
	if chosen.kind == outbox.RecoveryCode {
		message.Detail.Flow = r.flowHash
		_, err := tx.ExecContext(ctx, "UPDATE flows SET account_id = $3 WHERE flow_hash = $1 AND purpose = $2", r.flowHash, string(purpose), known.ID)
		if err != nil {
			return fmt.Errorf("tying a step to an account: %w", err)
		}
	}
	return outbox.Add(ctx, tx, message)
}

// textAllowed counts a text message against the budget of the dealership, when one could be sent.
func (s *Service) textAllowed(ctx context.Context, tx *store.Tx, in situation) (bool, error) {
	in.texts = true
	if !s.SMS || decide(in).channel != outbox.SMS {
		return false, nil
	}
	wait, err := textsPerDealership.count(ctx, tx, in.Tenant)
	return wait == 0, err
}

// tenantOpen tells whether the dealership's people may sign in; corporate accounts have none.
func tenantOpen(ctx context.Context, tx *store.Tx, tenant string) (bool, error) {
	if tenant == "" {
		return true, nil
	}
	var open bool
	err := tx.QueryRowContext(ctx, "SELECT state = 'Active' AND closed_at IS NULL FROM tenants WHERE dealer_code = $1", tenant).Scan(&open)
	if err != nil {
		return false, fmt.Errorf("reading a dealership: %w", err)
	}
	return open, nil
}
