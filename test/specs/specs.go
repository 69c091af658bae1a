// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

// Package specs draws objects at random by walking the shipped schema, so that a new field is drawn from the day it exists.
// What the schema cannot say, because a rule or the operator says it, is drawn by hand.
package specs

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"pgregory.net/rapid"
	"sigs.k8s.io/yaml"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
	"github.com/forecourt-dev/forecourt/config/crd"
)

// most items that are drawn for a list or map.
const most = 3

// Drawer draws objects of one kind.
type Drawer struct {
	kind string
	spec apiextensionsv1.JSONSchemaProps
	byHand
}

// byHand draws the value at a path, such as database or workload.tolerations[].
type byHand map[string]func(t *rapid.T, at string) any

// Classes draws PortalClasses, Portals RegionalPortals.
func Classes() (*Drawer, error) { return newDrawer("PortalClass", "portalclasses", classByHand()) }

// Portals draws RegionalPortals of any namespace and class.
func Portals() (*Drawer, error) {
	return newDrawer("RegionalPortal", "regionalportals", portalByHand())
}

func newDrawer(kind, plural string, hand byHand) (*Drawer, error) {
	raw, err := crd.Bases.ReadFile("bases/portals.forecourt.dev_" + plural + ".yaml")
	if err != nil {
		return nil, fmt.Errorf("reading the schema: %w", err)
	}
	definition := &apiextensionsv1.CustomResourceDefinition{}
	if err := yaml.Unmarshal(raw, definition); err != nil {
		return nil, fmt.Errorf("reading the schema: %w", err)
	}
	spec := definition.Spec.Versions[0].Schema.OpenAPIV3Schema.Properties["spec"]
	return &Drawer{kind: kind, spec: spec, byHand: hand}, nil
}

// Draw draws an object with a name.
func (d *Drawer) Draw(t *rapid.T, name string) *unstructured.Unstructured {
	object := &unstructured.Unstructured{Object: map[string]any{"spec": d.value(t, &d.spec, "")}}
	object.SetAPIVersion(v1alpha1.GroupVersion.String())
	object.SetKind(d.kind)
	object.SetName(name)
	return object
}

// As converts a drawn object.
func As[T any](object *unstructured.Unstructured) (*T, error) {
	raw, err := json.Marshal(object)
	if err != nil {
		return nil, fmt.Errorf("encoding a drawn object: %w", err)
	}
	typed := new(T)
	if err := json.Unmarshal(raw, typed); err != nil {
		return nil, fmt.Errorf("decoding a drawn object: %w", err)
	}
	return typed, nil
}

// value draws a value of a schema.
func (d *Drawer) value(t *rapid.T, schema *apiextensionsv1.JSONSchemaProps, path string) any {
	if hand, ok := d.byHand[path]; ok {
		return hand(t, path)
	}
	if isSelector(schema) {
		return selector(t, path)
	}
	if len(schema.Enum) > 0 {
		return enum(t, schema, path)
	}
	switch schema.Type {
	case "object":
		return d.object(t, schema, path)
	case "array":
		return d.list(t, schema, path)
	case "string":
		return text(t, schema, path)
	case "integer":
		return rapid.Int64Range(least(schema.Minimum), greatest(schema.Maximum)).Draw(t, path)
	case "boolean":
		return rapid.Bool().Draw(t, path)
	}
	panic(fmt.Sprintf("specs: %s: no way to draw type %q: draw it by hand", path, schema.Type))
}

// object draws the required fields and some others; one that has to have fields has at least one.
func (d *Drawer) object(t *rapid.T, schema *apiextensionsv1.JSONSchemaProps, path string) any {
	fields := map[string]any{}
	names := slices.Sorted(maps.Keys(schema.Properties))
	chosen := ""
	if schema.MinProperties != nil && len(schema.Required) == 0 && len(names) > 0 {
		chosen = rapid.SampledFrom(names).Draw(t, path+": one of")
	}
	for _, name := range names {
		inner := strings.TrimPrefix(path+"."+name, ".")
		if name != chosen && !slices.Contains(schema.Required, name) && !rapid.Bool().Draw(t, inner+" is set") {
			continue
		}
		property := schema.Properties[name]
		if value := d.value(t, &property, inner); value != nil {
			fields[name] = value
		}
	}
	if hand, ok := d.byHand[path+"{}"]; ok {
		if fields = hand(t, path).(func(map[string]any) map[string]any)(fields); fields == nil {
			return nil
		}
	}
	return fields
}

// list draws a list; items of sets and of maps differ.
func (d *Drawer) list(t *rapid.T, schema *apiextensionsv1.JSONSchemaProps, path string) any {
	fewest := 0
	if schema.MinItems != nil {
		fewest = int(*schema.MinItems)
	}
	count := rapid.IntRange(fewest, max(fewest, most)).Draw(t, path+" items")
	items, seen := []any{}, map[string]bool{}
	for i := range count {
		item := d.value(t, schema.Items.Schema, path+"[]")
		if key := identity(schema, item); key != "" {
			if seen[key] && i > 0 {
				continue
			}
			seen[key] = true
		}
		items = append(items, item)
	}
	return items
}

// identity is what tells an item of a set or of a map from others, empty for other lists.
func identity(schema *apiextensionsv1.JSONSchemaProps, item any) string {
	if schema.XListType == nil || *schema.XListType == "atomic" {
		return ""
	}
	key := ""
	fields, _ := item.(map[string]any)
	for _, name := range schema.XListMapKeys {
		key += fmt.Sprint(fields[name]) + "/"
	}
	if *schema.XListType == "set" {
		key = fmt.Sprint(item)
	}
	return key
}

func enum(t *rapid.T, schema *apiextensionsv1.JSONSchemaProps, path string) any {
	var value string
	raw := rapid.SampledFrom(schema.Enum).Draw(t, path).Raw
	if err := json.Unmarshal(raw, &value); err != nil {
		panic(fmt.Sprintf("specs: %s: enum of %s", path, raw))
	}
	return value
}

// objectNames is the pattern of fields that name another object. It admits two dots in a row, which the operator refuses.
const objectNames = `^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$`

func text(t *rapid.T, schema *apiextensionsv1.JSONSchemaProps, path string) any {
	pattern := schema.Pattern
	switch pattern {
	case "":
		pattern = `[ -~]+`
	case objectNames:
		pattern = `[a-z0-9]([-a-z0-9]{0,9}[a-z0-9])?`
	case `^[^\x00-\x1f\x7f]+$`, `^[^\x00-\x09\x0b-\x1f\x7f]+$`:
		pattern = `[ -~À-ÿぁ-ん]{1,40}`
	}
	return rapid.StringMatching(pattern).Filter(func(s string) bool {
		length := int64(utf8.RuneCountInString(s))
		return (schema.MinLength == nil || length >= *schema.MinLength) && (schema.MaxLength == nil || length <= *schema.MaxLength)
	}).Draw(t, path)
}

func least(minimum *float64) int64 {
	if minimum == nil {
		return 0
	}
	return int64(*minimum)
}

func greatest(maximum *float64) int64 {
	if maximum == nil {
		return 1 << 20
	}
	return int64(*maximum)
}

func isSelector(schema *apiextensionsv1.JSONSchemaProps) bool {
	_, labels := schema.Properties["matchLabels"]
	_, expressions := schema.Properties["matchExpressions"]
	return labels && expressions
}
