// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package settings

import (
	"fmt"
	"strings"
)

// Fault is a value that cannot be used. Only the person who wrote it can mend it; trying again does not help.
type Fault struct {
	// Path of the field, for example spec.timeZone.
	Path string
	// Value as written.
	Value string
	// Problem says what is wrong with the value.
	Problem string
	// Cure says what to write instead.
	Cure string
}

// String gives the fault as one line: path: "value": problem; cure.
func (f Fault) String() string {
	return fmt.Sprintf("%s: %q: %s; %s", f.Path, f.Value, f.Problem, f.Cure)
}

// Faults are all values of one object that cannot be used, in a fixed order. It is the error of this package.
type Faults struct {
	List []Fault
}

// Error gives all faults in one line.
func (f *Faults) Error() string {
	lines := make([]string, 0, len(f.List))
	for _, fault := range f.List {
		lines = append(lines, fault.String())
	}
	return strings.Join(lines, " | ")
}

func (f *Faults) add(path, value, problem, cure string) {
	f.List = append(f.List, Fault{Path: path, Value: value, Problem: problem, Cure: cure})
}

// err answers the faults as an error, or nil when there are none.
func (f *Faults) err() error {
	if len(f.List) == 0 {
		return nil
	}
	return f
}
