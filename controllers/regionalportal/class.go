// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package regionalportal

import (
	"context"
	"errors"
	"fmt"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
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
	switch {
	case class == nil && name == "":
		s.problem = classProblem(v1alpha1.ReasonNoDefaultClass, "spec.className is not set and no PortalClass is the default: set it, "+
			"or set the annotation "+v1alpha1.AnnotationDefaultClass+`: "true" on a PortalClass`)
	case class == nil:
		s.problem = classProblem(v1alpha1.ReasonClassNotFound, fmt.Sprintf("spec.className: %q: there is no such PortalClass: create it or name another", name))
	default:
		s.class = class
	}
	return nil
}

// resolve computes what shall be in force. Faults are the user's: they wait for a change of the portal or its class.
func (r *Reconciler) resolve(_ context.Context, s *scope) error {
	if err := settings.ValidateClass(s.class); err != nil {
		s.problem = classProblem(v1alpha1.ReasonClassInvalid, fmt.Sprintf("PortalClass %s: %s", s.class.Name, err))
		return nil
	}
	effective, err := settings.Resolve(s.class, s.portal)
	if faults, ok := errors.AsType[*settings.Faults](err); ok {
		s.problem = &problem{reason: v1alpha1.ReasonInvalidSpec, message: faults.Error(), stalled: true}
		return nil
	}
	if err != nil {
		return fmt.Errorf("resolving settings: %w", err)
	}
	s.effective = effective
	s.wanted, err = effective.Settings.Digest()
	return err
}

func classProblem(reason, message string) *problem {
	return &problem{reason: reason, message: message, stalled: true, class: true}
}
