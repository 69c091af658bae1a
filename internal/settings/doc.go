// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

// Package settings computes what is in force for a portal and for a tenant: built-in defaults, then the class's defaults,
// then the portal's own values, field by field. It is pure: no client, no clock, no randomness, so that the operator, the
// plugin and the tests get the same answer from the same objects.
package settings
