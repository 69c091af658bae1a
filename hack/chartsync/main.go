// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

// Command chartsync derives the templates of the Helm chart from the kustomize
// bases in config/, so that both install the same objects: the definitions, the
// roles and the operator's Deployment with the places where values go in.
package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
)

func main() {
	if err := run("."); err != nil {
		fmt.Fprintln(os.Stderr, "chartsync:", err)
		os.Exit(1)
	}
}

// run replaces the derived templates of the chart in the tree.
func run(root string) error {
	files, err := derive(filepath.Join(root, "config"))
	if err != nil {
		return err
	}
	dir := filepath.Join(root, "charts", "forecourt", "templates")
	if err := removeDerived(dir, files); err != nil {
		return err
	}
	for name, content := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return fmt.Errorf("making the directory of %s: %w", name, err)
		}
		if err := os.WriteFile(path, content, 0o644); err != nil {
			return fmt.Errorf("writing %s: %w", name, err)
		}
	}
	return nil
}

// removeDerived removes templates that an earlier run derived and this one does not.
func removeDerived(dir string, files map[string][]byte) error {
	old, err := derivedFiles(dir)
	if err != nil {
		return err
	}
	for name := range old {
		if _, keep := files[name]; !keep {
			if err := os.Remove(filepath.Join(dir, name)); err != nil {
				return fmt.Errorf("removing %s: %w", name, err)
			}
		}
	}
	return nil
}

// derivedFiles answers the templates that carry the mark of this program.
func derivedFiles(dir string) (map[string][]byte, error) {
	found := map[string][]byte{}
	for _, pattern := range []string{"*.yaml", "*/*.yaml"} {
		names, err := filepath.Glob(filepath.Join(dir, pattern))
		if err != nil {
			return nil, fmt.Errorf("listing templates: %w", err)
		}
		for _, path := range names {
			content, err := os.ReadFile(path)
			if err != nil {
				return nil, fmt.Errorf("reading a template: %w", err)
			}
			if name, err := filepath.Rel(dir, path); err == nil && bytes.HasPrefix(content, []byte(mark)) {
				found[name] = content
			}
		}
	}
	return found, nil
}
