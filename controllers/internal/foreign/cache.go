// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package foreign

import (
	"context"
	"fmt"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	toolscache "k8s.io/client-go/tools/cache"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/forecourt-dev/forecourt/controllers/internal/index"
	"github.com/forecourt-dev/forecourt/internal/apply"
)

// newCache makes the cache of one kind. When the API server does not know the kind any more, the watch says so at once, and
// nobody needs a line in the log for each time that it is tried again.
func (k *Kinds) newCache(ctx context.Context, kind schema.GroupVersionKind) (cache.Cache, error) {
	options := cache.Options{
		Scheme: k.options.Scheme, HTTPClient: k.options.HTTPClient,
		ByObject:                    apply.ForeignCache(kind),
		ReaderFailOnMissingInformer: true,
		DefaultWatchErrorHandler: func(_ context.Context, _ *toolscache.Reflector, err error) {
			k.options.Log.V(1).Info("Watch ended", "kind", kind.Kind, "reason", err.Error())
			k.nudge()
		},
	}
	for _, namespace := range k.options.Namespaces {
		if options.DefaultNamespaces == nil {
			options.DefaultNamespaces = map[string]cache.Config{}
		}
		options.DefaultNamespaces[namespace] = cache.Config{}
	}
	made, err := cache.New(k.options.Config, options)
	if err != nil {
		return nil, fmt.Errorf("making a cache for %s: %w", kind.Kind, err)
	}
	if err := apply.IndexForeignOwner(ctx, made, kind); err != nil {
		return nil, err
	}
	if err := index.RegisterForeign(ctx, made, kind); err != nil {
		return nil, err
	}
	return made, nil
}

// listen waits until the cache holds what is there and tells of every change from then on.
func (k *Kinds) listen(ctx context.Context, from cache.Cache, kind schema.GroupVersionKind) error {
	ctx, cancel := context.WithTimeout(ctx, syncTime)
	defer cancel()
	object := &unstructured.Unstructured{}
	object.SetGroupVersionKind(kind)
	informer, err := from.GetInformer(ctx, object)
	if err != nil {
		return fmt.Errorf("watching %s: %w", kind.Kind, err)
	}
	_, err = informer.AddEventHandler(toolscache.ResourceEventHandlerFuncs{
		AddFunc: func(object any) { k.tell(nil, object) }, UpdateFunc: k.tell, DeleteFunc: func(object any) { k.tell(object, nil) },
	})
	if err != nil {
		return fmt.Errorf("listening to %s: %w", kind.Kind, err)
	}
	return nil
}

// tell hands a child on, as it was and as it is.
func (k *Kinds) tell(before, after any) {
	if tombstone, ok := before.(toolscache.DeletedFinalStateUnknown); ok {
		before = tombstone.Obj
	}
	was, _ := before.(client.Object)
	is, _ := after.(client.Object)
	if was != nil || is != nil {
		k.options.Changed(was, is)
	}
}

// Reader reads foreign kinds from their caches and everything else from another reader.
func (k *Kinds) Reader(other client.Reader) client.Reader { return &reader{kinds: k, other: other} }

type reader struct {
	kinds *Kinds
	other client.Reader
}

// Get reads one object.
func (r *reader) Get(ctx context.Context, key client.ObjectKey, into client.Object, options ...client.GetOption) error {
	from, err := r.kinds.reader(ctx, into.GetObjectKind().GroupVersionKind(), r.other)
	if err != nil {
		return err
	}
	return from.Get(ctx, key, into, options...)
}

// List reads all objects.
func (r *reader) List(ctx context.Context, into client.ObjectList, options ...client.ListOption) error {
	kind := into.GetObjectKind().GroupVersionKind()
	kind.Kind = strings.TrimSuffix(kind.Kind, "List")
	from, err := r.kinds.reader(ctx, kind, r.other)
	if err != nil {
		return err
	}
	return from.List(ctx, into, options...)
}
