// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package sweep

import (
	"database/sql"

	"github.com/forecourt-dev/forecourt/internal/portalapi"
)

// pairs reads and closes the answer of a query for two texts a row.
func pairs(rows *sql.Rows, err error) (map[string]string, error) {
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	found := map[string]string{}
	for rows.Next() {
		var key, value string
		if err := rows.Scan(&key, &value); err != nil {
			return nil, err
		}
		found[key] = value
	}
	return found, rows.Err()
}

// request is a request without a name.
func request(mode string) portalapi.RunRequest { return portalapi.RunRequest{Mode: mode} }
