// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

// Command apidocs writes docs/api.md, the reference of the API, from the definitions in config/crd/bases: they hold what the API
// server enforces, the rules and their messages included.
package main

import (
	"fmt"
	"os"
	"path/filepath"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"sigs.k8s.io/yaml"
)

func main() {
	if err := run("."); err != nil {
		fmt.Fprintln(os.Stderr, "apidocs:", err)
		os.Exit(1)
	}
}

// order of the kinds in the reference: from the platform team to the dealership.
var order = []string{"portalclasses", "regionalportals", "dealertenants"}

// run writes the reference of the definitions of the tree.
func run(root string) error {
	dir := filepath.Join(root, "config", "crd", "bases")
	files, err := filepath.Glob(filepath.Join(dir, "*.yaml"))
	if err != nil {
		return fmt.Errorf("listing the definitions: %w", err)
	}
	if len(files) != len(order) {
		return fmt.Errorf("%s holds %d definitions, the reference has an order for %d: add the new kind to it", dir, len(files), len(order))
	}
	definitions := make([]*apiextensionsv1.CustomResourceDefinition, 0, len(order))
	for _, plural := range order {
		definition, err := read(filepath.Join(dir, "portals.forecourt.dev_"+plural+".yaml"))
		if err != nil {
			return err
		}
		definitions = append(definitions, definition)
	}
	page, err := reference(definitions)
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(root, "docs", "api.md"), page, 0o644); err != nil {
		return fmt.Errorf("writing the reference: %w", err)
	}
	return nil
}

// read reads a definition.
func read(path string) (*apiextensionsv1.CustomResourceDefinition, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("reading a definition: %w", err)
	}
	definition := &apiextensionsv1.CustomResourceDefinition{}
	if err := yaml.UnmarshalStrict(raw, definition); err != nil {
		return nil, fmt.Errorf("reading %s: %w", path, err)
	}
	return definition, nil
}
