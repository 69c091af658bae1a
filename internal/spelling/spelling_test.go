// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package spelling_test

import (
	"testing"

	"github.com/forecourt-dev/forecourt/internal/spelling"
)

func TestDistance(t *testing.T) {
	tests := map[string]struct {
		from, to string
		far      int
		near     bool
	}{
		"the same word":              {"replicas", "replicas", 0, true},
		"the same in other letters":  {"Replicas", "replicas", 0, true},
		"a letter is missing":        {"replica", "replicas", 1, true},
		"a letter is too many":       {"months", "month", 1, true},
		"a letter is another":        {"locale5", "locales", 1, true},
		"two letters change places":  {"hostnmae", "hostname", 2, true},
		"another word":               {"brands", "timeZone", 8, false},
		"nothing was written":        {"", "us", 2, false},
		"a short word is far soon":   {"us", "de", 2, false},
		"every third letter is lost": {"portals", "prtls", 2, true},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			far := spelling.Distance(test.from, test.to)
			if far != test.far || spelling.Near(test.from, far) != test.near {
				t.Errorf("from %q to %q: %d, near %v: want %d, %v", test.from, test.to, far, spelling.Near(test.from, far), test.far, test.near)
			}
		})
	}
}
