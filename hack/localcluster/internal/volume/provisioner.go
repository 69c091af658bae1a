// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

// Package volume provides persistent volumes as folders of the cluster's
// folder: it makes one when a claim asks for it and removes it, data included,
// when the claim is gone and the reclaim policy is Delete.
package volume

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/cache"
)

// Annotations that the volume controller of Kubernetes and provisioners use to
// talk to each other.
const (
	annProvisioner   = "volume.kubernetes.io/storage-provisioner"
	annSelectedNode  = "volume.kubernetes.io/selected-node"
	annProvisionedBy = "pv.kubernetes.io/provisioned-by"
)

// retryEvery is how often everything is looked at again without an event.
const retryEvery = 10 * time.Second

// Provisioner provides volumes for the claims that name it.
type Provisioner struct {
	// Name is the provisioner that a StorageClass names.
	Name string
	// Node is the name of the only node.
	Node string
	// Dir is the folder with one sub-folder per volume.
	Dir string
	// Client talks to the API server.
	Client kubernetes.Interface
	// Log receives what was done.
	Log *slog.Logger
}

// Run provides volumes until ctx ends. It is level-triggered: whatever event
// arrives, all claims and volumes are looked at.
func (p Provisioner) Run(ctx context.Context) error {
	factory := informers.NewSharedInformerFactory(p.Client, 0)
	claims := factory.Core().V1().PersistentVolumeClaims().Informer()
	volumes := factory.Core().V1().PersistentVolumes().Informer()
	classes := factory.Storage().V1().StorageClasses().Informer()
	kick := make(chan struct{}, 1)
	handler := cache.ResourceEventHandlerFuncs{
		AddFunc:    func(any) { nudge(kick) },
		UpdateFunc: func(any, any) { nudge(kick) },
		DeleteFunc: func(any) { nudge(kick) },
	}
	for _, informer := range []cache.SharedIndexInformer{claims, volumes, classes} {
		if _, err := informer.AddEventHandler(handler); err != nil {
			return fmt.Errorf("watching claims and volumes: %w", err)
		}
	}
	factory.Start(ctx.Done())
	factory.WaitForCacheSync(ctx.Done())
	for {
		if err := p.reconcile(ctx, factory); err != nil && ctx.Err() == nil {
			p.Log.Error("Could not provide volumes", "error", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-kick:
		case <-time.After(retryEvery):
		}
	}
}

func nudge(kick chan struct{}) {
	select {
	case kick <- struct{}{}:
	default:
	}
}

func (p Provisioner) reconcile(ctx context.Context, factory informers.SharedInformerFactory) error {
	var errs []error
	for _, object := range factory.Core().V1().PersistentVolumeClaims().Informer().GetStore().List() {
		claim := object.(*corev1.PersistentVolumeClaim)
		if p.wanted(claim) {
			errs = append(errs, p.provide(ctx, factory, claim))
		}
	}
	for _, object := range factory.Core().V1().PersistentVolumes().Informer().GetStore().List() {
		volume := object.(*corev1.PersistentVolume)
		if p.discarded(volume) {
			errs = append(errs, p.remove(ctx, volume))
		}
	}
	return errors.Join(errs...)
}

// wanted tells whether a claim waits for a volume of ours.
func (p Provisioner) wanted(claim *corev1.PersistentVolumeClaim) bool {
	return claim.DeletionTimestamp == nil &&
		claim.Spec.VolumeName == "" &&
		claim.Spec.StorageClassName != nil &&
		claim.Annotations[annProvisioner] == p.Name &&
		claim.Annotations[annSelectedNode] == p.Node
}

// discarded tells whether a volume is ours to remove.
func (p Provisioner) discarded(volume *corev1.PersistentVolume) bool {
	return volume.DeletionTimestamp == nil &&
		volume.Status.Phase == corev1.VolumeReleased &&
		volume.Spec.PersistentVolumeReclaimPolicy == corev1.PersistentVolumeReclaimDelete &&
		volume.Annotations[annProvisionedBy] == p.Name
}

func (p Provisioner) provide(ctx context.Context, factory informers.SharedInformerFactory, claim *corev1.PersistentVolumeClaim) error {
	className := *claim.Spec.StorageClassName
	class, err := factory.Storage().V1().StorageClasses().Lister().Get(className)
	if err != nil {
		return fmt.Errorf("reading storage class %s: %w", className, err)
	}
	policy := corev1.PersistentVolumeReclaimDelete
	if class.ReclaimPolicy != nil {
		policy = *class.ReclaimPolicy
	}
	volume := p.render(claim, policy)
	path := volume.Spec.Local.Path
	if err := os.MkdirAll(path, 0o770); err != nil {
		return fmt.Errorf("making volume %s: %w", volume.Name, err)
	}
	_, err = p.Client.CoreV1().PersistentVolumes().Create(ctx, volume, metav1.CreateOptions{})
	if apierrors.IsAlreadyExists(err) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("creating volume %s: %w", volume.Name, err)
	}
	p.Log.Info("Provided a volume", "volume", volume.Name, "claim", claim.Namespace+"/"+claim.Name)
	return nil
}

// render makes the volume of a claim. It is a local volume, because the kubelet
// applies a pod's fsGroup to those.
func (p Provisioner) render(claim *corev1.PersistentVolumeClaim, policy corev1.PersistentVolumeReclaimPolicy) *corev1.PersistentVolume {
	name := "pvc-" + string(claim.UID)
	return &corev1.PersistentVolume{
		ObjectMeta: metav1.ObjectMeta{Name: name, Annotations: map[string]string{annProvisionedBy: p.Name}},
		Spec: corev1.PersistentVolumeSpec{
			AccessModes:                   claim.Spec.AccessModes,
			Capacity:                      corev1.ResourceList{corev1.ResourceStorage: claim.Spec.Resources.Requests[corev1.ResourceStorage]},
			PersistentVolumeReclaimPolicy: policy,
			StorageClassName:              *claim.Spec.StorageClassName,
			ClaimRef: &corev1.ObjectReference{
				APIVersion: "v1", Kind: "PersistentVolumeClaim",
				Namespace: claim.Namespace, Name: claim.Name, UID: claim.UID,
			},
			PersistentVolumeSource: corev1.PersistentVolumeSource{
				Local: &corev1.LocalVolumeSource{Path: filepath.Join(p.Dir, name)},
			},
			NodeAffinity: &corev1.VolumeNodeAffinity{Required: &corev1.NodeSelector{
				NodeSelectorTerms: []corev1.NodeSelectorTerm{{MatchExpressions: []corev1.NodeSelectorRequirement{{
					Key: corev1.LabelHostname, Operator: corev1.NodeSelectorOpIn, Values: []string{p.Node},
				}}}},
			}},
		},
	}
}

// remove removes the data first: as long as the volume is listed it is tried again.
func (p Provisioner) remove(ctx context.Context, volume *corev1.PersistentVolume) error {
	path := filepath.Join(p.Dir, volume.Name)
	if volume.Spec.Local == nil || volume.Spec.Local.Path != path {
		return fmt.Errorf("volume %s is not at %s: not removing it", volume.Name, path)
	}
	if err := os.RemoveAll(path); err != nil {
		return fmt.Errorf("removing the data of volume %s: %w", volume.Name, err)
	}
	err := p.Client.CoreV1().PersistentVolumes().Delete(ctx, volume.Name, metav1.DeleteOptions{})
	if err != nil && !apierrors.IsNotFound(err) {
		return fmt.Errorf("removing volume %s: %w", volume.Name, err)
	}
	p.Log.Info("Removed a volume", "volume", volume.Name)
	return nil
}
