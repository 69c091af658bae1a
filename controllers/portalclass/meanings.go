// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package portalclass

import (
	"sync"

	"k8s.io/apimachinery/pkg/types"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/settings"
)

// meanings remember what classes mean for their portals: that changes with the generation of either and with nothing else, while a
// class is looked at whenever the status of one of its portals changes. The zero value is ready to use, from many goroutines.
type meanings struct {
	mu      sync.Mutex
	classes map[string]meaning
}

// meaning of one version of a class for its portals, by their UID.
type meaning struct {
	uid        types.UID
	generation int64
	portals    map[types.UID]resolved
}

// resolved is what a class means for one version of a portal; digest is empty when the two do not go together.
type resolved struct {
	generation int64
	digest     string
}

// of returns what is known of this version of a class, by the portals' UID.
func (m *meanings) of(class *v1alpha1.PortalClass) map[types.UID]resolved {
	m.mu.Lock()
	defer m.mu.Unlock()
	if known := m.classes[class.Name]; known.uid == class.UID && known.generation == class.Generation {
		return known.portals
	}
	return nil
}

// keep replaces what is known of a class by what it means for the portals that it has now.
func (m *meanings) keep(class *v1alpha1.PortalClass, portals map[types.UID]resolved) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.classes == nil {
		m.classes = map[string]meaning{}
	}
	m.classes[class.Name] = meaning{uid: class.UID, generation: class.Generation, portals: portals}
}

// forget drops what is known of a class that is gone.
func (m *meanings) forget(name string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.classes, name)
}

// resolve computes what a class means for a portal.
func resolve(class *v1alpha1.PortalClass, portal *v1alpha1.RegionalPortal) resolved {
	now := resolved{generation: portal.Generation}
	if effective, err := settings.Resolve(class, portal); err == nil {
		now.digest = effective.Class.Resolved
	}
	return now
}

// look returns what a class means for its portals, by their UID. Portals that do not say that they use it are left out.
func (m *meanings) look(class *v1alpha1.PortalClass, portals []v1alpha1.RegionalPortal) map[types.UID]resolved {
	known, now := m.of(class), make(map[types.UID]resolved, len(portals))
	for i := range portals {
		portal := &portals[i]
		if used := portal.Status.Class; used == nil || used.Name != class.Name {
			continue
		}
		found, ok := known[portal.UID]
		if !ok || found.generation != portal.Generation {
			found = resolve(class, portal)
		}
		now[portal.UID] = found
	}
	m.keep(class, now)
	return now
}
