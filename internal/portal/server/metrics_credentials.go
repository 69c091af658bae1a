// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package server

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/forecourt-dev/forecourt/internal/portalapi"
)

// reporter answers what a replica says about itself.
type reporter interface{ Replica() portalapi.Replica }

// mounted tells about the credentials of this replica.
type mounted struct {
	replica               reporter
	failing, since, valid *prometheus.Desc
}

func newMounted(replica reporter, labels prometheus.Labels) *mounted {
	desc := func(name, help string, variable ...string) *prometheus.Desc {
		return prometheus.NewDesc("forecourt_portal_"+name, help, variable, labels)
	}
	return &mounted{
		replica: replica,
		failing: desc("credential_failing", "1 while a mounted credential cannot be used, else 0.", "credential"),
		since:   desc("credential_since_timestamp_seconds", "Since when a credential and its check are as they are.", "credential"),
		valid:   desc("credential_valid_keys", "Keys of a credential that are accepted; more than one while it is rotated.", "credential"),
	}
}

// Describe implements prometheus.Collector.
func (m *mounted) Describe(ch chan<- *prometheus.Desc) {
	ch <- m.failing
	ch <- m.since
	ch <- m.valid
}

// Collect implements prometheus.Collector.
func (m *mounted) Collect(ch chan<- prometheus.Metric) {
	gauge := func(desc *prometheus.Desc, value float64, credential string) {
		ch <- prometheus.MustNewConstMetric(desc, prometheus.GaugeValue, value, credential)
	}
	for _, c := range m.replica.Replica().Credentials {
		failing := 0.0
		if c.Check == portalapi.CheckFailing {
			failing = 1
		}
		gauge(m.failing, failing, c.Name)
		gauge(m.since, float64(c.Since.Unix()), c.Name)
		gauge(m.valid, float64(1+len(c.Accepted)), c.Name)
	}
}
