// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package bench

import (
	"time"

	"k8s.io/apimachinery/pkg/types"

	"github.com/forecourt-dev/forecourt/controllers"
	"github.com/forecourt-dev/forecourt/test/controlplane"
	inprocess "github.com/forecourt-dev/forecourt/test/operator"
)

// quiet is how long nothing may be written.
const quiet = 20 * time.Second

// stayQuiet fails when an operator writes anything to a namespace that is as wanted: after a start, while nothing happens, and
// when its caches are gone through again. It returns the memory of an operator that has just read everything.
func (s *site) stayQuiet(namespace string, arguments ...string) memory {
	s.Helper()
	used := memory{}
	s.wantNoWrites(namespace, "a start and a quiet while", func() {
		o := s.startOperator(arguments...)
		defer o.stop()
		controlplane.Quiet(s.B, quiet)
		used.resident = o.resident()
	})
	s.wantNoWrites(namespace, "a start with little memory", func() { used.live = s.live(arguments...) })
	s.wantNoWrites(namespace, "a resync", func() {
		o := inprocess.Start(s.B, s.plane, inprocess.Options{SyncPeriod: quiet / 4, PortalURL: s.portalURL, Tune: func(c *controllers.Options) {
			metrics := c.Metrics
			*c = controllers.Defaults()
			c.Metrics, c.PortalURL = metrics, s.portalURL
		}})
		controlplane.Quiet(s.B, quiet)
		o.Stop()
	})
	return used
}

// wantNoWrites fails when anything is written to a namespace while something else happens.
func (s *site) wantNoWrites(namespace, what string, happen func()) {
	s.Helper()
	mark := s.mark()
	_, before := s.stored(namespace)
	happen()
	sent := s.sent(namespace, mark)
	if _, after := s.stored(namespace); len(sent) > 0 || after != before {
		s.Errorf("%s: %d writes were sent and %d stored, the first is %v", what, len(sent), after-before, sent[:min(1, len(sent))])
	}
}

// portalURL is where a portal answers, when this benchmark runs portals.
func (s *site) portalURL(portal types.NamespacedName) string {
	if s.host == nil {
		return ""
	}
	return s.host.URL(portal)
}
