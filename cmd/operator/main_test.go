// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/spf13/pflag"
	"k8s.io/apimachinery/pkg/types"
)

func TestWrongUseIsRefusedWithTheCure(t *testing.T) {
	tests := map[string]struct {
		args []string
		want string
	}{
		"an unknown flag":            {[]string{"--frobnicate"}, "frobnicate"},
		"an argument":                {[]string{"run"}, `"run"`},
		"an unknown log level":       {[]string{"--log-level=verbose"}, "Debug, Info, Warn or Error"},
		"a portal URL without name":  {[]string{"--portal-url=us=https://127.0.0.1:1"}, "NAMESPACE/NAME=https://HOST:PORT"},
		"a portal URL without TLS":   {[]string{"--portal-url=a/us=http://127.0.0.1:1"}, "https://HOST:PORT"},
		"no worker":                  {[]string{"--tenant-workers=0"}, "tenant-workers: 0: want 1 to 256"},
		"thousands of workers":       {[]string{"--portal-workers=5000"}, "portal-workers: 5000"},
		"a poll many times a second": {[]string{"--poll-period=1ms"}, "poll-period: 1ms: want at least 1s"},
		"a namespace that is none":   {[]string{"--watch-namespaces=dealers,Owners"}, `watch-namespaces: "Owners"`},
		"an empty namespace":         {[]string{"--watch-namespaces=dealers,,owners"}, `watch-namespaces: ""`},
		"a negative interval":        {[]string{"--counts-interval=-1s"}, "counts-interval: -1s"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			err := run(t.Context(), test.args, &bytes.Buffer{}, &bytes.Buffer{})
			var usage *usageError
			if !errors.As(err, &usage) || !strings.Contains(err.Error(), test.want) {
				t.Errorf("Error %v: want a wrong use with %q", err, test.want)
			}
		})
	}
}

func TestEveryFaultIsTold(t *testing.T) {
	_, err := parse([]string{"--tenant-workers=0", "--portal-workers=0"}, &bytes.Buffer{})
	if err == nil || !strings.Contains(err.Error(), "tenant-workers") || !strings.Contains(err.Error(), "portal-workers") {
		t.Errorf("Error %v: want both faults", err)
	}
}

func TestPortalURLs(t *testing.T) {
	options, err := parse([]string{"--portal-url=a/us=https://127.0.0.1:1", "--portal-url=b/ca=https://127.0.0.1:2"}, &bytes.Buffer{})
	if err != nil {
		t.Fatal(err)
	}
	for portal, want := range map[types.NamespacedName]string{
		{Namespace: "a", Name: "us"}: "https://127.0.0.1:1", {Namespace: "b", Name: "ca"}: "https://127.0.0.1:2", {Namespace: "a", Name: "ca"}: "",
	} {
		if got := options.controllers.PortalURL(portal); got != want {
			t.Errorf("%s: URL %q, want %q", portal, got, want)
		}
	}
}

func TestVersionAndHelpNeedNoCluster(t *testing.T) {
	output := &bytes.Buffer{}
	if err := run(t.Context(), []string{"--version"}, output, &bytes.Buffer{}); err != nil || output.String() != version+"\n" {
		t.Errorf("%q, %v: want the version", output, err)
	}
	if err := run(t.Context(), []string{"--help"}, &bytes.Buffer{}, output); !errors.Is(err, pflag.ErrHelp) || !strings.Contains(output.String(), "--portal-url") {
		t.Errorf("%v, %s: want the flags", err, output)
	}
}
