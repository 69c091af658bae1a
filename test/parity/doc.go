// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

// Package parity proves that three judges agree: the API server, the offline check of the plugin, and the API server again
// when it is given the children. What the plugin accepts the API server accepts, and what both accept has valid children.
package parity
