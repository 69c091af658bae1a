// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
)

// Kinds that a name on the command line may mean.
const (
	kindPortal = "RegionalPortal"
	kindTenant = "DealerTenant"
)

// kindNames are the ways to write a kind before a slash, as kubectl accepts them.
var kindNames = map[string]string{
	"rp": kindPortal, "regionalportal": kindPortal, "regionalportals": kindPortal, "portal": kindPortal,
	"dt": kindTenant, "dealertenant": kindTenant, "dealertenants": kindTenant, "tenant": kindTenant,
}

// shortNames are how suggestions write a kind.
var shortNames = map[string]string{kindPortal: "rp", kindTenant: "dt"}

// target is what a name on the command line means: exactly one of the two is set.
type target struct {
	portal *v1alpha1.RegionalPortal
	tenant *v1alpha1.DealerTenant
}

// parseTarget splits rp/NAME, dt/NAME or NAME; the kind is empty for a bare name.
func parseTarget(argument string) (kind, name string, err error) {
	before, after, found := strings.Cut(argument, "/")
	if !found {
		return "", argument, nil
	}
	word, group, qualified := strings.Cut(strings.ToLower(before), ".")
	kind = kindNames[word]
	if kind == "" || qualified && group != v1alpha1.GroupVersion.Group || after == "" {
		return "", "", &usageError{fmt.Errorf("%q: write rp/NAME for a RegionalPortal, dt/NAME for a DealerTenant, or just the NAME", argument)}
	}
	return kind, after, nil
}

// find reads the RegionalPortal or DealerTenant that the argument names in the namespace: rp/NAME, dt/NAME, or a NAME that
// only one of the two has.
func (c *cluster) find(ctx context.Context, argument string) (target, error) {
	kind, name, err := parseTarget(argument)
	if err != nil {
		return target{}, err
	}
	switch kind {
	case kindPortal:
		portal, err := c.portal(ctx, name)
		return target{portal: portal}, err
	case kindTenant:
		tenant, err := c.tenant(ctx, name)
		return target{tenant: tenant}, err
	}
	portal, portalErr := c.portal(ctx, name)
	if portalErr != nil && !apierrors.IsNotFound(portalErr) && !apierrors.IsForbidden(portalErr) {
		return target{}, portalErr
	}
	tenant, tenantErr := c.tenant(ctx, name)
	switch {
	case portalErr == nil && tenantErr == nil:
		return target{}, &usageError{fmt.Errorf("%q is both: write rp/%[1]s for the RegionalPortal or dt/%[1]s for the DealerTenant", name)}
	case portalErr == nil:
		return target{portal: portal}, nil
	case tenantErr == nil:
		return target{tenant: tenant}, nil
	case apierrors.IsNotFound(portalErr) && apierrors.IsNotFound(tenantErr):
		err := fmt.Errorf("namespace %s has neither a RegionalPortal nor a DealerTenant %q", c.namespace, name)
		return target{}, withCure(err, "%s", c.suggest(ctx, name, kindPortal, kindTenant))
	case apierrors.IsNotFound(tenantErr):
		return target{}, portalErr
	default:
		return target{}, tenantErr
	}
}

// portal reads a RegionalPortal of the namespace.
func (c *cluster) portal(ctx context.Context, name string) (*v1alpha1.RegionalPortal, error) {
	portal := &v1alpha1.RegionalPortal{}
	return portal, c.read(ctx, kindPortal, name, portal)
}

// tenant reads a DealerTenant of the namespace.
func (c *cluster) tenant(ctx context.Context, name string) (*v1alpha1.DealerTenant, error) {
	tenant := &v1alpha1.DealerTenant{}
	return tenant, c.read(ctx, kindTenant, name, tenant)
}

func (c *cluster) read(ctx context.Context, kind, name string, into client.Object) error {
	err := c.Get(ctx, client.ObjectKey{Namespace: c.namespace, Name: name}, into)
	if err == nil {
		return nil
	}
	err = fmt.Errorf("reading %s %s/%s: %w", kind, c.namespace, name, err)
	if apierrors.IsNotFound(err) && !isUnknownResource(err) {
		return &missing{error: err, suggest: func() string { return c.suggest(ctx, name, kind) }}
	}
	return err
}

// missing is an object that is not there. What was meant instead is only looked for when somebody reads the cure.
type missing struct {
	error
	suggest func() string
}

func (e *missing) Unwrap() error { return e.error }

// Cure implements curable.
func (e *missing) Cure() string { return e.suggest() }

// suggest looks for the same name in all other namespaces, as far as one may look there, and for names like it in this one.
func (c *cluster) suggest(ctx context.Context, wrong string, kinds ...string) string {
	for _, other := range c.names(ctx, kinds, metav1.NamespaceAll) {
		if other.name == wrong && other.namespace != c.namespace {
			return fmt.Sprintf("There is a %s of this name in namespace %s: add -n %[2]s.", other.kind, other.namespace)
		}
	}
	here := c.names(ctx, kinds, c.namespace)
	if near := near(wrong, here); len(near) > 0 {
		return "Did you mean " + strings.Join(near, " or ") + "?"
	}
	if len(here) == 0 {
		return fmt.Sprintf("There is none in namespace %s: name another one with -n. All there are: kubectl get regionalportals,dealertenants -A",
			c.namespace)
	}
	written := make([]string, len(here))
	for i := range here {
		written[i] = here[i].String()
	}
	return didYouMean(wrong, written, "There are")
}

// name of an object, for suggestions.
type name struct {
	kind, namespace, name string
}

func (n name) String() string { return shortNames[n.kind] + "/" + n.name }

// near are the names that are like the wrong one, with their kinds.
func near(wrong string, known []name) []string {
	bare := make([]string, 0, len(known))
	for _, known := range known {
		bare = append(bare, known.name)
	}
	var written []string
	for _, candidate := range similar(wrong, slices.Compact(slices.Sorted(slices.Values(bare)))) {
		for _, known := range known {
			if known.name == candidate {
				written = append(written, known.String())
			}
		}
	}
	return written
}

// names lists what there is; what may not be listed is left out, since they only serve suggestions.
func (c *cluster) names(ctx context.Context, kinds []string, namespace string) []name {
	var found []name
	for _, kind := range kinds {
		list := &metav1.PartialObjectMetadataList{}
		list.SetGroupVersionKind(v1alpha1.GroupVersion.WithKind(kind + "List"))
		if err := c.List(ctx, list, client.InNamespace(namespace)); err != nil {
			continue
		}
		for i := range list.Items {
			found = append(found, name{kind: kind, namespace: list.Items[i].Namespace, name: list.Items[i].Name})
		}
	}
	return found
}
