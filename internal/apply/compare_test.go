// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package apply

import (
	"os"
	"testing"

	"github.com/forecourt-dev/forecourt/test/controlplane"
)

// BenchmarkCompare is what a reconcile without any change costs per child.
func BenchmarkCompare(b *testing.B) {
	raw, err := os.ReadFile("../render/testdata/full/deployment.golden.yaml")
	if err != nil {
		b.Fatal(err)
	}
	objects, err := controlplane.Decode(raw)
	if err != nil {
		b.Fatal(err)
	}
	applier := New(Config{Scheme: controlplane.NewScheme()})
	live, err := applier.typed(objects[0])
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		differing, err := applier.differences(objects[0], live)
		if err != nil || !differing.Empty() {
			b.Fatalf("got %v, %v; want no difference", differing, err)
		}
	}
}
