// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package audit

import (
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/forecourt-dev/forecourt/internal/keys"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
	"github.com/forecourt-dev/forecourt/internal/portal/store/storetest"
)

// retired is a key that was replaced at an instant.
func retired(t *testing.T, content byte, until time.Time) Key {
	t.Helper()
	key := testKey(t, content)
	return RetiredKey(keys.RetiredSeal{ID: key.ID, Secret: key.secret, Until: until})
}

// TestTheTrailStaysVerifiableWhenItsKeyIsReplaced seals with one key, then with another one.
func TestTheTrailStaysVerifiableWhenItsKeyIsReplaced(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		sealer := NewSealer(db, testKey(t, 1), slog.New(slog.DiscardHandler))
		sealer.size = testSize
		seal := func(ago time.Duration) {
			t.Helper()
			writeAt(t, db, time.Now().Add(-ago), testSize)
			if err := sealer.Pass(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		seal(3 * time.Hour)
		sealer.Use(testKey(t, 2))
		seal(time.Hour)
		tests := map[string]struct {
			keys []Key
			want string
		}{
			"both keys":                           {[]Key{retired(t, 1, time.Now().Add(-2*time.Hour)), testKey(t, 2)}, ""},
			"both keys, each may be in use":       {[]Key{testKey(t, 1), testKey(t, 2)}, ""},
			"without the old key":                 {[]Key{testKey(t, 2)}, "session.seals"},
			"the old key was replaced before":     {[]Key{retired(t, 1, time.Now().Add(-4*time.Hour)), testKey(t, 2)}, "after that was replaced"},
			"the key in use is one of the past":   {[]Key{testKey(t, 1), retired(t, 2, time.Now().Add(-2*time.Hour))}, "after that was replaced"},
			"another old key under the same name": {[]Key{{ID: testKey(t, 1).ID, secret: testKey(t, 3).secret}, testKey(t, 2)}, "its row was changed"},
		}
		for name, test := range tests {
			report, err := Verify(t.Context(), db, test.keys)
			if err != nil {
				t.Fatal(err)
			}
			if test.want == "" && (!report.Intact || report.Seals != 2) {
				t.Errorf("%s: %+v", name, report.Fault)
			}
			if test.want != "" && (report.Intact || !strings.Contains(report.Fault.Problem, test.want)) {
				t.Errorf("%s: %+v, want %q", name, report.Fault, test.want)
			}
		}
	})
}
