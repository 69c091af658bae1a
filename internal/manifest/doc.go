// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

// Package manifest reads Forecourt's objects from YAML files and judges them without a cluster: what the API server would
// refuse (schema, unknown fields, CEL) and what only the operator can know.
package manifest
