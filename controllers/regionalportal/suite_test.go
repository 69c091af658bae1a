// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package regionalportal_test

import (
	"os"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/forecourt-dev/forecourt/internal/render"
	"github.com/forecourt-dev/forecourt/test/world"
)

var cluster *world.Cluster

func TestMain(m *testing.M) {
	os.Exit(world.Main(m, func(c *world.Cluster) { cluster = c }))
}

// children of a portal with an Embedded database, by what they are.
type children struct {
	keys, internal *corev1.Secret
	volume         *corev1.PersistentVolumeClaim
	deployment     *appsv1.Deployment
	cronJob        *batchv1.CronJob
	config         *corev1.ConfigMap
	// owned go with the portal whatever its deletion policy.
	owned []client.Object
}

func childrenOf(w *world.World, portal string) children {
	names := render.Names(portal)
	meta := func(name string) metav1.ObjectMeta { return metav1.ObjectMeta{Namespace: w.Namespace, Name: name} }
	c := children{
		keys: &corev1.Secret{ObjectMeta: meta(names.Keys)}, internal: &corev1.Secret{ObjectMeta: meta(names.Internal)},
		volume:     &corev1.PersistentVolumeClaim{ObjectMeta: meta(names.Data)},
		deployment: &appsv1.Deployment{ObjectMeta: meta(names.Workload)},
		cronJob:    &batchv1.CronJob{ObjectMeta: meta(names.Inactivity)},
		config:     &corev1.ConfigMap{ObjectMeta: meta(names.Config)},
	}
	c.owned = []client.Object{
		c.deployment, c.cronJob, c.config, &corev1.Service{ObjectMeta: meta(names.Workload)},
		&corev1.ServiceAccount{ObjectMeta: meta(names.Workload)}, &networkingv1.NetworkPolicy{ObjectMeta: meta(names.Workload)},
	}
	return c
}

// precious are the children that hold data.
func (c children) precious() []client.Object { return []client.Object{c.keys, c.internal, c.volume} }

// all children.
func (c children) all() []client.Object { return append(c.precious(), c.owned...) }
