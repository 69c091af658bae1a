// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package internalapi

import (
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/forecourt-dev/forecourt/internal/portalapi"
)

// tokens reads the bearer tokens of the roles from a directory with a file per role; a file holds one token, or one
// per line while it is rotated. The files are read for every request: they are tiny, and a replaced Secret counts at once.
type tokens struct {
	dir string
}

// errUnknownToken says that no role has the token.
var errUnknownToken = errors.New("unknown token")

// role returns the role that the token belongs to. It compares with every stored token in constant time.
func (t tokens) role(presented string) (string, error) {
	hash := sha256.Sum256([]byte(presented))
	found := ""
	for _, role := range []string{portalapi.RoleOperator, portalapi.RoleSweep, portalapi.RoleImport, portalapi.RoleReader} {
		stored, err := os.ReadFile(filepath.Join(t.dir, role))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return "", fmt.Errorf("reading the token of %s: %w", role, err)
		}
		for token := range strings.FieldsSeq(string(stored)) {
			want := sha256.Sum256([]byte(token))
			if subtle.ConstantTimeCompare(hash[:], want[:]) == 1 {
				found = role
			}
		}
	}
	if found == "" {
		return "", errUnknownToken
	}
	return found, nil
}
