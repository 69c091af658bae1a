// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

// Package classes says which PortalClass a portal has. The operator and the plugin ask it, so that they agree.
package classes

import (
	"context"
	"fmt"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
)

// IsDefault says whether a class asks to be the default.
func IsDefault(class *v1alpha1.PortalClass) bool {
	return class.Annotations[v1alpha1.AnnotationDefaultClass] == "true"
}

// Default picks the default among the classes: the oldest that asks for it, then the first by name; nil when none does.
func Default(all []v1alpha1.PortalClass) *v1alpha1.PortalClass {
	var chosen *v1alpha1.PortalClass
	for i := range all {
		if class := &all[i]; IsDefault(class) && (chosen == nil || before(class, chosen)) {
			chosen = class
		}
	}
	return chosen
}

// Of picks the class of a portal among all classes: the one that it names, or the default; nil when there is none.
func Of(all []v1alpha1.PortalClass, portal *v1alpha1.RegionalPortal) *v1alpha1.PortalClass {
	if portal.Spec.ClassName == "" {
		return Default(all)
	}
	for i := range all {
		if all[i].Name == portal.Spec.ClassName {
			return &all[i]
		}
	}
	return nil
}

func before(a, b *v1alpha1.PortalClass) bool {
	if !a.CreationTimestamp.Equal(&b.CreationTimestamp) {
		return a.CreationTimestamp.Before(&b.CreationTimestamp)
	}
	return a.Name < b.Name
}

// Find returns the class with the name, or the default class when the name is empty; nil when there is none. It is
// shared with the cache: never change it.
func Find(ctx context.Context, reader client.Reader, name string) (*v1alpha1.PortalClass, error) {
	if name == "" {
		list := &v1alpha1.PortalClassList{}
		if err := reader.List(ctx, list, client.UnsafeDisableDeepCopy); err != nil {
			return nil, fmt.Errorf("listing classes: %w", err)
		}
		return Default(list.Items), nil
	}
	class := &v1alpha1.PortalClass{}
	err := reader.Get(ctx, client.ObjectKey{Name: name}, class)
	if apierrors.IsNotFound(err) {
		return nil, nil //nolint:nilnil // no class is an answer, not a failure
	}
	if err != nil {
		return nil, fmt.Errorf("reading class %q: %w", name, err)
	}
	return class, nil
}

// Missing says why Find has no class for the name: a reason of the portal's condition ClassAccepted, and a message with the cure.
func Missing(name string) (reason, message string) {
	if name == "" {
		return v1alpha1.ReasonNoDefaultClass, "spec.className is not set and no PortalClass is the default: set it, or set the annotation " +
			v1alpha1.AnnotationDefaultClass + `: "true" on a PortalClass`
	}
	return v1alpha1.ReasonClassNotFound, fmt.Sprintf("spec.className: %q: there is no such PortalClass: create it or name another", name)
}
