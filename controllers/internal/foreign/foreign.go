// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

// Package foreign watches children of kinds that a cluster may lack, because they come with CustomResourceDefinitions of
// others. A kind is watched exactly while the cluster knows it: there is no informer for what is not there, and none that
// goes on asking for what has gone.
package foreign

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/go-logr/logr"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/forecourt-dev/forecourt/internal/apply"
)

// Options are what Kinds need. All fields but Namespaces are needed.
type Options struct {
	// Config and HTTPClient reach the API server.
	Config     *rest.Config
	HTTPClient *http.Client
	Scheme     *runtime.Scheme
	// Namespaces that are watched; none means all.
	Namespaces []string
	// Period is how often the cluster is asked which kinds it knows.
	Period time.Duration
	// Changed is told of every child that comes, changes or goes: before is nil for one that comes, after for one that goes.
	Changed func(before, after client.Object)
	Log     logr.Logger
}

// Kinds are the foreign kinds of children. It is a manager's Runnable, for leaders and for those who stand by.
type Kinds struct {
	options   Options
	discovery discovery.DiscoveryInterface
	// nudged asks to look at once.
	nudged chan struct{}
	// looked is closed after the first look: before it nobody knows what is there.
	looked chan struct{}

	mu      sync.RWMutex
	watched map[schema.GroupVersionKind]*watch
}

// watch is the cache of one kind that the cluster knows.
type watch struct {
	cache cache.Cache
	stop  context.CancelFunc
	done  chan struct{}
}

// New returns Kinds that watch nothing until Start.
func New(options Options) (*Kinds, error) {
	client, err := discovery.NewDiscoveryClientForConfigAndClient(options.Config, options.HTTPClient)
	if err != nil {
		return nil, fmt.Errorf("preparing to ask for kinds: %w", err)
	}
	return &Kinds{
		options: options, discovery: client, nudged: make(chan struct{}, 1), looked: make(chan struct{}),
		watched: map[schema.GroupVersionKind]*watch{},
	}, nil
}

// NeedLeaderElection is false: who stands by keeps the caches warm.
func (k *Kinds) NeedLeaderElection() bool { return false }

// Start looks which kinds there are, again and again until the context ends.
func (k *Kinds) Start(ctx context.Context) error {
	ticker := time.NewTicker(k.options.Period)
	defer ticker.Stop()
	first := sync.OnceFunc(func() { close(k.looked) })
	for {
		if k.look(ctx) {
			first()
		}
		select {
		case <-ctx.Done():
			k.stopAll()
			return nil
		case <-ticker.C:
		case <-k.nudged:
		}
	}
}

// look starts watching the kinds that have come and stops watching those that have gone. It is false when the cluster did not
// say of every kind whether it knows it.
func (k *Kinds) look(ctx context.Context) bool {
	sure := true
	for _, kind := range apply.ForeignKinds() {
		known, err := k.ask(kind)
		watched := k.watchOf(kind) != nil
		switch {
		case err != nil:
			sure = false
			k.options.Log.V(1).Info("Cluster did not say whether it knows a kind", "kind", kind.Kind, "reason", err.Error())
		case known && !watched:
			if err := k.watch(ctx, kind); err != nil {
				sure = false
				k.options.Log.Info("Kind cannot be watched yet", "kind", kind.Kind, "reason", err.Error())
			} else {
				k.options.Log.Info("Kind is watched from now on", "kind", kind.Kind, "group", kind.Group)
			}
		case !known && watched:
			k.unwatch(kind)
			k.options.Log.Info("Kind is not watched any more: the cluster does not know it", "kind", kind.Kind, "group", kind.Group)
		}
	}
	return sure
}

// ask asks the cluster whether it knows a kind in this version.
func (k *Kinds) ask(kind schema.GroupVersionKind) (bool, error) {
	list, err := k.discovery.ServerResourcesForGroupVersion(kind.GroupVersion().String())
	if apierrors.IsNotFound(err) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("asking for %s: %w", kind.GroupVersion(), err)
	}
	for i := range list.APIResources {
		if list.APIResources[i].Kind == kind.Kind {
			return true, nil
		}
	}
	return false, nil
}

// syncTime is how long a new watch may take to list what is there, before the next look tries again.
const syncTime = 30 * time.Second

// watch starts the cache of a kind, and returns when it holds what is there.
func (k *Kinds) watch(ctx context.Context, kind schema.GroupVersionKind) error {
	ctx, stop := context.WithCancel(ctx)
	w := &watch{stop: stop, done: make(chan struct{})}
	var err error
	if w.cache, err = k.newCache(ctx, kind); err != nil {
		stop()
		return err
	}
	go func() {
		defer close(w.done)
		_ = w.cache.Start(ctx) // ends with the context, and only then
	}()
	if err := k.listen(ctx, w.cache, kind); err != nil {
		stop()
		<-w.done
		return err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.watched[kind] = w
	return nil
}

func (k *Kinds) unwatch(kind schema.GroupVersionKind) {
	k.mu.Lock()
	w := k.watched[kind]
	delete(k.watched, kind)
	k.mu.Unlock()
	if w != nil {
		w.stop()
		<-w.done
	}
}

func (k *Kinds) stopAll() {
	for _, kind := range apply.ForeignKinds() {
		k.unwatch(kind)
	}
}

func (k *Kinds) watchOf(kind schema.GroupVersionKind) *watch {
	k.mu.RLock()
	defer k.mu.RUnlock()
	return k.watched[kind]
}

// nudge asks for a look at once.
func (k *Kinds) nudge() {
	select {
	case k.nudged <- struct{}{}:
	default:
	}
}

// Known says whether the cluster knows the kind of an object. Kinds that are not foreign are always known. It waits for the
// first look.
func (k *Kinds) Known(ctx context.Context, kind schema.GroupVersionKind) (bool, error) {
	_, err := k.reader(ctx, kind, nil)
	if meta.IsNoMatchError(err) {
		return false, nil
	}
	return err == nil, err
}

// reader is where objects of a kind are read: in its own cache or, when it is not foreign, in the other. The error is one of
// meta.IsNoMatchError when the cluster does not know the kind.
func (k *Kinds) reader(ctx context.Context, kind schema.GroupVersionKind, other client.Reader) (client.Reader, error) {
	if !slices.Contains(apply.ForeignKinds(), kind) {
		return other, nil
	}
	select {
	case <-k.looked:
	case <-ctx.Done():
		return nil, fmt.Errorf("waiting for the kinds of the cluster: %w", ctx.Err())
	}
	if w := k.watchOf(kind); w != nil {
		return w.cache, nil
	}
	return nil, &meta.NoKindMatchError{GroupKind: kind.GroupKind(), SearchedVersions: []string{kind.Version}}
}
