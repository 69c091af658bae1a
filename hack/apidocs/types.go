// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"strings"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
)

// wellKnown names the types of Kubernetes that need no table; empty for all others.
func wellKnown(property *apiextensionsv1.JSONSchemaProps) string {
	has := func(names ...string) bool {
		for _, name := range names {
			if _, found := property.Properties[name]; !found {
				return false
			}
		}
		return true
	}
	switch {
	case has("matchLabels", "matchExpressions"):
		return "label selector"
	case has("type", "status", "reason", "lastTransitionTime"):
		return "condition"
	}
	return ""
}

// typeOf says in words what a property may hold.
func typeOf(property *apiextensionsv1.JSONSchemaProps) string {
	if name := wellKnown(property); name != "" {
		return name
	}
	switch {
	case property.XIntOrString:
		return "quantity"
	case len(property.Enum) > 0:
		return enum(property)
	case property.Type == "array":
		return list(property)
	case property.AdditionalProperties != nil && property.AdditionalProperties.Schema != nil:
		return "map" + span(property.MinProperties, property.MaxProperties, "key", "keys") + ": " + typeOf(property.AdditionalProperties.Schema)
	}
	switch property.Type {
	case "string":
		return words(property)
	case "integer", "number":
		return "number" + between(property.Minimum, property.Maximum)
	case "boolean":
		return "`true` or `false`"
	}
	if property.MinProperties != nil {
		return "object, not empty"
	}
	return "object"
}

func enum(property *apiextensionsv1.JSONSchemaProps) string {
	values := make([]string, len(property.Enum))
	for i, value := range property.Enum {
		values[i] = "`" + strings.Trim(string(value.Raw), `"`) + "`"
	}
	if len(values) == 1 {
		return values[0]
	}
	last := len(values) - 1
	return strings.Join(values[:last], ", ") + " or " + values[last]
}

func list(property *apiextensionsv1.JSONSchemaProps) string {
	entry := "anything"
	if property.Items != nil && property.Items.Schema != nil {
		entry = typeOf(property.Items.Schema)
	}
	if entry == "condition" {
		return "conditions"
	}
	result := "list" + span(property.MinItems, property.MaxItems, "entry", "entries")
	switch {
	case len(property.XListMapKeys) > 0:
		result += ", each `" + strings.Join(property.XListMapKeys, "` and `") + "` once"
	case property.XListType != nil && *property.XListType == "set":
		result += ", each once"
	}
	return result + ": " + entry
}

func words(property *apiextensionsv1.JSONSchemaProps) string {
	if property.Format == "date-time" {
		return "time"
	}
	result := "text" + span(property.MinLength, property.MaxLength, "character", "characters")
	if property.Pattern != "" {
		result += ", `" + strings.ReplaceAll(property.Pattern, "|", `\|`) + "`"
	}
	return result
}

// span says how many of a unit there may be, or nothing.
func span(least, most *int64, unit, units string) string {
	switch {
	case least != nil && most != nil && *least == *most:
		return fmt.Sprintf(", %d %s", *most, units)
	case least != nil && most != nil:
		return fmt.Sprintf(", %d to %d %s", *least, *most, units)
	case most != nil:
		return fmt.Sprintf(", at most %d %s", *most, units)
	case least != nil && *least == 1:
		return ", at least 1 " + unit
	case least != nil:
		return fmt.Sprintf(", at least %d %s", *least, units)
	}
	return ""
}

// between says between which numbers a value lies.
func between(least, most *float64) string {
	switch {
	case least != nil && most != nil:
		return fmt.Sprintf(", %v to %v", int64(*least), int64(*most))
	case least != nil:
		return fmt.Sprintf(", at least %v", int64(*least))
	case most != nil:
		return fmt.Sprintf(", at most %v", int64(*most))
	}
	return ""
}
