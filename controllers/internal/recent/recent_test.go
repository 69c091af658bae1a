// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package recent_test

import (
	"testing"
	"testing/synctest"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/forecourt-dev/forecourt/controllers/internal/recent"
)

func object(version string) *corev1.ConfigMap {
	return &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: "ns", Name: "name", ResourceVersion: version}}
}

func TestACachedObjectIsBehindUntilItHasTheLastWrite(t *testing.T) {
	for name, row := range map[string]struct {
		wrote, cached string
		want          bool
	}{
		"nothing was written":              {cached: "9", want: false},
		"the cache has an older version":   {wrote: "10", cached: "9", want: true},
		"the cache has what was written":   {wrote: "10", cached: "10", want: false},
		"somebody has written since":       {wrote: "10", cached: "11", want: false},
		"the versions cannot be compared":  {wrote: "10", cached: "x", want: false},
		"the object was deleted meanwhile": {wrote: "10", cached: "", want: false},
	} {
		t.Run(name, func(t *testing.T) {
			writes := &recent.Writes{}
			if row.wrote != "" {
				writes.Wrote(object(row.wrote))
			}
			if got := writes.Behind(object(row.cached)); got != row.want {
				t.Errorf("got %v, want %v", got, row.want)
			}
		})
	}
}

func TestForgottenWritesDelayNobody(t *testing.T) {
	writes := &recent.Writes{}
	writes.Wrote(object("10"))
	writes.Forget(types.NamespacedName{Namespace: "ns", Name: "name"})
	if writes.Behind(object("9")) {
		t.Error("a forgotten write still delays")
	}
}

func TestACacheThatNeverCatchesUpIsNotAwaitedForever(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		writes := &recent.Writes{}
		writes.Wrote(object("10"))
		time.Sleep(time.Minute) // on the test's own clock
		if writes.Behind(object("9")) {
			t.Error("an object of a restored cluster is left alone for good")
		}
	})
}
