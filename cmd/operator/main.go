// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

// Command operator runs the controllers of Forecourt.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	_ "time/tzdata" // the image has no zone files

	"github.com/spf13/pflag"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/config"
	"sigs.k8s.io/controller-runtime/pkg/healthz"
	metricsserver "sigs.k8s.io/controller-runtime/pkg/metrics/server"

	"github.com/forecourt-dev/forecourt/controllers"
)

// version is set when building a release.
var version = "dev"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	var usage *usageError
	switch {
	case err == nil || errors.Is(err, pflag.ErrHelp):
	case errors.As(err, &usage):
		fmt.Fprintln(os.Stderr, "operator:", err)
		os.Exit(2)
	default:
		fmt.Fprintln(os.Stderr, "operator:", err)
		os.Exit(1)
	}
}

// run starts the manager and blocks until the context ends.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	options, err := parse(args, stderr)
	if err != nil {
		return err
	}
	if options.version {
		_, err := fmt.Fprintln(stdout, version)
		return err
	}
	logger, err := newLogger(options.logLevel, stderr)
	if err != nil {
		return &usageError{err}
	}
	ctrl.SetLogger(logger)
	tuneMemory(logger, containerLimit)
	manager, err := newManager(options)
	if err != nil {
		return err
	}
	if err := controllers.Setup(ctx, manager, options.controllers); err != nil {
		return err
	}
	logger.Info("Operator starting", "version", version)
	return manager.Start(ctx)
}

// newManager connects to the cluster. The lease is released on the way out, so that a successor starts at once.
func newManager(options *options) (ctrl.Manager, error) {
	cluster, err := ctrl.GetConfig()
	if err != nil {
		return nil, fmt.Errorf("finding the cluster: %w", err)
	}
	scheme, err := controllers.NewScheme()
	if err != nil {
		return nil, err
	}
	manager, err := ctrl.NewManager(cluster, ctrl.Options{
		Scheme:                        scheme,
		Cache:                         controllers.CacheOptions(options.controllers.Namespaces...),
		Metrics:                       metricsserver.Options{BindAddress: options.metricsAddress},
		HealthProbeBindAddress:        options.healthAddress,
		LeaderElection:                options.leaderElect,
		LeaderElectionID:              "forecourt-operator",
		LeaderElectionNamespace:       options.leaderNamespace,
		LeaderElectionReleaseOnCancel: true,
		Controller:                    config.Controller{EnableWarmup: new(true)}, // a standby takes over with a full cache
	})
	if err != nil {
		return nil, fmt.Errorf("preparing the manager: %w", err)
	}
	if err := manager.AddHealthzCheck("ping", healthz.Ping); err != nil {
		return nil, fmt.Errorf("adding the health check: %w", err)
	}
	if err := manager.AddReadyzCheck("ping", healthz.Ping); err != nil {
		return nil, fmt.Errorf("adding the readiness check: %w", err)
	}
	return manager, nil
}
