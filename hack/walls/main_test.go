// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestBreaches(t *testing.T) {
	w := wall{From: "m/inner", Forbidden: []string{"client"}}
	tests := map[string]struct {
		graph graph
		want  [][]string
	}{
		"a package that imports only what it may": {
			graph: graph{"m/inner": {"fmt", "clientele"}, "m/outer": {"client"}},
		},
		"values of a client library are no client": {
			graph: graph{"m/inner": {values + "/core/v1"}, values + "/core/v1": {"client"}},
		},
		"a direct import of a forbidden folder": {
			graph: graph{"m/inner/a": {"client/http"}},
			want:  [][]string{{"m/inner/a", "client/http"}},
		},
		"an import through others, even round a circle": {
			graph: graph{"m/inner": {"m/outer"}, "m/outer": {"m/inner", "m/last"}, "m/last": {"client"}},
			want:  [][]string{{"m/inner", "m/outer", "m/last", "client"}},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, w.breaches(test.graph)); diff != "" {
				t.Error(diff)
			}
		})
	}
}
