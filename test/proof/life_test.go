// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package proof

import (
	"testing"
)

func TestAPortalAndItsTenantBecomeReady(t *testing.T) {
	t.Parallel()
	w := newScene(t, nil)
	portal, tenant := w.portal("us-dealers"), w.tenant("us-dealers", 1)
	w.create(portal)
	w.create(tenant)
	w.wantReady(portal, tenant)
	if portal.Status.Tenants.Ready != 1 && portal.Status.Store == nil {
		t.Errorf("the status lacks tenants or store: %+v", portal.Status)
	}
}
