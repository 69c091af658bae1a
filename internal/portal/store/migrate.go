// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package store

import (
	"context"
	"embed"
	"fmt"
	"io/fs"

	"github.com/google/uuid"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Migrate brings the schema to the version of this program and gives a new database its identity. It is safe to run at any
// time and from several processes at once.
func (db *DB) Migrate(ctx context.Context) error {
	provider, err := db.provider()
	if err != nil {
		return err
	}
	if _, err := provider.Up(ctx); err != nil {
		return fmt.Errorf("migrating the database: %w", err)
	}
	return db.Tx(ctx, func(tx *Tx) error {
		for _, key := range []string{"store_id", "tenants_revision"} {
			_, err := tx.ExecContext(ctx, "INSERT INTO meta (key, value) VALUES ($1, $2) ON CONFLICT (key) DO NOTHING", key, uuid.NewString())
			if err != nil {
				return fmt.Errorf("naming the database: %w", err)
			}
		}
		return nil
	})
}

// CheckSchema answers an error when the database lacks a migration that this program needs. A newer schema is fine: during
// a roll-out both versions of the program run on it.
func (db *DB) CheckSchema(ctx context.Context) error {
	provider, err := db.provider()
	if err != nil {
		return err
	}
	sources := provider.ListSources()
	want := sources[len(sources)-1].Version
	have, err := SchemaVersion(ctx, db)
	if err != nil {
		return fmt.Errorf("run portal migrate first: %w", err)
	}
	if have < want {
		return fmt.Errorf("the database has schema %d and needs %d: run portal migrate first", have, want)
	}
	if db.server != nil {
		id, err := ID(ctx, db)
		if err != nil {
			return err
		}
		db.server.storeID.Store(&id)
	}
	return nil
}

// SchemaVersion is the number of the last migration.
func SchemaVersion(ctx context.Context, q Querier) (int64, error) {
	var version int64
	err := q.QueryRowContext(ctx, "SELECT MAX(version_id) FROM goose_db_version WHERE is_applied").Scan(&version)
	if err != nil {
		return 0, fmt.Errorf("reading the schema version: %w", err)
	}
	return version, nil
}

// ID was made once when the schema was created: another one means that the database was replaced.
func ID(ctx context.Context, q Querier) (string, error) { return meta(ctx, q, "store_id") }

// TenantsRevision changes with every transaction that calls TouchTenants.
func TenantsRevision(ctx context.Context, q Querier) (string, error) {
	return meta(ctx, q, "tenants_revision")
}

func meta(ctx context.Context, q Querier, key string) (string, error) {
	var value string
	if err := q.QueryRowContext(ctx, "SELECT value FROM meta WHERE key = $1", key).Scan(&value); err != nil {
		return "", fmt.Errorf("reading %s: %w", key, err)
	}
	return value, nil
}

func (db *DB) provider() (*goose.Provider, error) {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return nil, fmt.Errorf("reading the migrations: %w", err)
	}
	options := []goose.ProviderOption{goose.WithDisableGlobalRegistry(true), goose.WithLogger(goose.NopLogger())}
	if db.dialect.goose == goose.DialectPostgres {
		locker, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, 300))
		if err != nil {
			return nil, fmt.Errorf("preparing the migration lock: %w", err)
		}
		options = append(options, goose.WithSessionLocker(locker))
	}
	provider, err := goose.NewProvider(db.dialect.goose, db.writer, files, options...)
	if err != nil {
		return nil, fmt.Errorf("reading the migrations: %w", err)
	}
	return provider, nil
}
