// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

// Package watched says at which namespaces the operator looks.
package watched

import "slices"

// Namespaces are the names of the namespaces that the operator looks at; none means all.
type Namespaces []string

// Has reports whether the operator looks at a namespace.
func (n Namespaces) Has(name string) bool {
	return len(n) == 0 || slices.Contains(n, name)
}
