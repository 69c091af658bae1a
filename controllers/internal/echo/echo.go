// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

// Package echo tells a controller's own writes from those of others when they come back as events of a watch. What a controller
// has just written it knows from the API server's answer: to look at the whole portal again for each of its children would only
// find that all is well.
package echo

import (
	"context"
	"reflect"
	"slices"
	"sync"

	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/predicate"
)

// Echo remembers what was written until the watch has told of it. It is safe for concurrent use.
type Echo struct {
	// wake is called with an object that somebody else changed while a write was under way.
	wake func(client.Object)

	mu     sync.Mutex
	writes map[key]*write
}

// key names an object of a kind.
type key struct {
	kind string
	name types.NamespacedName
}

// write is what is known of one object.
type write struct {
	// underway is the number of writes without an answer.
	underway int
	// own are the resource versions that we wrote and the watch has not told of.
	own []string
	// heard are the versions that the watch told of while a write was under way: the event may be quicker than the answer.
	heard []string
}

// New returns an Echo that calls wake with an object that turns out to have been changed by somebody else.
func New(wake func(client.Object)) *Echo {
	return &Echo{wake: wake, writes: map[key]*write{}}
}

// begin notes that a write is about to be sent.
func (e *Echo) begin(at key) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.writes[at] == nil {
		e.writes[at] = &write{}
	}
	e.writes[at].underway++
}

// end notes the resource version that a write led to, empty when it failed. It says whether the watch told of another one
// meanwhile.
func (e *Echo) end(at key, version string) (others bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	known := e.writes[at]
	known.underway--
	if version != "" {
		known.own = append(known.own, version)
	}
	if known.underway > 0 {
		return false
	}
	for _, heard := range known.heard {
		if i := slices.Index(known.own, heard); i >= 0 {
			known.own = slices.Delete(known.own, i, i+1)
		} else {
			others = true
		}
	}
	known.heard = nil
	if len(known.own) == 0 {
		delete(e.writes, at)
	}
	return others
}

// isOwn says whether an event tells of nothing but our own write. While a write is under way that is not known yet: end tells.
func (e *Echo) isOwn(at key, version string) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	known := e.writes[at]
	switch {
	case known == nil:
		return false
	case known.underway > 0:
		known.heard = append(known.heard, version)
		return true
	}
	i := slices.Index(known.own, version)
	if i < 0 {
		delete(e.writes, at) // the watch has skipped ours: somebody was quicker
		return false
	}
	if known.own = slices.Delete(known.own, 0, i+1); len(known.own) == 0 {
		delete(e.writes, at)
	}
	return true
}

// Foreign lets the events through that tell of somebody else's write, and every deletion.
func (e *Echo) Foreign() predicate.Predicate {
	foreign := func(object client.Object) bool { return !e.isOwn(keyOf(object), object.GetResourceVersion()) }
	return predicate.Funcs{
		CreateFunc: func(created event.CreateEvent) bool { return foreign(created.Object) },
		UpdateFunc: func(updated event.UpdateEvent) bool { return foreign(updated.ObjectNew) },
	}
}

// Writer notes everything that is written through it.
func (e *Echo) Writer(inner client.Writer) client.Writer {
	return &writer{Writer: inner, echo: e}
}

// writer passes on what creates or changes an object.
type writer struct {
	client.Writer
	echo *Echo
}

// Create is that of client.Writer.
func (w *writer) Create(ctx context.Context, object client.Object, options ...client.CreateOption) error {
	return w.note(object, func() error { return w.Writer.Create(ctx, object, options...) })
}

// Update is that of client.Writer.
func (w *writer) Update(ctx context.Context, object client.Object, options ...client.UpdateOption) error {
	return w.note(object, func() error { return w.Writer.Update(ctx, object, options...) })
}

// Patch is that of client.Writer.
func (w *writer) Patch(ctx context.Context, object client.Object, patch client.Patch, options ...client.PatchOption) error {
	return w.note(object, func() error { return w.Writer.Patch(ctx, object, patch, options...) })
}

// note sends a write and remembers the answer.
func (w *writer) note(object client.Object, send func() error) error {
	at := keyOf(object)
	w.echo.begin(at)
	err := send()
	version := ""
	if err == nil {
		version = object.GetResourceVersion()
	}
	if w.echo.end(at, version) {
		w.echo.wake(object)
	}
	return err
}

// keyOf names an object. Typed objects come from caches without their kind.
func keyOf(object client.Object) key {
	kind := object.GetObjectKind().GroupVersionKind().Kind
	if _, loose := object.(runtime.Unstructured); !loose {
		kind = reflect.TypeOf(object).Elem().Name()
	}
	return key{kind: kind, name: client.ObjectKeyFromObject(object)}
}
