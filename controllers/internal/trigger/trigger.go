// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

// Package trigger lets one controller queue objects of another.
package trigger

import (
	"context"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/util/workqueue"
	"sigs.k8s.io/controller-runtime/pkg/controller/priorityqueue"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"
	"sigs.k8s.io/controller-runtime/pkg/source"
)

// Queue is the work queue of a controller.
type Queue = workqueue.TypedRateLimitingInterface[reconcile.Request]

// Trigger queues objects of the controller that watches its Source. What is queued before that controller starts is
// dropped: a starting controller looks at every object anyway.
type Trigger struct {
	mu    sync.Mutex
	queue Queue
}

// Source makes a controller listen.
func (t *Trigger) Source() source.Source {
	return source.Func(func(_ context.Context, queue Queue) error {
		t.mu.Lock()
		defer t.mu.Unlock()
		t.queue = queue
		return nil
	})
}

// Soon queues one object after a delay; when it is queued already, the earlier time counts.
func (t *Trigger) Soon(key types.NamespacedName, after time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.queue != nil {
		t.queue.AddAfter(reconcile.Request{NamespacedName: key}, after)
	}
}

// InBackground queues objects behind everything that somebody is waiting for.
func (t *Trigger) InBackground(keys ...types.NamespacedName) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.queue != nil {
		AddInBackground(t.queue, keys...)
	}
}

// AddInBackground queues objects behind everything that somebody is waiting for.
func AddInBackground(queue Queue, keys ...types.NamespacedName) {
	low := handler.LowPriority
	for _, key := range keys {
		request := reconcile.Request{NamespacedName: key}
		if byPriority, ok := queue.(priorityqueue.PriorityQueue[reconcile.Request]); ok {
			byPriority.AddWithOpts(priorityqueue.AddOpts{Priority: &low}, request)
		} else {
			queue.Add(request)
		}
	}
}
