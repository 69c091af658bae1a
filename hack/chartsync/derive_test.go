// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

func TestEncodePutsActionsInPlace(t *testing.T) {
	tests := map[string]struct {
		object map[string]any
		want   string
	}{
		"a plain value stays as it is": {map[string]any{"a": "b"}, "a: b\n"},
		"a value in place":             {map[string]any{"a": "@@.Values.a@@"}, "a: {{ .Values.a }}\n"},
		"a value inside a text":        {map[string]any{"args": []any{"--a=@@.Values.a@@"}}, "args:\n- --a={{ .Values.a }}\n"},
		"a block that may be empty": {
			map[string]any{"x": map[string]any{"a": "@@block .Values.a@@"}},
			"x:\n  {{- with .Values.a }}\n  a:\n    {{- toYaml . | nindent 4 }}\n  {{- end }}\n",
		},
		"more items of a list": {
			map[string]any{"a": []any{"x", "@@items .Values.a@@"}},
			"a:\n- x\n{{- with .Values.a }}\n{{- toYaml . | nindent 0 }}\n{{- end }}\n",
		},
		"a text that may be empty": {
			map[string]any{"a": "@@scalar .Values.a@@"},
			"{{- with .Values.a }}\na: {{ quote . }}\n{{- end }}\n",
		},
		"a line under a condition": {
			map[string]any{"a": "@@if .Values.on@@keep", "b": "c"},
			"{{- if .Values.on }}\na: keep\n{{- end }}\nb: c\n",
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := encode(&unstructured.Unstructured{Object: test.object})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestEncodeRefusesWhatHelmWouldInterpret(t *testing.T) {
	object := &unstructured.Unstructured{Object: map[string]any{"kind": "X", "metadata": map[string]any{"name": "x"}, "a": "{{ .Values.a }}"}}
	if _, err := encode(object); err == nil || !strings.Contains(err.Error(), "X x") {
		t.Errorf("got %v, want an error that names the object", err)
	}
}

func TestTheDeploymentMustSetTheFlagsThatHaveValues(t *testing.T) {
	container := map[string]any{"args": []any{"--leader-elect=true"}, "ports": []any{}}
	if err := containerWithValues(container); err == nil || !strings.Contains(err.Error(), "1 of the 3 flags") {
		t.Errorf("got %v", err)
	}
}
