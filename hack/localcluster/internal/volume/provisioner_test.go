// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package volume

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes/fake"
)

const provisioner = "example.com/volumes"

func claim(change func(*corev1.PersistentVolumeClaim)) *corev1.PersistentVolumeClaim {
	class := "standard"
	c := &corev1.PersistentVolumeClaim{
		ObjectMeta: metav1.ObjectMeta{
			Name: "data", Namespace: "default", UID: "1234",
			Annotations: map[string]string{annProvisioner: provisioner, annSelectedNode: "node"},
		},
		Spec: corev1.PersistentVolumeClaimSpec{
			StorageClassName: &class,
			AccessModes:      []corev1.PersistentVolumeAccessMode{corev1.ReadWriteOnce},
			Resources:        corev1.VolumeResourceRequirements{Requests: corev1.ResourceList{corev1.ResourceStorage: resource.MustParse("1Gi")}},
		},
	}
	if change != nil {
		change(c)
	}
	return c
}

// reconcileOnce looks once at a cluster with the objects.
func reconcileOnce(t *testing.T, dir string, objects ...runtime.Object) *fake.Clientset {
	t.Helper()
	policy := corev1.PersistentVolumeReclaimRetain
	class := &storagev1.StorageClass{ObjectMeta: metav1.ObjectMeta{Name: "standard"}, Provisioner: provisioner, ReclaimPolicy: &policy}
	client := fake.NewClientset(append(objects, class)...)
	factory := informers.NewSharedInformerFactory(client, 0)
	factory.Core().V1().PersistentVolumeClaims().Informer()
	factory.Core().V1().PersistentVolumes().Informer()
	factory.Storage().V1().StorageClasses().Informer()
	factory.Start(t.Context().Done())
	factory.WaitForCacheSync(t.Context().Done())
	p := Provisioner{Name: provisioner, Node: "node", Dir: dir, Client: client, Log: slog.New(slog.DiscardHandler)}
	if err := p.reconcile(t.Context(), factory); err != nil {
		t.Fatal(err)
	}
	return client
}

func TestClaims(t *testing.T) {
	now := metav1.NewTime(time.Unix(1, 0))
	for name, test := range map[string]struct {
		change func(*corev1.PersistentVolumeClaim)
		want   int
	}{
		"a waiting claim gets a volume": {want: 1},
		"a claim of another provisioner": {change: func(c *corev1.PersistentVolumeClaim) {
			c.Annotations[annProvisioner] = "example.com/other"
		}},
		"a claim that no pod uses yet": {change: func(c *corev1.PersistentVolumeClaim) { delete(c.Annotations, annSelectedNode) }},
		"a claim that has its volume":  {change: func(c *corev1.PersistentVolumeClaim) { c.Spec.VolumeName = "pv" }},
		"a claim that is going": {change: func(c *corev1.PersistentVolumeClaim) {
			c.DeletionTimestamp, c.Finalizers = &now, []string{"example.com/wait"}
		}},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			client := reconcileOnce(t, dir, claim(test.change))
			volumes, err := client.CoreV1().PersistentVolumes().List(t.Context(), metav1.ListOptions{})
			if err != nil {
				t.Fatal(err)
			}
			entries, err := os.ReadDir(dir)
			if err != nil || len(volumes.Items) != test.want || len(entries) != test.want {
				t.Errorf("got %d volumes and folders %v, %v; want %d", len(volumes.Items), entries, err, test.want)
			}
			for _, v := range volumes.Items {
				if v.Spec.ClaimRef.UID != "1234" || v.Spec.PersistentVolumeReclaimPolicy != corev1.PersistentVolumeReclaimRetain {
					t.Errorf("got claim %v and policy %s", v.Spec.ClaimRef, v.Spec.PersistentVolumeReclaimPolicy)
				}
			}
		})
	}
}

func TestVolumes(t *testing.T) {
	for name, test := range map[string]struct {
		change  func(*corev1.PersistentVolume)
		removed bool
	}{
		"a released volume goes with its data": {removed: true},
		"a volume in use stays":                {change: func(v *corev1.PersistentVolume) { v.Status.Phase = corev1.VolumeBound }},
		"a volume to retain stays": {change: func(v *corev1.PersistentVolume) {
			v.Spec.PersistentVolumeReclaimPolicy = corev1.PersistentVolumeReclaimRetain
		}},
		"a volume of another provisioner stays": {change: func(v *corev1.PersistentVolume) { v.Annotations = nil }},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			p := Provisioner{Name: provisioner, Node: "node", Dir: dir}
			volume := p.render(claim(nil), corev1.PersistentVolumeReclaimDelete)
			volume.Status.Phase = corev1.VolumeReleased
			if test.change != nil {
				test.change(volume)
			}
			data := filepath.Join(dir, volume.Name, "data")
			if err := errors.Join(os.Mkdir(filepath.Dir(data), 0o700), os.WriteFile(data, nil, 0o600)); err != nil {
				t.Fatal(err)
			}
			client := reconcileOnce(t, dir, volume)
			_, statErr := os.Stat(filepath.Dir(data))
			_, getErr := client.CoreV1().PersistentVolumes().Get(t.Context(), volume.Name, metav1.GetOptions{})
			if (statErr != nil) != test.removed || (getErr != nil) != test.removed {
				t.Errorf("got folder %v and volume %v, want removed %t", statErr, getErr, test.removed)
			}
		})
	}
}

func TestVolumeElsewhereIsNeverRemoved(t *testing.T) {
	p := Provisioner{Name: provisioner, Node: "node", Dir: t.TempDir()}
	volume := p.render(claim(nil), corev1.PersistentVolumeReclaimDelete)
	volume.Spec.Local.Path = t.TempDir()
	if err := p.remove(context.Background(), volume); err == nil {
		t.Error("want an error, got none")
	}
	if _, err := os.Stat(volume.Spec.Local.Path); err != nil {
		t.Errorf("the folder is gone: %v", err)
	}
}
