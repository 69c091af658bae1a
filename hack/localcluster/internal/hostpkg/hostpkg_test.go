// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package hostpkg

import (
	"slices"
	"testing"
)

func TestMissing(t *testing.T) {
	for name, test := range map[string]struct {
		present []string
		want    []string
	}{
		"everything is there": {present: []string{"runc", "iptables", "mount"}},
		"a bare machine":      {present: []string{"mount"}, want: []string{"runc", "iptables"}},
	} {
		t.Run(name, func(t *testing.T) {
			got := missing(func(program string) bool { return slices.Contains(test.present, program) })
			if !slices.Equal(got, test.want) {
				t.Errorf("got %v, want %v", got, test.want)
			}
		})
	}
}
