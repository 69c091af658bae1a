// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package apply

import (
	"context"

	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/managedfields"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/structured-merge-diff/v6/typed"
)

// ForeignKinds are the kinds of children that come with CustomResourceDefinitions of others: a cluster may lack them, and
// gain or lose them at any time. Reading one that the cluster does not know gives an error for which
// meta.IsNoMatchError is true.
func ForeignKinds() []schema.GroupVersionKind {
	return []schema.GroupVersionKind{
		{Group: "gateway.networking.k8s.io", Version: "v1", Kind: "HTTPRoute"},
		{Group: "cert-manager.io", Version: "v1", Kind: "Certificate"},
	}
}

// foreignObject is an empty object of a foreign kind.
func foreignObject(kind schema.GroupVersionKind) *unstructured.Unstructured {
	object := &unstructured.Unstructured{}
	object.SetGroupVersionKind(kind)
	return object
}

// ForeignCache returns the cache options of one foreign kind: the same as those of the other children.
func ForeignCache(kind schema.GroupVersionKind) map[client.Object]cache.ByObject {
	selector := labels.SelectorFromSet(labels.Set{LabelManagedBy: ManagedBy})
	return map[client.Object]cache.ByObject{foreignObject(kind): {Label: selector, Transform: strip}}
}

// IndexForeignOwner adds the index that Prune needs to the cache of a foreign kind, before it starts.
func IndexForeignOwner(ctx context.Context, indexer client.FieldIndexer, kind schema.GroupVersionKind) error {
	return indexByOwner(ctx, indexer, foreignObject(kind))
}

// foreignPrunable lists the foreign kinds: settings can switch all of them off.
func foreignPrunable() []prunableKind {
	kinds := make([]prunableKind, 0, len(ForeignKinds()))
	for _, kind := range ForeignKinds() {
		list := &unstructured.UnstructuredList{}
		list.SetGroupVersionKind(kind.GroupVersion().WithKind(kind.Kind + "List"))
		kinds = append(kinds, prunableKind{name: kind.Kind, object: foreignObject(kind), list: list, foreign: true})
	}
	return kinds
}

// absent says that the objects of a kind could not be listed because the cluster does not know the kind: then there are none.
func (k prunableKind) absent(err error) bool { return k.foreign && meta.IsNoMatchError(err) }

// fieldTypes knows the fields of built-in kinds by their schema. Of foreign kinds it takes maps field by field and lists as
// a whole, so that what is rendered for them has to write out what the API server fills in within lists.
type fieldTypes struct {
	scheme            *runtime.Scheme
	builtIn, deducing managedfields.TypeConverter
}

// ObjectToTyped gives an object with the types of its fields.
func (t fieldTypes) ObjectToTyped(object runtime.Object, options ...typed.ValidationOptions) (*typed.TypedValue, error) {
	if t.scheme.Recognizes(object.GetObjectKind().GroupVersionKind()) {
		return t.builtIn.ObjectToTyped(object, options...)
	}
	return t.deducing.ObjectToTyped(object, options...)
}
