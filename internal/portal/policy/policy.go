// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

// Package policy keeps the settings in force. They are content-addressed, dated rows: the history of which policy was in force
// when. Every replica sees a change within a second.
package policy

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"reflect"
	"sync/atomic"
	"time"

	portalconfig "github.com/forecourt-dev/forecourt/api/portalconfig/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/portal/audit"
	"github.com/forecourt-dev/forecourt/internal/portal/onboarding"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
	"github.com/forecourt-dev/forecourt/internal/portalapi"
)

// ErrOlderGeneration : a newer generation of the same portal object is in force.
var ErrOlderGeneration = errors.New("a newer generation of this portal's settings is in force")

// refreshEvery is how often a replica asks for settings that another one was given.
const refreshEvery = 500 * time.Millisecond

// InForce is one row of the history.
type InForce struct {
	Settings portalconfig.Settings
	Digest   string
	// PortalUID and Generation name the RegionalPortal that the settings came from; empty and 0 when they came from
	// the mounted file.
	PortalUID  string
	Generation int64
	ValidFrom  time.Time

	seq int64
}

// Policy answers the settings in force from memory.
type Policy struct {
	db      *store.DB
	logger  *slog.Logger
	current atomic.Pointer[InForce]
}

// Start decides between the mounted settings and the stored ones and reads what is in force. Mounted settings count only when they
// were never seen: a pod that starts with an old file does not bring an old policy back.
func Start(ctx context.Context, db *store.DB, mounted *portalconfig.Settings, logger *slog.Logger) (*Policy, error) {
	p := &Policy{db: db, logger: logger}
	digest, err := mounted.Digest()
	if err != nil {
		return nil, err
	}
	var last *InForce
	err = db.Tx(ctx, func(tx *store.Tx) error {
		if last, err = lockLast(ctx, tx); err != nil {
			return err
		}
		var seen bool
		if err := tx.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM settings WHERE digest = $1)", digest).Scan(&seen); err != nil {
			return fmt.Errorf("reading the history of settings: %w", err)
		}
		if seen {
			return nil
		}
		wanted := &InForce{Settings: *mounted, Digest: digest}
		if err := enter(ctx, tx, last, wanted, audit.Actor{Class: audit.ActorPortal}); err != nil {
			return err
		}
		last = wanted
		return nil
	})
	if err != nil {
		return nil, err
	}
	p.current.Store(last)
	return p, nil
}

// Current is what is in force. Nobody may change it.
func (p *Policy) Current() *InForce { return p.current.Load() }

// Settings are the settings in force. Nobody may change them.
func (p *Policy) Settings() *portalconfig.Settings { return &p.Current().Settings }

// Put puts settings in force, unless they already are. ErrOlderGeneration when they come from an older generation of the
// same portal object than what is in force. The caller has checked them.
func (p *Policy) Put(ctx context.Context, request portalapi.SettingsRequest, by audit.Actor) (digest string, err error) {
	digest, err = request.Settings.Digest()
	if err != nil {
		return "", err
	}
	wanted := &InForce{Settings: request.Settings, Digest: digest, PortalUID: request.UID, Generation: request.Generation}
	err = p.db.Tx(ctx, func(tx *store.Tx) error {
		last, err := lockLast(ctx, tx)
		if err != nil {
			return err
		}
		if last != nil && last.PortalUID == wanted.PortalUID && wanted.Generation < last.Generation {
			return ErrOlderGeneration
		}
		if last != nil && last.Digest == digest {
			return claim(ctx, tx, last, wanted)
		}
		return enter(ctx, tx, last, wanted, by)
	})
	if err != nil {
		return "", err
	}
	return digest, p.refresh(ctx)
}

// Run reads what other replicas were given, until the context ends.
func (p *Policy) Run(ctx context.Context) {
	ticker := time.NewTicker(refreshEvery)
	defer ticker.Stop()
	failing := false
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		err := p.refresh(ctx)
		if err != nil && !failing && ctx.Err() == nil {
			p.logger.WarnContext(ctx, "Settings cannot be read; the last ones stay in force", "err", err)
		}
		failing = err != nil
	}
}

// refresh reads the last row when it is newer than what is known.
func (p *Policy) refresh(ctx context.Context) error {
	known := p.current.Load()
	last, err := read(ctx, p.db, known.seq)
	if err != nil || last == nil {
		return err
	}
	// Of two refreshes at the same time the newer row wins.
	for known.seq < last.seq && !p.current.CompareAndSwap(known, last) {
		known = p.current.Load()
	}
	return nil
}

// lockLast keeps other transactions from changing the settings and reads the last row; nil when there is none.
func lockLast(ctx context.Context, tx *store.Tx) (*InForce, error) {
	if err := tx.Lock(ctx, "settings"); err != nil {
		return nil, err
	}
	return read(ctx, tx, 0)
}

// read answers the last row when it comes after the given one, else nil.
func read(ctx context.Context, q store.Querier, after int64) (*InForce, error) {
	var (
		last InForce
		body string
	)
	err := q.QueryRowContext(ctx, `
SELECT seq, digest, portal_uid, generation, body, valid_from FROM settings WHERE seq > $1 ORDER BY seq DESC LIMIT 1`, after).
		Scan(&last.seq, &last.Digest, &last.PortalUID, &last.Generation, &body, store.ScanTime(&last.ValidFrom))
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading the settings: %w", err)
	}
	if err := json.Unmarshal([]byte(body), &last.Settings); err != nil {
		return nil, fmt.Errorf("reading the settings of row %d: %w", last.seq, err)
	}
	return &last, nil
}

// Stored reads the settings in force from the database; nil when there are none. Within a transaction they are those that its other statements
// go with, which the ones in memory need not be while another replica is given new ones.
func Stored(ctx context.Context, q store.Querier) (*portalconfig.Settings, error) {
	last, err := read(ctx, q, 0)
	if err != nil || last == nil {
		return nil, err
	}
	return &last.Settings, nil
}

// follow does to dealerships and accounts what the change of settings asks for.
func follow(ctx context.Context, tx *store.Tx, last, wanted *InForce, by audit.Actor) error {
	judged, err := judge(ctx, tx, last, wanted, by)
	if err != nil {
		return err
	}
	if err := grace(ctx, tx, last.Settings.Inactivity, wanted.Settings.Inactivity); err != nil {
		return err
	}
	if err := endDormancy(ctx, tx, wanted.Settings.Inactivity.Mode); err != nil || !judged {
		return err
	}
	return tx.TouchTenants(ctx)
}

// judge lets dealerships go live that lack nothing any more, and says whether what any of them lacks may have changed.
func judge(ctx context.Context, tx *store.Tx, last, wanted *InForce, by audit.Actor) (judged bool, err error) {
	if reflect.DeepEqual(last.Settings.Requirements, wanted.Settings.Requirements) && last.Settings.TimeZone == wanted.Settings.TimeZone {
		return false, nil
	}
	if err := onboarding.Lock(ctx, tx); err != nil {
		return false, err
	}
	_, err = onboarding.GoLive(ctx, tx, &wanted.Settings, by)
	return true, err
}

// claim notes the newest generation that settings came from, so that an older one stays refused.
func claim(ctx context.Context, tx *store.Tx, last, wanted *InForce) error {
	if last.PortalUID == wanted.PortalUID && last.Generation == wanted.Generation {
		return nil
	}
	_, err := tx.ExecContext(ctx, "UPDATE settings SET portal_uid = $2, generation = $3 WHERE seq = $1",
		last.seq, wanted.PortalUID, wanted.Generation)
	if err != nil {
		return fmt.Errorf("noting the generation of settings: %w", err)
	}
	return nil
}

// enter writes a new row, gives the accounts their time of grace when the policy became stricter, and judges dealerships again when their
// requirements changed.
func enter(ctx context.Context, tx *store.Tx, last, wanted *InForce, by audit.Actor) error {
	now, err := tx.Now(ctx)
	if err != nil {
		return err
	}
	body, err := json.Marshal(&wanted.Settings)
	if err != nil {
		return fmt.Errorf("encoding settings: %w", err)
	}
	wanted.seq, wanted.ValidFrom = 1, now
	if last != nil {
		wanted.seq = last.seq + 1
		if err := follow(ctx, tx, last, wanted, by); err != nil {
			return err
		}
	}
	_, err = tx.ExecContext(ctx, `
INSERT INTO settings (seq, digest, portal_uid, generation, body, valid_from) VALUES ($1, $2, $3, $4, $5, $6)`,
		wanted.seq, wanted.Digest, wanted.PortalUID, wanted.Generation, string(body), now.UnixMicro())
	if err != nil {
		return fmt.Errorf("writing settings: %w", err)
	}
	return audit.Append(ctx, tx, audit.Event{Event: audit.SettingsChanged, Actor: by, Reason: wanted.Digest})
}
