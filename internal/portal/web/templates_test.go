// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package web_test

import (
	"testing"

	"github.com/forecourt-dev/forecourt/internal/portal/web"
)

// Pages are parsed when they are shown for the first time, so a fault in one would come late.
func TestEveryPageCanBeParsed(t *testing.T) {
	count, err := web.ParsePages(newPortal(t, publicURL).handler)
	if err != nil || count < 100 {
		t.Errorf("%d pages, %v", count, err)
	}
}
