// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

// Package sso holds the proofs of single sign-on: a whole portal, a real OpenID provider in a process of its own, and a real browser.
package sso
