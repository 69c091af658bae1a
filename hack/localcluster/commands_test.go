// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"strings"
	"testing"
)

func TestBadCommandLines(t *testing.T) {
	for name, test := range map[string]struct {
		args []string
		want string
	}{
		"no command":               {want: "no command"},
		"an unknown command":       {args: []string{"restart"}, want: "restart"},
		"a superfluous argument":   {args: []string{"status", "now"}, want: "now"},
		"an unknown output format": {args: []string{"status", "--dir", "/nonexistent", "-o", "xml"}, want: "xml"},
		"an unknown group":         {args: []string{"build", "--only", "node"}, want: "control-plane"},
		"a bad name":               {args: []string{"up", "--name", "My Cluster"}, want: "lower-case"},
		"nothing to load":          {args: []string{"load"}, want: "archive"},
		"an internal command":      {args: []string{superviseCommand}, want: "not a command for users"},
	} {
		t.Run(name, func(t *testing.T) {
			if err := run(t.Context(), test.args); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want an error with %q", err, test.want)
			}
		})
	}
}
