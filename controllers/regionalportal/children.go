// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package regionalportal

import (
	"context"
	"errors"
	"fmt"

	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/log"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/apply"
	"github.com/forecourt-dev/forecourt/internal/keys"
	"github.com/forecourt-dev/forecourt/internal/precious"
	"github.com/forecourt-dev/forecourt/internal/render"
)

// apply writes the children in creation order and removes those that are not rendered any more.
func (r *Reconciler) apply(ctx context.Context, s *scope) error {
	children, err := render.Children(render.Input{Effective: s.effective, Owner: render.OwnerOf(s.portal), At: s.now})
	if err != nil {
		return fmt.Errorf("rendering: %w", err)
	}
	s.awaitBoost()
	owner := apply.Owner{UID: s.portal.UID, Adopts: types.UID(s.portal.Annotations[v1alpha1.AnnotationAdopt])}
	if err := r.hold(ctx, s, true); err != nil || s.problem != nil {
		return err
	}
	skipped := false
	for _, child := range children {
		unknown, err := r.unknownKind(ctx, child.GroupVersionKind())
		if err == nil && !unknown {
			err = r.applyChild(ctx, s, child, owner)
		}
		if err != nil {
			return s.refused(err)
		}
		skipped = skipped || unknown
	}
	prune := r.Applier.Prune
	if skipped {
		prune = r.Applier.PruneButRoutes // the route before goes on serving until the wanted one can be made; Exposed says what is missing
	}
	pruned, err := prune(ctx, s.portal.Namespace, children, owner)
	for _, object := range pruned {
		log.FromContext(ctx).Info("Child removed", "kind", object.Kind, "child", object.Name)
	}
	return s.refused(err)
}

// applyChild writes one child; what holds data and does not exist is made here, when guard has agreed.
func (r *Reconciler) applyChild(ctx context.Context, s *scope, child *unstructured.Unstructured, owner apply.Owner) error {
	applier := r.Applier
	if s.lookAtAll() {
		applier = applier.PastCache()
	}
	outcome, err := s.write(ctx, applier, child, owner)
	if err == nil && outcome.Action == apply.Missing {
		outcome, err = r.make(ctx, s, child, owner)
	}
	if err != nil {
		return err
	}
	s.saw(outcome.Live)
	if outcome.Action == apply.Repaired {
		r.Repaired(child.GetKind())
	}
	if outcome.Wrote() {
		log.FromContext(ctx).Info("Child written", "action", outcome.Action, "kind", child.GetKind(), "child", child.GetName(), "paths", outcome.Paths)
	}
	if outcome.Action == apply.Terminating {
		s.again(retryFact)
	}
	return nil
}

// saw keeps what was just read or written: the cache may be behind.
func (s *scope) saw(live client.Object) {
	switch object := live.(type) {
	case *appsv1.Deployment:
		s.deployment = object
	case *batchv1.CronJob:
		s.cronJob = object
	case *corev1.Secret:
		s.seenSecret(object)
	}
}

// make creates what holds data.
func (r *Reconciler) make(ctx context.Context, s *scope, child *unstructured.Unstructured, owner apply.Owner) (apply.Outcome, error) {
	if err := s.mayMake(child); err != nil {
		return apply.Outcome{}, err
	}
	if child.GetKind() == "Secret" {
		return r.makeSecret(ctx, s, child, owner)
	}
	return r.Applier.CreateVolume(ctx, child, owner)
}

func (r *Reconciler) makeSecret(ctx context.Context, s *scope, child *unstructured.Unstructured, owner apply.Owner) (apply.Outcome, error) {
	data := keys.Portal()
	if child.GetName() == render.Names(s.portal.Name).Internal {
		internal, err := keys.Internal(render.ServerName(s.portal.Namespace, s.portal.Name), s.now)
		if err != nil {
			return apply.Outcome{}, err
		}
		data = internal
	}
	return r.Applier.CreateSecret(ctx, child, data, owner)
}

// refused turns what a person has to mend into a problem; everything else is tried again.
func (s *scope) refused(err error) error {
	if err == nil {
		return nil
	}
	if conflict, ok := errors.AsType[*apply.ConflictError](err); ok {
		reason := v1alpha1.ReasonNameConflict
		if conflict.Retained {
			reason = v1alpha1.ReasonAdoptionNeeded
		}
		s.problem = &problem{reason: reason, message: conflict.Error(), stalled: true, retry: retryFact}
		return nil
	}
	if vanished, ok := errors.AsType[*vanishedError](err); ok {
		s.problem = stalled(precious.Lost(vanished.Object, "is missing"), retryFact)
		return nil
	}
	if refusal, ok := errors.AsType[*apply.RefusedError](err); ok {
		s.problem = &problem{reason: v1alpha1.ReasonApplyFailed, message: refusal.Error(), stalled: true, retry: retryFact}
		return nil
	}
	if apierrors.IsForbidden(err) {
		s.problem = &problem{reason: v1alpha1.ReasonApplyFailed, message: err.Error(), retry: retryFact}
		return nil
	}
	return err
}
