// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package settings

import (
	"reflect"
	"strings"

	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
)

// layer is a place where a value can be set.
type layer int

// Layers from the lowest to the highest.
const (
	layerBuiltin layer = iota
	layerClass
	layerPortal
)

// merged are the settings of all layers and, by path, the layer that each value came from.
type merged struct {
	v1alpha1.PortalSettings
	origin map[string]layer
}

// merge lays the class's defaults and then the portal's own settings over the built-in ones, field by field. Lists and
// maps are one value: the upper layer replaces the lower. The arguments are not changed and may be nil.
func merge(class, portal *v1alpha1.PortalSettings) *merged {
	m := &merged{PortalSettings: *builtin(), origin: map[string]layer{}}
	base := reflect.ValueOf(&m.PortalSettings).Elem()
	if class != nil {
		m.overlay(base, reflect.ValueOf(class.DeepCopy()).Elem(), "", layerClass)
	}
	if portal != nil {
		m.overlay(base, reflect.ValueOf(portal.DeepCopy()).Elem(), "", layerPortal)
	}
	return m
}

// overlay sets every field of base that over sets, going down into structs, and notes where the values came from.
func (m *merged) overlay(base, over reflect.Value, path string, from layer) {
	for i := range over.NumField() {
		value, target := over.Field(i), base.Field(i)
		if value.IsZero() {
			continue
		}
		name := path + fieldName(over.Type().Field(i))
		if !descends(value.Type()) {
			target.Set(value)
			m.origin[name] = from
			continue
		}
		if value.Kind() == reflect.Pointer {
			if target.IsNil() {
				target.Set(reflect.New(value.Type().Elem()))
			}
			value, target = value.Elem(), target.Elem()
		}
		m.overlay(target, value, name+".", from)
	}
}

// descends tells whether a field of this type is merged field by field: a struct of the API, not a quantity.
func descends(t reflect.Type) bool {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return t.Kind() == reflect.Struct && t != reflect.TypeFor[resource.Quantity]()
}

// fieldName is the name of a field in JSON.
func fieldName(field reflect.StructField) string {
	name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
	return name
}
