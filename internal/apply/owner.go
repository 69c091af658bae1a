// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package apply

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// Annotations that Apply puts on every child.
const (
	// AnnotationDigest holds the owner's UID and the digest of what was written last.
	AnnotationDigest = "portals.forecourt.dev/digest"
	// AnnotationOwnerUID holds the UID of the owner. It outlives the owner on retained objects.
	AnnotationOwnerUID = "portals.forecourt.dev/owner-uid"
)

// Owner is whose children are written.
type Owner struct {
	// UID of the owner.
	UID types.UID
	// Adopts is the UID of an earlier owner whose retained objects are taken over; empty takes over nothing.
	Adopts types.UID
}

// Owns reports whether the object is the owner's: by its controller, or, without one, by either annotation. Both have to be
// gone before an object that has no controller is a stranger's.
func (o Owner) Owns(object client.Object) bool {
	if controller := metav1.GetControllerOf(object); controller != nil {
		return controller.UID == o.UID
	}
	written, _, _ := strings.Cut(object.GetAnnotations()[AnnotationDigest], digestSeparator)
	for _, uid := range []string{object.GetAnnotations()[AnnotationOwnerUID], written} {
		if uid != "" && (uid == string(o.UID) || uid == string(o.Adopts)) {
			return true
		}
	}
	return false
}

// digestSeparator stands between UID and digest in AnnotationDigest.
const digestSeparator = ":"

// OwnerUID returns the UID of the owner that an object names: its controller's, or, without one, that of
// the annotation AnnotationOwnerUID; empty when it names none.
func OwnerUID(object client.Object) types.UID {
	if controller := metav1.GetControllerOf(object); controller != nil {
		return controller.UID
	}
	return types.UID(object.GetAnnotations()[AnnotationOwnerUID])
}

// stamp returns a copy that carries the owner's UID and the digest of the content.
func stamp(desired *unstructured.Unstructured, owner Owner) (*unstructured.Unstructured, error) {
	want := &unstructured.Unstructured{Object: maps.Clone(desired.Object)} // only the annotations will differ
	metadata, _ := want.Object["metadata"].(map[string]any)
	want.Object["metadata"] = maps.Clone(metadata)
	annotations := want.GetAnnotations()
	if annotations == nil {
		annotations = map[string]string{}
	}
	annotations[AnnotationOwnerUID] = string(owner.UID)
	want.SetAnnotations(annotations)
	raw, err := want.MarshalJSON()
	if err != nil {
		return nil, fmt.Errorf("encoding %s: %w", describe(want), err)
	}
	sum := sha256.Sum256(raw)
	annotations[AnnotationDigest] = string(owner.UID) + digestSeparator + hex.EncodeToString(sum[:])
	want.SetAnnotations(annotations)
	return want, nil
}

func describe(object *unstructured.Unstructured) string {
	return fmt.Sprintf("%s %q", object.GetKind(), object.GetNamespace()+"/"+object.GetName())
}

func isSecret(object *unstructured.Unstructured) bool {
	return object.GetKind() == "Secret" && object.GetAPIVersion() == "v1"
}

// holdsData tells kinds whose content nobody can render.
func holdsData(object *unstructured.Unstructured) bool {
	return isSecret(object) || object.GetKind() == "PersistentVolumeClaim"
}
