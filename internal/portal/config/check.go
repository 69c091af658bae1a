// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package config

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// faults collects what is wrong, each with its path.
type faults []error

func (f *faults) add(path, format string, args ...any) {
	*f = append(*f, fmt.Errorf("%s: %s", path, fmt.Sprintf(format, args...)))
}

func (f *faults) required(path, value string) bool {
	if value == "" {
		f.add(path, "is missing")
	}
	return value != ""
}

func (f *faults) oneOf(path, value string, allowed ...string) {
	if !slices.Contains(allowed, value) {
		f.add(path, "%q is unknown: use %s", value, strings.Join(allowed, ", "))
	}
}

func between[T cmp.Ordered](f *faults, path string, value, least, most T) {
	if value < least || value > most {
		f.add(path, "%v is out of bounds: %v to %v", value, least, most)
	}
}
