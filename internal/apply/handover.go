// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package apply

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/structured-merge-diff/v6/fieldpath"
)

// handOver moves what a POST wrote to the manager that applies. Without it the fields would stay under the POST's entry, and
// one that is rendered no longer would never go away. The data of Secrets stays where it is, for the opposite reason.
// It costs one write, once per object, and brings live up to date.
func (a *Applier) handOver(ctx context.Context, live client.Object) error {
	from, moves := Manager, func(fieldpath.Path) bool { return true }
	if _, ok := live.(*corev1.Secret); ok {
		from, moves = KeysManager, inMetadata
	}
	entries, moved, err := moveFields(live.GetManagedFields(), from, moves)
	if err != nil || !moved {
		return err
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

func inMetadata(path fieldpath.Path) bool {
	return len(path) > 0 && path[0].FieldName != nil && *path[0].FieldName == "metadata"
}

// moveFields returns the entries with the chosen fields of one manager's updates under Manager's apply, and whether
// there was anything to move.
func moveFields(entries []metav1.ManagedFieldsEntry, from string, moves func(fieldpath.Path) bool) ([]metav1.ManagedFieldsEntry, bool, error) {
	source := slices.IndexFunc(entries, func(entry metav1.ManagedFieldsEntry) bool {
		return entry.Manager == from && entry.Operation == metav1.ManagedFieldsOperationUpdate && entry.Subresource == ""
	})
	if source < 0 {
		return entries, false, nil
	}
	all, err := decodeFields(entries[source])
	if err != nil {
		return nil, false, err
	}
	chosen := fieldpath.NewSet()
	all.Iterate(func(path fieldpath.Path) {
		if moves(path) {
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
	entries, err = addFields(entries, template, chosen)
	return entries, true, err
}

// addFields adds fields to Manager's apply entry, which it makes after the template when there is none.
func addFields(entries []metav1.ManagedFieldsEntry, template metav1.ManagedFieldsEntry, fields *fieldpath.Set) ([]metav1.ManagedFieldsEntry, error) {
	target := slices.IndexFunc(entries, func(entry metav1.ManagedFieldsEntry) bool {
		return entry.Manager == Manager && entry.Operation == metav1.ManagedFieldsOperationApply && entry.Subresource == "" &&
			entry.APIVersion == template.APIVersion
	})
	if target < 0 {
		template.Manager, template.Operation = Manager, metav1.ManagedFieldsOperationApply
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
