// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package plan

import (
	"fmt"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/classes"
	"github.com/forecourt-dev/forecourt/internal/render"
	"github.com/forecourt-dev/forecourt/internal/settings"
)

// Problem is why what is declared does not come into force: what is there stays as it is.
type Problem = settings.Problem

// side is what one world means for a portal.
type side struct {
	portal *v1alpha1.RegionalPortal
	class  *v1alpha1.PortalClass
	// effective is nil without a class; with a problem it is only for people to read.
	effective *settings.Effective
	problem   *Problem
	// paused is true when nothing is written because the portal is suspended.
	paused bool
	// at is the time of the world.
	at time.Time
	// children in creation order; none with a problem.
	children []*unstructured.Unstructured
}

// sideOf computes what a world means for a portal, as the operator does; nil when the portal is not there.
func (w World) sideOf(portal *v1alpha1.RegionalPortal) (*side, error) {
	if portal == nil {
		return nil, nil //nolint:nilnil // no portal is an answer, not a failure
	}
	s := &side{portal: portal, at: w.At, class: classes.Of(w.Classes, portal)}
	if s.class == nil {
		reason, message := classes.Missing(portal.Spec.ClassName)
		s.problem = &Problem{Reason: reason, Message: message, OfClass: true}
		return s, nil
	}
	s.judge(w)
	if s.problem != nil {
		return s, nil
	}
	var err error
	if s.children, err = render.Children(render.Input{Effective: s.effective, Owner: render.OwnerOf(portal), At: w.At}); err != nil {
		return nil, fmt.Errorf("rendering RegionalPortal %s: %w", s.effective.Portal, err)
	}
	return s, nil
}

// judge resolves the settings, or says why they cannot be in force.
func (s *side) judge(w World) {
	if s.resolve(w); s.problem == nil {
		s.problem = w.taken(s.portal)
	}
}

func (s *side) resolve(w World) {
	class := s.class
	namespace, known := w.Namespaces[s.portal.Namespace]
	if !known && !w.Complete {
		class = class.DeepCopy()
		class.Spec.AllowedNamespaces = nil // nobody knows whether they admit it
	}
	if s.effective, s.problem = settings.Judge(class, s.portal, namespace); s.problem != nil {
		s.effective, _ = settings.Explain(s.class, s.portal)
	}
}

// inForce is what is in force, nil when nothing new comes into force.
func (s *side) inForce() *settings.Effective {
	if s == nil || s.problem != nil {
		return nil
	}
	return s.effective
}

// meansTheSame says whether two sides lead to the same objects and the same words in the portal's status.
func (s *side) meansTheSame(other *side) bool {
	if s == nil || other == nil {
		return s == other
	}
	if s.paused != other.paused {
		return false
	}
	if s.problem != nil || other.problem != nil {
		return s.problem != nil && other.problem != nil && *s.problem == *other.problem && !s.waits(other)
	}
	return s.effective.Class.Resolved == other.effective.Class.Resolved && s.portal.UID == other.portal.UID &&
		adopts(s.portal) == adopts(other.portal)
}

func adopts(portal *v1alpha1.RegionalPortal) types.UID {
	return types.UID(portal.Annotations[v1alpha1.AnnotationAdopt])
}
