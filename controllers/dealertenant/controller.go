// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

// Package dealertenant reconciles DealerTenants: one pass decides whether the portal takes the tenant, tells the portal what
// is declared when it has something else in force, and computes the status anew. A tenant has no child objects.
package dealertenant

import (
	"context"
	"fmt"
	"time"

	"k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/client-go/tools/events"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
	"github.com/forecourt-dev/forecourt/controllers/internal/announce"
	"github.com/forecourt-dev/forecourt/controllers/internal/index"
	"github.com/forecourt-dev/forecourt/controllers/internal/recent"
	"github.com/forecourt-dev/forecourt/controllers/internal/reconcileat"
	"github.com/forecourt-dev/forecourt/controllers/internal/trigger"
	"github.com/forecourt-dev/forecourt/controllers/internal/watched"
	"github.com/forecourt-dev/forecourt/internal/portalstate"
	"github.com/forecourt-dev/forecourt/internal/settings"
)

// Reconciler reconciles DealerTenants. All fields are needed.
type Reconciler struct {
	// Client reads from the cache and writes.
	Client client.Client
	// Live reads from the API server.
	Live client.Reader
	// Known holds what the portals answered.
	Known *portalstate.Tracker
	// Self queues tenants, Portals their portals.
	Self, Portals *trigger.Trigger
	// Events takes events on transitions.
	Events events.EventRecorder
	// Watched are the namespaces that the operator looks at.
	Watched watched.Namespaces
	// CountsInterval is how often account counts are written to a tenant's status at most.
	CountsInterval time.Duration
	// Now is the clock.
	Now func() time.Time
	// Workers is the number of tenants that are reconciled at the same time.
	Workers int

	// written holds the statuses that the cache may not have yet.
	written recent.Writes
}

// Reconcile brings one tenant to its declared state.
func (r *Reconciler) Reconcile(ctx context.Context, request ctrl.Request) (ctrl.Result, error) {
	tenant := &v1alpha1.DealerTenant{}
	if err := r.Client.Get(ctx, request.NamespacedName, tenant); err != nil {
		// The portal's next look finds a tenant in force whose object is gone, and closes it.
		r.written.Forget(request.NamespacedName)
		return ctrl.Result{}, client.IgnoreNotFound(err)
	}
	if r.written.Behind(tenant) {
		return ctrl.Result{RequeueAfter: conflictDelay}, nil
	}
	if tenant.DeletionTimestamp != nil {
		return ctrl.Result{}, nil
	}
	s := &scope{tenant: tenant, now: r.Now()}
	s.askedAt, s.asked = reconcileat.Asked(tenant, tenant.Status.LastHandledReconcileAt)
	if err := r.pass(ctx, s); err != nil {
		return ctrl.Result{}, err
	}
	if err := r.patchStatus(ctx, s); err != nil {
		return ctrl.Result{}, err
	}
	return ctrl.Result{RequeueAfter: s.requeue}, nil
}

func (r *Reconciler) pass(ctx context.Context, s *scope) error {
	if err := r.findPortal(ctx, s); err != nil {
		return err
	}
	if s.portal != nil && settings.Suspended(s.portal, s.now) {
		s.wait()
		return nil
	}
	if err := r.attach(ctx, s); err != nil {
		return fmt.Errorf("attaching: %w", err)
	}
	if s.refusal != nil {
		s.told = s.asked
		return r.detach(ctx, s)
	}
	return r.sync(ctx, s)
}

// findPortal reads the portal, which is shared with the cache, and what is known of it. A portal that is being deleted counts as gone, and one in a namespace that
// the operator does not look at is none that it knows.
func (r *Reconciler) findPortal(ctx context.Context, s *scope) error {
	key := index.PortalOf(s.tenant)
	if !r.Watched.Has(key.Namespace) {
		return nil
	}
	portal := &v1alpha1.RegionalPortal{}
	err := r.Client.Get(ctx, key, portal, client.UnsafeDisableDeepCopy)
	if apierrors.IsNotFound(err) || (err == nil && portal.DeletionTimestamp != nil) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("reading portal %s: %w", key, err)
	}
	s.portal, s.known = portal, r.Known.Portal(key, portal.UID)
	return nil
}

// patchStatus writes the status in one patch, and only when it differs. Account counts alone are written seldom. The patch
// is refused when the cache was behind.
func (r *Reconciler) patchStatus(ctx context.Context, s *scope) error {
	status := s.compute()
	if equality.Semantic.DeepEqual(s.tenant.Status, status) {
		return nil
	}
	if s.undecided && s.tenant.Status.ObservedGeneration != s.tenant.Generation {
		// Readers see from the generation that the status is not current: a word too early costs another write.
		if wait := s.known.Settling(s.now); wait > 0 {
			s.again(wait)
			return nil
		}
	}
	if wait := r.countsWait(s, status); wait > 0 {
		s.again(wait)
		return nil
	}
	before := s.tenant.DeepCopy()
	s.tenant.Status = status
	base := client.MergeFromWithOptions(before, client.MergeFromWithOptimisticLock{})
	if err := r.Client.Status().Patch(ctx, s.tenant, base); err != nil {
		if apierrors.IsConflict(err) {
			s.again(conflictDelay)
			return nil
		}
		return client.IgnoreNotFound(err)
	}
	r.written.Wrote(s.tenant)
	if s.known != nil && !equality.Semantic.DeepEqual(before.Status.Accounts, status.Accounts) {
		s.known.CountsWritten(s.tenant.UID, s.now)
	}
	announce.Transitions(r.Events, s.tenant, before.Status.Conditions, status.Conditions)
	return nil
}

// conflictDelay gives a cache that was behind a moment to catch up.
const conflictDelay = 100 * time.Millisecond

// countsWait says how long to wait when nothing but the account counts differs.
func (r *Reconciler) countsWait(s *scope, status v1alpha1.DealerTenantStatus) time.Duration {
	status.Accounts = s.tenant.Status.Accounts
	if s.known == nil || !equality.Semantic.DeepEqual(s.tenant.Status, status) {
		return 0
	}
	return s.known.MayWriteCounts(s.tenant.UID, s.now, r.CountsInterval)
}
