// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"strings"
	"testing"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"sigs.k8s.io/yaml"
)

func TestAPropertyBecomesRows(t *testing.T) {
	for name, test := range map[string]struct {
		schema string
		want   []string
	}{
		"a text with its limits, marked as required": {
			schema: "{required: [code], properties: {code: {type: string, minLength: 2, maxLength: 32, pattern: '^a|b$', description: \"code of\\n a <thing> | other*.\"}}}",
			want:   []string{"| `spec.code` | text, 2 to 32 characters, `^a\\|b$` | **Required.** code of a &lt;thing> \\| other\\*. |"},
		},
		"a number": {
			schema: "{properties: {'n': {type: integer, minimum: 1, maximum: 60, description: n of it.}}}",
			want:   []string{"| `spec.n` | number, 1 to 60 | n of it. |"},
		},
		"a word out of several": {
			schema: "{properties: {mode: {type: string, enum: ['Off', Observe, Enforce], description: mode it is.}}}",
			want:   []string{"| `spec.mode` | `Off`, `Observe` or `Enforce` | mode it is. |"},
		},
		"a list of objects with a rule for each": {
			schema: "{properties: {peers: {type: array, maxItems: 8, x-kubernetes-list-type: map, x-kubernetes-list-map-keys: [name], description: peers., " +
				"items: {type: object, x-kubernetes-validations: [{rule: 'true', message: mend it}], properties: {name: {type: string, description: name.}}}}}}",
			want: []string{
				"| `spec.peers` | list, at most 8 entries, each `name` once: object | peers. *Rule:* mend it. |",
				"| `spec.peers[].name` | text | name. |",
			},
		},
		"a map": {
			schema: "{properties: {labels: {type: object, additionalProperties: {type: string, maxLength: 63}, maxProperties: 4, description: labels.}}}",
			want:   []string{"| `spec.labels` | map, at most 4 keys: text, at most 63 characters | labels. |"},
		},
		"a selector of Kubernetes, which is not taken apart": {
			schema: "{properties: {s: {type: object, properties: {matchLabels: {type: object}, matchExpressions: {type: array}}, description: s.}}}",
			want:   []string{"| `spec.s` | label selector | s. |"},
		},
		"a default that is stored": {
			schema: "{properties: {'on': {type: boolean, default: true, description: on.}}}",
			want:   []string{"| `spec.on` | `true` or `false` | on. Stored as `true` when left out. |"},
		},
		"rules over the whole": {
			schema: "{type: object, x-kubernetes-validations: [{rule: 'true', message: 'a and b go together'}]}",
			want:   []string{"| `spec` | object | *Rule:* a and b go together. |"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			schema := &apiextensionsv1.JSONSchemaProps{}
			if err := yaml.UnmarshalStrict([]byte(test.schema), schema); err != nil {
				t.Fatal(err)
			}
			page := &bytes.Buffer{}
			rows(page, "spec", schema, false)
			if got, want := page.String(), strings.Join(test.want, "\n")+"\n"; got != want {
				t.Errorf("got\n%swant\n%s", got, want)
			}
		})
	}
}

// TestEveryRuleIsInTheReference counts the rules of the definitions as text and looks for their messages on the page.
func TestEveryRuleIsInTheReference(t *testing.T) {
	definitions, messages := []*apiextensionsv1.CustomResourceDefinition{}, 0
	for _, plural := range order {
		definition, err := read("../../config/crd/bases/portals.forecourt.dev_" + plural + ".yaml")
		if err != nil {
			t.Fatal(err)
		}
		raw, err := yaml.Marshal(definition)
		if err != nil {
			t.Fatal(err)
		}
		messages += strings.Count(string(raw), "rule: ")
		definitions = append(definitions, definition)
	}
	page, err := reference(definitions)
	if err != nil {
		t.Fatal(err)
	}
	if shown := strings.Count(string(page), "*Rule:* "); shown != messages {
		t.Errorf("%d rules are shown, there are %d", shown, messages)
	}
	for _, want := range []string{"`spec.dealerCode`", "`status.inactivity.heldRun.", "one for the whole cluster", "kubectl scale"} {
		if !strings.Contains(string(page), want) {
			t.Errorf("the reference lacks %q", want)
		}
	}
}
