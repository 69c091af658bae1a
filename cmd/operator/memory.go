// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"math"
	"os"
	"runtime/debug"
	"strconv"
	"strings"

	"github.com/go-logr/logr"
)

const (
	// containerLimit is where a container finds the limit of its memory, in bytes, or the word max.
	containerLimit = "/sys/fs/cgroup/memory.max"
	// usable is the share of that limit which the Go runtime may plan with; the rest is for what it does not count.
	usable = 0.9
	// garbage is how much may be allocated before a collection, in percent of what is in use. With Go's usual 100, collections would
	// take a good third of the processor time: what the caches hold is small beside what the passes allocate.
	garbage = 400
)

// tuneMemory trades memory for processor time where a limit of the memory keeps that from harm: near the limit, the runtime
// collects as often as it takes. Without a limit nothing changes. GOMEMLIMIT and GOGC have the last word.
func tuneMemory(log logr.Logger, limitFile string) {
	if os.Getenv("GOMEMLIMIT") == "" {
		limit, found := readLimit(limitFile)
		if !found {
			return
		}
		debug.SetMemoryLimit(int64(usable * float64(limit)))
	}
	if os.Getenv("GOGC") == "" && debug.SetMemoryLimit(-1) < math.MaxInt64 {
		debug.SetGCPercent(garbage)
	}
	log.V(1).Info("Memory limited", "bytes", debug.SetMemoryLimit(-1))
}

// readLimit reads the container's limit in bytes; there may be none.
func readLimit(file string) (limit int64, found bool) {
	raw, err := os.ReadFile(file)
	if err != nil {
		return 0, false // another operating system, or another version of control groups
	}
	limit, err = strconv.ParseInt(strings.TrimSpace(string(raw)), 10, 64)
	return limit, err == nil && limit > 0
}
