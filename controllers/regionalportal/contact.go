// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package regionalportal

import (
	"context"
	"fmt"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/log"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/keys"
	"github.com/forecourt-dev/forecourt/internal/portalapi"
	"github.com/forecourt-dev/forecourt/internal/portalclient"
	"github.com/forecourt-dev/forecourt/internal/render"
)

// callTimeout of one call to a portal: a pass must not wait long for a portal that hangs.
const callTimeout = 10 * time.Second

// publish tells the tenants' controller what is in force.
func (r *Reconciler) publish(_ context.Context, s *scope) error {
	s.tenantsAffected = s.known.Publish(s.effective)
	return nil
}

// contact asks the portal for its state and brings settings and tenants up to date. A portal that does not answer is no
// error: the status says so and the next pass asks again.
func (r *Reconciler) contact(ctx context.Context, s *scope) error {
	if !s.running() {
		s.known.Asleep()
		return r.contactUnready(ctx, s)
	}
	if s.lookAtAll() {
		s.known.Refresh()
	}
	err := r.converse(ctx, s)
	if err == nil && !s.paused {
		var gone []portalapi.TenantState
		if gone, err = r.gone(ctx, s); err != nil {
			return err
		}
		err = r.closeTenants(ctx, s, gone)
	}
	if err != nil {
		failures := s.known.Failed()
		s.again(min(time.Second<<min(failures, 10), r.PollPeriod))
		s.databaseDown = portalclient.Code(err) == portalapi.CodeUnavailable
		log.FromContext(ctx).Info("Portal did not answer", "failures", failures, "reason", err.Error())
	}
	if s.state = s.known.State(); s.state != nil {
		s.inForce = s.state.SettingsDigest
	}
	return nil
}

// contactUnready asks pods of which none is ready, of a portal that has worked before: a pod is not ready while PostgreSQL does not answer, and
// says so when it is asked.
func (r *Reconciler) contactUnready(ctx context.Context, s *scope) error {
	stood := s.portal.Status.Store != nil && s.deployment != nil && s.deployment.Status.Replicas > 0 && !s.asleep()
	if !stood || s.effective == nil || s.effective.Database.Type != v1alpha1.DatabasePostgreSQL {
		return nil
	}
	defer s.known.Asleep()
	s.again(retryFact)
	caller, err := r.caller(ctx, s)
	if err != nil {
		return err
	}
	_, _, err = caller.State(ctx, "")
	s.databaseDown = portalclient.Code(err) == portalapi.CodeUnavailable
	return nil
}

func (r *Reconciler) converse(ctx context.Context, s *scope) error {
	caller, err := r.caller(ctx, s)
	if err != nil {
		return err
	}
	state, etag, err := caller.State(ctx, s.known.ETag())
	if err != nil {
		return err
	}
	s.known.Answered(state, etag)
	s.answered = true
	if err := r.pushSettings(ctx, s, caller); err != nil {
		return err
	}
	return r.listTenants(ctx, s, caller)
}

// caller returns the client in use, or makes one from the portal's own token and certificate.
func (r *Reconciler) caller(ctx context.Context, s *scope) (*portalclient.Client, error) {
	if caller := s.known.Client(); caller != nil {
		return caller, nil
	}
	name := render.Names(s.portal.Name).Internal
	secret := &corev1.Secret{}
	if err := r.Live.Get(ctx, client.ObjectKey{Namespace: s.portal.Namespace, Name: name}, secret); err != nil {
		return nil, fmt.Errorf("reading Secret %s: %w", name, err)
	}
	return r.connect(s, secret)
}

// connect makes a client from the Secret of the internal API.
func (r *Reconciler) connect(s *scope, secret *corev1.Secret) (*portalclient.Client, error) {
	caller, err := portalclient.New(portalclient.Options{
		URL: r.internalURL(s), CertificatePEM: secret.Data[keys.TLSCert], Token: string(secret.Data[portalapi.RoleOperator]), Timeout: callTimeout,
	})
	if err != nil {
		return nil, fmt.Errorf("using Secret %s: %w", secret.Name, err)
	}
	s.known.Connect(caller)
	return caller, nil
}

// internalURL is where the portal can be asked: by its Service, and while no pod is ready by the one that leads to pods that are not.
func (r *Reconciler) internalURL(s *scope) string {
	if url := r.URL(client.ObjectKeyFromObject(s.portal)); url != "" {
		return url
	}
	if s.deployment != nil && s.deployment.Status.AvailableReplicas == 0 {
		return render.UnreadyURL(s.portal.Namespace, s.portal.Name)
	}
	return render.InternalURL(s.portal.Namespace, s.portal.Name)
}

// pushSettings puts the wanted settings in force when the portal has others.
func (r *Reconciler) pushSettings(ctx context.Context, s *scope, caller *portalclient.Client) error {
	state := s.known.State()
	if s.problem != nil || s.paused || state.SettingsDigest == s.wanted {
		return nil
	}
	answer, err := caller.PutSettings(ctx, &portalapi.SettingsRequest{
		UID: string(s.portal.UID), Generation: s.portal.Generation, Settings: s.effective.Settings,
	})
	switch {
	case portalclient.Unreachable(err):
		return err
	case portalclient.Code(err) == portalapi.CodeOlderGeneration:
		s.refusal = "The portal has settings of a newer generation in force, as after a restore of the cluster: delete the portal " +
			"with deletionPolicy Retain and create it again with the annotation " + v1alpha1.AnnotationAdopt
		s.again(retryFact)
		return nil
	case err != nil:
		s.refusal = err.Error()
		s.again(retryFact)
		return nil
	}
	log.FromContext(ctx).Info("Settings put in force", "digest", answer.Digest)
	updated := *state
	updated.SettingsDigest = answer.Digest
	s.known.Answered(&updated, "")
	return nil
}

// listTenants reads the portal's tenants when they have changed since the last list.
func (r *Reconciler) listTenants(ctx context.Context, s *scope, caller *portalclient.Client) error {
	if !s.known.Outdated(s.known.State().TenantsRevision) {
		return nil
	}
	var list []portalapi.TenantState
	revision, after := "", ""
	for {
		page, err := caller.Tenants(ctx, after, portalapi.MaxTenantsPerPage)
		if err != nil {
			return err
		}
		if after == "" {
			revision = page.TenantsRevision // a change while listing shows with the next poll
		}
		list = append(list, page.Tenants...)
		if after = page.Next; after == "" {
			break
		}
	}
	s.changed = s.known.Replace(list, revision)
	return nil
}

// gone finds tenants in force whose object was deleted, now or while nobody was looking.
func (r *Reconciler) gone(ctx context.Context, s *scope) ([]portalapi.TenantState, error) {
	cached := make(map[string]bool, len(s.tenants))
	for i := range s.tenants {
		cached[string(s.tenants[i].UID)] = true
	}
	leftovers := s.known.Leftovers(func(uid string) bool { return cached[uid] })
	if len(leftovers) == 0 {
		return nil, nil
	}
	if err := s.known.Bury(ctx, r.Live); err != nil {
		return nil, err
	}
	return slices.DeleteFunc(leftovers, func(row portalapi.TenantState) bool { return !s.known.Buried(row.UID) }), nil
}

// closeTenants closes tenants with the deletion policy that they declared last.
func (r *Reconciler) closeTenants(ctx context.Context, s *scope, rows []portalapi.TenantState) error {
	for _, row := range rows {
		caller, err := r.caller(ctx, s)
		if err != nil {
			return err
		}
		if err := caller.CloseTenant(ctx, row.DealerCode, row.UID, ""); err != nil {
			return err
		}
		s.known.Closed(row.DealerCode, row.UID)
		log.FromContext(ctx).Info("Tenant closed: its object is gone", "dealerCode", row.DealerCode, "tenantUID", row.UID)
	}
	return nil
}
