// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package manifest

import (
	"context"
	"fmt"
	"io"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
)

// Objects are what files declare, each on its own: what they refer to may be elsewhere.
type Objects struct {
	Classes []v1alpha1.PortalClass
	Portals []v1alpha1.RegionalPortal
	Tenants []v1alpha1.DealerTenant
	// Namespaces are the labels of namespaces by name.
	Namespaces map[string]labels.Set

	loader *loader
}

// Read reads files and folders ("-" is standard input) and judges every object on its own, as the API server would. The namespace
// is for objects that name none. All faults are answered, in the order of the files. The error means that a file could not be read.
func Read(ctx context.Context, files []string, stdin io.Reader, namespace string) (*Objects, []Fault, error) {
	l, err := load(ctx, files, stdin, namespace)
	if err != nil {
		return nil, nil, err
	}
	objects := &Objects{Classes: plain(l.classes), Portals: plain(l.portals), Tenants: plain(l.tenants), Namespaces: map[string]labels.Set{}, loader: l}
	for name, namespace := range l.namespaces {
		objects.Namespaces[name] = namespace.Labels
	}
	return objects, l.sorted(), nil
}

// Transitions judges the objects as changes of those that are there, as the API server would: what is immutable, and what only
// grows. Objects that are not there are new, and no change.
func (o *Objects) Transitions(ctx context.Context, there []client.Object) ([]Fault, error) {
	written := map[string]Document{}
	for _, document := range o.loader.documents() {
		written[describe(document.Object)] = document
	}
	judged := &loader{}
	for _, old := range there {
		content, err := runtime.DefaultUnstructuredConverter.ToUnstructured(old)
		if err != nil {
			return nil, fmt.Errorf("reading %T %s: %w", old, old.GetName(), err)
		}
		kind := strings.TrimPrefix(fmt.Sprintf("%T", old), "*v1alpha1.") // typed answers come without it
		before := &unstructured.Unstructured{Object: content}
		before.SetKind(kind)
		document, found := written[describe(before)]
		if judge := o.loader.kinds[v1alpha1.GroupVersion.String()+" "+kind]; found && judge != nil {
			judged.fault(document, judge.checkChange(ctx, before, document.Object)...)
		}
	}
	return judged.sorted(), nil
}

// documents are those of the objects that were accepted.
func (l *loader) documents() []Document {
	var list []Document
	for _, found := range l.classes {
		list = append(list, found.document)
	}
	for _, found := range l.portals {
		list = append(list, found.document)
	}
	for _, found := range l.tenants {
		list = append(list, found.document)
	}
	return list
}

func plain[T any](items []item[T]) []T {
	objects := make([]T, 0, len(items))
	for _, found := range items {
		objects = append(objects, *found.object)
	}
	return objects
}
