// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package apply_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	autoscalingv1 "k8s.io/api/autoscaling/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/forecourt-dev/forecourt/internal/apply"
)

// deployment is a rendered one; a negative number of pods leaves it to an autoscaler.
func (f *fixture) deployment(pods int64, image string) *unstructured.Unstructured {
	labels := map[string]any{"app": "us-dealers"}
	spec := map[string]any{
		"selector": map[string]any{"matchLabels": labels},
		"template": map[string]any{
			"metadata": map[string]any{"labels": labels},
			"spec":     map[string]any{"containers": []any{map[string]any{"name": "portal", "image": image}}},
		},
	}
	if pods >= 0 {
		spec["replicas"] = pods
	}
	return f.object("apps/v1", "Deployment", map[string]any{"spec": spec})
}

const (
	autoscaled = -1
	least      = 2
)

// scale sets the number of pods as an autoscaler does: another user, by the subresource.
func (f *fixture) scale(pods int32) {
	f.Helper()
	deployment := &appsv1.Deployment{ObjectMeta: metav1.ObjectMeta{Namespace: f.namespace, Name: "us-dealers"}}
	scale := &autoscalingv1.Scale{Spec: autoscalingv1.ScaleSpec{Replicas: pods}}
	if err := f.live.SubResource("scale").Update(f.Context(), deployment, client.WithSubResourceBody(scale), client.FieldOwner("horizontal-pod-autoscaler")); err != nil {
		f.Fatal(err)
	}
	f.settle(f.deployment(autoscaled, ""))
}

// scaled applies a Deployment whose number is an autoscaler's.
func (f *fixture) scaled(image string, action apply.Action) {
	f.Helper()
	want := f.deployment(autoscaled, image)
	outcome, err := f.ApplyScaled(f.Context(), want, least, f.owner)
	if err != nil {
		f.Fatal(err)
	}
	f.settle(want)
	if outcome.Action != action {
		f.Fatalf("got %s %v, want %s", outcome.Action, outcome.Paths, action)
	}
}

// pods is the live number of pods and who owns it.
func (f *fixture) pods() (int64, []string) {
	f.Helper()
	live := f.fetch(f.deployment(autoscaled, ""))
	number, _, _ := unstructured.NestedInt64(live.Object, "spec", "replicas")
	var owners []string
	for _, entry := range live.GetManagedFields() {
		if strings.Contains(entry.FieldsV1.GetRawString(), `"f:replicas"`) && !strings.Contains(entry.FieldsV1.GetRawString(), `"f:status"`) {
			owners = append(owners, entry.Manager)
		}
	}
	slices.Sort(owners)
	return number, owners
}

func (f *fixture) wantPods(number int64, owners ...string) {
	f.Helper()
	if got, by := f.pods(); got != number || !slices.Equal(by, owners) {
		f.Errorf("%d pods of %v, want %d of %v", got, by, number, owners)
	}
}

// everyNumber runs do and returns the numbers of pods that every version of the Deployment had since.
func (f *fixture) everyNumber(do func()) []int64 {
	f.Helper()
	watching, err := client.NewWithWatch(plane.Config, client.Options{Scheme: plane.Scheme})
	if err != nil {
		f.Fatal(err)
	}
	from := f.fetch(f.deployment(autoscaled, "")).GetResourceVersion()
	do()
	last := f.fetch(f.deployment(autoscaled, "")).GetResourceVersion()
	ctx, cancel := context.WithTimeout(f.Context(), soon)
	defer cancel()
	events, err := watching.Watch(ctx, &appsv1.DeploymentList{}, client.InNamespace(f.namespace), &client.ListOptions{Raw: &metav1.ListOptions{ResourceVersion: from}})
	if err != nil {
		f.Fatal(err)
	}
	defer events.Stop()
	var numbers []int64
	for last != from {
		event, open := <-events.ResultChan()
		if !open {
			f.Fatal("the watch ended before the last version")
		}
		deployment := event.Object.(*appsv1.Deployment)
		numbers = append(numbers, int64(*deployment.Spec.Replicas))
		from = deployment.ResourceVersion
	}
	return numbers
}

func TestTurningAutoscalingOnNeverShowsFewerPods(t *testing.T) {
	tests := map[string]struct {
		before func(f *fixture)
		writes int
		want   int64
		owner  string
	}{
		"the POST set the number": {
			before: func(f *fixture) { f.want(f.deployment(4, "a"), apply.Created) }, writes: 2, want: 4, owner: apply.HandoverManager,
		},
		"an apply set the number": {
			before: func(f *fixture) {
				f.want(f.deployment(2, "a"), apply.Created)
				f.want(f.deployment(4, "a"), apply.Changed)
			},
			writes: 2, want: 4, owner: apply.HandoverManager,
		},
		"somebody has just set another number": {
			before: func(f *fixture) { f.want(f.deployment(4, "a"), apply.Created); f.scale(6) },
			writes: 2, want: 6, owner: "horizontal-pod-autoscaler",
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t)
			test.before(f)
			f.wantWrites(test.writes, func() {
				numbers := f.everyNumber(func() { f.scaled("a", apply.Changed) })
				if len(numbers) == 0 || slices.ContainsFunc(numbers, func(n int64) bool { return n != test.want }) {
					t.Errorf("the versions have %v pods, want %d in all", numbers, test.want)
				}
			})
			f.wantPods(test.want, test.owner)
			f.wantWrites(0, func() { f.scaled("a", apply.Unchanged) })
		})
	}
}

func TestTheNumberOfAnAutoscalerStays(t *testing.T) {
	f := newFixture(t)
	f.want(f.deployment(4, "a"), apply.Created)
	f.scaled("a", apply.Changed)
	f.scale(7)
	f.wantWrites(0, func() {
		for range 100 {
			f.scaled("a", apply.Unchanged)
		}
	})
	f.scaled("b", apply.Changed) // a new image goes through without touching the number
	f.wantPods(7, "horizontal-pod-autoscaler")
}

func TestTurningAutoscalingOffHandsBackOnce(t *testing.T) {
	for name, pods := range map[string]int64{"another number": 3, "the number that it is": 4} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t)
			f.want(f.deployment(4, "a"), apply.Created)
			f.scaled("a", apply.Changed)
			f.want(f.deployment(pods, "a"), apply.Changed)
			f.wantPods(pods, apply.Manager)
			for _, entry := range f.fetch(f.deployment(pods, "a")).GetManagedFields() {
				if entry.Manager == apply.HandoverManager {
					t.Errorf("the entry of %s is left: %s", entry.Manager, entry.FieldsV1.GetRawString())
				}
			}
			f.wantWrites(0, func() { f.want(f.deployment(pods, "a"), apply.Unchanged) })
			f.scaled("a", apply.Changed)
			f.wantPods(pods, apply.HandoverManager)
		})
	}
}

func TestAnAutoscaledDeploymentIsMadeWithTheLeastNumber(t *testing.T) {
	f := newFixture(t)
	f.wantWrites(1, func() { f.scaled("a", apply.Created) })
	f.wantPods(least, apply.Manager)
	numbers := f.everyNumber(func() { f.scaled("b", apply.Changed) })
	if len(numbers) == 0 || slices.ContainsFunc(numbers, func(n int64) bool { return n != least }) {
		t.Errorf("the versions have %v pods, want %d in all", numbers, least)
	}
	f.wantPods(least, apply.HandoverManager)
}

func TestAnAutoscaledDeploymentDoesNotStayAtZero(t *testing.T) {
	f := newFixture(t)
	f.want(f.deployment(0, "a"), apply.Created)
	f.scaled("a", apply.Changed)
	f.wantPods(least, apply.HandoverManager)
	f.scale(0)
	f.wantWrites(1, func() { f.scaled("a", apply.Changed) })
	f.wantPods(least, apply.HandoverManager)
}
