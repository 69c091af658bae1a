// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

// Package portalclass reconciles PortalClasses: it checks them and counts their portals. It writes nothing but their status.
package portalclass

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
	"github.com/forecourt-dev/forecourt/internal/classes"
	"github.com/forecourt-dev/forecourt/internal/settings"
)

// Reconciler reconciles PortalClasses. All fields are needed.
type Reconciler struct {
	// Client reads from the cache and writes.
	Client client.Client
	// Events takes events on transitions.
	Events events.EventRecorder
	// Coalesce is how long changes of portals are collected before their class looks at them.
	Coalesce time.Duration
	// Workers is the number of classes that are reconciled at the same time.
	Workers int

	// written holds the statuses that the cache may not have yet.
	written recent.Writes
	// meanings of the classes for their portals.
	meanings meanings
}

// Reconcile computes the status of one class.
func (r *Reconciler) Reconcile(ctx context.Context, request ctrl.Request) (ctrl.Result, error) {
	class := &v1alpha1.PortalClass{}
	if err := r.Client.Get(ctx, request.NamespacedName, class); err != nil {
		r.written.Forget(request.NamespacedName)
		r.meanings.forget(request.Name)
		return ctrl.Result{}, client.IgnoreNotFound(err)
	}
	if r.written.Behind(class) {
		return ctrl.Result{RequeueAfter: conflictDelay}, nil
	}
	if class.DeletionTimestamp != nil {
		return ctrl.Result{}, nil
	}
	f, err := r.observe(ctx, class)
	if err != nil {
		return ctrl.Result{}, err
	}
	status := f.compute(class)
	if equality.Semantic.DeepEqual(class.Status, status) {
		return ctrl.Result{}, nil
	}
	before := class.DeepCopy()
	class.Status = status
	base := client.MergeFromWithOptions(before, client.MergeFromWithOptimisticLock{})
	if err := r.Client.Status().Patch(ctx, class, base); err != nil {
		if apierrors.IsConflict(err) {
			return ctrl.Result{RequeueAfter: conflictDelay}, nil
		}
		return ctrl.Result{}, client.IgnoreNotFound(err)
	}
	r.written.Wrote(class)
	announce.Transitions(r.Events, class, before.Status.Conditions, status.Conditions)
	return ctrl.Result{}, nil
}

// conflictDelay gives a cache that was behind a moment to catch up.
const conflictDelay = 100 * time.Millisecond

// observe reads what the status speaks of: the default class and the portals of this one.
func (r *Reconciler) observe(ctx context.Context, class *v1alpha1.PortalClass) (facts, error) {
	chosen, err := classes.Find(ctx, r.Client, "")
	if err != nil {
		return facts{}, err
	}
	f := facts{}
	names := []string{class.Name}
	switch {
	case chosen != nil && chosen.Name == class.Name:
		names = append(names, "")
	case classes.IsDefault(class) && chosen != nil:
		f.otherDefault = chosen.Name
	}
	for _, name := range names {
		portals, err := index.Portals(ctx, r.Client, name)
		if err != nil {
			return facts{}, fmt.Errorf("counting portals: %w", err)
		}
		f.portals = append(f.portals, portals...)
	}
	if f.invalid = settings.ValidateClass(class); f.invalid == nil {
		f.means = r.meanings.look(class, f.portals)
	}
	return f, nil
}
