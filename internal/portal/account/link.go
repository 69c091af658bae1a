// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package account

// ActivationPath is the path of activation links below the public URL; the link's secret follows.
const ActivationPath = "/activate/"
