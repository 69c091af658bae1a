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
	wanted, err := a.canonical(want)
	if err != nil {
		return nil, err
	}
	found, err := a.types.ObjectToTyped(object, typed.AllowDuplicates)
	if err != nil {
		return nil, fmt.Errorf("reading the fields of the live %s: %w", describe(want), err)
	}
	comparison, err := wanted.Compare(found)
	if err != nil {
		return nil, fmt.Errorf("comparing %s: %w", describe(want), err)
	}
	return comparison.Removed.Union(comparison.Modified), nil
}

func pathStrings(set *fieldpath.Set) []string {
	var paths []string
	set.Iterate(func(path fieldpath.Path) { paths = append(paths, path.String()) })
	return paths
}

// canonical brings quantities and the like to the form in which the API server returns them, and keeps exactly the
// rendered paths.
func (a *Applier) canonical(want *unstructured.Unstructured) (*typed.TypedValue, error) {
	raw, err := a.types.ObjectToTyped(want)
	if err != nil {
		return nil, fmt.Errorf("reading the fields of %s: %w", describe(want), err)
	}
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
