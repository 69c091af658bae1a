// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"path/filepath"
	"testing"

	"github.com/forecourt-dev/forecourt/internal/portal/server/servertest"
	"github.com/forecourt-dev/forecourt/internal/portalapi"
	"github.com/forecourt-dev/forecourt/internal/portalclient"
)

// TestASweepReadsItsTokenAgain starts with a token that was replaced a moment ago.
func TestASweepReadsItsTokenAgain(t *testing.T) {
	p := servertest.Start(t, servertest.WriteConfig(t, servertest.Process(t.TempDir()), servertest.Settings()))
	files := remote{
		url: "https://" + p.Addresses.Internal, ca: filepath.Join(p.Dir, "keys", "tls.crt"), tokenFile: filepath.Join(p.Dir, "keys", portalapi.RoleSweep),
	}
	reads := 0
	again := func() (*portalclient.Client, error) { reads++; return files.client() }
	outdated := p.ClientWith(t, "a token of yesterday")
	run, err := sweep(t.Context(), &current{client: outdated, again: again}, portalapi.ModeObserve)
	if err != nil || run.Status != portalapi.RunSucceeded || reads != 1 {
		t.Errorf("run %+v, %v after reading the files %d times", run, err, reads)
	}
	wrong := func() (*portalclient.Client, error) { return p.ClientWith(t, "a wrong token"), nil }
	if _, err := sweep(t.Context(), &current{client: p.ClientWith(t, "a wrong token"), again: wrong}, ""); portalclient.Code(err) != portalapi.CodeUnauthorized {
		t.Errorf("a token that stays wrong: %v", err)
	}
}
