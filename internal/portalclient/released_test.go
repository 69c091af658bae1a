// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package portalclient_test

import (
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/forecourt-dev/forecourt/internal/portalapi"
	"github.com/forecourt-dev/forecourt/internal/portalclient"
)

// released are the answers of a portal of release 0.1.0 as they went over the wire. Such portals go on after an upgrade of the operator.
const released = "testdata/released/0.1.0"

// ofRelease calls a portal that answers as release 0.1.0 did.
func ofRelease(t *testing.T) *portalclient.Client {
	t.Helper()
	mux := http.NewServeMux()
	for path, file := range map[string]string{
		"/state": "state.json", "/tenants": "tenants.json", "/inactivity/forecast": "forecast.json", "/inactivity/runs": "runs.json",
	} {
		raw, err := os.ReadFile(filepath.Join(released, file))
		if err != nil {
			t.Fatal(err)
		}
		mux.HandleFunc("GET "+portalapi.BasePath+path, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(raw) })
	}
	server := httptest.NewTLSServer(mux)
	t.Cleanup(server.Close)
	pinned := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	client, err := portalclient.New(portalclient.Options{URL: server.URL, CertificatePEM: pinned, Token: "t"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return client
}

func TestAnswersOfAnEarlierReleaseAreUnderstood(t *testing.T) {
	client := ofRelease(t)
	state, _, err := client.State(t.Context(), "")
	switch {
	case err != nil:
		t.Fatal(err)
	case state.SchemaVersion != 1 || state.Tenants != 1 || state.Accounts.Invited != 1 || state.LastRun.Status != portalapi.RunSucceeded || len(state.Forecast.Total) != 3:
		t.Errorf("state %+v", state)
	case len(state.Replicas)+len(state.OldPeppers) != 0 || state.Outbox.Stuck:
		t.Errorf("state %+v tells what that release could not know", state)
	}
	page, err := client.Tenants(t.Context(), "", 10)
	if err != nil || len(page.Tenants) != 1 || page.Tenants[0].DealerCode != "D1" || page.Tenants[0].AdministratorDormant {
		t.Errorf("tenants %+v, %v", page, err)
	}
	runs, err := client.Runs(t.Context(), 10)
	if err != nil || len(runs) != 1 || runs[0].WouldHold != nil {
		t.Errorf("runs %+v, %v", runs, err)
	}
	if forecast, err := client.Forecast(t.Context(), portalapi.ForecastRequest{Months: 3}); err != nil || forecast.Months != 3 {
		t.Errorf("forecast %+v, %v", forecast, err)
	}
}

// TestAForecastThatIgnoresTheQuestionIsRefused : release 0.1.0 answers with the numbers of its own policy.
func TestAForecastThatIgnoresTheQuestionIsRefused(t *testing.T) {
	forecast, err := ofRelease(t).Forecast(t.Context(), portalapi.ForecastRequest{Months: 3, NeverSignedIn: "Skip"})
	if err == nil || !strings.Contains(err.Error(), "update its pods first") {
		t.Errorf("forecast %+v, %v, want it refused", forecast, err)
	}
}
