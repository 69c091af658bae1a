// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

// Package portalhost runs portals for tests against a bare API server: it does for the Deployments of portals what a kubelet and the
// Deployment controller would do. It mounts ConfigMaps, Secrets and volumes into a directory, runs the portal's own
// migrations and server in this process on loopback ports, and reports the pods in the Deployment's status.
//
// One process stands for all replicas of a Deployment. Mounted files change when the pods are replaced; Secrets also when a test asks for it
// (see Remount).
package portalhost

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	appsv1 "k8s.io/api/apps/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/rest"
	toolscache "k8s.io/client-go/tools/cache"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/forecourt-dev/forecourt/internal/render"
)

// Host runs portals.
type Host struct {
	client client.Client
	cache  cache.Cache
	dir    string

	mu      sync.Mutex
	pods    map[types.NamespacedName]*pod
	ctx     context.Context //nolint:containedctx // the life of the pods, which events of the cache start
	running sync.WaitGroup
}

// New returns a host that keeps the files of its portals below dir. The configuration is an administrator's.
func New(config *rest.Config, scheme *runtime.Scheme, dir string) (*Host, error) {
	writer, err := client.New(config, client.Options{Scheme: scheme})
	if err != nil {
		return nil, fmt.Errorf("making a client: %w", err)
	}
	watched, err := cache.New(config, cache.Options{Scheme: scheme, ByObject: map[client.Object]cache.ByObject{
		&appsv1.Deployment{}: {Label: labels.SelectorFromSet(labels.Set{render.LabelManagedBy: render.ManagedBy})},
	}})
	if err != nil {
		return nil, fmt.Errorf("making a cache: %w", err)
	}
	return &Host{client: writer, cache: watched, dir: dir, pods: map[types.NamespacedName]*pod{}}, nil
}

// Run runs portals until the context ends and all of them have stopped.
func (h *Host) Run(ctx context.Context) error {
	h.mu.Lock()
	h.ctx = ctx
	h.mu.Unlock()
	informer, err := h.cache.GetInformer(ctx, &appsv1.Deployment{}, cache.BlockUntilSynced(false))
	if err != nil {
		return fmt.Errorf("watching Deployments: %w", err)
	}
	_, err = informer.AddEventHandler(toolscache.ResourceEventHandlerFuncs{
		AddFunc:    func(object any) { h.observe(object, false) },
		UpdateFunc: func(_, object any) { h.observe(object, false) },
		DeleteFunc: func(object any) { h.observe(object, true) },
	})
	if err != nil {
		return fmt.Errorf("watching Deployments: %w", err)
	}
	err = h.cache.Start(ctx)
	h.running.Wait()
	if err != nil {
		return fmt.Errorf("watching Deployments: %w", err)
	}
	return nil
}

// observe hands a Deployment to its pod.
func (h *Host) observe(object any, deleted bool) {
	if tombstone, ok := object.(toolscache.DeletedFinalStateUnknown); ok {
		object = tombstone.Obj
	}
	deployment, ok := object.(*appsv1.Deployment)
	if !ok {
		return
	}
	p, err := h.pod(client.ObjectKeyFromObject(deployment))
	if err != nil {
		return // no port was free; the next event tries again
	}
	if deleted {
		deployment = nil
	}
	p.want(deployment)
}

// pod returns the pod of a Deployment, made on first sight with the ports that it keeps.
func (h *Host) pod(key types.NamespacedName) (*pod, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if existing, ok := h.pods[key]; ok {
		if h.ctx != nil && !existing.started {
			existing.started = true
			h.running.Go(func() { existing.run(h.ctx) })
		}
		return existing, nil
	}
	ports, err := reserve(3)
	if err != nil {
		return nil, err
	}
	made := newPod(h.client, key, filepath.Join(h.dir, key.Namespace, key.Name), ports)
	h.pods[key] = made
	if h.ctx != nil {
		made.started = true
		h.running.Go(func() { made.run(h.ctx) })
	}
	return made, nil
}

// URL is where the internal API of a portal answers once it runs, whatever happens to its pods.
func (h *Host) URL(portal types.NamespacedName) string {
	p, err := h.pod(workload(portal))
	if err != nil {
		return ""
	}
	return "https://" + p.internal
}

// PublicAddress is HOST:PORT of a portal's pages.
func (h *Host) PublicAddress(portal types.NamespacedName) (string, error) {
	p, err := h.pod(workload(portal))
	if err != nil {
		return "", err
	}
	return p.public, nil
}

// MetricsURL is where a portal serves its metrics.
func (h *Host) MetricsURL(portal types.NamespacedName) (string, error) {
	p, err := h.pod(workload(portal))
	if err != nil {
		return "", err
	}
	return "http://" + p.metrics + "/metrics", nil
}

// Remount brings the mounted Secrets of a running portal up to date, as a kubelet does about once a minute.
func (h *Host) Remount(ctx context.Context, portal types.NamespacedName) error {
	p, err := h.pod(workload(portal))
	if err != nil {
		return err
	}
	return p.remount(ctx)
}

// Probe has the readiness probe of a running portal asked once more, as a kubelet does all the time.
func (h *Host) Probe(portal types.NamespacedName) error {
	p, err := h.pod(workload(portal))
	if err != nil {
		return err
	}
	p.poke()
	return nil
}

// Stop ends a portal's process and keeps it from starting, until Resume. It returns when the process has ended.
func (h *Host) Stop(ctx context.Context, portal types.NamespacedName) error {
	p, err := h.pod(workload(portal))
	if err != nil {
		return err
	}
	return p.pause(ctx)
}

// Resume lets a stopped portal run again.
func (h *Host) Resume(portal types.NamespacedName) error {
	p, err := h.pod(workload(portal))
	if err != nil {
		return err
	}
	p.resume()
	return nil
}

// DataDir is the content of the volume of a portal with an Embedded database. Touch it only while the portal is stopped.
func (h *Host) DataDir(portal types.NamespacedName) string {
	return filepath.Join(h.dir, portal.Namespace, volumesDir, render.Names(portal.Name).Data)
}

// EmptyData replaces the volume of a stopped portal by an empty one: the database is lost.
func (h *Host) EmptyData(portal types.NamespacedName) error {
	if err := os.RemoveAll(h.DataDir(portal)); err != nil {
		return fmt.Errorf("emptying the volume: %w", err)
	}
	return nil
}

// SaveData copies the volume of a stopped portal and returns a function that puts the copy back: a restored backup.
func (h *Host) SaveData(portal types.NamespacedName) (restore func() error, err error) {
	backup, err := os.MkdirTemp(h.dir, "backup-")
	if err != nil {
		return nil, fmt.Errorf("making a directory for the backup: %w", err)
	}
	if err := os.CopyFS(backup, os.DirFS(h.DataDir(portal))); err != nil {
		return nil, fmt.Errorf("copying the volume: %w", err)
	}
	return func() error {
		return errors.Join(h.EmptyData(portal), os.CopyFS(h.DataDir(portal), os.DirFS(backup)))
	}, nil
}

// Problems tells why portals do not run, by Deployment; empty while all is well.
func (h *Host) Problems() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	var problems []string
	for _, key := range slices.SortedFunc(maps.Keys(h.pods), func(a, b types.NamespacedName) int { return strings.Compare(a.String(), b.String()) }) {
		if err := h.pods[key].problem(); err != nil {
			problems = append(problems, fmt.Sprintf("%s: %v", key, err))
		}
	}
	return problems
}

func workload(portal types.NamespacedName) types.NamespacedName {
	return types.NamespacedName{Namespace: portal.Namespace, Name: render.Names(portal.Name).Workload}
}
