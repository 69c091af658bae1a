// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package why

import (
	"fmt"
	"io/fs"
	"strings"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"sigs.k8s.io/yaml"

	"github.com/forecourt-dev/forecourt/config/crd"
)

// fields are the schemas of the kinds' specs, which describe every field.
type fields map[string]apiextensionsv1.JSONSchemaProps

// loadFields reads the embedded definitions.
func loadFields() (fields, error) {
	files, err := fs.Glob(crd.Bases, "bases/*.yaml")
	if err != nil {
		return nil, fmt.Errorf("listing the definitions: %w", err)
	}
	found := fields{}
	for _, file := range files {
		raw, err := crd.Bases.ReadFile(file)
		if err != nil {
			return nil, fmt.Errorf("reading the definitions: %w", err)
		}
		definition := &apiextensionsv1.CustomResourceDefinition{}
		if err := yaml.Unmarshal(raw, definition); err != nil {
			return nil, fmt.Errorf("decoding %s: %w", file, err)
		}
		for _, version := range definition.Spec.Versions {
			found[definition.Spec.Names.Kind] = version.Schema.OpenAPIV3Schema.Properties["spec"]
		}
	}
	return found, nil
}

// about is the description of a field of a kind. A tenant's policy is described where the portal sets it.
func (f fields) about(kind, path string) string {
	for _, kind := range []string{kind, "RegionalPortal"} {
		schema, found := f[kind], true
		for name := range strings.SplitSeq(path, ".") {
			if schema, found = schema.Properties[name]; !found {
				break
			}
		}
		if found {
			return strings.Join(strings.Fields(schema.Description), " ")
		}
	}
	return ""
}
