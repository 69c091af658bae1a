// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package regionalportal

import (
	"context"
	"fmt"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/apply"
	"github.com/forecourt-dev/forecourt/internal/precious"
	"github.com/forecourt-dev/forecourt/internal/references"
	"github.com/forecourt-dev/forecourt/internal/render"
)

// guard reads what holds data, live: a cache that is behind must not make keys anew.
func (r *Reconciler) guard(ctx context.Context, s *scope) error {
	found := precious.Evidence{
		Portal: s.portal.UID, Adopts: types.UID(s.portal.Annotations[v1alpha1.AnnotationAdopt]), Stored: s.portal.Status.Store != nil,
		Objects: precious.Objects(s.effective),
	}
	for i := range found.Objects {
		meta, err := r.metadata(ctx, s.portal.Namespace, found.Objects[i])
		if err != nil {
			return err
		}
		found.Objects[i].Meta = meta
	}
	workload := render.Names(s.portal.Name).Workload
	deployment := &appsv1.Deployment{}
	err := r.Client.Get(ctx, client.ObjectKey{Namespace: s.portal.Namespace, Name: workload}, deployment)
	if client.IgnoreNotFound(err) != nil {
		return fmt.Errorf("reading Deployment %s: %w", workload, err)
	}
	found.Deployed = err == nil && apply.OwnerUID(deployment) == s.portal.UID
	s.precious = found.Objects
	if fault := found.Judge(); fault != nil {
		s.problem = stalled(fault, retryFact)
		return nil
	}
	return r.references(ctx, s)
}

// vanishedError says that an object that holds data was there when guard looked, and is not any more.
type vanishedError struct{ precious.Object }

func (e *vanishedError) Error() string { return e.Kind + " " + e.Name + " has just been deleted" }

// mayMake answers whether guard found that a child that holds data has never been there.
func (s *scope) mayMake(child *unstructured.Unstructured) error {
	if object := s.held(child); object != nil && object.Meta != nil {
		return &vanishedError{*object}
	}
	return nil
}

// held is a child that holds data, as guard found it; nil for all others.
func (s *scope) held(child *unstructured.Unstructured) *precious.Object {
	for i := range s.precious {
		if object := &s.precious[i]; object.Kind == child.GetKind() && object.Name == child.GetName() {
			return object
		}
	}
	return nil
}

// metadata reads an object without its content; nil when it does not exist. A volume may come from the cache, whose events tell
// when it goes: only that there is none has to be certain.
func (r *Reconciler) metadata(ctx context.Context, namespace string, object precious.Object) (*metav1.ObjectMeta, error) {
	if object.Kind == "PersistentVolumeClaim" {
		claim := &corev1.PersistentVolumeClaim{}
		err := r.Client.Get(ctx, client.ObjectKey{Namespace: namespace, Name: object.Name}, claim)
		if err == nil {
			return &claim.ObjectMeta, nil
		}
		if !apierrors.IsNotFound(err) {
			return nil, fmt.Errorf("reading %s %s: %w", object.Kind, object.Name, err)
		}
	}
	partial := &metav1.PartialObjectMetadata{}
	partial.SetGroupVersionKind(corev1.SchemeGroupVersion.WithKind(object.Kind))
	err := r.Live.Get(ctx, client.ObjectKey{Namespace: namespace, Name: object.Name}, partial)
	if apierrors.IsNotFound(err) {
		return nil, nil //nolint:nilnil // no object is an answer, not a failure
	}
	if err != nil {
		return nil, fmt.Errorf("reading %s %s: %w", object.Kind, object.Name, err)
	}
	return &partial.ObjectMeta, nil
}

// references checks that the Secrets and ConfigMaps that the spec names are there: a pod that mounts a missing one never starts.
func (r *Reconciler) references(ctx context.Context, s *scope) error {
	for _, named := range s.effective.References() {
		keys, err := references.Keys(ctx, r.Live, named.Kind, client.ObjectKey{Namespace: s.portal.Namespace, Name: named.Name})
		if client.IgnoreNotFound(err) != nil {
			return fmt.Errorf("reading %s %s: %w", named.Kind, named.Name, err)
		}
		if fault := named.Check(err == nil, keys); fault != nil {
			s.problem = &problem{reason: fault.Reason, message: fault.Message, condition: named.Condition, retry: retryFact}
			return nil
		}
	}
	return nil
}
