// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

// Package gitops watches objects through their life on a real control plane and asks, for every version that the API server ever
// showed, what the tools of GitOps make of it: kstatus as Flux uses it, Flux's expressions and Argo CD's script as we ship them.
package gitops
