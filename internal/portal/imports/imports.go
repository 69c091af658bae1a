// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

// Package imports brings accounts in bulk from accounts.csv. The file is streamed into a staging table, so that a million lines
// need no memory; then everything is checked against the portal, and nothing is applied when there is a problem
// (unless invalid lines are to be skipped). Applying is idempotent by username and runs in batches: an import that was cut off is
// simply repeated.
package imports

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	"github.com/google/uuid"

	portalconfig "github.com/forecourt-dev/forecourt/api/portalconfig/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/portal/audit"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
	"github.com/forecourt-dev/forecourt/internal/portalapi"
)

const (
	// batchSize is the number of lines of one transaction: short enough for sign-ins to get in between.
	batchSize = 500
	// forgetAfter is when the staging of an import that was cut off is removed.
	forgetAfter = 24 * time.Hour
)

// Importer imports accounts.
type Importer struct {
	db       *store.DB
	settings func() portalconfig.Inactivity
	logger   *slog.Logger
}

// NewImporter returns an importer. settings gives the inactivity policy in force, whose grace new accounts are given.
func NewImporter(db *store.DB, settings func() portalconfig.Inactivity, logger *slog.Logger) *Importer {
	return &Importer{db: db, settings: settings, logger: logger}
}

// job is one import under way.
type job struct {
	*Importer
	id      string
	options portalapi.ImportOptions
	by      audit.Actor
	now     time.Time
	result  portalapi.ImportResult
}

// Import reads, checks and applies a file. A file that cannot be read as a whole gives *FileError; invalid lines are part of
// the result.
func (i *Importer) Import(ctx context.Context, source io.Reader, options portalapi.ImportOptions, by audit.Actor) (*portalapi.ImportResult, error) {
	id, err := uuid.NewV7()
	if err != nil {
		return nil, fmt.Errorf("naming the import: %w", err)
	}
	j := &job{Importer: i, id: id.String(), options: options, by: by, result: portalapi.ImportResult{DryRun: options.DryRun}}
	err = i.db.Tx(ctx, func(tx *store.Tx) error {
		if j.now, err = tx.Now(ctx); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, "DELETE FROM import_rows WHERE staged_at < $1", j.now.Add(-forgetAfter).UnixMicro())
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("preparing the import: %w", err)
	}
	err = errors.Join(j.run(ctx, source), j.clean(context.WithoutCancel(ctx)))
	if err != nil {
		return nil, err
	}
	i.logger.InfoContext(ctx, "Accounts imported", "import", j.id, "dryRun", options.DryRun, "applied", j.result.Applied,
		"created", j.result.Created, "updated", j.result.Updated, "unchanged", j.result.Unchanged, "invalid", j.result.Invalid)
	return &j.result, nil
}

// run stages, checks and applies.
func (j *job) run(ctx context.Context, source io.Reader) error {
	if err := j.stage(ctx, source); err != nil {
		return err
	}
	if err := j.check(ctx); err != nil {
		return err
	}
	j.result.Applied = !j.options.DryRun && (j.result.Invalid == 0 || j.options.SkipInvalid)
	return j.apply(ctx)
}

// clean removes the staging.
func (j *job) clean(ctx context.Context) error {
	return j.db.Tx(ctx, func(tx *store.Tx) error {
		if _, err := tx.ExecContext(ctx, "DELETE FROM import_rows WHERE import_id = $1", j.id); err != nil {
			return fmt.Errorf("removing the staging of the import: %w", err)
		}
		return nil
	})
}

// stage reads the file and stages the lines that are right by themselves.
func (j *job) stage(ctx context.Context, source io.Reader) error {
	lines, err := newReader(source)
	if err != nil {
		return err
	}
	batch := make([]row, 0, batchSize)
	for {
		r, problem, err := lines.next()
		if errors.Is(err, io.EOF) {
			return j.store(ctx, batch)
		}
		if err != nil {
			return err
		}
		if problem != nil {
			j.report(*problem)
			continue
		}
		parsed, problems := parseRow(r, j.now)
		if len(problems) > 0 {
			j.report(problems...)
			continue
		}
		if batch = append(batch, parsed); len(batch) == batchSize {
			if err := j.store(ctx, batch); err != nil {
				return err
			}
			batch = batch[:0]
		}
	}
}

// report counts one invalid line and lists its problems.
func (j *job) report(problems ...portalapi.ImportProblem) {
	j.result.Invalid++
	room := portalapi.MaxProblems - len(j.result.Problems)
	j.result.Problems = append(j.result.Problems, problems[:min(room, len(problems))]...)
}

// store writes rows to the staging table.
func (j *job) store(ctx context.Context, batch []row) error {
	return j.db.Tx(ctx, func(tx *store.Tx) error {
		for i := range batch {
			r := &batch[i]
			_, err := tx.ExecContext(ctx, `
INSERT INTO import_rows (import_id, line, staged_at, username, username_folded, class, tenant, name, mail, phone, role, created_at,
 last_sign_in_at, password_hash, service_account, exempt_until, exempt_reason)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)`,
				j.id, r.line, j.now.UnixMicro(), r.username, r.folded, r.class, r.tenant, r.name, r.mail, r.phone, r.role,
				store.Micros(r.createdAt), store.Micros(r.lastSignInAt), r.passwordHash, r.serviceAccount,
				store.Micros(r.exemptUntil), r.exemptReason)
			if err != nil {
				return fmt.Errorf("staging the import: %w", err)
			}
		}
		return nil
	})
}
