// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package precious_test

import (
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/apply"
	"github.com/forecourt-dev/forecourt/internal/precious"
	"github.com/forecourt-dev/forecourt/internal/settings"
)

// left is the metadata of an object that carries a portal's UID and no owner reference.
func left(by types.UID) *metav1.ObjectMeta {
	return &metav1.ObjectMeta{Annotations: map[string]string{apply.AnnotationOwnerUID: string(by)}}
}

// owned is the metadata of an object that goes with its portal.
func owned(by types.UID) *metav1.ObjectMeta {
	return &metav1.ObjectMeta{OwnerReferences: []metav1.OwnerReference{{Kind: "RegionalPortal", UID: by, Controller: new(true)}}}
}

func TestJudge(t *testing.T) {
	going := left("me")
	going.DeletionTimestamp = &metav1.Time{Time: time.Now()}
	tests := map[string]struct {
		deployed, stored       bool
		adopt                  types.UID
		keys, internal, volume *metav1.ObjectMeta
		want, names            string
	}{
		"a new portal may make everything":                       {},
		"a creation that stopped after the first Secret goes on": {keys: left("me")},
		"a creation that stopped before the volume goes on":      {keys: left("me"), internal: left("me")},
		"all is there":                        {deployed: true, stored: true, keys: left("me"), internal: left("me"), volume: left("me")},
		"all is there and owned":              {deployed: true, stored: true, keys: owned("me"), internal: owned("me"), volume: owned("me")},
		"no keys beside a volume":             {internal: left("me"), volume: left("me"), want: "KeySecretMissing", names: "p-keys"},
		"no internal Secret beside pods":      {deployed: true, keys: left("me"), volume: left("me"), want: "KeySecretMissing", names: "p-internal"},
		"no keys though the portal has run":   {stored: true, internal: left("me"), want: "KeySecretMissing", names: "p-keys"},
		"no volume beside pods":               {deployed: true, keys: left("me"), internal: left("me"), want: "VolumeMissing", names: "p-data"},
		"no volume though the portal has run": {stored: true, keys: left("me"), internal: left("me"), want: "VolumeMissing", names: "p-data"},
		"a volume that is being deleted":      {deployed: true, keys: left("me"), internal: left("me"), volume: going, want: "VolumeMissing", names: "being deleted"},
		"retained objects of another portal":  {keys: left("old"), internal: left("old"), volume: left("old"), want: "AdoptionNeeded", names: "adopt: old"},
		"retained objects to take back":       {adopt: "old", keys: left("old"), internal: left("old"), volume: left("old")},
		"an adoption that stopped half-way":   {adopt: "old", keys: left("me"), internal: left("old"), volume: left("old")},
		"an adoption of another portal than named": {
			adopt: "older", keys: left("old"), want: "AdoptionNeeded", names: "adopt: old",
		},
		"an adoption without its volume": {adopt: "old", keys: left("old"), internal: left("old"), want: "VolumeMissing", names: "p-data"},
		"an adoption without its keys":   {adopt: "old", internal: left("old"), volume: left("old"), want: "KeySecretMissing", names: "p-keys"},
		"objects that go with another portal cannot be adopted": {
			adopt: "old", keys: owned("old"), internal: owned("old"), volume: owned("old"), want: "NameConflict", names: "p-keys",
		},
		"a stranger's Secret, or one restored without its annotation": {
			keys: &metav1.ObjectMeta{}, want: "NameConflict", names: "owner-uid: me",
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got := precious.Evidence{Portal: "me", Adopts: test.adopt, Deployed: test.deployed, Stored: test.stored, Objects: []precious.Object{
				{Kind: "Secret", Name: "p-keys", Missing: v1alpha1.ReasonKeySecretMissing, Meta: test.keys},
				{Kind: "Secret", Name: "p-internal", Missing: v1alpha1.ReasonKeySecretMissing, Meta: test.internal},
				{Kind: "PersistentVolumeClaim", Name: "p-data", Missing: v1alpha1.ReasonVolumeMissing, Meta: test.volume},
			}}.Judge()
			if got == nil {
				got = &settings.Problem{}
			}
			if got.Reason != test.want || !strings.Contains(got.Message, test.names) {
				t.Errorf("Problem %q, %q: want %q and %q in the text", got.Reason, got.Message, test.want, test.names)
			}
		})
	}
}
