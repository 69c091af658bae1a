// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

// Package drift changes live objects at every path that somebody rendered, one at a time: what a person, a tool or another
// controller might do to them.
package drift

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
)

// Change is one way to disturb a live object.
type Change struct {
	// Path that is disturbed, for example spec.replicas.
	Path string
	// How it is disturbed: changed or removed.
	How string
	// Variants of the change, most likely to be accepted first; each changes the given object.
	Variants []func(live *unstructured.Unstructured) error
}

// step is one element of a path: a field, or the item of a list that looks like the rendered one.
type step struct {
	field string
	index int
	item  any
}

// identifies an object: with another value it is another object. The UID of its owner is left out for the same reason:
// with another one the object is somebody else's, and is never touched.
var identifies = []string{"apiVersion", "kind", "metadata.name", "metadata.namespace"}

// Changes lists every leaf of a rendered object, once changed and once removed.
func Changes(rendered *unstructured.Unstructured) []Change {
	var changes []Change
	walk(rendered.Object, nil, func(path []step, value any) {
		name := pathName(path)
		if slices.Contains(identifies, name) || strings.HasSuffix(name, "].uid") {
			return
		}
		changed := Change{Path: name, How: "changed"}
		for _, other := range others(path, value) {
			changed.Variants = append(changed.Variants, func(live *unstructured.Unstructured) error {
				return edit(live.Object, path, other)
			})
		}
		removed := Change{Path: name, How: "removed", Variants: []func(*unstructured.Unstructured) error{
			func(live *unstructured.Unstructured) error { return edit(live.Object, path, nil) },
		}}
		changes = append(changes, changed, removed)
	})
	return changes
}

// Holds reports the first rendered value that the live object lacks, in the plainest way: maps by key, items of lists
// by what identifies them. It is independent of the code that repairs.
func Holds(rendered, live *unstructured.Unstructured) error {
	var problem error
	walk(rendered.Object, nil, func(path []step, want any) {
		if problem != nil {
			return
		}
		got, err := lookup(live.Object, path)
		if err != nil {
			problem = err
		} else if !equal(got, want) {
			problem = fmt.Errorf("%s is %v, want %v", pathName(path), got, want)
		}
	})
	return problem
}

func equal(got, want any) bool {
	return reflect.DeepEqual(got, want) || fmt.Sprint(got) == fmt.Sprint(want)
}

// walk visits every leaf: scalars and empty maps or lists.
func walk(value any, path []step, visit func([]step, any)) {
	switch typed := value.(type) {
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(typed)) {
			walk(typed[key], append(slices.Clone(path), step{field: key}), visit)
		}
		if len(typed) == 0 {
			visit(path, value)
		}
	case []any:
		for index, item := range typed {
			walk(item, append(slices.Clone(path), step{index: index, item: item}), visit)
		}
		if len(typed) == 0 {
			visit(path, value)
		}
	default:
		visit(path, value)
	}
}

func pathName(path []step) string {
	var name strings.Builder
	for _, at := range path {
		if at.item == nil {
			name.WriteString("." + at.field)
			continue
		}
		name.WriteString("[" + itemName(at) + "]")
	}
	return strings.TrimPrefix(name.String(), ".")
}

// identifying fields of items in lists, the most specific first.
var identifying = [][]string{{"uid"}, {"mountPath"}, {"topologyKey", "whenUnsatisfiable"}, {"name"}, {"port", "protocol"}, {"key"}}

// identity returns the fields that tell an item from the others of its list; nil when only its place does.
func identity(at step) []string {
	item, _ := at.item.(map[string]any)
	for _, fields := range identifying {
		if _, ok := item[fields[0]]; ok {
			return fields
		}
	}
	return nil
}

func itemName(at step) string {
	fields := identity(at)
	if fields == nil {
		return strconv.Itoa(at.index)
	}
	item, _ := at.item.(map[string]any)
	return fmt.Sprintf("%s=%v", fields[0], item[fields[0]])
}

// find returns the index of the live item that corresponds to a step.
func find(list []any, at step) (int, error) {
	fields := identity(at)
	if fields == nil {
		if at.index >= len(list) {
			return 0, fmt.Errorf("no item %d", at.index)
		}
		return at.index, nil
	}
	item, _ := at.item.(map[string]any)
	index := slices.IndexFunc(list, func(candidate any) bool {
		other, _ := candidate.(map[string]any)
		return !slices.ContainsFunc(fields, func(field string) bool { return !equal(other[field], item[field]) })
	})
	if index < 0 {
		return 0, fmt.Errorf("no item with %s", itemName(at))
	}
	return index, nil
}

func lookup(value any, path []step) (any, error) {
	for position, at := range path {
		if at.item != nil {
			list, _ := value.([]any)
			index, err := find(list, at)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", pathName(path[:position+1]), err)
			}
			value = list[index]
			continue
		}
		fields, _ := value.(map[string]any)
		child, ok := fields[at.field]
		if !ok {
			return nil, fmt.Errorf("%s is missing", pathName(path[:position+1]))
		}
		value = child
	}
	return value, nil
}

// edit sets the value at a path of the live object; nil removes it.
func edit(live map[string]any, path []step, value any) error {
	parent, err := lookup(live, path[:len(path)-1])
	if err != nil {
		return err
	}
	last := path[len(path)-1]
	if last.item == nil {
		fields, _ := parent.(map[string]any)
		if value == nil {
			delete(fields, last.field)
		} else {
			fields[last.field] = runtime.DeepCopyJSONValue(value)
		}
		return nil
	}
	list, _ := parent.([]any)
	index, err := find(list, last)
	if err != nil {
		return err
	}
	if value != nil {
		list[index] = runtime.DeepCopyJSONValue(value)
		return nil
	}
	return edit(live, path[:len(path)-1], slices.Delete(slices.Clone(list), index, index+1))
}
