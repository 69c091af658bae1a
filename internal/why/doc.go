// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

// Package why explains the settings of a portal or a tenant: for every value that the API knows, what is in force, who asked for
// it, what others said and why that does not count, and which bounds speak of it. It is pure and builds on package settings.
package why
