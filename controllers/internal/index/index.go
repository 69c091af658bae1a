// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

// Package index names the field indexes of the cache and reads by them.
package index

import (
	"context"
	"fmt"

	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
)

// Field indexes.
const (
	tenantPortal = "forecourt.portal"
	tenantDealer = "forecourt.dealer"
	portalClass  = "forecourt.class"
	portalHost   = "forecourt.host"
	carriedHost  = "forecourt.host-in-force"
)

// noClass stands for an unset class name: the empty value cannot be looked up.
const noClass = "-"

// Register adds all indexes. Call it once, before the cache starts.
func Register(ctx context.Context, indexer client.FieldIndexer) error {
	for field, index := range map[string]struct {
		object client.Object
		value  func(client.Object) string
	}{
		tenantPortal: {&v1alpha1.DealerTenant{}, func(o client.Object) string { return PortalOf(o.(*v1alpha1.DealerTenant)).String() }},
		tenantDealer: {&v1alpha1.DealerTenant{}, func(o client.Object) string { return dealer(o.(*v1alpha1.DealerTenant)) }},
		portalClass:  {&v1alpha1.RegionalPortal{}, func(o client.Object) string { return className(o.(*v1alpha1.RegionalPortal).Spec.ClassName) }},
	} {
		extract := func(object client.Object) []string { return []string{index.value(object)} }
		if err := indexer.IndexField(ctx, index.object, field, extract); err != nil {
			return fmt.Errorf("adding index %s: %w", field, err)
		}
	}
	return registerHosts(ctx, indexer)
}

// PortalOf names the portal that a tenant refers to.
func PortalOf(tenant *v1alpha1.DealerTenant) types.NamespacedName {
	namespace := tenant.Spec.PortalRef.Namespace
	if namespace == "" {
		namespace = tenant.Namespace
	}
	return types.NamespacedName{Namespace: namespace, Name: tenant.Spec.PortalRef.Name}
}

// Tenants returns the tenants that refer to a portal. They are shared with the cache: never change them.
func Tenants(ctx context.Context, reader client.Reader, portal types.NamespacedName) ([]v1alpha1.DealerTenant, error) {
	return tenants(ctx, reader, client.MatchingFields{tenantPortal: portal.String()})
}

// Claims returns the tenants that want the same dealer code of the same portal, the given one included. They are
// shared with the cache: never change them.
func Claims(ctx context.Context, reader client.Reader, tenant *v1alpha1.DealerTenant) ([]v1alpha1.DealerTenant, error) {
	return tenants(ctx, reader, client.MatchingFields{tenantDealer: dealer(tenant)})
}

// Portals returns the portals that name a class; an empty name means those that name none. They are shared with the
// cache: never change them.
func Portals(ctx context.Context, reader client.Reader, class string) ([]v1alpha1.RegionalPortal, error) {
	list := &v1alpha1.RegionalPortalList{}
	if err := reader.List(ctx, list, client.MatchingFields{portalClass: className(class)}, client.UnsafeDisableDeepCopy); err != nil {
		return nil, fmt.Errorf("listing portals of class %q: %w", class, err)
	}
	return list.Items, nil
}

func tenants(ctx context.Context, reader client.Reader, fields client.MatchingFields) ([]v1alpha1.DealerTenant, error) {
	list := &v1alpha1.DealerTenantList{}
	if err := reader.List(ctx, list, fields, client.UnsafeDisableDeepCopy); err != nil {
		return nil, fmt.Errorf("listing tenants: %w", err)
	}
	return list.Items, nil
}

func dealer(tenant *v1alpha1.DealerTenant) string {
	return PortalOf(tenant).String() + "/" + tenant.Spec.DealerCode
}

func className(name string) string {
	if name == "" {
		return noClass
	}
	return name
}
