// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package tenant_test

import (
	"testing"

	"github.com/forecourt-dev/forecourt/internal/portal/store"
	"github.com/forecourt-dev/forecourt/internal/portal/store/storetest"
	"github.com/forecourt-dev/forecourt/internal/portalapi"
)

// What a dealership declares about second factors is what sign-ins read.
func TestThePolicyForSecondFactorsIsStored(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		s := service(db)
		for generation, policy := range []string{"Required", "AdminsOnly", ""} {
			mustPut(t, s, declared("a", int64(generation)+1, func(in *portalapi.Tenant) { in.Spec.SecondFactor = policy }))
			if got := storetest.Value[string](t, db, "SELECT second_factor FROM tenants"); got != policy {
				t.Errorf("stored %q, want %q", got, policy)
			}
		}
	})
}
