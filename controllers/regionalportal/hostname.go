// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package regionalportal

import (
	"context"
	"fmt"
	"slices"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
	"github.com/forecourt-dev/forecourt/controllers/internal/index"
	"github.com/forecourt-dev/forecourt/controllers/internal/namespaces"
	"github.com/forecourt-dev/forecourt/internal/apply"
	"github.com/forecourt-dev/forecourt/internal/classes"
	"github.com/forecourt-dev/forecourt/internal/conditions"
	"github.com/forecourt-dev/forecourt/internal/settings"
)

// Why two portals cannot both hold a host:
//
// Every host is decided by settings.Holder, a total order over all claims on it, from the same indexes: what is in force
// first, then the older portal. A portal that is not the holder writes nothing, so it cannot come into force. What a
// decision goes by may be behind the API server in one way only: a portal was let in and the cache does not hold its
// ConfigMap yet. That is why grants remembers whom this process let in, and why the last decision before the first write and
// the note of it happen under one lock: two passes of this process never let two portals in. Two processes are at work only
// while leadership changes hands. Should both let another portal in, both ConfigMaps carry the host: the order then names one of
// the two for everybody, and the other one's route is withdrawn.
//
// Portals that exchange their hosts would wait for each other; see swaps. For the moment between their passes both carry one.

// claim looks whether the portal holds all of its hosts. It is looked at again when the children are written.
func (r *Reconciler) claim(ctx context.Context, s *scope) error {
	return r.hold(ctx, s, false)
}

// hold decides on every host of the portal. When it holds all of them and means to write, others are kept from them from now on.
func (r *Reconciler) hold(ctx context.Context, s *scope, write bool) error {
	r.grants.mu.Lock()
	defer r.grants.mu.Unlock()
	key, hosts := client.ObjectKeyFromObject(s.portal), s.effective.Hosts()
	s.partners = nil
	for _, host := range hosts {
		claims, err := r.claims(ctx, s, host)
		if err != nil {
			return err
		}
		holder := settings.Holder(claims)
		if holder.Portal == key {
			continue
		}
		s.problem = stalled(settings.Taken(&s.portal.Spec, host, holder.Portal), 0)
		s.evicted = slices.ContainsFunc(claims, func(c settings.Claim) bool { return c.Portal == key && c.InForce })
		return nil
	}
	if write {
		r.grants.give(key, hosts)
		for _, partner := range s.partners {
			r.grants.give(client.ObjectKeyFromObject(partner), settings.Hosts(&partner.Spec)) // what it gets in exchange is not for others
		}
	}
	s.hostsHeld = true
	return nil
}

// claims lists who has a host or could have it: the portal itself, those for which it is in force, and those that declare it and
// are kept from it by nothing else.
func (r *Reconciler) claims(ctx context.Context, s *scope, host string) ([]settings.Claim, error) {
	inForce, err := r.inForce(ctx, host)
	if err != nil {
		return nil, err
	}
	self := client.ObjectKeyFromObject(s.portal)
	own := settings.Claim{Portal: self, Created: s.portal.CreationTimestamp, InForce: inForce[self] != nil}
	claims, swapped := []settings.Claim(nil), false
	for key, portal := range inForce {
		if key == self {
			continue
		}
		swaps, err := r.swaps(ctx, s, portal, host, own.InForce)
		if err != nil {
			return nil, err
		}
		if swapped = swapped || swaps; !swaps {
			claims = append(claims, settings.Claim{Portal: key, Created: portal.CreationTimestamp, InForce: true})
		}
	}
	own.InForce = own.InForce || swapped && len(claims) == 0
	claims = append(claims, own)
	declared, err := index.Claimants(ctx, r.Client, host)
	if err != nil {
		return nil, err
	}
	for i := range declared {
		rival := &declared[i]
		key := client.ObjectKeyFromObject(rival)
		if key == self || inForce[key] != nil {
			continue
		}
		able, err := r.able(ctx, s, rival)
		if err != nil {
			return nil, err
		}
		if able {
			claims = append(claims, settings.Claim{Portal: key, Created: rival.CreationTimestamp})
		}
	}
	return claims, nil
}

// inForce finds the portals for which a host is in force. What a portal left behind that has gone counts for nobody.
func (r *Reconciler) inForce(ctx context.Context, host string) (map[types.NamespacedName]*v1alpha1.RegionalPortal, error) {
	found := map[types.NamespacedName]*v1alpha1.RegionalPortal{}
	note := func(key types.NamespacedName, uid types.UID) error {
		portal := &v1alpha1.RegionalPortal{}
		err := r.Client.Get(ctx, key, portal, client.UnsafeDisableDeepCopy)
		if apierrors.IsNotFound(err) || (err == nil && uid != "" && portal.UID != uid) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("reading RegionalPortal %s: %w", key, err)
		}
		found[key] = portal
		return nil
	}
	for _, key := range r.grants.of(host) {
		if err := note(key, ""); err != nil {
			return nil, err
		}
	}
	carriers, err := index.Carriers(ctx, r.Foreign.Reader(r.Client), host)
	if err != nil {
		return nil, err
	}
	for i := range carriers {
		if key, ours := PortalOf(carriers[i]); ours {
			if err := note(key, apply.OwnerUID(carriers[i])); err != nil {
				return nil, err
			}
		}
	}
	return found, nil
}

// able says whether nothing but its hosts keeps a portal from being in force. Otherwise a portal that its class refuses could
// keep a host from everybody.
func (r *Reconciler) able(ctx context.Context, s *scope, portal *v1alpha1.RegionalPortal) (bool, error) {
	if portal.DeletionTimestamp != nil || settings.Suspended(portal, s.now) {
		return false, nil
	}
	class, err := classes.Find(ctx, r.Client, portal.Spec.ClassName)
	if err != nil || class == nil {
		return false, err
	}
	namespace := labels.Set(nil)
	if settings.SelectsNamespaces(class) {
		if namespace, err = namespaces.Labels(ctx, r.Client, portal.Namespace); err != nil {
			return false, err
		}
	}
	_, problem := settings.Judge(class, portal, namespace)
	return problem == nil, nil
}

// withdraw removes the route of a portal that came into force beside the holder of its host. Everything else stays as it is.
func (r *Reconciler) withdraw(ctx context.Context, s *scope) error {
	if !s.evicted {
		return nil
	}
	return r.removeRoutes(ctx, s)
}

func (s *scope) hostnameAccepted(set *conditions.Set) {
	kind := v1alpha1.ConditionHostnameAccepted
	switch {
	case s.problem != nil && s.problem.reason == v1alpha1.ReasonHostnameTaken:
		set.False(kind, s.problem.reason, s.problem.message)
	case s.pending:
		set.Unknown(kind, v1alpha1.ReasonSuspended, "What is declared is judged when the pause ends")
	case s.effective != nil && (s.hostsHeld || s.paused):
		set.True(kind, v1alpha1.ReasonAsExpected, "No other portal holds a host of this one")
	default:
		set.Unknown(kind, v1alpha1.ReasonUnknown, "Whether the hosts are free is not known: see Ready")
	}
}

// forgetHosts drops what is remembered of a portal that has gone.
func (r *Reconciler) forgetHosts(key types.NamespacedName) {
	r.grants.mu.Lock()
	defer r.grants.mu.Unlock()
	r.grants.give(key, nil)
}
