// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package parity

import (
	"os"
	"testing"
	_ "time/tzdata"

	"github.com/forecourt-dev/forecourt/test/controlplane"
)

var plane *controlplane.Plane

func TestMain(m *testing.M) {
	os.Exit(controlplane.Main(m, func(p *controlplane.Plane) { plane = p }))
}
