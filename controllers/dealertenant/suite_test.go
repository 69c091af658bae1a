// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package dealertenant_test

import (
	"os"
	"testing"

	"github.com/forecourt-dev/forecourt/internal/portalapi"
	"github.com/forecourt-dev/forecourt/test/world"
)

var cluster *world.Cluster

func TestMain(m *testing.M) {
	os.Exit(world.Main(m, func(c *world.Cluster) { cluster = c }))
}

// open and closed are what a portal may have under a dealer code.
func open(uid string) func(portalapi.TenantState, bool) bool {
	return func(row portalapi.TenantState, found bool) bool { return found && !row.Closed && row.UID == uid }
}

func closed(row portalapi.TenantState, found bool) bool { return found && row.Closed }
