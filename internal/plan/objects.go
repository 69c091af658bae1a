// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package plan

import (
	"errors"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/apply"
	"github.com/forecourt-dev/forecourt/internal/precious"
	"github.com/forecourt-dev/forecourt/internal/render"
	"github.com/forecourt-dev/forecourt/internal/settings"
)

// Live is what the API server has of portals that change.
type Live struct {
	// Objects by name, with managedFields; what is not there has no entry. Of Secrets metadata and type are enough.
	Objects map[Ref]*unstructured.Unstructured
	// Unread are the objects that could not be read: they are taken to be as the world before renders them, and Secrets
	// that specs name to be there.
	Unread map[Ref]bool
	// Unknown are the objects whose kind the cluster does not know: they are not made, and nothing is removed for them.
	Unknown map[Ref]bool
	// Keys are the keys with content of the Secrets and ConfigMaps that specs name; one that is not there has no entry.
	Keys map[Ref][]string
	// Due says who falls due in the portals of Change.Policies.
	Due map[types.NamespacedName]*Due
}

// Reference is a Secret or a ConfigMap that a spec names: without it nothing is written.
type Reference struct {
	Ref Ref
	settings.Reference
}

func refOf(object *unstructured.Unstructured) Ref {
	return Ref{APIVersion: object.GetAPIVersion(), Kind: object.GetKind(), Namespace: object.GetNamespace(), Name: object.GetName()}
}

// prunable are the objects that settings can switch off, whether they are rendered or not.
func prunable(portal types.NamespacedName) []Ref {
	names := render.Names(portal.Name)
	return []Ref{
		{"policy/v1", "PodDisruptionBudget", portal.Namespace, names.Workload},
		{"autoscaling/v2", "HorizontalPodAutoscaler", portal.Namespace, names.Workload},
		{"networking.k8s.io/v1", "Ingress", portal.Namespace, names.Workload},
		{"batch/v1", "CronJob", portal.Namespace, names.Inactivity},
		{render.HTTPRouteKind.GroupVersion().String(), render.HTTPRouteKind.Kind, portal.Namespace, names.Workload},
		{render.CertificateKind.GroupVersion().String(), render.CertificateKind.Kind, portal.Namespace, names.TLS},
	}
}

// referencesOf lists the Secrets and ConfigMaps that what is in force names.
func referencesOf(s *side) []Reference {
	var named []Reference
	effective := s.inForce()
	if effective == nil {
		return nil
	}
	for _, reference := range effective.References() {
		named = append(named, Reference{Ref{"v1", reference.Kind, effective.Portal.Namespace, reference.Name}, reference})
	}
	return named
}

// foresight computes what becomes of the objects of one portal.
type foresight struct {
	comparer *apply.Comparer
	live     *Live
	pair     *pair
	// before are the objects that are there.
	before map[Ref]*unstructured.Unstructured
}

// foresee answers the objects of a portal and what keeps them from being written.
func (f *foresight) foresee() ([]Object, *Problem, error) {
	if err := f.look(); err != nil {
		return nil, nil, err
	}
	if f.pair.after == nil {
		return f.deleted(), nil, nil
	}
	if problem := f.pair.after.problem; problem != nil {
		return f.stay(), problem, nil
	}
	if f.pair.after.paused {
		return f.stay(), nil, nil
	}
	problem := f.guard()
	if problem == nil {
		problem = f.waits()
	}
	if problem != nil {
		return f.stay(), problem, nil
	}
	return f.written()
}

// guard says which object that holds data is somebody else's, missing though the portal has data, or being deleted: then nothing
// is written.
func (f *foresight) guard() *Problem {
	portal, effective := f.pair.after.portal, f.pair.after.effective
	meta := func(apiVersion, kind, name string) *metav1.ObjectMeta {
		object := f.before[Ref{apiVersion, kind, portal.Namespace, name}]
		if object == nil {
			return nil
		}
		return &metav1.ObjectMeta{
			Annotations: object.GetAnnotations(), OwnerReferences: object.GetOwnerReferences(), DeletionTimestamp: object.GetDeletionTimestamp(),
		}
	}
	evidence := precious.Evidence{Portal: portal.UID, Adopts: adopts(portal), Stored: portal.Status.Store != nil, Objects: precious.Objects(effective)}
	for i := range evidence.Objects {
		evidence.Objects[i].Meta = meta("v1", evidence.Objects[i].Kind, evidence.Objects[i].Name)
	}
	if deployment := meta("apps/v1", kindDeployment, render.Names(portal.Name).Workload); deployment != nil {
		evidence.Deployed = apply.OwnerUID(&metav1.PartialObjectMetadata{ObjectMeta: *deployment}) == portal.UID
	}
	return evidence.Judge()
}

// look finds out what is there: what was read, and for the rest what the world before renders.
func (f *foresight) look() error {
	f.before = map[Ref]*unstructured.Unstructured{}
	if f.pair.before != nil {
		for _, child := range f.pair.before.children {
			ref := refOf(child)
			if f.live != nil && !f.live.Unread[ref] {
				continue
			}
			written, err := f.comparer.Written(child, ownerOf(f.pair.before.portal))
			if err != nil {
				return err
			}
			f.before[ref] = written
		}
	}
	if f.live != nil {
		for _, ref := range f.pair.objects() {
			if object := f.live.Objects[ref]; object != nil {
				f.before[ref] = object
			}
		}
	}
	return nil
}

func ownerOf(portal *v1alpha1.RegionalPortal) apply.Owner {
	return apply.Owner{UID: portal.UID, Adopts: adopts(portal)}
}

// waits says which Secret or ConfigMap that the spec names is missing.
func (f *foresight) waits() *Problem {
	if f.live == nil {
		return nil
	}
	for _, reference := range referencesOf(f.pair.after) {
		if f.live.Unread[reference.Ref] {
			continue
		}
		keys, found := f.live.Keys[reference.Ref]
		if problem := reference.Check(found, keys); problem != nil {
			return problem
		}
	}
	return nil
}

// written goes through what the operator writes, in its order: it stops at a name that is taken.
func (f *foresight) written() ([]Object, *Problem, error) {
	var list []Object
	var problem *Problem
	unknown := false
	owner := ownerOf(f.pair.after.portal)
	for _, child := range f.pair.after.children {
		ref := refOf(child)
		if f.live != nil && f.live.Unknown[ref] {
			list, unknown = append(list, Object{Ref: ref, Action: None, Note: "is not made: the cluster does not know the kind"}), true
			continue
		}
		if problem != nil {
			if f.before[ref] != nil {
				list = append(list, Object{Ref: ref, Action: None})
			}
			continue
		}
		outcome, err := f.comparer.Compare(child, f.before[ref], owner)
		if conflict, ok := errors.AsType[*apply.ConflictError](err); ok {
			problem = taken(conflict)
			list = append(list, Object{Ref: ref, Action: None, Note: "is not this portal's"})
			continue
		}
		if err != nil {
			return nil, nil, err
		}
		list = append(list, f.object(ref, outcome))
	}
	if problem == nil && !unknown {
		list = append(list, f.pruned()...)
	}
	return list, problem, nil
}

func taken(conflict *apply.ConflictError) *Problem {
	if conflict.Retained {
		return &Problem{Reason: v1alpha1.ReasonAdoptionNeeded, Message: conflict.Error()}
	}
	return &Problem{Reason: v1alpha1.ReasonNameConflict, Message: conflict.Error()}
}

func (f *foresight) object(ref Ref, outcome apply.Outcome) Object {
	o := Object{Ref: ref, Action: None}
	switch outcome.Action {
	case apply.Created, apply.Missing:
		o.Action = Create
	case apply.Changed, apply.Repaired:
		o.Action, o.Paths = Update, slices.DeleteFunc(outcome.Paths, bookkeeping)
		slices.Sort(o.Paths)
		o.Restarts = ref.Kind == kindDeployment && slices.ContainsFunc(o.Paths, func(path string) bool { return strings.HasPrefix(path, ".spec.template") })
	case apply.Terminating:
		o.Note = "is being deleted"
	case apply.Unchanged:
	}
	return o
}

const kindDeployment = "Deployment"

// bookkeeping tells the path of the digest, which changes whenever anything does.
func bookkeeping(path string) bool { return strings.Contains(path, apply.AnnotationDigest) }

// pruned are the objects that are there and not rendered any more.
func (f *foresight) pruned() []Object {
	var list []Object
	uid := f.pair.after.portal.UID
	for _, ref := range prunable(f.pair.key) {
		rendered := slices.ContainsFunc(f.pair.after.children, func(child *unstructured.Unstructured) bool { return refOf(child) == ref })
		if object := f.before[ref]; object != nil && !rendered && object.GetDeletionTimestamp() == nil && apply.OwnerUID(object) == uid {
			list = append(list, Object{Ref: ref, Action: Delete})
		}
	}
	return list
}

// stay lists what is there and stays as it is.
func (f *foresight) stay() []Object {
	var list []Object
	for _, ref := range f.pair.objects() {
		if f.before[ref] != nil {
			list = append(list, Object{Ref: ref, Action: None})
		}
	}
	return list
}

// deleted lists what goes with a portal and what it leaves behind.
func (f *foresight) deleted() []Object {
	var list []Object
	owner := apply.Owner{UID: f.pair.before.portal.UID}
	for _, ref := range f.pair.objects() {
		object := f.before[ref]
		switch {
		case object == nil || !owner.Owns(object):
		case len(object.GetOwnerReferences()) == 0:
			list = append(list, Object{Ref: ref, Action: None, Note: "is retained"})
		default:
			list = append(list, Object{Ref: ref, Action: Delete})
		}
	}
	return list
}
