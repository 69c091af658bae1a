// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

// Package crd holds the CustomResourceDefinitions, so that programs can judge objects without an API server.
package crd

import "embed"

// Bases are the generated definitions, one file per kind in the folder bases.
//
//go:embed bases/*.yaml
var Bases embed.FS
