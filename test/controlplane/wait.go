// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package controlplane

import (
	"context"
	"errors"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/util/wait"
)

// pollEvery is how often Eventually looks.
const pollEvery = 10 * time.Millisecond

// Eventually waits until check returns nil and fails the test at the deadline with the last error, which should say
// what was seen.
func Eventually(t testing.TB, within time.Duration, what string, check func(ctx context.Context) error) {
	t.Helper()
	last := errors.New("never looked")
	err := wait.PollUntilContextTimeout(t.Context(), pollEvery, within, true, func(ctx context.Context) (bool, error) {
		if err := check(ctx); err != nil {
			if ctx.Err() == nil {
				last = err
			}
			return false, nil
		}
		return true, nil
	})
	if err != nil {
		t.Fatalf("%s: not within %s; last seen: %v", what, within, last)
	}
}

// Quiet lets time pass in which nothing is expected to happen.
func Quiet(t testing.TB, period time.Duration) {
	t.Helper()
	timer := time.NewTimer(period)
	defer timer.Stop()
	select {
	case <-t.Context().Done():
		t.Fatal("the test ended in a quiet period")
	case <-timer.C:
	}
}
