// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package regionalportal

import (
	"context"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/log"

	"github.com/forecourt-dev/forecourt/internal/invitations"
	"github.com/forecourt-dev/forecourt/internal/portalapi"
	"github.com/forecourt-dev/forecourt/internal/portalclient"
)

// invite hands the first accounts of the service desk to the portal, from the Secret that the spec names. It is read when the spec has changed
// since it was handed over, when a look at everything is asked for, and again after a while when it could not be used. What is wrong with
// it is told only while the service desk needs it: somebody who works there needs no invitation.
func (r *Reconciler) invite(ctx context.Context, s *scope) error {
	declared := s.portal.Spec.ServiceDesk
	if declared == nil {
		return nil
	}
	if !s.answered || s.problem != nil || s.paused {
		s.notInvited = s.known.WhyNotInvited(s.portal.Generation) // nobody has been asked anew
		return nil
	}
	if s.known.Invited(s.portal.Generation) && !s.lookAtAll() {
		return nil
	}
	desk := s.known.State().ServiceDesk
	if desk == nil {
		s.uninvited("The pods are of a release that takes no invitations for the service desk: update the image")
		return nil
	}
	body, fault, err := r.invitations(ctx, s.portal.Namespace, declared.Invitations.SecretRef.Name)
	switch {
	case err != nil:
		return err
	case fault == "":
		return r.handOver(ctx, s, body)
	case desk.Active > 0 || body == nil && desk.InvitationsHash != "":
		// Nobody waits for it: it may be deleted once it was handed over.
		s.known.HasInvited(s.portal.Generation)
	default:
		s.uninvited(fault)
	}
	return nil
}

// invitations reads a Secret, and says what is wrong with it. There is a body, which may be empty, when the Secret is there.
func (r *Reconciler) invitations(ctx context.Context, namespace, name string) (body *portalapi.ServiceDeskInvitations, fault string, err error) {
	const path = "spec.serviceDesk.invitations.secretRef.name"
	secret := &corev1.Secret{}
	err = r.Live.Get(ctx, client.ObjectKey{Namespace: namespace, Name: name}, secret)
	if apierrors.IsNotFound(err) {
		return nil, fmt.Sprintf("%s: %q: there is no such Secret: create it, or remove spec.serviceDesk", path, name), nil
	}
	if err != nil {
		return nil, "", fmt.Errorf("reading Secret %s: %w", name, err)
	}
	body = &portalapi.ServiceDeskInvitations{}
	raw, found := secret.Data[invitations.SecretKey]
	if !found {
		return body, fmt.Sprintf("%s: Secret %s has no key %s: add it", path, name, invitations.SecretKey), nil
	}
	if body.Invitations, err = invitations.Parse(raw); err != nil {
		return body, fmt.Sprintf("%s: Secret %s: %s", path, name, err), nil
	}
	body.InvitationsHash, err = invitations.Hash(body.Invitations)
	return body, "", err
}

// handOver sends invitations to the portal. A portal that does not answer is asked again by the next pass.
func (r *Reconciler) handOver(ctx context.Context, s *scope, body *portalapi.ServiceDeskInvitations) error {
	if desk := s.known.State().ServiceDesk; desk.InvitationsHash == body.InvitationsHash {
		s.known.HasInvited(s.portal.Generation)
		return nil
	}
	caller, err := r.caller(ctx, s)
	if err != nil {
		return err
	}
	answer, err := caller.InviteServiceDesk(ctx, body)
	switch {
	case portalclient.Unreachable(err):
		s.again(retryFact)
		log.FromContext(ctx).Info("Portal did not take invitations", "reason", err.Error())
		return nil
	case err != nil:
		s.uninvited("The portal refuses the invitations: " + err.Error())
		return nil
	}
	s.known.HasInvited(s.portal.Generation)
	updated := *s.known.State()
	updated.ServiceDesk = answer
	s.known.Answered(&updated, "")
	log.FromContext(ctx).Info("Service desk invited", "active", answer.Active, "invited", answer.Invited)
	return nil
}

// uninvited says why nobody was invited. Secrets send no events, so that they are read again after a while.
func (s *scope) uninvited(message string) {
	s.notInvited = message
	s.known.CouldNotInvite(s.portal.Generation, message)
	s.again(retryFact)
}
