// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package regionalportal

import (
	"context"
	"fmt"
	"time"

	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/predicate"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
	"github.com/forecourt-dev/forecourt/controllers/internal/announce"
	"github.com/forecourt-dev/forecourt/internal/apply"
)

// write applies a child. What holds data was read by guard a moment ago and is not read again; how many pods an autoscaled Deployment has is not ours.
func (s *scope) write(ctx context.Context, applier *apply.Applier, child *unstructured.Unstructured, owner apply.Owner) (apply.Outcome, error) {
	scale, held := s.effective.Scale(s.now), s.held(child)
	switch {
	case held != nil && held.Meta == nil:
		return apply.Outcome{Action: apply.Missing}, nil
	case held != nil && held.Kind == "Secret":
		return applier.ApplySecret(ctx, child, held.Meta, owner)
	case scale.Autoscaled && child.GetKind() == "Deployment":
		return applier.ApplyScaled(ctx, child, scale.Least, owner)
	}
	return applier.Apply(ctx, child, owner)
}

// awaitBoost looks again when a boost that is in force ends.
func (s *scope) awaitBoost() {
	if boost := s.effective.Boost; boost.Active(s.now) {
		s.again(boost.Until.Sub(s.now))
	}
}

// What a boost means less for.
const (
	messageBoostEmbedded = "An Embedded database allows one pod"
	messageBoostStopped  = "The portal is stopped: spec.replicas is 0"
)

// reportBoost says what became of a boost. While nothing is applied, the last report stands as the pods do.
func (s *scope) reportBoost(status *v1alpha1.RegionalPortalStatus) {
	boost := s.effective.Boost
	if boost == nil {
		status.Boost = nil
		return
	}
	report := &v1alpha1.BoostStatus{State: v1alpha1.BoostEnded, MinReplicas: &boost.MinReplicas, Until: seconds(boost.Until)}
	if boost.Active(s.now) {
		report.State = v1alpha1.BoostActive
	}
	switch {
	case s.effective.Scale(s.now).Least == 0:
		report.MinReplicas, report.Message = new(int32(0)), messageBoostStopped
	case *s.portal.Spec.Scaling.Boost.MinReplicas > 1 && s.effective.Database.Type == v1alpha1.DatabaseEmbedded:
		report.Message = messageBoostEmbedded
	}
	status.Boost = report
}

// boostNews are the events of boosts that lie between two statuses.
func boostNews(portal *v1alpha1.RegionalPortal, before, after *v1alpha1.BoostStatus) []announce.Event {
	active := func(b *v1alpha1.BoostStatus) bool { return b != nil && b.State == v1alpha1.BoostActive }
	switch {
	case active(after) && !active(before):
		why := ""
		if scaling := portal.Spec.Scaling; scaling != nil && scaling.Boost != nil {
			why = ": " + scaling.Boost.Reason
		}
		note := fmt.Sprintf("At least %d pods until %s%s", *after.MinReplicas, after.Until.UTC().Format(time.RFC3339), why)
		return []announce.Event{{Kind: corev1.EventTypeNormal, Reason: v1alpha1.EventBoostStarted, Note: note}}
	case !active(before):
		return nil
	case after == nil:
		return []announce.Event{{Kind: corev1.EventTypeNormal, Reason: v1alpha1.EventBoostEnded, Note: "The boost was taken out of the spec"}}
	case !active(after):
		note := fmt.Sprintf("The boost to %d pods ended at %s: spec.scaling.boost can be removed", *before.MinReplicas, after.Until.UTC().Format(time.RFC3339))
		return []announce.Event{{Kind: corev1.EventTypeNormal, Reason: v1alpha1.EventBoostEnded, Note: note}}
	}
	return nil
}

// childChanged passes the events of a kind of child that may need a repair. Autoscalers write what they measured into their status
// every few seconds and have no generation.
func childChanged(kind client.Object) predicate.Predicate {
	if _, ok := kind.(*autoscalingv2.HorizontalPodAutoscaler); !ok {
		return predicate.ResourceVersionChangedPredicate{}
	}
	return predicate.Funcs{UpdateFunc: func(e event.UpdateEvent) bool {
		return !equality.Semantic.DeepEqual(declared(e.ObjectOld), declared(e.ObjectNew))
	}}
}

// declared is an autoscaler without what changes by itself.
func declared(object client.Object) client.Object {
	autoscaler, ok := object.DeepCopyObject().(*autoscalingv2.HorizontalPodAutoscaler)
	if !ok {
		return object
	}
	autoscaler.Status = autoscalingv2.HorizontalPodAutoscalerStatus{}
	autoscaler.ResourceVersion, autoscaler.ManagedFields = "", []metav1.ManagedFieldsEntry(nil)
	return autoscaler
}
