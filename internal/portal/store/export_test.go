// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package store

import "context"

// MigrateTo stops at a version of the schema, as a program of that time did.
func (db *DB) MigrateTo(ctx context.Context, version int64) error {
	provider, err := db.provider()
	if err != nil {
		return err
	}
	_, err = provider.UpTo(ctx, version)
	return err
}
