// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"math"
	"os"
	"path/filepath"
	"runtime/debug"
	"testing"

	"github.com/go-logr/logr"
)

// TestMemory proves when the runtime is tuned, and to what. The settings are the process's: this test runs alone and puts them back.
func TestMemory(t *testing.T) {
	const untouched = int64(math.MaxInt64)
	for name, test := range map[string]struct {
		file, gogc, goMemLimit string
		limit                  int64
		percent                int
	}{
		"a container with a limit":          {file: "536870912\n", limit: 483183820, percent: garbage},
		"a container without a limit":       {file: "max\n", limit: untouched, percent: 100},
		"no container":                      {limit: untouched, percent: 100},
		"a file that holds something else":  {file: "a lot", limit: untouched, percent: 100},
		"GOGC has the last word":            {file: "536870912\n", gogc: "100", limit: 483183820, percent: 100},
		"GOMEMLIMIT has the last word":      {file: "536870912\n", goMemLimit: "1GiB", limit: untouched, percent: 100},
		"GOMEMLIMIT off is no limit at all": {goMemLimit: "off", limit: untouched, percent: 100},
	} {
		t.Run(name, func(t *testing.T) {
			percent, limit := debug.SetGCPercent(100), debug.SetMemoryLimit(untouched)
			t.Cleanup(func() { debug.SetGCPercent(percent); debug.SetMemoryLimit(limit) })
			t.Setenv("GOGC", test.gogc)
			t.Setenv("GOMEMLIMIT", test.goMemLimit)
			file := filepath.Join(t.TempDir(), "memory.max")
			if test.file != "" {
				if err := os.WriteFile(file, []byte(test.file), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			tuneMemory(logr.Discard(), file)
			if found := debug.SetMemoryLimit(-1); found != test.limit {
				t.Errorf("limit %d, want %d", found, test.limit)
			}
			if found := debug.SetGCPercent(100); found != test.percent {
				t.Errorf("GC percent %d, want %d", found, test.percent)
			}
		})
	}
}
