// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package regionalportal

import (
	"context"
	"errors"

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
		s.problem = classProblem(classes.Missing(name))
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
	var err error
	if s.effective, s.problem = judge(s.class, s.portal, namespace); s.problem != nil {
		return nil
	}
	s.wanted, err = s.effective.Settings.Digest()
	return err
}

// judge decides what a class means for a portal in a namespace with the labels: what shall be in force, or the problem that
// keeps it from being. It is pure.
func judge(class *v1alpha1.PortalClass, portal *v1alpha1.RegionalPortal, namespace labels.Set) (*settings.Effective, *problem) {
	err := settings.Usable(class, portal.Namespace, namespace)
	if unusable, ok := errors.AsType[*settings.Unusable](err); ok {
		return nil, classProblem(unusable.Reason, unusable.Message)
	}
	effective, err := settings.Resolve(class, portal)
	if refusal, ok := errors.AsType[*settings.Refusal](err); ok {
		return nil, &problem{reason: v1alpha1.ReasonOutOfBounds, message: refusal.Error(), stalled: true}
	}
	if err != nil {
		return nil, &problem{reason: v1alpha1.ReasonInvalidSpec, message: err.Error(), stalled: true}
	}
	return effective, nil
}

// meansTheSame compares what two versions of a class mean for a portal.
func meansTheSame(before, after *v1alpha1.PortalClass, portal *v1alpha1.RegionalPortal, namespace labels.Set) bool {
	old, oldProblem := judge(before, portal, namespace)
	now, nowProblem := judge(after, portal, namespace)
	if old == nil || now == nil {
		return old == now && *oldProblem == *nowProblem
	}
	return old.Class.Resolved == now.Class.Resolved
}

func classProblem(reason, message string) *problem {
	return &problem{reason: reason, message: message, stalled: true, class: true}
}
