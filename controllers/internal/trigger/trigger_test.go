// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package trigger_test

import (
	"context"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/controller/priorityqueue"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/forecourt-dev/forecourt/controllers/internal/trigger"
)

func key(name string) types.NamespacedName {
	return types.NamespacedName{Namespace: "ns", Name: name}
}

func TestABackgroundObjectWaitsForTheOthers(t *testing.T) {
	queue := priorityqueue.New[reconcile.Request](t.Name())
	defer queue.ShutDown()
	waiting := &trigger.Trigger{}
	waiting.Soon(key("too-early"), 0)
	waiting.InBackground(key("too-early"))
	if err := waiting.Source().Start(context.Background(), queue); err != nil {
		t.Fatal(err)
	}
	waiting.InBackground(key("background"), key("urgent"))
	waiting.Soon(key("urgent"), 0)
	waiting.Soon(key("later"), time.Hour)

	first, priority, _ := queue.GetWithPriority()
	if first.NamespacedName != key("urgent") || priority != 0 {
		t.Errorf("First %v at %d: want urgent at 0", first, priority)
	}
	second, priority, _ := queue.GetWithPriority()
	if second.NamespacedName != key("background") || priority != handler.LowPriority {
		t.Errorf("Second %v at %d: want background at %d", second, priority, handler.LowPriority)
	}
	if left := queue.Len(); left != 0 {
		t.Errorf("%d objects are ready: want none, one comes in an hour", left)
	}
}
