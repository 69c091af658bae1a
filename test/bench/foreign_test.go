// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package bench

import (
	"context"
	"fmt"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/forecourt-dev/forecourt/test/controlplane"
	"github.com/forecourt-dev/forecourt/test/figures"
)

// BenchmarkForeignObjects compares the operator's memory before and after the cluster is filled with objects of others.
func BenchmarkForeignObjects(b *testing.B) {
	count, portals := size(b, "FORECOURT_BENCH_FOREIGN", 20000), 100
	s := newSite(b)
	namespace := s.namespace()
	o := s.startOperator()
	s.createPortals(namespace, portals)
	s.wantPortals(namespace, portals)
	o.stop()
	without := s.settled()
	elsewhere := s.namespace()
	err := parallel(b.Context(), 16, count, func(ctx context.Context, i int) error {
		return s.plane.Admin.Create(ctx, foreignObject(elsewhere, i))
	})
	if err != nil {
		b.Fatal(err)
	}
	with := s.settled()
	report := figures.New(b, fmt.Sprintf("%d foreign objects, %d portals", count, portals))
	report.Value("live heap with ÷ without", "1.05", float64(with.live)/float64(without.live), "")
	report.Value("resident memory with ÷ without", "1.05", float64(with.resident)/float64(without.resident), "")
	report.Value("resident memory", "", float64(with.resident)/(1<<20), "MiB")
	report.Done()
}

// settled is the memory of an operator that has just read everything; the median of three, since garbage comes and goes.
func (s *site) settled() memory {
	s.Helper()
	var live, resident []float64
	for range 3 {
		o := s.startOperator()
		controlplane.Quiet(s.B, quiet/4)
		resident = append(resident, float64(o.resident()))
		o.stop()
		live = append(live, float64(s.live()))
	}
	return memory{live: int64(figures.Median(live)), resident: int64(figures.Median(resident))}
}

// foreignObject is something that others have in a cluster, of the kinds that the operator watches or reads.
func foreignObject(namespace string, number int) client.Object {
	meta := metav1.ObjectMeta{Namespace: namespace, Name: fmt.Sprintf("foreign-%05d", number), Labels: map[string]string{"app": "foreign"}}
	switch number % 4 {
	case 0:
		return &corev1.Secret{ObjectMeta: meta, StringData: map[string]string{"key": "value"}}
	case 1:
		pod := corev1.PodTemplateSpec{
			ObjectMeta: metav1.ObjectMeta{Labels: meta.Labels},
			Spec:       corev1.PodSpec{Containers: []corev1.Container{{Name: "foreign", Image: "foreign.test/foreign:1"}}},
		}
		return &appsv1.Deployment{ObjectMeta: meta, Spec: appsv1.DeploymentSpec{
			Replicas: new(int32(0)), Selector: &metav1.LabelSelector{MatchLabels: meta.Labels}, Template: pod,
		}}
	case 2:
		return &corev1.ServiceAccount{ObjectMeta: meta}
	}
	return &corev1.ConfigMap{ObjectMeta: meta, Data: map[string]string{"key": "value"}}
}
