// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

// Package exposure proves on a real API server, with real portals and with a real proxy that portals are reached by their
// hosts: routes, certificates, aliases, kinds that come and go, and who holds a host.
package exposure
