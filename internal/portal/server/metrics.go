// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package server

import (
	"context"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	portalconfig "github.com/forecourt-dev/forecourt/api/portalconfig/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/portal/audit"
	"github.com/forecourt-dev/forecourt/internal/portal/outbox"
	"github.com/forecourt-dev/forecourt/internal/portal/secondfactor"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
	"github.com/forecourt-dev/forecourt/internal/portal/sweep"
)

// metrics is the registry of one portal. No label holds anything personal.
type metrics struct {
	registry *prometheus.Registry
	requests *prometheus.HistogramVec
}

func newMetrics(db *store.DB, portal portalconfig.PortalIdentity, replica reporter) *metrics {
	labels := prometheus.Labels{"portal": portal.Namespace + "/" + portal.Name}
	m := &metrics{registry: prometheus.NewRegistry(), requests: prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: "forecourt_portal_request_duration_seconds", Help: "Duration of requests by listener, method and status.",
		Buckets: []float64{.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10}, ConstLabels: labels,
	}, []string{"listener", "method", "code"})}
	transactions := prometheus.NewHistogram(prometheus.HistogramOpts{
		Name: "forecourt_portal_transaction_duration_seconds", Help: "Duration of writing transactions.",
		Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 5}, ConstLabels: labels,
	})
	db.Observe(func(took time.Duration) { transactions.Observe(took.Seconds()) })
	m.registry.MustRegister(m.requests, transactions, newStored(db, labels), newMounted(replica, labels), collectors.NewGoCollector())
	return m
}

// handler serves the registry.
func (m *metrics) handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})
}

// observe measures the requests of a listener.
func (m *metrics) observe(name string, next http.Handler) http.Handler {
	return promhttp.InstrumentHandlerDuration(m.requests.MustCurryWith(prometheus.Labels{"listener": name}), next)
}

// stored reads gauges from the database when they are asked for.
type stored struct {
	db                                             *store.DB
	outbox, runs, lastRun, lastSuccess, lastResult *prometheus.Desc
	held, unsealed, factors                        *prometheus.Desc
}

func newStored(db *store.DB, labels prometheus.Labels) *stored {
	desc := func(name, help string, variable ...string) *prometheus.Desc {
		return prometheus.NewDesc("forecourt_portal_"+name, help, variable, labels)
	}
	return &stored{
		db:          db,
		outbox:      desc("outbox_messages", "Messages by channel (Mail or SMS) and state: pending or dead.", "channel", "state"),
		runs:        desc("inactivity_runs", "Inactivity runs on record by what started them and how they ended.", "trigger", "status"),
		lastRun:     desc("inactivity_last_run_timestamp_seconds", "End of the last inactivity run.", "mode", "status"),
		lastSuccess: desc("inactivity_last_success_timestamp_seconds", "End of the last inactivity run that did all it was to do."),
		lastResult:  desc("inactivity_last_run_accounts", "Accounts of the last inactivity run: scanned, due, warned or disabled.", "result"),
		held:        desc("inactivity_held_accounts", "Accounts that the held inactivity run would disable; 0 while none is held."),
		factors:     desc("second_factors", "Second factors of accounts by kind: TOTP or Passkey.", "kind"),
		unsealed: desc("audit_unsealed_since_timestamp_seconds",
			"When the oldest audit event happened that is not sealed; 0 when all are. Events are sealed within a quarter of an hour."),
	}
}

// Describe implements prometheus.Collector.
func (s *stored) Describe(ch chan<- *prometheus.Desc) {
	for _, desc := range []*prometheus.Desc{s.outbox, s.runs, s.lastRun, s.lastSuccess, s.lastResult, s.held, s.unsealed, s.factors} {
		ch <- desc
	}
}

// Collect implements prometheus.Collector. While the database does not answer, the gauges are missing.
func (s *stored) Collect(ch chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	gauge := func(desc *prometheus.Desc, value int64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(desc, prometheus.GaugeValue, float64(value), labels...)
	}
	for _, channel := range []outbox.Channel{outbox.Mail, outbox.SMS} {
		if status, err := outbox.Status(ctx, s.db, channel); err == nil {
			gauge(s.outbox, status.Pending, string(channel), "pending")
			gauge(s.outbox, status.Dead, string(channel), "dead")
		}
	}
	if run, err := sweep.Last(ctx, s.db); err == nil {
		gauge(s.lastRun, run.FinishedAt.Unix(), run.Mode, run.Status)
		gauge(s.lastResult, run.Scanned, "scanned")
		gauge(s.lastResult, run.Due, "due")
		gauge(s.lastResult, run.Warned, "warned")
		gauge(s.lastResult, run.Disabled, "disabled")
	}
	if since, err := audit.UnsealedSince(ctx, s.db); err == nil && since.IsZero() {
		gauge(s.unsealed, 0)
	} else if err == nil {
		gauge(s.unsealed, since.Unix())
	}
	if counts, err := secondfactor.Counts(ctx, s.db); err == nil {
		for kind, count := range counts {
			gauge(s.factors, count, kind)
		}
	}
	s.collectOutcomes(ctx, gauge)
}

// collectOutcomes tells how inactivity runs ended.
func (s *stored) collectOutcomes(ctx context.Context, gauge func(*prometheus.Desc, int64, ...string)) {
	outcomes, err := sweep.Outcomes(ctx, s.db)
	if err != nil {
		return
	}
	for _, o := range outcomes.Runs {
		gauge(s.runs, o.Runs, o.Trigger, o.Status)
	}
	gauge(s.held, outcomes.Held)
	if !outcomes.LastSuccess.IsZero() {
		gauge(s.lastSuccess, outcomes.LastSuccess.Unix())
	}
}
