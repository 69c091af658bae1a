// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

// Package proof holds the tests that show what Forecourt promises of its operator: on a real API server with the shipped
// RBAC and with real portals in this process.
package proof
