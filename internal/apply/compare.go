// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package apply

import (
	"fmt"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/structured-merge-diff/v6/fieldpath"
	"sigs.k8s.io/structured-merge-diff/v6/typed"
)

// differences lists the rendered paths at which the object differs from the wanted one. Lists are compared as the API's schema
// defines them: by key, as sets, or, when atomic, as a whole. What others added elsewhere is theirs.
func (a *Applier) differences(want *unstructured.Unstructured, object client.Object) (*fieldpath.Set, error) {
	found, err := a.types.ObjectToTyped(object, typed.AllowDuplicates)
	if err != nil {
		return nil, fmt.Errorf("reading the fields of the live %s: %w", describe(want), err)
	}
	wanted, err := a.types.ObjectToTyped(want)
	if err != nil {
		return nil, fmt.Errorf("reading the fields of %s: %w", describe(want), err)
	}
	differing, err := missing(wanted, found)
	if err != nil || differing.Empty() {
		return differing, err
	}
	// The same quantity may be written in several ways.
	if wanted, err = a.canonical(want, wanted); err != nil {
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
func (a *Applier) canonical(want *unstructured.Unstructured, raw *typed.TypedValue) (*typed.TypedValue, error) {
	paths, err := raw.ToFieldSet()
	if err != nil {
		return nil, fmt.Errorf("listing the fields of %s: %w", describe(want), err)
	}
	object, err := a.empty(want)
	if err != nil {
		return nil, err
	}
	if err := runtime.DefaultUnstructuredConverter.FromUnstructuredWithValidation(want.Object, object, true); err != nil {
		return nil, fmt.Errorf("reading %s as %T: %w", describe(want), object, err)
	}
	value, err := a.types.ObjectToTyped(object)
	if err != nil {
		return nil, fmt.Errorf("reading the fields of %s: %w", describe(want), err)
	}
	return value.ExtractItems(paths), nil
}
