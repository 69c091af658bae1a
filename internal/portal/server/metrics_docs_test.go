// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package server

import (
	"testing"

	portalconfig "github.com/forecourt-dev/forecourt/api/portalconfig/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
	"github.com/forecourt-dev/forecourt/test/docs"
)

func TestMetricsAreDocumented(t *testing.T) {
	docs.Metrics(t, "## A portal's", newMetrics(&store.DB{}, portalconfig.PortalIdentity{}, nil).registry)
}
