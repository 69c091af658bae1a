// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

// Package plan foresees what a change of classes, portals and tenants does: which portals, which of their objects, which pods.
// It calls the operator's own functions (settings.Resolve, render.Children, the comparison of package apply, and the rules of
// classes and attachment) on the world before and the world after the change. It is pure: whoever calls it has read the
// world.
//
// Compare puts two worlds side by side. What the cluster really has of the portals that change may then be read (Change.Objects,
// Change.Secrets) and given to Change.Report; without it the report compares with what the world before renders.
package plan
