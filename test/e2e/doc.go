// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

// Package e2e installs Forecourt on a real single-node cluster and uses it as its users do: kubectl, the portal's command
// line, a headless Chromium and a PostgreSQL server outside the cluster. Run it with make e2e.
package e2e
