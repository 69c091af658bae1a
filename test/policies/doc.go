// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

// Package policies proves on a real API server what the admission policies of config/policies say: a row that is refused and one
// that passes for everything they look at, the same answers as package settings on random objects, and that nothing else is held up.
package policies
