// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
)

const heading = `# API reference

Made by ` + "`make docs`" + ` from the definitions in ` + "`config/crd/bases`" + `; change the comments in ` + "`api/v1alpha1`" + ` instead.

- **Required** fields are marked; every other may be left out. What then holds is said with the field; nothing is written into a spec.
- A *rule* is checked by the API server; its text is what it answers.
- ` + "`[]`" + ` stands for every entry of a list, ` + "`{}`" + ` for every key of a map.
- Conditions and their reasons, and the annotations: [operations](operations.md). Where a value may come from: [classes](classes.md).
  One small and one full example of each kind: [config/samples](../config/samples).
`

// reference renders the page of the definitions.
func reference(definitions []*apiextensionsv1.CustomResourceDefinition) ([]byte, error) {
	page := bytes.NewBufferString(heading)
	for _, definition := range definitions {
		if len(definition.Spec.Versions) != 1 {
			return nil, fmt.Errorf("%s has %d versions: the reference shows one", definition.Name, len(definition.Spec.Versions))
		}
		version := definition.Spec.Versions[0]
		if version.Schema == nil || version.Schema.OpenAPIV3Schema == nil {
			return nil, fmt.Errorf("%s has no schema", definition.Name)
		}
		kind(page, definition, version)
	}
	return page.Bytes(), nil
}

// kind renders one kind: what it is, what kubectl knows of it, the tables of spec and status.
func kind(page *bytes.Buffer, definition *apiextensionsv1.CustomResourceDefinition, version apiextensionsv1.CustomResourceDefinitionVersion) {
	names, schema := definition.Spec.Names, version.Schema.OpenAPIV3Schema
	fmt.Fprintf(page, "\n## %s\n\n%s\n\n", names.Kind, text(schema.Description))
	fmt.Fprintf(page, "`%s/%s`, %s, short name `%s`", definition.Spec.Group, version.Name, scope(definition.Spec.Scope), strings.Join(names.ShortNames, "`, `"))
	if version.Subresources != nil && version.Subresources.Scale != nil {
		page.WriteString(", works with `kubectl scale`")
	}
	page.WriteString(".\n")
	for _, rule := range schema.XValidations {
		fmt.Fprintf(page, "\n*Rule:* %s.\n", text(rule.Message))
	}
	for _, part := range []string{"spec", "status"} {
		fmt.Fprintf(page, "\n### %s of %s\n\n| Field | Type | Meaning and rules |\n|---|---|---|\n", part, names.Kind)
		property := schema.Properties[part]
		rows(page, part, &property, false)
	}
}

func scope(of apiextensionsv1.ResourceScope) string {
	if of == apiextensionsv1.ClusterScoped {
		return "one for the whole cluster"
	}
	return "in a namespace"
}

// rows renders what a property holds, and the property itself before that when it says something of its own.
func rows(page *bytes.Buffer, path string, property *apiextensionsv1.JSONSchemaProps, self bool) {
	if self || len(property.XValidations) > 0 || property.Default != nil {
		fmt.Fprintf(page, "| `%s` | %s | %s |\n", path, typeOf(property), meaning(property, self))
	}
	if wellKnown(property) != "" {
		return
	}
	holder, suffix := property, ""
	if held := entries(property); held != nil {
		holder, suffix = held, "[]"
		if property.Items == nil {
			suffix = "{}"
		}
		if wellKnown(holder) != "" {
			return
		}
	}
	for _, name := range slices.Sorted(maps.Keys(holder.Properties)) {
		child := holder.Properties[name]
		child.Description = required(holder, name) + text(child.Description)
		rows(page, path+suffix+"."+name, &child, true)
	}
}

// entries is the schema of the entries of a list or the values of a map, nil for everything else.
func entries(property *apiextensionsv1.JSONSchemaProps) *apiextensionsv1.JSONSchemaProps {
	switch {
	case property.Items != nil:
		return property.Items.Schema
	case property.AdditionalProperties != nil:
		return property.AdditionalProperties.Schema
	}
	return nil
}

func required(holder *apiextensionsv1.JSONSchemaProps, name string) string {
	if slices.Contains(holder.Required, name) {
		return "**Required.** "
	}
	return ""
}

// meaning is the description, which is fit for a cell already, and the rules of a property and of the entries of a list.
func meaning(property *apiextensionsv1.JSONSchemaProps, described bool) string {
	var parts []string
	if described && property.Description != "" {
		parts = append(parts, property.Description)
	}
	if property.Default != nil {
		parts = append(parts, "Stored as `"+cell(string(property.Default.Raw))+"` when left out.")
	}
	rules := property.XValidations
	if held := entries(property); held != nil {
		rules = slices.Concat(rules, held.XValidations)
	}
	for _, rule := range rules {
		parts = append(parts, "*Rule:* "+text(rule.Message)+".")
	}
	return strings.Join(parts, " ")
}

// text puts a description into one line of a table.
func text(description string) string {
	return strings.NewReplacer("<", "&lt;", "*", `\*`).Replace(cell(description))
}

// cell keeps a text from ending its cell.
func cell(value string) string {
	return strings.ReplaceAll(strings.Join(strings.Fields(value), " "), "|", `\|`)
}
