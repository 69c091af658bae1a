// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

// Package canary shows that one namespace learns nothing of another. The victim's objects are full of words that occur nowhere else;
// an intruder with every right in a namespace of its own writes hundreds of specs that name the victim's objects wherever a field names
// anything. Then the words are looked for in the intruder's objects, in the events there and in the operator's log, and the audit log
// tells whether the operator read a Secret of the victim for the intruder.
package canary
