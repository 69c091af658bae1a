// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

// Package recent remembers what a controller wrote last, so that a cache that is behind its own writes is not taken for
// the world: the next pass would compute the same status from an old object and send it once more.
package recent

import (
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/resourceversion"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// patience is how long a cache is waited for. One that has not caught up by then never will: the cluster was restored to an
// earlier state.
const patience = 30 * time.Second

// write is what was written, and when.
type write struct {
	version string
	at      time.Time
}

// Writes holds the resource versions of objects as they were written last, until the cache has them. The zero value is ready
// to use, from many goroutines.
type Writes struct {
	mu       sync.Mutex
	versions map[types.NamespacedName]write
}

// Wrote notes an object as the API server answered it.
func (w *Writes) Wrote(object client.Object) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.versions == nil {
		w.versions = map[types.NamespacedName]write{}
	}
	w.versions[client.ObjectKeyFromObject(object)] = write{version: object.GetResourceVersion(), at: time.Now()}
}

// Behind reports whether a cached object is older than the last write.
func (w *Writes) Behind(object client.Object) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	key := client.ObjectKeyFromObject(object)
	written, ok := w.versions[key]
	if !ok {
		return false
	}
	order, err := resourceversion.CompareResourceVersion(object.GetResourceVersion(), written.version)
	if err == nil && order < 0 && time.Since(written.at) < patience {
		return true
	}
	delete(w.versions, key)
	return false
}

// Forget drops what is known of an object that is gone.
func (w *Writes) Forget(key types.NamespacedName) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.versions, key)
}
