// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package apply

import (
	"context"
	"fmt"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/structured-merge-diff/v6/fieldpath"
)

// overwrite is for an object that somebody disturbed so that an apply makes it invalid: an item of a list that was given
// another key stands beside ours under the same name, or a field goes with a type that it no longer has. It replaces
// the rendered lists as a whole and clears what was added right beside the disturbed fields.
func (a *Applier) overwrite(
	ctx context.Context, want *unstructured.Unstructured, live client.Object, differing *fieldpath.Set,
) (*unstructured.Unstructured, error) {
	sent := want.DeepCopy()
	sent.SetOwnerReferences(nil) // other owners' references stay theirs
	sent.SetUID(live.GetUID())
	sent.SetResourceVersion(live.GetResourceVersion())
	found, err := runtime.DefaultUnstructuredConverter.ToUnstructured(live)
	if err != nil {
		return nil, fmt.Errorf("reading the live %s: %w", describe(want), err)
	}
	differing.Iterate(func(path fieldpath.Path) { clearBeside(sent.Object, found, path) })
	patch, err := sent.MarshalJSON()
	if err != nil {
		return nil, fmt.Errorf("encoding %s: %w", describe(want), err)
	}
	err = a.writer.Patch(ctx, sent, client.RawPatch(types.MergePatchType, patch), client.FieldOwner(Manager))
	return sent, err
}

// clearBeside makes a merge patch remove the live neighbours of a field that it does not set itself. Fields
// directly below spec and in metadata have little to do with each other and keep their neighbours.
func clearBeside(patch, live map[string]any, path fieldpath.Path) {
	if len(path) < 3 || inMetadata(path) {
		return
	}
	for _, element := range path[:len(path)-1] {
		if element.FieldName == nil {
			return // within a list, which is replaced as a whole
		}
		patch, _ = patch[*element.FieldName].(map[string]any)
		live, _ = live[*element.FieldName].(map[string]any)
	}
	for key := range live {
		if _, set := patch[key]; !set && patch != nil {
			patch[key] = nil
		}
	}
}
