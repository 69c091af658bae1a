// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package signin_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/forecourt-dev/forecourt/internal/portal/signin"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
	"github.com/forecourt-dev/forecourt/internal/portal/store/storetest"
)

// BenchmarkSignIn compares signing in with the one password hash that it cannot do without: x-hash is the quotient.
func BenchmarkSignIn(b *testing.B) {
	databases := map[string]func(testing.TB) *store.DB{
		"SQLite":     func(tb testing.TB) *store.DB { return storetest.Open(tb, storetest.SQLite(tb)) },
		"PostgreSQL": func(tb testing.TB) *store.DB { return storetest.Open(tb, storetest.PostgreSQL(tb)) },
	}
	for name, open := range databases {
		b.Run(name, func(b *testing.B) {
			w := newWorld(b, open(b))
			var hashing time.Duration
			for b.Loop() {
				result, err := w.service.SignIn(b.Context(), "robin", right, origin)
				if err != nil || result.Outcome != signin.SignedIn {
					b.Fatal(fmt.Errorf("got %+v, %w", result, err))
				}
				b.StopTimer()
				start := time.Now()
				if _, err := hasher().Hash(b.Context(), right); err != nil {
					b.Fatal(err)
				}
				hashing += time.Since(start)
				b.StartTimer()
			}
			b.ReportMetric(float64(b.Elapsed())/float64(hashing), "x-hash")
		})
	}
}
