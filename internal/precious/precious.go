// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

// Package precious decides about objects that hold data: they are made once and never again. It is pure; the operator asks it
// with what it reads live, the plan with what it was given.
package precious

import (
	"fmt"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/apply"
	"github.com/forecourt-dev/forecourt/internal/render"
	"github.com/forecourt-dev/forecourt/internal/settings"
)

// Object is an object that holds data.
type Object struct {
	Kind, Name string
	// Missing is the reason to give when it is gone.
	Missing string
	// Meta is nil when the object does not exist.
	Meta *metav1.ObjectMeta
}

// Objects are the objects of a portal that hold data, without Meta.
func Objects(effective *settings.Effective) []Object {
	names := render.Names(effective.Portal.Name)
	objects := []Object{
		{Kind: "Secret", Name: names.Keys, Missing: v1alpha1.ReasonKeySecretMissing},
		{Kind: "Secret", Name: names.Internal, Missing: v1alpha1.ReasonKeySecretMissing},
	}
	if effective.Database.Type == v1alpha1.DatabaseEmbedded {
		objects = append(objects, Object{Kind: "PersistentVolumeClaim", Name: names.Data, Missing: v1alpha1.ReasonVolumeMissing})
	}
	return objects
}

// Evidence is what tells whether a portal has data already.
type Evidence struct {
	// Portal is its UID; Adopts the UID of the earlier portal whose objects are taken over.
	Portal, Adopts types.UID
	// Deployed is true when our Deployment exists, Stored when the portal has reported a store.
	Deployed, Stored bool
	Objects          []Object
}

// Judge decides whether the objects that hold data may be used and, where they are missing, be made.
func (e Evidence) Judge() *settings.Problem {
	had := e.Deployed || e.Stored
	for _, object := range e.Objects {
		if object.Meta == nil {
			continue
		}
		if fault := e.foreign(object); fault != nil {
			return fault
		}
		had = had || e.proves(object)
	}
	for _, object := range e.Objects {
		switch {
		case object.Meta == nil && had:
			return Lost(object, "is missing")
		case object.Meta != nil && object.Meta.DeletionTimestamp != nil:
			return Lost(object, "is being deleted")
		}
	}
	return nil
}

// proves says whether an object shows that there is data: a volume does, and what is taken over from an earlier portal.
// A key Secret of our own does not: it is made before the first volume.
func (e Evidence) proves(object Object) bool {
	return object.Missing == v1alpha1.ReasonVolumeMissing || e.holder(object.Meta) != e.Portal
}

// foreign tells why an existing object may not be used.
func (e Evidence) foreign(object Object) *settings.Problem {
	switch owner := e.holder(object.Meta); {
	case owner == e.Portal || (owner != "" && owner == e.Adopts && retained(object.Meta)):
		return nil
	case owner != "" && retained(object.Meta):
		return &settings.Problem{
			Reason: v1alpha1.ReasonAdoptionNeeded,
			Message: fmt.Sprintf("%s %s was retained by an earlier portal with UID %s: set the annotation %s: %s to take it back, or remove it",
				object.Kind, object.Name, owner, v1alpha1.AnnotationAdopt, owner),
		}
	case owner == "":
		return conflict(object, fmt.Sprintf("remove it or choose another name for the portal; if it was restored from a backup, set its annotation %s: %s",
			apply.AnnotationOwnerUID, e.Portal))
	default:
		return conflict(object, "remove it or choose another name for the portal; if it goes with an earlier portal of this name, wait")
	}
}

func conflict(object Object, cure string) *settings.Problem {
	return &settings.Problem{
		Reason:  v1alpha1.ReasonNameConflict,
		Message: fmt.Sprintf("%s %s exists and is not this portal's: %s", object.Kind, object.Name, cure),
	}
}

// Lost is the problem of an object that is not there as it was, said by how.
func Lost(object Object, how string) *settings.Problem {
	return &settings.Problem{
		Reason:  object.Missing,
		Message: fmt.Sprintf("%s %s %s, but the portal has data: restore it from a backup; it is never made anew", object.Kind, object.Name, how),
	}
}

// holder is the UID of the portal that an object belongs to.
func (e Evidence) holder(meta *metav1.ObjectMeta) types.UID {
	object := &metav1.PartialObjectMetadata{ObjectMeta: *meta}
	if (apply.Owner{UID: e.Portal}).Owns(object) {
		return e.Portal
	}
	return apply.OwnerUID(object)
}

// retained says whether an object was left behind on purpose.
func retained(meta *metav1.ObjectMeta) bool { return len(meta.OwnerReferences) == 0 }
