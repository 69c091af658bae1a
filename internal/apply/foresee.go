// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package apply

import (
	"fmt"
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/structured-merge-diff/v6/fieldpath"
)

// Compare tells what Apply would do about an object as the API server has it, with its managedFields; nil when it has none.
// Paths of the outcome also hold what an apply removes, because we wrote it and do not render it any more. Missing means that
// the object holds data and is made only when its owner has none yet. The error is a *ConflictError when the object is not ours.
func (c *Comparer) Compare(desired, live *unstructured.Unstructured, owner Owner) (Outcome, error) {
	want, err := stamp(desired, owner)
	switch {
	case err != nil:
		return Outcome{}, err
	case live == nil && holdsData(want):
		return Outcome{Action: Missing}, nil
	case live == nil:
		return Outcome{Action: Created}, nil
	}
	action, differing, err := c.decide(want, live, owner)
	if err != nil {
		return Outcome{}, err
	}
	outcome := Outcome{Action: action, Live: live}
	if !outcome.Wrote() {
		return outcome, nil
	}
	dropped, err := c.dropped(want, live.GetManagedFields())
	if err != nil {
		return Outcome{}, err
	}
	outcome.Paths = pathStrings(differing.Union(dropped))
	return outcome, nil
}

// Written answers an object as Apply leaves it, without what the API server fills in: what Compare takes for live when nobody
// has written anything yet.
func (c *Comparer) Written(desired *unstructured.Unstructured, owner Owner) (*unstructured.Unstructured, error) {
	want, err := stamp(desired, owner)
	if err != nil {
		return nil, err
	}
	fields, err := c.types.ObjectToTyped(want)
	if err != nil {
		return nil, fmt.Errorf("reading the fields of %s: %w", describe(want), err)
	}
	set, err := fields.ToFieldSet()
	if err != nil {
		return nil, fmt.Errorf("listing the fields of %s: %w", describe(want), err)
	}
	typed, err := c.typed(want) // quantities as the API server returns them
	if err != nil {
		return nil, err
	}
	content, err := runtime.DefaultUnstructuredConverter.ToUnstructured(typed)
	if err != nil {
		return nil, fmt.Errorf("encoding %s: %w", describe(want), err)
	}
	written := &unstructured.Unstructured{Object: content}
	entries, err := addFields(nil, metav1.ManagedFieldsEntry{APIVersion: want.GetAPIVersion(), FieldsType: "FieldsV1"}, applied, set)
	if err != nil {
		return nil, err
	}
	written.SetManagedFields(entries)
	return written, nil
}

// dropped lists the paths that only we own and that are not wanted any more: an apply removes them.
func (c *Comparer) dropped(want *unstructured.Unstructured, entries []metav1.ManagedFieldsEntry) (*fieldpath.Set, error) {
	value, err := c.types.ObjectToTyped(want)
	if err != nil {
		return nil, fmt.Errorf("reading the fields of %s: %w", describe(want), err)
	}
	kept, err := value.ToFieldSet()
	if err != nil {
		return nil, fmt.Errorf("listing the fields of %s: %w", describe(want), err)
	}
	ours := fieldpath.NewSet()
	for _, entry := range entries {
		fields, err := decodeFields(entry)
		if err != nil {
			return nil, err
		}
		if entry.Manager == Manager && entry.Subresource == "" {
			ours = ours.Union(fields)
		} else {
			kept = kept.Union(fields)
		}
	}
	gone := fieldpath.NewSet()
	ours.Leaves().Difference(kept).Iterate(func(path fieldpath.Path) {
		if !filledIn(path) && !isReplicas(path) { // the number of pods is handed over
			gone.Insert(path.Copy())
		}
	})
	return gone, nil
}

// filled are the fields of Deployments and pods that the API server fills in by itself. A POST makes us own them; when an apply gives them up,
// they come back with the same values.
var filled = []string{
	"defaultMode", "dnsPolicy", "failureThreshold", "imagePullPolicy", "periodSeconds", "progressDeadlineSeconds", "protocol",
	"restartPolicy", "schedulerName", "scheme", "securityContext", "serviceAccount", "successThreshold", "terminationGracePeriodSeconds", "terminationMessagePath", "terminationMessagePolicy",
	"timeoutSeconds",
}

func filledIn(path fieldpath.Path) bool {
	last := path[len(path)-1]
	return last.FieldName != nil && slices.Contains(filled, *last.FieldName)
}
