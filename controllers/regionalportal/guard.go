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
	"github.com/forecourt-dev/forecourt/internal/render"
)

// precious is an object that holds data: it is made once and never again.
type precious struct {
	kind, name string
	// missing is the reason to give when it is gone.
	missing string
	// meta is nil when the object does not exist.
	meta *metav1.ObjectMeta
}

// evidence is what tells whether a portal has data already.
type evidence struct {
	portal types.UID
	// adopt is the UID of the earlier portal whose objects are taken over.
	adopt types.UID
	// deployed is true when our Deployment exists, stored when the portal has reported a store.
	deployed, stored bool
	objects          []precious
}

// judge decides whether the objects that hold data may be used and, where they are missing, be made.
func (e evidence) judge() *problem {
	had := e.deployed || e.stored
	for _, object := range e.objects {
		if object.meta == nil {
			continue
		}
		if fault := e.foreign(object); fault != nil {
			return fault
		}
		had = had || e.proves(object)
	}
	for _, object := range e.objects {
		switch {
		case object.meta == nil && had:
			return lost(object, "is missing")
		case object.meta != nil && object.meta.DeletionTimestamp != nil:
			return lost(object, "is being deleted")
		}
	}
	return nil
}

// proves says whether an object shows that there is data: a volume does, and what is taken over from an earlier portal.
// A key Secret of our own does not: it is made before the first volume.
func (e evidence) proves(object precious) bool {
	return object.missing == v1alpha1.ReasonVolumeMissing || e.holder(object.meta) != e.portal
}

// foreign tells why an existing object may not be used.
func (e evidence) foreign(object precious) *problem {
	switch owner := e.holder(object.meta); {
	case owner == e.portal || (owner != "" && owner == e.adopt && retained(object.meta)):
		return nil
	case owner != "" && retained(object.meta):
		return &problem{
			reason: v1alpha1.ReasonAdoptionNeeded, stalled: true, retry: retryFact,
			message: fmt.Sprintf("%s %s was retained by an earlier portal with UID %s: set the annotation %s: %s to take it back, or remove it",
				object.kind, object.name, owner, v1alpha1.AnnotationAdopt, owner),
		}
	case owner == "":
		return conflict(object, fmt.Sprintf("remove it or choose another name for the portal; if it was restored from a backup, set its annotation %s: %s",
			apply.AnnotationOwnerUID, e.portal))
	default:
		return conflict(object, "remove it or choose another name for the portal; if it goes with an earlier portal of this name, wait")
	}
}

func conflict(object precious, cure string) *problem {
	return &problem{
		reason: v1alpha1.ReasonNameConflict, stalled: true, retry: retryFact,
		message: fmt.Sprintf("%s %s exists and is not this portal's: %s", object.kind, object.name, cure),
	}
}

func lost(object precious, how string) *problem {
	return &problem{
		reason: object.missing, stalled: true, retry: retryFact,
		message: fmt.Sprintf("%s %s %s, but the portal has data: restore it from a backup; it is never made anew", object.kind, object.name, how),
	}
}

// holder is the UID of the portal that an object belongs to.
func (e evidence) holder(meta *metav1.ObjectMeta) types.UID {
	object := &metav1.PartialObjectMetadata{ObjectMeta: *meta}
	if (apply.Owner{UID: e.portal}).Owns(object) {
		return e.portal
	}
	return apply.OwnerUID(object)
}

// retained says whether an object was left behind on purpose.
func retained(meta *metav1.ObjectMeta) bool { return len(meta.OwnerReferences) == 0 }

// guard reads what holds data, live: a cache that is behind must not make keys anew.
func (r *Reconciler) guard(ctx context.Context, s *scope) error {
	names := render.Names(s.portal.Name)
	found := evidence{
		portal: s.portal.UID, adopt: types.UID(s.portal.Annotations[v1alpha1.AnnotationAdopt]), stored: s.portal.Status.Store != nil,
		objects: []precious{
			{kind: "Secret", name: names.Keys, missing: v1alpha1.ReasonKeySecretMissing},
			{kind: "Secret", name: names.Internal, missing: v1alpha1.ReasonKeySecretMissing},
		},
	}
	if s.effective.Database.Type == v1alpha1.DatabaseEmbedded {
		found.objects = append(found.objects, precious{kind: "PersistentVolumeClaim", name: names.Data, missing: v1alpha1.ReasonVolumeMissing})
	}
	for i := range found.objects {
		meta, err := r.metadata(ctx, s.portal.Namespace, found.objects[i])
		if err != nil {
			return err
		}
		found.objects[i].meta = meta
	}
	deployment := &appsv1.Deployment{}
	err := r.Client.Get(ctx, client.ObjectKey{Namespace: s.portal.Namespace, Name: names.Workload}, deployment)
	if client.IgnoreNotFound(err) != nil {
		return fmt.Errorf("reading Deployment %s: %w", names.Workload, err)
	}
	found.deployed = err == nil && apply.OwnerUID(deployment) == s.portal.UID
	s.precious = found.objects
	if s.problem = found.judge(); s.problem == nil {
		return r.references(ctx, s)
	}
	return nil
}

// vanishedError says that an object that holds data was there when guard looked, and is not any more.
type vanishedError struct{ precious }

func (e *vanishedError) Error() string { return e.kind + " " + e.name + " has just been deleted" }

// mayMake answers whether guard found that a child that holds data has never been there.
func (s *scope) mayMake(child *unstructured.Unstructured) error {
	for _, object := range s.precious {
		if object.kind == child.GetKind() && object.name == child.GetName() && object.meta != nil {
			return &vanishedError{object}
		}
	}
	return nil
}

// metadata reads an object without its content; nil when it does not exist.
func (r *Reconciler) metadata(ctx context.Context, namespace string, object precious) (*metav1.ObjectMeta, error) {
	partial := &metav1.PartialObjectMetadata{}
	partial.SetGroupVersionKind(corev1.SchemeGroupVersion.WithKind(object.kind))
	err := r.Live.Get(ctx, client.ObjectKey{Namespace: namespace, Name: object.name}, partial)
	if apierrors.IsNotFound(err) {
		return nil, nil //nolint:nilnil // no object is an answer, not a failure
	}
	if err != nil {
		return nil, fmt.Errorf("reading %s %s: %w", object.kind, object.name, err)
	}
	return &partial.ObjectMeta, nil
}

// references checks that the Secrets that the spec names are there: a pod that mounts a missing one never starts.
func (r *Reconciler) references(ctx context.Context, s *scope) error {
	if s.effective.Database.Type == v1alpha1.DatabasePostgreSQL {
		ref := s.effective.Database.Secret
		fault, err := r.reference(ctx, s, "spec.database.postgresql.secretRef", ref.Name, ref.Key)
		if err != nil || fault != nil {
			s.problem = fault
			if fault != nil {
				fault.database = true
			}
			return err
		}
	}
	if mail := s.effective.Mail; mail != nil && mail.SecretName != "" {
		fault, err := r.reference(ctx, s, "notify.mail.secretRef", mail.SecretName, "username", "password")
		s.problem = fault
		return err
	}
	return nil
}

func (r *Reconciler) reference(ctx context.Context, s *scope, path, name string, keys ...string) (*problem, error) {
	secret := &corev1.Secret{}
	err := r.Live.Get(ctx, client.ObjectKey{Namespace: s.portal.Namespace, Name: name}, secret)
	if client.IgnoreNotFound(err) != nil {
		return nil, fmt.Errorf("reading Secret %s: %w", name, err)
	}
	missing := &problem{reason: v1alpha1.ReasonSecretMissing, retry: retryFact}
	if err != nil {
		missing.message = fmt.Sprintf("%s: Secret %q does not exist: create it", path, name)
		return missing, nil
	}
	for _, key := range keys {
		if len(secret.Data[key]) == 0 {
			missing.message = fmt.Sprintf("%s: Secret %q has no key %q: add it", path, name, key)
			return missing, nil
		}
	}
	return nil, nil //nolint:nilnil // no problem and no failure
}
