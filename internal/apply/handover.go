// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package apply

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/structured-merge-diff/v6/fieldpath"
)

// holder is an entry of managedFields: a manager and how it writes.
type holder struct {
	manager   string
	operation metav1.ManagedFieldsOperationType
}

// Entries that fields move between.
var (
	posted   = holder{Manager, metav1.ManagedFieldsOperationUpdate}
	made     = holder{KeysManager, metav1.ManagedFieldsOperationUpdate}
	applied  = holder{Manager, metav1.ManagedFieldsOperationApply}
	interval = holder{HandoverManager, metav1.ManagedFieldsOperationApply}
)

// move is fields that one entry gives to another.
type move struct {
	from, to holder
	fields   func(fieldpath.Path) bool
}

// moves are what has to change hands before an object is applied.
//
// What a POST wrote goes to the manager that applies. Without it the fields would stay under the POST's entry, and one that is
// rendered no longer would never go away. The data of Secrets stays where it is, for the opposite reason.
//
// A Deployment's number of pods that is rendered no longer goes to HandoverManager, with its live value: pods are never fewer
// for it. Rendered again, it comes back.
func moves(want *unstructured.Unstructured, live client.Object) []move {
	switch live.(type) {
	case *corev1.Secret:
		return []move{{made, applied, inMetadata}}
	case *appsv1.Deployment:
		all := []move{{posted, applied, anywhere}}
		if countsPods(want) {
			return append(all, move{interval, applied, isReplicas})
		}
		return append(all, move{applied, interval, isReplicas})
	default:
		return []move{{posted, applied, anywhere}}
	}
}

// handOver makes the moves in one write, when there are any, and brings live up to date.
func (a *Applier) handOver(ctx context.Context, want *unstructured.Unstructured, live client.Object) error {
	entries, changed := live.GetManagedFields(), false
	for _, m := range moves(want, live) {
		var moved bool
		var err error
		if entries, moved, err = moveFields(entries, m); err != nil {
			return err
		}
		changed = changed || moved
	}
	if !changed {
		return nil
	}
	// Replacing the resource version makes the write fail when somebody else was quicker.
	patch, err := json.Marshal([]map[string]any{
		{"op": "replace", "path": "/metadata/managedFields", "value": entries},
		{"op": "replace", "path": "/metadata/resourceVersion", "value": live.GetResourceVersion()},
	})
	if err != nil {
		return fmt.Errorf("encoding the hand-over: %w", err)
	}
	return a.writer.Patch(ctx, live, client.RawPatch(types.JSONPatchType, patch), client.FieldOwner(Manager))
}

func anywhere(fieldpath.Path) bool { return true }

func inMetadata(path fieldpath.Path) bool {
	return len(path) > 0 && path[0].FieldName != nil && *path[0].FieldName == "metadata"
}

// moveFields returns the entries after a move, and whether there was anything to move.
func moveFields(entries []metav1.ManagedFieldsEntry, m move) ([]metav1.ManagedFieldsEntry, bool, error) {
	source := slices.IndexFunc(entries, m.from.holds)
	if source < 0 {
		return entries, false, nil
	}
	all, err := decodeFields(entries[source])
	if err != nil {
		return nil, false, err
	}
	chosen := fieldpath.NewSet()
	all.Iterate(func(path fieldpath.Path) {
		if m.fields(path) {
			chosen.Insert(path.Copy())
		}
	})
	if chosen.Empty() {
		return entries, false, nil
	}
	entries = slices.Clone(entries)
	template := entries[source]
	if rest := all.Difference(chosen); rest.Empty() {
		entries = slices.Delete(entries, source, source+1)
	} else if entries[source].FieldsV1, err = encodeFields(rest); err != nil {
		return nil, false, err
	}
	entries, err = addFields(entries, template, m.to, chosen)
	return entries, true, err
}

func (h holder) holds(entry metav1.ManagedFieldsEntry) bool {
	return entry.Manager == h.manager && entry.Operation == h.operation && entry.Subresource == ""
}

// addFields adds fields to the entry of a holder, which it makes after the template when there is none.
func addFields(
	entries []metav1.ManagedFieldsEntry, template metav1.ManagedFieldsEntry, to holder, fields *fieldpath.Set,
) ([]metav1.ManagedFieldsEntry, error) {
	target := slices.IndexFunc(entries, func(entry metav1.ManagedFieldsEntry) bool {
		return to.holds(entry) && entry.APIVersion == template.APIVersion
	})
	if target < 0 {
		template.Manager, template.Operation = to.manager, to.operation
		entries, target = append(entries, template), len(entries)
	} else {
		present, err := decodeFields(entries[target])
		if err != nil {
			return nil, err
		}
		fields = fields.Union(present)
	}
	var err error
	entries[target].FieldsV1, err = encodeFields(fields)
	return entries, err
}

func decodeFields(entry metav1.ManagedFieldsEntry) (*fieldpath.Set, error) {
	fields := &fieldpath.Set{}
	if entry.FieldsV1 == nil {
		return fields, nil
	}
	if err := fields.FromJSON(entry.FieldsV1.GetRawReader()); err != nil {
		return nil, fmt.Errorf("reading the fields of manager %s: %w", entry.Manager, err)
	}
	return fields, nil
}

func encodeFields(fields *fieldpath.Set) (*metav1.FieldsV1, error) {
	raw, err := fields.ToJSON()
	if err != nil {
		return nil, fmt.Errorf("encoding managed fields: %w", err)
	}
	return metav1.NewFieldsV1(string(raw)), nil
}
