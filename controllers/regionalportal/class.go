// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package regionalportal

import (
	"context"

	"k8s.io/apimachinery/pkg/labels"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
	"github.com/forecourt-dev/forecourt/controllers/internal/namespaces"
	"github.com/forecourt-dev/forecourt/internal/classes"
	"github.com/forecourt-dev/forecourt/internal/settings"
)

// findClass finds the class that the portal names, or the default one.
func (r *Reconciler) findClass(ctx context.Context, s *scope) error {
	name := s.portal.Spec.ClassName
	class, err := classes.Find(ctx, r.Client, name)
	if err != nil {
		return err
	}
	if class == nil {
		reason, message := classes.Missing(name)
		s.problem = stalled(&settings.Problem{Reason: reason, Message: message, OfClass: true}, 0)
		return nil
	}
	s.class = class
	return nil
}

// resolve computes what shall be in force. Faults are the user's: they wait for a change of the portal or its class.
func (r *Reconciler) resolve(ctx context.Context, s *scope) error {
	namespace := labels.Set(nil)
	if settings.SelectsNamespaces(s.class) {
		found, err := namespaces.Labels(ctx, r.Client, s.portal.Namespace)
		if err != nil {
			return err
		}
		namespace = found
	}
	effective, fault := settings.Judge(s.class, s.portal, namespace)
	if fault != nil {
		s.problem = stalled(fault, 0)
		return nil
	}
	var err error
	s.effective = effective
	s.wanted, err = effective.Settings.Digest()
	return err
}

// meansTheSame compares what two versions of a class mean for a portal.
func meansTheSame(before, after *v1alpha1.PortalClass, portal *v1alpha1.RegionalPortal, namespace labels.Set) bool {
	old, oldProblem := settings.Judge(before, portal, namespace)
	now, nowProblem := settings.Judge(after, portal, namespace)
	if old == nil || now == nil {
		return old == now && *oldProblem == *nowProblem
	}
	return old.Class.Resolved == now.Class.Resolved
}
