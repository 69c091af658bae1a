// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

// Package chart renders the Helm chart for tests against an API server.
package chart

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/forecourt-dev/forecourt/test/controlplane"
)

// Render returns the objects that the chart installs as release forecourt into a namespace, with further arguments of helm template.
func Render(t *testing.T, root, namespace string, args ...string) []*unstructured.Unstructured {
	t.Helper()
	home := t.TempDir()
	arguments := append([]string{"template", "forecourt", filepath.Join(root, "charts", "forecourt"), "--namespace", namespace}, args...)
	command := exec.CommandContext(t.Context(), helm(t, root), arguments...)
	command.Env = append(os.Environ(), "HELM_CACHE_HOME="+home, "HELM_CONFIG_HOME="+home, "HELM_DATA_HOME="+home)
	output, err := command.Output()
	if err != nil {
		t.Fatalf("rendering the chart: %v%s", err, told(err))
	}
	objects, err := controlplane.Decode(output)
	if err != nil {
		t.Fatal(err)
	}
	return objects
}

// helm is the path of the pinned Helm, which the first use builds.
func helm(t *testing.T, root string) string {
	t.Helper()
	command := exec.CommandContext(t.Context(), filepath.Join(root, "hack", "tools", "tool"), "helm")
	command.Stderr = os.Stderr
	output, err := command.Output()
	if err != nil {
		t.Fatalf("building helm: %v", err)
	}
	return strings.TrimSpace(string(output))
}

// told is what a program that failed wrote to standard error.
func told(err error) string {
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return "\n" + string(exit.Stderr)
	}
	return ""
}
