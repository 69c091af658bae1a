// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

// Package regionalportal reconciles RegionalPortals: one pass resolves the settings, writes the children, asks the portal
// for its state and computes the status anew.
package regionalportal

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/tools/events"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
	"github.com/forecourt-dev/forecourt/controllers/internal/announce"
	"github.com/forecourt-dev/forecourt/controllers/internal/echo"
	"github.com/forecourt-dev/forecourt/controllers/internal/foreign"
	"github.com/forecourt-dev/forecourt/controllers/internal/recent"
	"github.com/forecourt-dev/forecourt/controllers/internal/reconcileat"
	"github.com/forecourt-dev/forecourt/controllers/internal/trigger"
	"github.com/forecourt-dev/forecourt/controllers/internal/watched"
	"github.com/forecourt-dev/forecourt/internal/apply"
	"github.com/forecourt-dev/forecourt/internal/keys"
	"github.com/forecourt-dev/forecourt/internal/portalstate"
)

// Reconciler reconciles RegionalPortals. All fields are needed.
type Reconciler struct {
	// Client reads from the cache and writes.
	Client client.Client
	// Live reads from the API server.
	Live client.Reader
	// Applier writes the children.
	Applier *apply.Applier
	// Echo tells the Applier's writes from those of others.
	Echo *echo.Echo
	// Known holds what the portals answered.
	Known *portalstate.Tracker
	// Foreign are the kinds of children that the cluster may lack.
	Foreign *foreign.Kinds
	// Self queues portals, Tenants their tenants.
	Self, Tenants *trigger.Trigger
	// Watched are the namespaces that the operator looks at.
	Watched watched.Namespaces
	// Events takes events on transitions.
	Events events.EventRecorder
	// URL of a portal's internal API; empty means its Service.
	URL func(portal types.NamespacedName) string
	// Repaired counts repaired drift by the child's kind.
	Repaired func(kind string)
	// PollPeriod is how often a portal is asked, give or take a fifth.
	PollPeriod time.Duration
	// Coalesce is how long changes of tenants are collected before the portal looks at them.
	Coalesce time.Duration
	// Now is the clock.
	Now func() time.Time
	// Overlaps are how long two keys are valid while one is rotated.
	Overlaps keys.Overlaps
	// Workers is the number of portals that are reconciled at the same time.
	Workers int

	// grants are the hosts that portals were let have.
	grants grants
	// written holds the statuses that the cache may not have yet.
	written recent.Writes
}

// Reconcile brings one portal to its declared state.
func (r *Reconciler) Reconcile(ctx context.Context, request ctrl.Request) (ctrl.Result, error) {
	if !r.Watched.Has(request.Namespace) {
		return ctrl.Result{}, nil // a tenant here named a portal there
	}
	portal := &v1alpha1.RegionalPortal{}
	if err := r.Client.Get(ctx, request.NamespacedName, portal); err != nil {
		if apierrors.IsNotFound(err) {
			r.Known.Forget(request.NamespacedName)
			r.written.Forget(request.NamespacedName)
			r.forgetHosts(request.NamespacedName)
			return ctrl.Result{}, nil
		}
		return ctrl.Result{}, fmt.Errorf("reading the portal: %w", err)
	}
	if r.written.Behind(portal) {
		return ctrl.Result{RequeueAfter: conflictDelay}, nil
	}
	if portal.DeletionTimestamp != nil {
		r.Known.Forget(request.NamespacedName)
		return ctrl.Result{}, nil
	}
	s := &scope{portal: portal, known: r.Known.Portal(request.NamespacedName, portal.UID), now: r.Now()}
	s.askedAt, s.asked = reconcileat.Asked(portal, portal.Status.LastHandledReconcileAt)
	if err := r.pass(ctx, s); err != nil {
		return ctrl.Result{}, err
	}
	if err := r.patchStatus(ctx, s); err != nil {
		return ctrl.Result{}, err
	}
	if s.problem != nil {
		s.again(s.problem.retry)
	}
	s.again(r.jitteredPoll())
	return ctrl.Result{RequeueAfter: s.requeue}, nil
}

// phase is one step of a pass. An error is tried again; what a person has to mend is the scope's problem.
type phase struct {
	name string
	run  func(context.Context, *scope) error
	// always runs also with a problem, and while the portal is suspended.
	always bool
}

func (r *Reconciler) phases() []phase {
	return []phase{
		{name: "finding the class", run: r.findClass},
		{name: "resolving", run: r.resolve},
		{name: "pausing", run: r.pause, always: true},
		{name: "claiming hosts", run: r.claim},
		{name: "publishing", run: r.publish},
		{name: "checking what holds data", run: r.guard},
		{name: "applying", run: r.apply},
		{name: "withdrawing the route", run: r.withdraw, always: true},
		{name: "observing", run: r.observe, always: true},
		{name: "looking at the route", run: r.exposure, always: true},
		{name: "contacting the portal", run: r.contact, always: true},
		{name: "inviting the service desk", run: r.invite},
		{name: "rotating keys", run: r.rotate, always: true},
		{name: "fulfilling requests", run: r.fulfil, always: true},
		{name: "waking tenants", run: r.wakeTenants, always: true},
	}
}

func (r *Reconciler) pass(ctx context.Context, s *scope) error {
	for _, phase := range r.phases() {
		if (s.problem != nil || s.paused) && !phase.always {
			continue
		}
		if err := phase.run(ctx, s); err != nil {
			return fmt.Errorf("%s: %w", phase.name, err)
		}
	}
	return nil
}

// patchStatus writes the status in one patch, and only when it differs. The patch is refused when the cache was behind.
func (r *Reconciler) patchStatus(ctx context.Context, s *scope) error {
	status := s.compute()
	if equality.Semantic.DeepEqual(s.portal.Status, status) {
		return nil
	}
	before := s.portal.DeepCopy()
	after := s.portal
	after.Status = status
	base := client.MergeFromWithOptions(before, client.MergeFromWithOptimisticLock{})
	if err := r.Client.Status().Patch(ctx, after, base); err != nil {
		if apierrors.IsConflict(err) {
			s.again(conflictDelay)
			return nil
		}
		return client.IgnoreNotFound(err)
	}
	r.written.Wrote(after)
	announce.Transitions(r.Events, after, before.Status.Conditions, status.Conditions)
	announce.Send(r.Events, after, suspensionNews(before.Status.Conditions, status.Conditions)...)
	announce.Send(r.Events, after, boostNews(after, before.Status.Boost, status.Boost)...)
	announce.Send(r.Events, after, rotationNews(before.Status.KeyRotations, status.KeyRotations)...)
	announce.Send(r.Events, after, inactivityNews(&before.Status, &status)...)
	return nil
}

// conflictDelay gives a cache that was behind a moment to catch up.
const conflictDelay = 100 * time.Millisecond

// jitteredPoll spreads the polls of many portals.
func (r *Reconciler) jitteredPoll() time.Duration {
	return time.Duration(float64(r.PollPeriod) * (0.8 + 0.4*rand.Float64())) //nolint:gosec // spreads load, guards nothing
}
