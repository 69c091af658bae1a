// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package settings

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/types"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
)

// Value is one value in force and where it came from.
type Value struct {
	// Path of the field below spec, for example inactivity.months.
	Path string `json:"path"`
	// Value in force; nil when nobody sets it and there is no default.
	Value any `json:"value"`
	// Source of the value that was asked for; empty when Value is nil.
	Source v1alpha1.ValueSource `json:"source,omitempty"`
	// Layers are all that set this value, from the lowest to the highest: the last is the source.
	Layers []Setting `json:"layers,omitempty"`
	// Bound that changed the value or refuses it; nil when none did.
	Bound *Crossing `json:"bound,omitempty"`
}

// Setting is what one object says of a value.
type Setting struct {
	Source v1alpha1.ValueSource `json:"source"`
	// Object that says so; nil for a built-in default.
	Object *Object `json:"object,omitempty"`
	Value  any     `json:"value"`
}

// Object is a version of an object that sets values.
type Object struct {
	Kind       string `json:"kind"`
	Namespace  string `json:"namespace,omitempty"`
	Name       string `json:"name"`
	Generation int64  `json:"generation,omitempty"`
}

// String gives kind and name.
func (o *Object) String() string { return o.Kind + " " + o.Name }

func classObject(class *v1alpha1.PortalClass) *Object {
	return &Object{Kind: "PortalClass", Name: class.Name, Generation: class.Generation}
}

func portalObject(portal types.NamespacedName, generation int64) *Object {
	return &Object{Kind: "RegionalPortal", Namespace: portal.Namespace, Name: portal.Name, Generation: generation}
}

// Text gives a value as people write it: strings bare, lists and maps as JSON, nothing as "-".
func Text(value any) string {
	switch v := value.(type) {
	case nil:
		return "-"
	case string:
		return v
	case bool, int32, int64, int:
		return fmt.Sprint(v)
	}
	raw, err := json.Marshal(value)
	if err != nil {
		return fmt.Sprint(value)
	}
	return strings.Trim(string(raw), `"`)
}

// portalLeaves are all values of a portal.
var portalLeaves = leavesOf(reflect.TypeFor[spec](), "")

// explain lists every value of a portal with its layers, after the bounds.
func (m *merged) explain(objects map[v1alpha1.ValueSource]*Object, crossings []Crossing) []Value {
	bound := map[string]*Crossing{}
	for i := range crossings {
		if at := crossings[i].Path; bound[at] == nil {
			bound[at] = &crossings[i]
		}
	}
	values := make([]Value, 0, len(portalLeaves))
	inForce := reflect.ValueOf(&m.spec).Elem()
	for _, l := range portalLeaves {
		v := Value{Path: l.path, Bound: bound[l.path]}
		for _, layer := range m.layers {
			if value, set := l.in(reflect.ValueOf(layer.spec).Elem()); set {
				v.Layers = append(v.Layers, Setting{Source: layer.source, Object: objects[layer.source], Value: plain(value)})
			}
		}
		if value, set := l.in(inForce); set {
			v.Value, v.Source = plain(value), m.origin[l.path]
		}
		values = append(values, v)
	}
	return values
}

// plain is a value without pointers.
func plain(value reflect.Value) any {
	if value.Kind() == reflect.Pointer && value.Type().Elem().Kind() != reflect.Struct {
		value = value.Elem()
	}
	switch value.Kind() { //nolint:exhaustive // named types of the API become plain ones, everything else stays
	case reflect.String:
		return value.String()
	case reflect.Bool:
		return value.Bool()
	case reflect.Int32:
		return int32(value.Int()) //nolint:gosec // is an int32
	default:
		return value.Interface()
	}
}

// Policy are the values that people ask about first, for the status of the portal: sign-in, inactivity, network and pods.
func (e *Effective) Policy() []v1alpha1.EffectiveValue {
	var policy []v1alpha1.EffectiveValue
	for _, v := range e.Values {
		if v.Value == nil || !isPolicy(v.Path) {
			continue
		}
		entry := v1alpha1.EffectiveValue{Path: v.Path, Value: cut(Text(v.Value)), Source: v.Source}
		if v.Bound != nil && !v.Bound.Audit {
			entry.Bound = v.Bound.Bound
		}
		policy = append(policy, entry)
	}
	return policy
}

// maxValue is how long a value in a status may be.
const maxValue = 256

// cut keeps a long value from making the whole status unacceptable.
func cut(text string) string {
	if runes := []rune(text); len(runes) > maxValue {
		return string(runes[:maxValue-1]) + "…"
	}
	return text
}

func isPolicy(path string) bool {
	return path == PathReplicas || path == "network.mode" ||
		slices.ContainsFunc([]string{"scaling.", "auth.", "inactivity."}, func(group string) bool { return strings.HasPrefix(path, group) })
}
