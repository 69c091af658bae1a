// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package dealertenant

import (
	"context"
	"fmt"

	"k8s.io/apimachinery/pkg/labels"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
	"github.com/forecourt-dev/forecourt/controllers/internal/index"
	"github.com/forecourt-dev/forecourt/controllers/internal/namespaces"
	"github.com/forecourt-dev/forecourt/internal/attachment"
)

// attach decides whether the portal takes the tenant.
func (r *Reconciler) attach(ctx context.Context, s *scope) error {
	if portal := index.PortalOf(s.tenant); !r.Watched.Has(portal.Namespace) {
		s.refusal = &fault{
			reason: v1alpha1.ReasonNamespaceNotWatched,
			message: fmt.Sprintf("spec.portalRef: the operator does not look at namespace %s: whoever installs it can add the namespace to "+
				"watchNamespaces", portal.Namespace),
			stalled: true,
		}
		return nil
	}
	if s.portal == nil {
		s.refusal = &fault{
			reason:  v1alpha1.ReasonPortalNotFound,
			message: fmt.Sprintf("spec.portalRef: there is no RegionalPortal %s: create it", index.PortalOf(s.tenant)),
		}
		return nil
	}
	rules := &attachment.Rules{Portal: s.portal, InForce: s.holderInForce, Labels: map[string]labels.Set{}}
	if s.portal.Spec.Tenants != nil && s.portal.Spec.Tenants.Max != nil {
		all, err := index.Tenants(ctx, r.Client, client.ObjectKeyFromObject(s.portal))
		if err != nil {
			return err
		}
		rules.Others = all
	} else {
		claims, err := index.Claims(ctx, r.Client, s.tenant)
		if err != nil {
			return err
		}
		rules.Others = claims
	}
	if err := r.readLabels(ctx, s, rules); err != nil {
		return err
	}
	if refusal := rules.Judge(s.tenant); refusal != nil {
		s.refusal = &fault{reason: refusal.Reason, message: refusal.Message, stalled: true}
	}
	return nil
}

// holderInForce is the UID that the portal has in force under a dealer code, empty when none or not known.
func (s *scope) holderInForce(dealerCode string) string {
	if !s.known.Listed() {
		return ""
	}
	if row, found := s.known.Tenant(dealerCode); found && !row.Closed {
		return row.UID
	}
	return ""
}

// readLabels reads the labels of the namespaces that the portal's selector looks at.
func (r *Reconciler) readLabels(ctx context.Context, s *scope, rules *attachment.Rules) error {
	if !rules.Selects() {
		return nil
	}
	names := []string{s.tenant.Namespace}
	for i := range rules.Others {
		names = append(names, rules.Others[i].Namespace)
	}
	for _, name := range names {
		if _, read := rules.Labels[name]; read {
			continue
		}
		found, err := namespaces.Labels(ctx, r.Client, name)
		if err != nil {
			return err
		}
		rules.Labels[name] = found
	}
	return nil
}
