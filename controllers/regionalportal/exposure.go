// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package regionalportal

import (
	"context"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/log"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/apply"
	"github.com/forecourt-dev/forecourt/internal/conditions"
	"github.com/forecourt-dev/forecourt/internal/render"
)

// verdict is what a pass found out about something.
type verdict struct {
	status          metav1.ConditionStatus
	reason, message string
}

func no(reason, format string, args ...any) *verdict {
	return &verdict{metav1.ConditionFalse, reason, fmt.Sprintf(format, args...)}
}

// exposure finds out whether requests for the portal's hosts reach it, also when nothing may be written.
func (r *Reconciler) exposure(ctx context.Context, s *scope) error {
	if s.effective == nil || s.problem != nil {
		return nil
	}
	if s.effective.Exposure.Type == v1alpha1.ExposureNone {
		s.exposed = &verdict{metav1.ConditionTrue, v1alpha1.ReasonNotRequested, "exposure.type is None: no route is made"}
		return nil
	}
	certificate, err := r.serving(ctx, s)
	if err != nil {
		return err
	}
	missing, err := r.missingKind(ctx, s)
	if err != nil {
		return err
	}
	route, err := r.route(ctx, s)
	if err != nil {
		return err
	}
	s.certificate = certificate.notAfter
	s.exposed = firstOf(missing, refusedBy(route), certificate.fault, route)
	if s.exposed.status != metav1.ConditionTrue {
		s.again(retryFact) // neither kinds nor Secrets send events
	}
	return nil
}

// firstOf is the first verdict that there is.
func firstOf(verdicts ...*verdict) *verdict {
	for _, v := range verdicts {
		if v != nil {
			return v
		}
	}
	return nil
}

func refusedBy(route *verdict) *verdict {
	if route.reason == v1alpha1.ReasonRouteRefused {
		return route
	}
	return nil
}

// unknownKind says whether the cluster does not know a kind.
func (r *Reconciler) unknownKind(ctx context.Context, kind schema.GroupVersionKind) (bool, error) {
	known, err := r.Foreign.Known(ctx, kind)
	return !known, err
}

// missingKind names a kind that exposure needs and the cluster does not know.
func (r *Reconciler) missingKind(ctx context.Context, s *scope) (*verdict, error) {
	if s.effective.Exposure.Type == v1alpha1.ExposureHTTPRoute {
		if unknown, err := r.unknownKind(ctx, render.HTTPRouteKind); unknown || err != nil {
			return no(v1alpha1.ReasonAPIMissing, "exposure.type: HTTPRoute: the cluster does not know httproutes.gateway.networking.k8s.io in version v1: "+
				"install the Gateway API, or use type Ingress"), err
		}
	}
	if s.effective.Exposure.TLS == v1alpha1.TLSCertManager {
		if unknown, err := r.unknownKind(ctx, render.CertificateKind); unknown || err != nil {
			return no(v1alpha1.ReasonAPIMissing, "exposure.tls.mode: CertManager: the cluster does not know certificates.cert-manager.io in version v1: "+
				"install cert-manager, or use mode Secret or None"), err
		}
	}
	return nil, nil //nolint:nilnil // nothing is missing
}

// route asks what the route's controller reports.
func (r *Reconciler) route(ctx context.Context, s *scope) (*verdict, error) {
	name := render.Names(s.portal.Name).Workload
	if s.effective.Exposure.Type == v1alpha1.ExposureIngress {
		ingress := &networkingv1.Ingress{}
		found, err := r.ours(ctx, s, r.Client, name, ingress)
		if err != nil || !found {
			return no(v1alpha1.ReasonRoutePending, "There is no Ingress yet"), err
		}
		return ingressServes(ingress), nil
	}
	route := &unstructured.Unstructured{}
	route.SetGroupVersionKind(render.HTTPRouteKind)
	found, err := r.foreignChild(ctx, s, name, route)
	if err != nil || !found {
		return no(v1alpha1.ReasonRoutePending, "There is no HTTPRoute yet"), err
	}
	return httpRouteServes(route), nil
}

// foreignChild reads a child of a foreign kind and says whether it is there and this portal's.
func (r *Reconciler) foreignChild(ctx context.Context, s *scope, name string, into *unstructured.Unstructured) (bool, error) {
	if unknown, err := r.unknownKind(ctx, into.GroupVersionKind()); unknown || err != nil {
		return false, err
	}
	return r.ours(ctx, s, r.Foreign.Reader(r.Client), name, into)
}

// serving looks at the certificate that an Ingress serves, in the Secret as it is now.
func (r *Reconciler) serving(ctx context.Context, s *scope) (served, error) {
	name := render.TLSSecret(s.effective)
	if name == "" {
		return served{}, nil
	}
	secret := &corev1.Secret{}
	err := r.Live.Get(ctx, client.ObjectKey{Namespace: s.portal.Namespace, Name: name}, secret)
	if client.IgnoreNotFound(err) != nil {
		return served{}, fmt.Errorf("reading Secret %s: %w", name, err)
	}
	if err != nil {
		secret = nil
	}
	if s.effective.Exposure.TLS == v1alpha1.TLSSecret {
		return inspect(name, secret, s.effective.Hosts(), s.now), nil
	}
	certificate := &unstructured.Unstructured{}
	certificate.SetGroupVersionKind(render.CertificateKind)
	if _, err := r.foreignChild(ctx, s, name, certificate); err != nil {
		return served{}, err
	}
	return inspect(name, secret, s.effective.Hosts(), s.now).issued(certificate), nil
}

// removeRoutes takes the portal's routes away.
func (r *Reconciler) removeRoutes(ctx context.Context, s *scope) error {
	removed, err := r.Applier.Withdraw(ctx, s.portal.Namespace, apply.Owner{UID: s.portal.UID})
	for _, object := range removed {
		log.FromContext(ctx).Info("Route removed: another portal holds its host", "kind", object.Kind, "child", object.Name)
	}
	return err
}

// exposedCondition tells of the route. What only a person can mend keeps the portal Stalled.
func (s *scope) exposedCondition(set *conditions.Set, summary *conditions.Summary) {
	kind := v1alpha1.ConditionExposed
	switch {
	case s.exposed != nil && s.problem == nil:
		set.Put(kind, s.exposed.status, s.exposed.reason, s.exposed.message)
	case s.paused:
		set.Unknown(kind, v1alpha1.ReasonSuspended, "What is declared is looked at when the pause ends")
	default:
		set.Unknown(kind, v1alpha1.ReasonUnknown, "Whether requests arrive is not known: see Ready")
	}
	if s.exposed != nil && s.exposed.reason == v1alpha1.ReasonAPIMissing && s.problem == nil && !s.paused {
		summary.Blocked, summary.Stalled = &conditions.Reason{Word: s.exposed.reason, Message: s.exposed.message}, true
	}
}

// reportExposure says when the certificate that serves expires. Without a look at it, the last report stands.
func (s *scope) reportExposure(status *v1alpha1.RegionalPortalStatus) {
	switch {
	case s.exposed == nil:
	case s.certificate == nil:
		status.Certificate = nil
	default:
		status.Certificate = &v1alpha1.CertificateStatus{NotAfter: *s.certificate}
	}
}
