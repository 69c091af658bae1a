// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

// Package render turns effective settings into the child objects of a portal, one file per child. It is pure: no client, no
// clock, no randomness. The objects hold only the fields that Forecourt has an opinion on, so that a server-side apply of
// them leaves the fields of others alone.
package render
