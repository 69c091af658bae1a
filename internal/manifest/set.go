// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package manifest

import (
	"cmp"
	"context"
	"io"
	"slices"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/portalapi"
	"github.com/forecourt-dev/forecourt/internal/settings"
)

// Set is what the files declare, judged and put together.
type Set struct {
	// Portals in the order of the files.
	Portals []*Portal
}

// Portal is a portal and what belongs to it.
type Portal struct {
	Document  Document
	Object    *v1alpha1.RegionalPortal
	Effective *settings.Effective
	// Tenants that attach to the portal, in the order of the files.
	Tenants []*Tenant
	// Invitations of the service desk from the Secret in the files; MissingSecret names one that is in no file, else it is empty.
	Invitations   []portalapi.Invitation
	MissingSecret string
}

// Tenant is a dealership of a portal.
type Tenant struct {
	Document Document
	Object   *v1alpha1.DealerTenant
	// Spec is what the portal is told; Clamped says which of its values will not be in force.
	Spec    portalapi.TenantSpec
	Clamped string
	// Invitations from the Secret in the files; Secret names one that is in no file, else it is empty.
	Invitations   []portalapi.Invitation
	MissingSecret string
}

// Load reads files and folders ("-" is standard input) and judges everything in them. All faults are answered, in the order
// of the files; the set is complete only when there are none. The error means that a file could not be read.
func Load(ctx context.Context, files []string, stdin io.Reader) (*Set, []Fault, error) {
	l, err := load(ctx, files, stdin, "default")
	if err != nil {
		return nil, nil, err
	}
	set := l.assemble()
	return set, l.sorted(), nil
}

// load reads files and judges each object in them on its own. The namespace is for objects that name none.
func load(ctx context.Context, files []string, stdin io.Reader, namespace string) (*loader, error) {
	kinds, err := loadKinds()
	if err != nil {
		return nil, err
	}
	documents, faults, err := read(files, stdin)
	if err != nil {
		return nil, err
	}
	l := &loader{kinds: kinds, faults: faults, namespace: namespace, seen: map[string]Document{},
		secrets: map[types.NamespacedName]*corev1.Secret{}, namespaces: map[string]*corev1.Namespace{}}
	for _, document := range documents {
		l.take(ctx, document)
	}
	return l, nil
}

// sorted are the faults in the order of the files.
func (l *loader) sorted() []Fault {
	slices.SortStableFunc(l.faults, func(a, b Fault) int { return cmp.Compare(a.Document.order, b.Document.order) })
	return l.faults
}

// loader collects the objects of all files before they are put together.
type loader struct {
	kinds  map[string]*kind
	faults []Fault
	// namespace of objects that name none.
	namespace string
	// seen are all objects, broken ones too: they are in the files, and who names them is not to blame.
	seen        map[string]Document
	brokenClass bool
	classes     []item[v1alpha1.PortalClass]
	portals     []item[v1alpha1.RegionalPortal]
	tenants     []item[v1alpha1.DealerTenant]
	secrets     map[types.NamespacedName]*corev1.Secret
	namespaces  map[string]*corev1.Namespace
}

// item is an object and where it was written.
type item[T any] struct {
	document Document
	object   *T
}

func (l *loader) fault(document Document, faults ...settings.Fault) {
	for _, fault := range faults {
		l.faults = append(l.faults, Fault{Document: document, Fault: fault})
	}
}
