// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package apply

import (
	"fmt"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/managedfields"
	"k8s.io/client-go/applyconfigurations"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/structured-merge-diff/v6/fieldpath"
	"sigs.k8s.io/structured-merge-diff/v6/typed"
)

// Comparer tells what Apply would do, without a client. It is safe for concurrent use.
type Comparer struct {
	scheme *runtime.Scheme
	types  fieldTypes
}

// NewComparer returns a Comparer for the kinds of a scheme.
func NewComparer(scheme *runtime.Scheme) *Comparer {
	return &Comparer{scheme: scheme, types: fieldTypes{
		scheme: scheme, builtIn: applyconfigurations.NewTypeConverter(scheme), deducing: managedfields.NewDeducedTypeConverter(),
	}}
}

// decide says what to do about an object that exists, and the paths at which it differs. The error is a *ConflictError
// when it is not ours.
func (c *Comparer) decide(want *unstructured.Unstructured, live client.Object, owner Owner) (Action, *fieldpath.Set, error) {
	switch {
	case !owner.Owns(live):
		return "", nil, newConflictError(want, live)
	case live.GetDeletionTimestamp() != nil:
		return Terminating, nil, nil
	}
	differing, err := c.differences(want, live)
	switch {
	case err != nil:
		return "", nil, err
	case differing.Empty():
		return Unchanged, differing, nil
	case live.GetAnnotations()[AnnotationDigest] == want.GetAnnotations()[AnnotationDigest]:
		return Repaired, differing, nil
	}
	return Changed, differing, nil
}

// differences lists the rendered paths at which the object differs from the wanted one. Lists are compared as the API's schema
// defines them: by key, as sets, or, when atomic, as a whole. What others added elsewhere is theirs.
func (c *Comparer) differences(want *unstructured.Unstructured, object client.Object) (*fieldpath.Set, error) {
	found, err := c.types.ObjectToTyped(object, typed.AllowDuplicates)
	if err != nil {
		return nil, fmt.Errorf("reading the fields of the live %s: %w", describe(want), err)
	}
	wanted, err := c.types.ObjectToTyped(want)
	if err != nil {
		return nil, fmt.Errorf("reading the fields of %s: %w", describe(want), err)
	}
	differing, err := missing(wanted, found)
	if err != nil || differing.Empty() || !c.scheme.Recognizes(want.GroupVersionKind()) {
		return differing, err
	}
	// The same quantity may be written in several ways.
	if wanted, err = c.canonical(want, wanted); err != nil {
		return nil, err
	}
	return missing(wanted, found)
}

// missing lists the paths of wanted whose values found does not have.
func missing(wanted, found *typed.TypedValue) (*fieldpath.Set, error) {
	comparison, err := wanted.Compare(found)
	if err != nil {
		return nil, fmt.Errorf("comparing fields: %w", err)
	}
	return comparison.Removed.Union(comparison.Modified), nil
}

func pathStrings(set *fieldpath.Set) []string {
	var paths []string
	set.Iterate(func(path fieldpath.Path) { paths = append(paths, path.String()) })
	return paths
}

// canonical brings quantities and the like to the form in which the API server returns them, and keeps exactly the
// rendered paths. raw is the wanted object as it was rendered.
func (c *Comparer) canonical(want *unstructured.Unstructured, raw *typed.TypedValue) (*typed.TypedValue, error) {
	paths, err := raw.ToFieldSet()
	if err != nil {
		return nil, fmt.Errorf("listing the fields of %s: %w", describe(want), err)
	}
	object, err := c.empty(want)
	if err != nil {
		return nil, err
	}
	if err := runtime.DefaultUnstructuredConverter.FromUnstructuredWithValidation(want.Object, object, true); err != nil {
		return nil, fmt.Errorf("reading %s as %T: %w", describe(want), object, err)
	}
	value, err := c.types.ObjectToTyped(object)
	if err != nil {
		return nil, fmt.Errorf("reading the fields of %s: %w", describe(want), err)
	}
	return value.ExtractItems(paths), nil
}

// typed converts what the API server answered.
func (c *Comparer) typed(answer *unstructured.Unstructured) (client.Object, error) {
	object, err := c.empty(answer)
	if err != nil {
		return nil, err
	}
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(answer.Object, object); err != nil {
		return nil, fmt.Errorf("decoding %s: %w", describe(answer), err)
	}
	return object, nil
}

func (c *Comparer) empty(like *unstructured.Unstructured) (client.Object, error) {
	if kind := like.GroupVersionKind(); !c.scheme.Recognizes(kind) {
		return foreignObject(kind), nil
	}
	made, err := c.scheme.New(like.GroupVersionKind())
	if err != nil {
		return nil, fmt.Errorf("making %s: %w", describe(like), err)
	}
	object, ok := made.(client.Object)
	if !ok {
		return nil, fmt.Errorf("making %s: %T is no object", describe(like), made)
	}
	return object, nil
}
