// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package manifest

import (
	"context"
	"io"

	"k8s.io/apimachinery/pkg/labels"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
)

// Objects are what files declare, each on its own: what they refer to may be elsewhere.
type Objects struct {
	Classes []v1alpha1.PortalClass
	Portals []v1alpha1.RegionalPortal
	Tenants []v1alpha1.DealerTenant
	// Namespaces are the labels of namespaces by name.
	Namespaces map[string]labels.Set
}

// Read reads files and folders ("-" is standard input) and judges every object on its own, as the API server would. The namespace
// is for objects that name none. All faults are answered, in the order of the files. The error means that a file could not be read.
func Read(ctx context.Context, files []string, stdin io.Reader, namespace string) (*Objects, []Fault, error) {
	l, err := load(ctx, files, stdin, namespace)
	if err != nil {
		return nil, nil, err
	}
	objects := &Objects{Classes: plain(l.classes), Portals: plain(l.portals), Tenants: plain(l.tenants), Namespaces: map[string]labels.Set{}}
	for name, namespace := range l.namespaces {
		objects.Namespaces[name] = namespace.Labels
	}
	return objects, l.sorted(), nil
}

func plain[T any](items []item[T]) []T {
	objects := make([]T, 0, len(items))
	for _, found := range items {
		objects = append(objects, *found.object)
	}
	return objects
}
