// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

// Package operator runs the operator within a test process, with exactly the shipped RBAC.
package operator

import (
	"bytes"
	"context"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/go-logr/logr"
	"github.com/prometheus/client_golang/prometheus"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/rest"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/config"
	metricsserver "sigs.k8s.io/controller-runtime/pkg/metrics/server"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
	"github.com/forecourt-dev/forecourt/controllers"
	"github.com/forecourt-dev/forecourt/test/controlplane"
)

// Options of an operator in a test.
type Options struct {
	// Agent tells incarnations apart in the audit log; empty means forecourt-operator.
	Agent string
	// Config is the way to the API server; nil means that of a user with exactly the shipped RBAC.
	Config *rest.Config
	// Namespaces that the operator looks at; empty means all. Tests that run at the same time keep apart by them.
	Namespaces []string
	// Class is the only PortalClass that the operator sees; empty means all. Operators of several namespaces would count
	// different portals of the same class.
	Class string
	// PortalURL gives the URL of a portal's internal API; nil means its Service, which nothing answers in a test.
	PortalURL func(portal types.NamespacedName) string
	// SyncPeriod of the cache; 0 means the default of many hours.
	SyncPeriod time.Duration
	// Tune changes the controllers' options; nil leaves them quick.
	Tune func(*controllers.Options)
}

// Operator is a running operator.
type Operator struct {
	// Metrics are the controllers' own.
	Metrics *prometheus.Registry

	output *lockedBuffer
	stop   func()
	done   chan struct{}
}

// Start runs an operator until the test ends or Stop is called. Its log is shown when the test fails.
func Start(t testing.TB, plane *controlplane.Plane, options Options) *Operator {
	t.Helper()
	agent := options.Agent
	if agent == "" {
		agent = "forecourt-operator"
	}
	restConfig := options.Config
	if restConfig == nil {
		var err error
		if restConfig, err = plane.Operator(t.Context(), agent); err != nil {
			t.Fatal(err)
		}
	}
	output := &lockedBuffer{}
	o := &Operator{Metrics: prometheus.NewRegistry(), output: output, done: make(chan struct{})}
	manager, err := ctrl.NewManager(restConfig, managerOptions(t, options, output))
	if err != nil {
		t.Fatal(err)
	}
	if err := controllers.Setup(t.Context(), manager, controllerOptions(options, o.Metrics)); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	o.stop = cancel
	go func() {
		defer close(o.done)
		if err := manager.Start(ctx); err != nil {
			t.Errorf("The operator ended: %v", err)
		}
	}()
	t.Cleanup(func() {
		o.Stop()
		if t.Failed() {
			t.Logf("Log of the operator:\n%s", output.String())
		}
	})
	return o
}

// Log is what the operator has logged so far.
func (o *Operator) Log() string {
	return o.output.String()
}

// Stop ends the operator and waits until it has.
func (o *Operator) Stop() {
	o.stop()
	<-o.done
}

func managerOptions(t testing.TB, options Options, output *lockedBuffer) ctrl.Options {
	t.Helper()
	scheme, err := controllers.NewScheme()
	if err != nil {
		t.Fatal(err)
	}
	cacheOptions := controllers.CacheOptions(options.Namespaces...)
	if options.SyncPeriod > 0 {
		cacheOptions.SyncPeriod = &options.SyncPeriod
	}
	if options.Class != "" {
		cacheOptions.ByObject[&v1alpha1.PortalClass{}] = cache.ByObject{Field: fields.OneTermEqualSelector("metadata.name", options.Class)}
	}
	return ctrl.Options{
		Scheme:                 scheme,
		Cache:                  cacheOptions,
		Logger:                 logr.FromSlogHandler(slog.NewTextHandler(output, nil)),
		Metrics:                metricsserver.Options{BindAddress: "0"},
		HealthProbeBindAddress: "0",
		Controller:             config.Controller{SkipNameValidation: new(true)},
	}
}

func controllerOptions(options Options, registry *prometheus.Registry) controllers.Options {
	tuned := controllers.Defaults()
	tuned.Metrics, tuned.Namespaces = registry, options.Namespaces
	tuned.ClassCoalesce, tuned.PortalCoalesce = 100*time.Millisecond, 300*time.Millisecond
	tuned.PollPeriod, tuned.CountsInterval = 2*time.Second, 0
	tuned.KindsPeriod = 300 * time.Millisecond
	if options.PortalURL != nil {
		tuned.PortalURL = options.PortalURL
	}
	if options.Tune != nil {
		options.Tune(&tuned)
	}
	return tuned
}

// lockedBuffer is a buffer that many goroutines write to.
type lockedBuffer struct {
	mu     sync.Mutex
	buffer bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buffer.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buffer.String()
}
