// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

// Package apply is the one writer of child objects.
//
// An object that the cache does not know is created by POST; one that differs is changed by server-side apply with the
// field manager Manager. Nothing is sent while the object carries the digest of what is wanted and equals it at exactly
// the rendered paths: the digest alone cannot see drift, and an unchanged apply costs the server as much as a real one.
//
// An object is ours when its controller is the owner's UID. Without any controller, which is how retained objects look and
// what is left when somebody removes the reference, our two annotations tell the same; either is enough. Labels never
// decide. What is not ours is never written.
//
// Children are read as typed objects from label-selected informers without managedFields (see CacheByObject); Secrets, and
// every object right before a change, are read live.
package apply
