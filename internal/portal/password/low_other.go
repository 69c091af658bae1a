// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

//go:build !linux

package password

// giveWay does nothing where the priority of a single thread cannot be lowered.
func giveWay() {}
