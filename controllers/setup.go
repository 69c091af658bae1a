// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

// Package controllers wires the controllers of Forecourt: which there are, what they share and what the cache holds for them.
package controllers

import (
	"context"
	"fmt"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
	"github.com/forecourt-dev/forecourt/controllers/dealertenant"
	"github.com/forecourt-dev/forecourt/controllers/internal/echo"
	"github.com/forecourt-dev/forecourt/controllers/internal/foreign"
	"github.com/forecourt-dev/forecourt/controllers/internal/index"
	"github.com/forecourt-dev/forecourt/controllers/internal/trigger"
	"github.com/forecourt-dev/forecourt/controllers/portalclass"
	"github.com/forecourt-dev/forecourt/controllers/regionalportal"
	"github.com/forecourt-dev/forecourt/internal/apply"
	"github.com/forecourt-dev/forecourt/internal/portalstate"
)

// What the controllers may do, and no more. Secrets are never listed or watched; of namespaces only the metadata is read.
// Events are made on transitions.
//
// +kubebuilder:rbac:groups=portals.forecourt.dev,resources=portalclasses;regionalportals,verbs=list;watch
// +kubebuilder:rbac:groups=portals.forecourt.dev,resources=dealertenants,verbs=get;list;watch
// +kubebuilder:rbac:groups=portals.forecourt.dev,resources=portalclasses/status;regionalportals/status;dealertenants/status,verbs=patch
// +kubebuilder:rbac:groups="",resources=serviceaccounts;configmaps;services;persistentvolumeclaims,verbs=get;list;watch;create;patch
// +kubebuilder:rbac:groups="",resources=secrets,verbs=get;create;patch
// +kubebuilder:rbac:groups="",resources=namespaces,verbs=list;watch
// +kubebuilder:rbac:groups=apps,resources=deployments,verbs=get;list;watch;create;patch
// +kubebuilder:rbac:groups=networking.k8s.io,resources=networkpolicies,verbs=get;list;watch;create;patch
// +kubebuilder:rbac:groups=policy,resources=poddisruptionbudgets,verbs=get;list;watch;create;patch;delete
// +kubebuilder:rbac:groups=autoscaling,resources=horizontalpodautoscalers,verbs=get;list;watch;create;patch;delete
// +kubebuilder:rbac:groups=networking.k8s.io,resources=ingresses,verbs=get;list;watch;create;patch;delete
// +kubebuilder:rbac:groups=gateway.networking.k8s.io,resources=httproutes,verbs=get;list;watch;create;patch;delete
// +kubebuilder:rbac:groups=cert-manager.io,resources=certificates,verbs=get;list;watch;create;patch;delete
// +kubebuilder:rbac:groups=batch,resources=cronjobs,verbs=get;list;watch;create;patch;delete
// +kubebuilder:rbac:groups=events.k8s.io,resources=events,verbs=create;patch

// Names of the controllers, in logs, metrics and events.
const (
	classController  = "portalclass"
	portalController = "regionalportal"
	tenantController = "dealertenant"
)

// NewScheme returns a scheme with every kind that the operator reads or writes.
func NewScheme() (*runtime.Scheme, error) {
	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{clientgoscheme.AddToScheme, v1alpha1.AddToScheme, metav1.AddMetaToScheme} {
		if err := add(scheme); err != nil {
			return nil, fmt.Errorf("building the scheme: %w", err)
		}
	}
	return scheme, nil
}

// CacheOptions keep the cache small: children by label only, nothing that nobody reads, and an error instead of a new
// informer when somebody reads what is not watched. With namespaces it holds nothing of others; classes and the metadata of
// namespaces belong to the cluster and are there in any case.
func CacheOptions(namespaces ...string) cache.Options {
	watched := map[string]cache.Config{}
	for _, namespace := range namespaces {
		watched[namespace] = cache.Config{}
	}
	return cache.Options{
		DefaultNamespaces:           watched,
		ByObject:                    apply.CacheByObject(),
		DefaultTransform:            cache.TransformStripManagedFields(),
		ReaderFailOnMissingInformer: true,
	}
}

// Setup adds all controllers and indexes to a manager that was made with NewScheme and CacheOptions.
func Setup(ctx context.Context, manager ctrl.Manager, options Options) error {
	if err := options.Validate(); err != nil {
		return fmt.Errorf("checking options: %w", err)
	}
	indexer := manager.GetFieldIndexer()
	if err := index.Register(ctx, indexer); err != nil {
		return err
	}
	if err := apply.IndexOwner(ctx, indexer); err != nil {
		return err
	}
	metrics, err := newMetrics(manager.GetClient(), options.Metrics)
	if err != nil {
		return err
	}
	reader, live := manager.GetClient(), manager.GetAPIReader()
	known, portals, tenants := portalstate.NewTracker(), &trigger.Trigger{}, &trigger.Trigger{}
	kinds, err := watchForeign(ctx, manager, options, portals)
	if err != nil {
		return err
	}
	echoes := echo.New(func(child client.Object) {
		if portal, found := regionalportal.PortalOf(child); found {
			portals.Soon(portal, 0)
		}
	})
	setups := []struct {
		name  string
		setup func(ctrl.Manager, string) error
	}{
		{classController, (&portalclass.Reconciler{
			Client: reader, Events: manager.GetEventRecorder(classController),
			Coalesce: options.ClassCoalesce, Workers: options.ClassWorkers,
		}).SetupWithManager},
		{portalController, (&regionalportal.Reconciler{
			Client: reader, Live: live, Known: known, Foreign: kinds, Self: portals, Tenants: tenants,
			Watched: options.Namespaces,
			Applier: apply.New(apply.Config{Scheme: manager.GetScheme(), Cached: kinds.Reader(reader), Live: live, Writer: echoes.Writer(reader)}),
			Echo:    echoes,
			Events:  manager.GetEventRecorder(portalController),
			URL:     options.PortalURL, Repaired: metrics.repaired,
			PollPeriod: options.PollPeriod, Coalesce: options.PortalCoalesce, Overlaps: options.Overlaps, Now: options.Now, Workers: options.PortalWorkers,
		}).SetupWithManager},
		{tenantController, (&dealertenant.Reconciler{
			Client: reader, Live: live, Known: known, Self: tenants, Portals: portals,
			Watched:        options.Namespaces,
			Events:         manager.GetEventRecorder(tenantController),
			CountsInterval: options.CountsInterval, Now: options.Now, Workers: options.TenantWorkers,
		}).SetupWithManager},
	}
	for _, controller := range setups {
		if err := controller.setup(manager, controller.name); err != nil {
			return fmt.Errorf("adding controller %s: %w", controller.name, err)
		}
	}
	return nil
}

// watchForeign has the manager watch the children of kinds that the cluster may lack; their changes queue portals.
func watchForeign(ctx context.Context, manager ctrl.Manager, options Options, portals *trigger.Trigger) (*foreign.Kinds, error) {
	kinds, err := foreign.New(foreign.Options{
		Config: manager.GetConfig(), HTTPClient: manager.GetHTTPClient(), Scheme: manager.GetScheme(),
		Namespaces: options.Namespaces, Period: options.KindsPeriod, Log: manager.GetLogger().WithName("foreign-kinds"),
		Changed: func(before, after client.Object) {
			for _, portal := range regionalportal.Affected(ctx, manager.GetClient(), before, after) {
				portals.Soon(portal, 0)
			}
		},
	})
	if err != nil {
		return nil, err
	}
	if err := manager.Add(kinds); err != nil {
		return nil, fmt.Errorf("adding the watch of foreign kinds: %w", err)
	}
	return kinds, nil
}
