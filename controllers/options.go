// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"errors"
	"fmt"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/forecourt-dev/forecourt/internal/keys"
)

// Options tune the controllers.
type Options struct {
	// ClassWorkers, PortalWorkers and TenantWorkers are how many objects of a kind are reconciled at the same time.
	ClassWorkers, PortalWorkers, TenantWorkers int
	// Namespaces are the namespaces that the operator looks at; none means all. CacheOptions needs the same.
	Namespaces []string
	// KindsPeriod is how often the cluster is asked whether it knows the kinds of other projects.
	KindsPeriod time.Duration
	// PollPeriod is how often a portal is asked for its state, give or take a fifth.
	PollPeriod time.Duration
	// ClassCoalesce and PortalCoalesce are how long changes of portals and of tenants are collected before the status
	// of their class and of their portal is computed.
	ClassCoalesce, PortalCoalesce time.Duration
	// CountsInterval is how often account counts are written to a tenant's status at most.
	CountsInterval time.Duration
	// PortalURL gives the URL of a portal's internal API as https://HOST:PORT; empty means the portal's Service. It lets
	// the operator run outside the cluster.
	PortalURL func(portal types.NamespacedName) string
	// Overlaps are how long two keys of a portal are valid while one is rotated.
	Overlaps keys.Overlaps
	// Now is the clock for what a specification ends at a stated time.
	Now func() time.Time
	// Metrics takes the controllers' own metrics.
	Metrics prometheus.Registerer
}

// Defaults are the options of an operator in a cluster.
func Defaults() Options {
	return Options{
		ClassWorkers: 1, PortalWorkers: 10, TenantWorkers: 16,
		PollPeriod:    time.Minute,
		KindsPeriod:   15 * time.Second,
		ClassCoalesce: 2 * time.Second, PortalCoalesce: 10 * time.Second,
		CountsInterval: 3 * time.Minute,
		PortalURL:      func(types.NamespacedName) string { return "" },
		Overlaps:       keys.DefaultOverlaps(),
		Now:            time.Now,
	}
}

// maxWorkers keeps a slip of the keyboard from opening thousands of connections.
const maxWorkers = 256

// Validate lists every option that cannot be used.
func (o Options) Validate() error {
	var faults []error
	for name, workers := range map[string]int{
		"class-workers": o.ClassWorkers, "portal-workers": o.PortalWorkers, "tenant-workers": o.TenantWorkers,
	} {
		if workers < 1 || workers > maxWorkers {
			faults = append(faults, fmt.Errorf("%s: %d: want 1 to %d", name, workers, maxWorkers))
		}
	}
	for name, bound := range map[string]struct{ value, least time.Duration }{
		"poll-period":     {o.PollPeriod, time.Second},
		"kinds-period":    {o.KindsPeriod, 100 * time.Millisecond},
		"class-coalesce":  {o.ClassCoalesce, 0},
		"portal-coalesce": {o.PortalCoalesce, 0},
		"counts-interval": {o.CountsInterval, 0},
	} {
		if bound.value < bound.least {
			faults = append(faults, fmt.Errorf("%s: %s: want at least %s", name, bound.value, bound.least))
		}
	}
	for _, namespace := range o.Namespaces {
		for _, fault := range validation.IsDNS1123Label(namespace) {
			faults = append(faults, fmt.Errorf("watch-namespaces: %q: want the name of a namespace: %s", namespace, fault))
		}
	}
	if o.PortalURL == nil {
		faults = append(faults, errors.New("portal-url: want a function"))
	}
	if o.Now == nil {
		faults = append(faults, errors.New("now: want a clock"))
	}
	if o.Metrics == nil {
		faults = append(faults, errors.New("metrics: want a registry"))
	}
	return errors.Join(faults...)
}
