// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package apply

import (
	"context"
	"encoding/base64"
	"maps"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// CreateSecret creates a Secret with its data, under KeysManager. The desired object is the rendered one, without data; later
// changes of its metadata go through Apply and never touch the data. When a Secret of ours exists already,
// its data stays and only its metadata is brought up to date.
//
// Whether a Secret may be made at all is the caller's decision: one that went missing takes every password with it.
func (a *Applier) CreateSecret(ctx context.Context, desired *unstructured.Unstructured, data map[string][]byte, owner Owner) (Outcome, error) {
	want, err := stamp(desired, owner)
	if err != nil {
		return Outcome{}, err
	}
	encoded := make(map[string]any, len(data))
	for key, value := range data {
		encoded[key] = base64.StdEncoding.EncodeToString(value)
	}
	made := &unstructured.Unstructured{Object: maps.Clone(want.Object)}
	made.Object["data"] = encoded
	return a.create(ctx, want, made, KeysManager, owner)
}

// CreateVolume creates a volume claim; one of ours that exists already is brought up to date instead. Whether it may be made
// at all is the caller's decision: a new volume is empty.
func (a *Applier) CreateVolume(ctx context.Context, desired *unstructured.Unstructured, owner Owner) (Outcome, error) {
	want, err := stamp(desired, owner)
	if err != nil {
		return Outcome{}, err
	}
	return a.create(ctx, want, want, Manager, owner)
}

// ApplySecret is Apply for a Secret whose metadata the caller has just read past the cache. Its content is read only when
// something differs: whoever keeps keys should look at them as seldom as possible.
func (a *Applier) ApplySecret(ctx context.Context, desired *unstructured.Unstructured, seen *metav1.ObjectMeta, owner Owner) (Outcome, error) {
	want, err := stamp(desired, owner)
	if err != nil {
		return Outcome{}, err
	}
	live := &corev1.Secret{ObjectMeta: *seen, Type: corev1.SecretTypeOpaque} // nobody can change the type
	live.SetGroupVersionKind(want.GroupVersionKind())
	action, _, err := a.decide(want, live, owner)
	if decided := (Outcome{Action: action}); err != nil || !decided.Wrote() {
		return decided, err
	}
	return a.applyLive(ctx, want, owner)
}
