// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

// Package portalstate holds what the operator knows of the portals that run: their last answers and the tenants in force.
// It lives in memory only: after a restart it is read anew from the portals, so that nothing in it can be stale for good.
package portalstate

import (
	"sync"

	"k8s.io/apimachinery/pkg/types"
)

// Tracker knows every portal by namespace and name. It is safe for concurrent use.
type Tracker struct {
	mu      sync.Mutex
	portals map[types.NamespacedName]*Portal
}

// NewTracker returns a tracker that knows nothing.
func NewTracker() *Tracker {
	return &Tracker{portals: map[types.NamespacedName]*Portal{}}
}

// Portal returns what is known of the portal with this UID. Another UID under the same name starts from nothing.
func (t *Tracker) Portal(key types.NamespacedName, uid types.UID) *Portal {
	t.mu.Lock()
	defer t.mu.Unlock()
	known, found := t.portals[key]
	if !found || known.uid != uid {
		if found {
			known.disconnect()
		}
		known = newPortal(uid)
		t.portals[key] = known
	}
	return known
}

// Forget drops a portal that is gone.
func (t *Tracker) Forget(key types.NamespacedName) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if known, found := t.portals[key]; found {
		known.disconnect()
		delete(t.portals, key)
	}
}
