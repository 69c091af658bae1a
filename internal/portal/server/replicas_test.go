// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package server_test

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/forecourt-dev/forecourt/internal/portal/server/servertest"
	"github.com/forecourt-dev/forecourt/internal/portal/store/storetest"
	"github.com/forecourt-dev/forecourt/internal/portalapi"
)

// TestReplicasShareWhatTheyAreTold runs two replicas on one PostgreSQL: settings that one is given are in force at the other,
// both count the same tenants, and a run that one was asked for is finished whoever works on it.
func TestReplicasShareWhatTheyAreTold(t *testing.T) {
	process := servertest.Process(t.TempDir())
	process.Database = storetest.PostgreSQL(t)
	dir := servertest.WriteConfig(t, process, servertest.Settings())
	first, second := servertest.Start(t, dir), servertest.Start(t, dir)
	told, other := first.Client(t, portalapi.RoleOperator), second.Client(t, portalapi.RoleOperator)

	settings := servertest.Settings()
	settings.DisplayName = "Renamed"
	put, err := told.PutSettings(t.Context(), &portalapi.SettingsRequest{UID: "portal", Generation: 2, Settings: settings})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := told.PutTenant(t.Context(), "D1", servertest.Tenant("D1")); err != nil {
		t.Fatal(err)
	}
	deadline := time.Now().Add(30 * time.Second)
	for {
		state, _, err := other.State(t.Context(), "")
		if err != nil {
			t.Fatal(err)
		}
		if state.SettingsDigest == put.Digest && state.Tenants == 1 {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("the other replica still has %+v", state)
		}
		<-time.After(50 * time.Millisecond)
	}

	run, err := told.StartRun(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	if err := first.Stop(); err != nil {
		t.Errorf("stopping the first replica: %v", err)
	}
	joined, err := other.StartRun(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{run.ID, joined.ID} {
		if ended := waitForRun(t, other, id); ended.Status != portalapi.RunSucceeded {
			t.Errorf("run ended as %+v", ended)
		}
	}
}

func TestBytesThatPostgreSQLDoesNotStoreAreABadRequest(t *testing.T) {
	process := servertest.Process(t.TempDir())
	process.Database = storetest.PostgreSQL(t)
	p := servertest.Start(t, servertest.WriteConfig(t, process, servertest.Settings()))
	raw, err := os.ReadFile(filepath.Join(p.Dir, "keys", portalapi.RoleOperator))
	if err != nil {
		t.Fatal(err)
	}
	operator := "Bearer " + strings.TrimSpace(string(raw))
	const spec = `"generation":1,"spec":{"displayName":"D","state":"Active","deletionPolicy":"Retain"}}`
	tests := map[string]struct{ method, path, body string }{
		"in a path":  {http.MethodGet, "/inactivity/runs/%00", ""},
		"in a query": {http.MethodGet, "/tenants?after=%ff", ""},
		"in a body":  {http.MethodPut, "/tenants/D1", `{"uid":"u\u0000",` + spec},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			status, answer := fetch(t, p, test.method, portalapi.BasePath+test.path, operator, test.body)
			if status != http.StatusBadRequest || answer.Code != portalapi.CodeInvalid {
				t.Errorf("answer %d %+v, want 400", status, answer)
			}
		})
	}
}
