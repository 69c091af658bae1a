// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package dealertenant

import (
	"context"
	"fmt"
	"time"

	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/log"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
	"github.com/forecourt-dev/forecourt/controllers/internal/index"
	"github.com/forecourt-dev/forecourt/internal/portalapi"
	"github.com/forecourt-dev/forecourt/internal/portalclient"
	"github.com/forecourt-dev/forecourt/internal/portalstate"
	"github.com/forecourt-dev/forecourt/internal/settings"
)

// retryFact is how long to wait before reading a fact again that sends no events, such as a Secret.
const retryFact = 15 * time.Second

// sync tells the portal what is declared, unless exactly that is in force.
func (r *Reconciler) sync(ctx context.Context, s *scope) error {
	if s.effective = s.known.Effective(); s.effective == nil {
		s.undecided = true
		return nil // the portal's next look queues the tenant
	}
	spec, verdict := settings.Tenant(s.effective, s.tenant)
	s.clamped, s.state = verdict.Clamped, v1alpha1.TenantState(spec.State)
	if verdict.Faults != nil {
		s.fault, s.told = &fault{reason: v1alpha1.ReasonBrandUnknown, message: verdict.Faults.Error(), stalled: true}, s.asked
		return nil
	}
	digest, err := spec.Digest()
	if err != nil {
		return err
	}
	want := portalstate.Wanted{UID: s.tenant.UID, Generation: s.tenant.Generation, Digest: digest}
	row, found := s.known.Tenant(s.tenant.Spec.DealerCode)
	if !s.asked && s.known.Listed() && found && portalstate.InForce(row, want) {
		s.row, s.inForce = row, true
		return nil
	}
	caller := s.known.Usable()
	if caller == nil {
		s.undecided = true
		return nil // the portal's next answer queues the tenant
	}
	body := &portalapi.Tenant{UID: string(s.tenant.UID), Generation: s.tenant.Generation, Spec: spec}
	if err := r.invite(ctx, s, body); err != nil || s.fault != nil {
		s.told = s.asked && err == nil
		return err
	}
	if err := r.supersede(ctx, s, body); err != nil {
		return err
	}
	return r.put(ctx, s, caller, body, want)
}

// supersede names the object that has the dealer code in force when that object is gone: re-created under another UID.
func (r *Reconciler) supersede(ctx context.Context, s *scope, body *portalapi.Tenant) error {
	row, found := s.known.Tenant(s.tenant.Spec.DealerCode)
	if !found || row.Closed || row.UID == body.UID {
		return nil
	}
	if !s.known.Buried(row.UID) {
		if err := s.known.Bury(ctx, r.Live); err != nil {
			return err
		}
	}
	if s.known.Buried(row.UID) {
		body.Supersedes = row.UID
	}
	return nil
}

// put sends the declaration and reads the answer.
func (r *Reconciler) put(ctx context.Context, s *scope, caller *portalclient.Client, body *portalapi.Tenant, want portalstate.Wanted) error {
	answer, err := caller.PutTenant(ctx, s.tenant.Spec.DealerCode, body)
	s.told = s.asked && !portalclient.Unreachable(err)
	if err == nil {
		s.known.Record(*answer)
		s.row, s.inForce = *answer, portalstate.InForce(*answer, want)
		return nil
	}
	code := portalclient.Code(err)
	switch {
	case portalclient.Unreachable(err), code == portalapi.CodeUnauthorized, code == portalapi.CodeForbidden, code == "":
		r.suspect(ctx, s, err)
		return nil
	case code == portalapi.CodeOlderGeneration:
		return r.newerInForce(ctx, s)
	case code == portalapi.CodeHeldByOther:
		s.refusal = &fault{
			reason: v1alpha1.ReasonDealerCodeTaken, stalled: true,
			message: fmt.Sprintf("spec.dealerCode: %q: another DealerTenant has this code in force: use another, or delete that one", s.tenant.Spec.DealerCode),
		}
		s.again(retryFact)
		return nil
	}
	s.fault = &fault{reason: v1alpha1.ReasonRefused, message: err.Error(), stalled: true}
	return nil
}

// suspect stops calls until the portal has answered again, and asks it to.
func (r *Reconciler) suspect(ctx context.Context, s *scope, err error) {
	log.FromContext(ctx).Info("Portal did not answer", "reason", err.Error())
	s.undecided = true
	s.known.Suspect()
	r.Portals.Soon(index.PortalOf(s.tenant), time.Second)
}

// newerInForce finds out why the portal has a newer generation: the cache is behind, or the cluster was restored to an
// earlier state. In the second case numbers meet again only after more changes.
func (r *Reconciler) newerInForce(ctx context.Context, s *scope) error {
	live := &v1alpha1.DealerTenant{}
	if err := r.Live.Get(ctx, client.ObjectKeyFromObject(s.tenant), live); err != nil {
		return client.IgnoreNotFound(err)
	}
	if live.UID != s.tenant.UID || live.Generation != s.tenant.Generation {
		return nil // the event is on its way
	}
	s.fault = &fault{
		reason: v1alpha1.ReasonNewerInForce, stalled: true,
		message: "The portal has a newer generation of this tenant in force, as after a restore of the cluster: " +
			"delete the tenant and create it again; its accounts stay with deletionPolicy Retain",
	}
	return nil
}

// detach closes a tenant that the portal does not take any more. Its accounts stay: the portal's owner took back the
// consent, not the dealership its people.
func (r *Reconciler) detach(ctx context.Context, s *scope) error {
	if s.known == nil || !s.known.Listed() {
		return nil
	}
	row, found := s.known.Tenant(s.tenant.Spec.DealerCode)
	if !found || row.Closed || row.UID != string(s.tenant.UID) {
		return nil
	}
	caller := s.known.Usable()
	if caller == nil {
		return nil // the portal's next answer queues the tenant
	}
	if err := caller.CloseTenant(ctx, row.DealerCode, row.UID, string(v1alpha1.DeletionRetain)); err != nil {
		r.suspect(ctx, s, err)
		return nil
	}
	s.known.Closed(row.DealerCode, row.UID)
	log.FromContext(ctx).Info("Tenant closed: the portal does not take it any more", "dealerCode", row.DealerCode, "reason", s.refusal.reason)
	return nil
}
