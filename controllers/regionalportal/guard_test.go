// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package regionalportal

import (
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/precious"
)

func TestWhatVanishesBetweenTwoLooksIsNotMadeAnew(t *testing.T) {
	child := func(kind, name string) *unstructured.Unstructured {
		object := &unstructured.Unstructured{}
		object.SetKind(kind)
		object.SetName(name)
		return object
	}
	s := &scope{precious: []precious.Object{
		{Kind: "Secret", Name: "us-keys", Missing: v1alpha1.ReasonKeySecretMissing},
		{Kind: "PersistentVolumeClaim", Name: "us-data", Missing: v1alpha1.ReasonVolumeMissing, Meta: &metav1.ObjectMeta{}},
	}}
	if err := s.mayMake(child("Secret", "us-keys")); err != nil {
		t.Errorf("What has never been there may not be made: %v", err)
	}
	err := s.mayMake(child("PersistentVolumeClaim", "us-data"))
	if err == nil {
		t.Fatal("A volume that was there a moment ago may be made")
	}
	if err := s.refused(err); err != nil || s.problem == nil || s.problem.reason != v1alpha1.ReasonVolumeMissing || !s.problem.stalled {
		t.Errorf("Got %v and %+v, want the problem %s", err, s.problem, v1alpha1.ReasonVolumeMissing)
	}
}
