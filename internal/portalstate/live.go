// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package portalstate

import (
	"context"
	"fmt"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
)

// livePage is the number of objects per request.
const livePage = 500

// Bury finds the tenants in force whose object is gone, by a live read. The portal knows no names, so that all objects are
// listed; one list serves every tenant of the portal.
func (p *Portal) Bury(ctx context.Context, live client.Reader) error {
	open := p.Leftovers(p.Buried) // read before the list: an object that comes later is no concern of it
	alive, err := liveTenants(ctx, live)
	if err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, row := range open {
		if !alive[row.UID] {
			p.buried[row.UID] = true
		}
	}
	return nil
}

// Buried says whether the object with this UID is known to be gone. A UID never comes back.
func (p *Portal) Buried(uid string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.buried[uid]
}

func liveTenants(ctx context.Context, live client.Reader) (map[string]bool, error) {
	alive := map[string]bool{}
	list := &metav1.PartialObjectMetadataList{}
	list.SetGroupVersionKind(v1alpha1.GroupVersion.WithKind("DealerTenantList"))
	for {
		if err := live.List(ctx, list, client.Limit(livePage), client.Continue(list.Continue)); err != nil {
			return nil, fmt.Errorf("listing tenants live: %w", err)
		}
		for i := range list.Items {
			alive[string(list.Items[i].UID)] = true
		}
		if list.Continue == "" {
			return alive, nil
		}
	}
}
