// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/url"
	"strings"

	"github.com/go-logr/logr"
	"github.com/spf13/pflag"
	"k8s.io/apimachinery/pkg/types"
	runtimemetrics "sigs.k8s.io/controller-runtime/pkg/metrics"

	"github.com/forecourt-dev/forecourt/controllers"
)

// options are what the command line says.
type options struct {
	metricsAddress  string
	healthAddress   string
	leaderElect     bool
	leaderNamespace string
	logLevel        string
	version         bool
	portalURLs      []string
	controllers     controllers.Options
}

// usageError is a wrong use of the command line.
type usageError struct{ error }

func (e *usageError) Unwrap() error { return e.error }

// parse reads and checks the command line.
func parse(args []string, output io.Writer) (*options, error) {
	o := &options{controllers: controllers.Defaults()}
	flags := o.flags(output)
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, pflag.ErrHelp) {
			return nil, err
		}
		return nil, &usageError{err}
	}
	if flags.NArg() > 0 {
		return nil, &usageError{fmt.Errorf("argument %q is not known: use --help", flags.Arg(0))}
	}
	urls, err := parsePortalURLs(o.portalURLs)
	if err != nil {
		return nil, &usageError{err}
	}
	o.controllers.PortalURL = func(portal types.NamespacedName) string { return urls[portal] }
	o.controllers.Metrics = runtimemetrics.Registry
	if err := o.controllers.Validate(); err != nil {
		return nil, &usageError{err}
	}
	return o, nil
}

func (o *options) flags(output io.Writer) *pflag.FlagSet {
	flags := pflag.NewFlagSet("operator", pflag.ContinueOnError)
	flags.SetOutput(output)
	flags.StringVar(&o.metricsAddress, "metrics-address", ":8080", "address of the metrics over plain HTTP; 0 switches them off")
	flags.StringVar(&o.healthAddress, "health-address", ":8081", "address of /healthz and /readyz; 0 switches them off")
	flags.BoolVar(&o.leaderElect, "leader-elect", true, "take part in the election of the operator that is at work")
	flags.StringVar(&o.leaderNamespace, "leader-namespace", "", "namespace of the election's lease; needed outside a cluster only")
	flags.StringVar(&o.logLevel, "log-level", "Info", "least severe level that is logged: Debug, Info, Warn or Error")
	flags.BoolVar(&o.version, "version", false, "print the version and end")
	flags.StringArrayVar(&o.portalURLs, "portal-url", nil, "for development: NAMESPACE/NAME=https://HOST:PORT reaches the internal API of a portal from outside the cluster; repeatable")
	c := &o.controllers
	flags.StringSliceVar(&c.Namespaces, "watch-namespaces", nil, "namespaces that the operator looks at, separated by commas; none means all")
	flags.IntVar(&c.ClassWorkers, "class-workers", c.ClassWorkers, "classes reconciled at the same time")
	flags.IntVar(&c.PortalWorkers, "portal-workers", c.PortalWorkers, "portals reconciled at the same time")
	flags.IntVar(&c.TenantWorkers, "tenant-workers", c.TenantWorkers, "tenants reconciled at the same time")
	flags.DurationVar(&c.PollPeriod, "poll-period", c.PollPeriod, "how often a portal is asked for its state, give or take a fifth")
	flags.DurationVar(&c.ClassCoalesce, "class-coalesce", c.ClassCoalesce, "how long changes of portals are collected for the status of their class")
	flags.DurationVar(&c.PortalCoalesce, "portal-coalesce", c.PortalCoalesce, "how long changes of tenants are collected for the status of their portal")
	flags.DurationVar(&c.CountsInterval, "counts-interval", c.CountsInterval, "how often account counts are written to a tenant's status at most")
	return flags
}

// parsePortalURLs reads NAMESPACE/NAME=https://HOST:PORT.
func parsePortalURLs(values []string) (map[types.NamespacedName]string, error) {
	urls := map[types.NamespacedName]string{}
	for _, value := range values {
		key, target, found := strings.Cut(value, "=")
		namespace, name, named := strings.Cut(key, "/")
		parsed, err := url.Parse(target)
		if !found || !named || namespace == "" || name == "" || err != nil || parsed.Scheme != "https" || parsed.Host == "" {
			return nil, fmt.Errorf("--portal-url: %q: want NAMESPACE/NAME=https://HOST:PORT", value)
		}
		urls[types.NamespacedName{Namespace: namespace, Name: name}] = target
	}
	return urls, nil
}

// newLogger logs JSON at the given level.
func newLogger(level string, output io.Writer) (logr.Logger, error) {
	levels := map[string]slog.Level{"Debug": slog.LevelDebug, "Info": slog.LevelInfo, "Warn": slog.LevelWarn, "Error": slog.LevelError}
	least, known := levels[level]
	if !known {
		return logr.Logger{}, fmt.Errorf("--log-level: %q: want Debug, Info, Warn or Error", level)
	}
	return logr.FromSlogHandler(slog.NewJSONHandler(output, &slog.HandlerOptions{Level: least})), nil
}
