// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package apply

import (
	"context"
	"fmt"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/structured-merge-diff/v6/fieldpath"
)

// Field managers of the operator's writes.
const (
	// Manager owns what is rendered.
	Manager = "forecourt"
	// KeysManager owns the data of Secrets that the operator made; it writes once, at creation, so that no
	// apply can ever drop key material.
	KeysManager = "forecourt-keys"
	// HandoverManager holds a Deployment's number of pods from the moment that it is no longer rendered until an autoscaler
	// sets it: a field that nobody owns goes back to its default.
	HandoverManager = "forecourt-handover"
)

// Action says what Apply did.
type Action string

// Actions of Apply.
const (
	// Unchanged : the object is as wanted; nothing was sent.
	Unchanged Action = "Unchanged"
	// Created : the object did not exist.
	Created Action = "Created"
	// Changed : what is wanted has changed since the last write.
	Changed Action = "Changed"
	// Repaired : what is wanted is what was written last, but somebody changed the object.
	Repaired Action = "Repaired"
	// Terminating : the object is being deleted; nothing was sent. Its deletion brings the next chance.
	Terminating Action = "Terminating"
	// Missing : the Secret or volume claim does not exist. It holds data, so that only CreateSecret and CreateVolume make it,
	// when their caller has decided so.
	Missing Action = "Missing"
)

// Outcome is the answer of Apply.
type Outcome struct {
	// Action that was taken.
	Action Action
	// Live is the typed object as read or as answered by the server; nil with Missing. It may be shared with nobody.
	Live client.Object
	// Paths that differed, for logs; empty unless Action is Changed or Repaired.
	Paths []string
}

// Wrote reports whether the outcome cost a write.
func (o Outcome) Wrote() bool {
	return o.Action == Created || o.Action == Changed || o.Action == Repaired
}

// Applier writes child objects. It is safe for concurrent use.
type Applier struct {
	*Comparer
	cached client.Reader
	live   client.Reader
	writer client.Writer
}

// Config is what an Applier needs.
type Config struct {
	// Scheme knows the kinds of all children.
	Scheme *runtime.Scheme
	// Cached reads children from informers set up with CacheByObject and IndexOwner.
	Cached client.Reader
	// Live reads from the API server.
	Live client.Reader
	// Writer sends writes.
	Writer client.Writer
}

// New returns an Applier.
func New(config Config) *Applier {
	return &Applier{Comparer: NewComparer(config.Scheme), cached: config.Cached, live: config.Live, writer: config.Writer}
}

// PastCache returns an Applier that reads every object from the API server before it decides.
func (a *Applier) PastCache() *Applier {
	past := *a
	past.cached = a.live
	return &past
}

// Apply brings one object to the desired state, which holds only the fields that we have an opinion on, and leaves it alone
// when it is there already. The desired object is not modified.
//
// Errors: *ConflictError when the name is taken by an object that is not ours, *RefusedError when the API server will
// not take the object as it is; others may go away by themselves.
func (a *Applier) Apply(ctx context.Context, desired *unstructured.Unstructured, owner Owner) (Outcome, error) {
	want, err := stamp(desired, owner)
	if err != nil {
		return Outcome{}, err
	}
	if isSecret(want) {
		return a.applyLive(ctx, want, owner)
	}
	cached, err := a.read(ctx, a.cached, want)
	if apierrors.IsNotFound(err) {
		if holdsData(want) {
			return a.applyLive(ctx, want, owner)
		}
		return a.create(ctx, want, want, Manager, owner)
	}
	if err != nil {
		return Outcome{}, err
	}
	if owner.Owns(cached) && cached.GetDeletionTimestamp() == nil {
		differing, err := a.differences(want, cached)
		if err != nil {
			return Outcome{}, err
		}
		if differing.Empty() {
			return Outcome{Action: Unchanged, Live: cached}, nil
		}
	}
	return a.applyLive(ctx, want, owner)
}

// applyLive decides again on what the API server has: the cache may be behind.
func (a *Applier) applyLive(ctx context.Context, want *unstructured.Unstructured, owner Owner) (Outcome, error) {
	outcome, err := a.applyExisting(ctx, want, owner)
	switch {
	case apierrors.IsNotFound(err) && holdsData(want):
		return Outcome{Action: Missing}, nil
	case apierrors.IsNotFound(err):
		return a.create(ctx, want, want, Manager, owner)
	}
	return outcome, err
}

// applyExisting is applyLive for an object that exists; the error is NotFound when it does not.
func (a *Applier) applyExisting(ctx context.Context, want *unstructured.Unstructured, owner Owner) (Outcome, error) {
	live, err := a.read(ctx, a.live, want)
	if err != nil {
		return Outcome{}, err
	}
	action, differing, err := a.decide(want, live, owner)
	if err != nil {
		return Outcome{}, err
	}
	if decided := (Outcome{Action: action, Live: live}); !decided.Wrote() {
		return decided, nil
	}
	return a.change(ctx, want, live, action, differing)
}

// create posts what is made of the wanted object and leaves that alone, a Secret with the data that goes into it. When it exists after all, the API
// server's copy decides.
func (a *Applier) create(ctx context.Context, want, made *unstructured.Unstructured, manager string, owner Owner) (Outcome, error) {
	live, err := a.typed(made) // the typed object travels in the compact encoding
	if err != nil {
		return Outcome{}, err
	}
	err = a.writer.Create(ctx, live, client.FieldOwner(manager))
	if apierrors.IsAlreadyExists(err) {
		return a.applyExisting(ctx, want, owner)
	}
	if err != nil {
		return Outcome{}, refused("creating", want, err)
	}
	live.GetObjectKind().SetGroupVersionKind(want.GroupVersionKind()) // typed answers come without it
	return Outcome{Action: Created, Live: live}, nil
}

// change applies the object; the first time after a POST it takes over what the POST wrote.
func (a *Applier) change(
	ctx context.Context, want *unstructured.Unstructured, live client.Object, action Action, differing *fieldpath.Set,
) (Outcome, error) {
	if err := a.handOver(ctx, want, live); err != nil {
		return Outcome{}, refused("taking over", want, err)
	}
	sent := want.DeepCopy()
	sent.SetUID(live.GetUID()) // or an apply would make anew what was deleted meanwhile: a Secret without its data
	err := a.writer.Apply(ctx, client.ApplyConfigurationFromUnstructured(sent), client.ForceOwnership, client.FieldOwner(Manager))
	if apierrors.IsInvalid(err) {
		sent, err = a.overwrite(ctx, want, live, differing)
	}
	if err != nil {
		return Outcome{}, refused("applying", want, err)
	}
	answer, err := a.typed(sent)
	if sent.GetResourceVersion() == live.GetResourceVersion() {
		action = Unchanged // the API server holds that it is as wanted
	}
	return Outcome{Action: action, Live: answer, Paths: pathStrings(differing)}, err
}

// read gets the typed object with the name of the wanted one.
func (a *Applier) read(ctx context.Context, reader client.Reader, want *unstructured.Unstructured) (client.Object, error) {
	object, err := a.empty(want)
	if err != nil {
		return nil, err
	}
	if err := reader.Get(ctx, client.ObjectKeyFromObject(want), object); err != nil {
		return nil, fmt.Errorf("reading %s: %w", describe(want), err)
	}
	object.GetObjectKind().SetGroupVersionKind(want.GroupVersionKind()) // typed answers come without it
	return object, nil
}
