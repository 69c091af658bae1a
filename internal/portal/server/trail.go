// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package server

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/forecourt-dev/forecourt/internal/portal/audit"
	"github.com/forecourt-dev/forecourt/internal/portal/config"
	"github.com/forecourt-dev/forecourt/internal/portal/policy"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
)

// VerifyAudit verifies the audit trail of a configuration's database, beside a portal that is serving it. heads are ends of the
// chain that were kept elsewhere.
func VerifyAudit(ctx context.Context, configDir string, heads []string) (report *audit.Report, err error) {
	err = reading(ctx, configDir, func(cfg *config.Config, db *store.DB) error {
		keys, err := config.LoadKeys(cfg.Process.Keys)
		if err != nil {
			return err
		}
		verifying, err := sealKeys(&keys)
		if err != nil {
			return err
		}
		report, err = audit.Verify(ctx, db, verifying, heads...)
		return err
	})
	return report, err
}

// sealKeys are all keys that may have sealed the trail. Replicas whose keys came earlier or later than ours count too.
func sealKeys(keys *config.Keys) ([]audit.Key, error) {
	var verifying []audit.Key
	for _, retired := range keys.Seals {
		verifying = append(verifying, audit.RetiredKey(retired))
	}
	for _, session := range [][]byte{keys.Session.Previous, keys.Session.Next, keys.Session.InUse} {
		if len(session) == 0 {
			continue
		}
		key, err := audit.DeriveKey(session)
		if err != nil {
			return nil, err
		}
		verifying = append(verifying, key)
	}
	return verifying, nil
}

// PolicyOn answers the settings that were in force on a day, YYYY-MM-DD in the portal's time zone.
func PolicyOn(ctx context.Context, configDir, day string) (periods []policy.Period, err error) {
	err = reading(ctx, configDir, func(cfg *config.Config, db *store.DB) error {
		zone, err := time.LoadLocation(cfg.Settings.TimeZone)
		if err != nil {
			return fmt.Errorf("loading the portal's time zone: %w", err)
		}
		from, err := time.ParseInLocation(time.DateOnly, day, zone)
		if err != nil {
			return fmt.Errorf("%q is no day: use YYYY-MM-DD", day)
		}
		if today := time.Now().In(zone); from.After(today) {
			return fmt.Errorf("%s has not come yet: use a day up to %s", day, today.Format(time.DateOnly))
		}
		periods, err = policy.During(ctx, db, from, from.AddDate(0, 0, 1))
		return err
	})
	return periods, err
}

// reading opens the database of a configuration for something that only reads.
func reading(ctx context.Context, configDir string, do func(*config.Config, *store.DB) error) error {
	cfg, err := config.Load(configDir)
	if err != nil {
		return err
	}
	db, err := store.Open(ctx, cfg.Process.Database)
	if err != nil {
		return err
	}
	if err := db.CheckSchema(ctx); err != nil {
		return errors.Join(err, db.Close())
	}
	return errors.Join(do(cfg, db), db.Close())
}
