// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package watched_test

import (
	"testing"

	"github.com/forecourt-dev/forecourt/controllers/internal/watched"
)

func TestHas(t *testing.T) {
	for name, test := range map[string]struct {
		namespaces watched.Namespaces
		name       string
		want       bool
	}{
		"no list means every namespace":    {nil, "dealers", true},
		"an empty list means the same":     {watched.Namespaces{}, "dealers", true},
		"a listed namespace":               {watched.Namespaces{"a", "dealers"}, "dealers", true},
		"another namespace than listed":    {watched.Namespaces{"a", "dealers"}, "owners", false},
		"a part of a name is not the name": {watched.Namespaces{"dealers-us"}, "dealers", false},
	} {
		t.Run(name, func(t *testing.T) {
			if got := test.namespaces.Has(test.name); got != test.want {
				t.Errorf("Has(%q): got %v, want %v", test.name, got, test.want)
			}
		})
	}
}
