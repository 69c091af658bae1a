// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/plan"
	"github.com/forecourt-dev/forecourt/internal/references"
)

// survey reads what a plan needs to know of a cluster, and keeps in mind what it was not allowed to read.
type survey struct {
	*cluster

	mu sync.Mutex
	// unread are the namespaces by the kind that may not be read there.
	unread map[string]map[string]bool
	notes  []string
}

// missed says what was not looked at.
func (s *survey) missed() []string {
	list := slices.Clone(s.notes)
	for _, kind := range slices.Sorted(maps.Keys(s.unread)) {
		where := strings.Join(slices.Sorted(maps.Keys(s.unread[kind])), ", ")
		list = append(list, fmt.Sprintf("%s objects in %s (forbidden): they are taken to be there as the operator last wrote them", kind, where))
	}
	return list
}

// world reads all classes, portals, tenants and namespaces. Whoever may not list them everywhere sees those of the
// namespaces that the files speak of.
func (s *survey) world(ctx context.Context, files plan.World) (plan.World, error) {
	here := s.namespacesOf(files)
	classes := &v1alpha1.PortalClassList{}
	if err := s.List(ctx, classes); err != nil {
		return plan.World{}, fmt.Errorf("listing PortalClasses: %w", err)
	}
	portals, err := everywhere(ctx, s, here, func() *v1alpha1.RegionalPortalList { return &v1alpha1.RegionalPortalList{} },
		func(list *v1alpha1.RegionalPortalList) []v1alpha1.RegionalPortal { return list.Items })
	if err != nil {
		return plan.World{}, fmt.Errorf("listing RegionalPortals: %w", err)
	}
	tenants, err := everywhere(ctx, s, here, func() *v1alpha1.DealerTenantList { return &v1alpha1.DealerTenantList{} },
		func(list *v1alpha1.DealerTenantList) []v1alpha1.DealerTenant { return list.Items })
	if err != nil {
		return plan.World{}, fmt.Errorf("listing DealerTenants: %w", err)
	}
	world := plan.World{Classes: classes.Items, Portals: leaving(portals), Tenants: leaving(tenants), At: time.Now()}
	world.Namespaces, world.Complete, err = s.namespaces(ctx)
	return world, err
}

// namespacesOf are the namespaces that the files speak of, and the one of the context.
func (s *survey) namespacesOf(files plan.World) []string {
	found := map[string]bool{s.namespace: true}
	for i := range files.Portals {
		found[files.Portals[i].Namespace] = true
	}
	for i := range files.Tenants {
		tenant := &files.Tenants[i]
		found[tenant.Namespace] = true
		if other := tenant.Spec.PortalRef.Namespace; other != "" {
			found[other] = true
		}
	}
	return slices.Sorted(maps.Keys(found))
}

// everywhere lists a kind in all namespaces, or else in the given ones.
func everywhere[L client.ObjectList, T any](ctx context.Context, s *survey, here []string, empty func() L, items func(L) []T) ([]T, error) {
	all := empty()
	err := s.List(ctx, all)
	if !apierrors.IsForbidden(err) {
		return items(all), err
	}
	var found []T
	for _, namespace := range here {
		list := empty()
		if err := s.List(ctx, list, client.InNamespace(namespace)); err != nil {
			return nil, err
		}
		found = append(found, items(list)...)
	}
	kind := strings.TrimSuffix(strings.TrimPrefix(fmt.Sprintf("%T", all), "*v1alpha1."), "List")
	s.notes = append(s.notes, fmt.Sprintf("%s objects outside of %s (forbidden): the change may reach more than is shown", kind, strings.Join(here, ", ")))
	return found, nil
}

// leaving takes out what is being deleted: the operator leaves it alone.
func leaving[T any, P interface {
	*T
	metav1.Object
}](objects []T) []T {
	return slices.DeleteFunc(objects, func(o T) bool { return P(&o).GetDeletionTimestamp() != nil })
}

// namespaces reads the labels of all namespaces, and says whether it could.
func (s *survey) namespaces(ctx context.Context) (map[string]labels.Set, bool, error) {
	list := &metav1.PartialObjectMetadataList{}
	list.SetGroupVersionKind(corev1.SchemeGroupVersion.WithKind("NamespaceList"))
	err := s.List(ctx, list)
	if apierrors.IsForbidden(err) {
		s.notes = append(s.notes, "labels of namespaces (forbidden): classes and portals are taken to admit every namespace that they choose by label")
		return nil, false, nil
	}
	if err != nil {
		return nil, false, fmt.Errorf("listing namespaces: %w", err)
	}
	found := make(map[string]labels.Set, len(list.Items))
	for i := range list.Items {
		found[list.Items[i].Name] = list.Items[i].Labels
	}
	return found, true, nil
}

// parallelReads is how many objects are read at the same time.
const parallelReads = 8

// live reads the objects of the portals that change, and which Secrets and ConfigMaps they name are there.
func (s *survey) live(ctx context.Context, change *plan.Change) (*plan.Live, error) {
	live := &plan.Live{Objects: map[plan.Ref]*unstructured.Unstructured{}, Unread: map[plan.Ref]bool{}, Unknown: map[plan.Ref]bool{}, Keys: map[plan.Ref][]string{}}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(parallelReads)
	for _, ref := range change.Objects() {
		group.Go(func() error {
			object, err := s.object(ctx, ref)
			return s.note(live, ref, err, func() { live.Objects[ref] = object })
		})
	}
	for _, reference := range change.References() {
		ref := reference.Ref
		group.Go(func() error {
			keys, err := references.Keys(ctx, s, ref.Kind, client.ObjectKey{Namespace: ref.Namespace, Name: ref.Name})
			return s.note(live, ref, err, func() { live.Keys[ref] = keys })
		})
	}
	return live, group.Wait()
}

// note keeps what was read, or that it may not be read.
func (s *survey) note(live *plan.Live, ref plan.Ref, err error, keep func()) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case err == nil:
		keep()
	case meta.IsNoMatchError(err):
		live.Unknown[ref] = true
	case apierrors.IsForbidden(err):
		live.Unread[ref] = true
		if s.unread == nil {
			s.unread = map[string]map[string]bool{}
		}
		if s.unread[ref.Kind] == nil {
			s.unread[ref.Kind] = map[string]bool{}
		}
		s.unread[ref.Kind][ref.Namespace] = true
	case !apierrors.IsNotFound(err):
		return fmt.Errorf("reading %s %s/%s: %w", ref.Kind, ref.Namespace, ref.Name, err)
	}
	return nil
}

// object reads an object; of a Secret only its metadata.
func (s *survey) object(ctx context.Context, ref plan.Ref) (*unstructured.Unstructured, error) {
	key := client.ObjectKey{Namespace: ref.Namespace, Name: ref.Name}
	object := &unstructured.Unstructured{}
	object.SetAPIVersion(ref.APIVersion)
	object.SetKind(ref.Kind)
	if ref.Kind != "Secret" {
		return object, s.Get(ctx, key, object)
	}
	partial := &metav1.PartialObjectMetadata{}
	partial.SetGroupVersionKind(object.GroupVersionKind())
	if err := s.Get(ctx, key, partial); err != nil {
		return nil, err
	}
	content, err := runtime.DefaultUnstructuredConverter.ToUnstructured(partial)
	if err != nil {
		return nil, err
	}
	content["type"] = string(corev1.SecretTypeOpaque) // immutable, and what the operator makes
	return &unstructured.Unstructured{Object: content}, nil
}
