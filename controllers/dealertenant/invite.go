// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package dealertenant

import (
	"context"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/invitations"
	"github.com/forecourt-dev/forecourt/internal/portalapi"
)

// invite reads the first administrators from the Secret that the tenant names. It may be gone once the portal has confirmed
// the tenant: the portal then keeps whom it has.
func (r *Reconciler) invite(ctx context.Context, s *scope, body *portalapi.Tenant) error {
	if s.tenant.Spec.Invitations == nil {
		return nil
	}
	name := s.tenant.Spec.Invitations.SecretRef.Name
	secret := &corev1.Secret{}
	err := r.Live.Get(ctx, client.ObjectKey{Namespace: s.tenant.Namespace, Name: name}, secret)
	switch {
	case apierrors.IsNotFound(err) && s.tenant.Status.SyncedGeneration > 0:
		return nil
	case apierrors.IsNotFound(err):
		s.uninvited(fmt.Sprintf("spec.invitations.secretRef.name: %q: there is no such Secret: create it, or remove spec.invitations", name), false)
		return nil
	case err != nil:
		return fmt.Errorf("reading Secret %s: %w", name, err)
	}
	raw, found := secret.Data[invitations.SecretKey]
	if !found {
		s.uninvited(fmt.Sprintf("Secret %s has no key %s: add it", name, invitations.SecretKey), true)
		return nil
	}
	if body.Invitations, err = invitations.Parse(raw); err != nil {
		s.uninvited(fmt.Sprintf("Secret %s: %s", name, err), true)
		return nil
	}
	body.InvitationsHash, err = invitations.Hash(body.Invitations)
	return err
}

// uninvited says what is wrong with the invitations. Secrets send no events, so that they are read again after a while.
func (s *scope) uninvited(message string, stalled bool) {
	s.fault = &fault{reason: v1alpha1.ReasonInvitationsInvalid, message: message, stalled: stalled}
	s.again(retryFact)
}
