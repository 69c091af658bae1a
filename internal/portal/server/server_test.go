// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package server_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/forecourt-dev/forecourt/internal/portalapi"
	"github.com/forecourt-dev/forecourt/internal/portalclient"
)

// get asks the public or the metrics listener.
func get(t *testing.T, address, host, path string) (status int, body string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+address+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	if host != "" {
		request.Host = host
	}
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	defer client.CloseIdleConnections()
	response, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	raw, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(raw)
}

func TestPortalServesAndStops(t *testing.T) {
	dir := t.TempDir()
	f := start(t, writeConfig(t, process(dir), settings()))
	for path, want := range map[string]int{"/livez": http.StatusOK, "/readyz": http.StatusOK, "/metrics": http.StatusOK, "/": http.StatusNotFound} {
		if status, body := get(t, f.addresses.Metrics, "", path); status != want {
			t.Errorf("GET %s on the metrics port: %d %s, want %d", path, status, body, want)
		}
	}
	if status, _ := get(t, f.addresses.Public, "us-dealers.localhost:8080", "/sign-in"); status != http.StatusOK {
		t.Errorf("GET /sign-in: %d, want 200", status)
	}
	if status, _ := get(t, f.addresses.Public, "evil.example", "/sign-in"); status != http.StatusMisdirectedRequest {
		t.Errorf("GET /sign-in of another host: %d, want 421", status)
	}
	if err := f.stop(); err != nil {
		t.Errorf("stopping: %v", err)
	}
	if !strings.Contains(f.log.String(), `"msg":"Portal stopping"`) {
		t.Errorf("log lacks the stop:\n%s", f.log)
	}
}

func TestAnUnmigratedDatabaseIsRefused(t *testing.T) {
	dir := writeConfig(t, process(t.TempDir()), settings())
	err := runOnce(t, dir)
	if err == nil || !strings.Contains(err.Error(), "run portal migrate first") {
		t.Errorf("Run() = %v, want the advice to migrate", err)
	}
}

func TestStateIsConditional(t *testing.T) {
	f := start(t, writeConfig(t, process(t.TempDir()), settings()))
	client := f.client(t, portalapi.RoleReader)
	state, etag, err := client.State(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	if state.StoreID == "" || state.SchemaVersion < 1 || state.SettingsDigest == "" || state.TenantsRevision == "" {
		t.Errorf("state %+v lacks values", state)
	}
	if again, _, err := client.State(t.Context(), etag); err != nil || again != nil {
		t.Errorf("state with its ETag: %v, %v, want nothing", again, err)
	}
	if _, err := f.client(t, portalapi.RoleOperator).PutTenant(t.Context(), "D1", declaration("D1")); err != nil {
		t.Fatal(err)
	}
	changed, _, err := client.State(t.Context(), etag)
	if err != nil || changed == nil || changed.Tenants != 1 || changed.TenantsRevision == state.TenantsRevision {
		t.Errorf("state after a tenant: %+v, %v, want one tenant and a new revision", changed, err)
	}
}

func TestRolesMayOnlyDoTheirs(t *testing.T) {
	f := start(t, writeConfig(t, process(t.TempDir()), settings()))
	calls := map[string]struct {
		allowed string
		call    func(*portalclient.Client) error
	}{
		"read the state": {"operator reader", func(c *portalclient.Client) error { _, _, err := c.State(t.Context(), ""); return err }},
		"list tenants":   {"operator", func(c *portalclient.Client) error { _, err := c.Tenants(t.Context(), "", 10); return err }},
		"put a tenant": {"operator", func(c *portalclient.Client) error {
			_, err := c.PutTenant(t.Context(), "D1", declaration("D1"))
			return err
		}},
		"close a tenant": {"operator", func(c *portalclient.Client) error { return c.CloseTenant(t.Context(), "D2", "uid", "Retain") }},
		"put settings": {"operator", func(c *portalclient.Client) error {
			_, err := c.PutSettings(t.Context(), &portalapi.SettingsRequest{UID: "u", Generation: 1, Settings: settings()})
			return err
		}},
		"start a run": {"operator sweep", func(c *portalclient.Client) error { _, err := c.StartRun(t.Context(), "Observe"); return err }},
		"import accounts": {"operator import", func(c *portalclient.Client) error {
			_, err := c.ImportAccounts(t.Context(), strings.NewReader("username,class\n"), portalapi.ImportOptions{})
			return err
		}},
	}
	for name, call := range calls {
		t.Run(name, func(t *testing.T) {
			for _, role := range []string{portalapi.RoleOperator, portalapi.RoleSweep, portalapi.RoleImport, portalapi.RoleReader} {
				err := call.call(f.client(t, role))
				if strings.Contains(call.allowed, role) {
					if err != nil {
						t.Errorf("as %s: %v, want success", role, err)
					}
				} else if portalclient.Code(err) != portalapi.CodeForbidden {
					t.Errorf("as %s: %v, want Forbidden", role, err)
				}
			}
		})
	}
}

// waitForRun follows a run to its end.
func waitForRun(t *testing.T, client *portalclient.Client, id string) *portalapi.Run {
	t.Helper()
	deadline := time.Now().Add(30 * time.Second)
	for {
		run, err := client.Run(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		if run.Status != portalapi.RunRunning {
			return run
		}
		if time.Now().After(deadline) {
			t.Fatalf("run still running: %+v", run)
		}
		<-time.After(20 * time.Millisecond)
	}
}

func TestImportAndSweep(t *testing.T) {
	f := start(t, writeConfig(t, process(t.TempDir()), settings()))
	operator := f.client(t, portalapi.RoleOperator)
	for _, code := range []string{"D1", "D2"} {
		if _, err := operator.PutTenant(t.Context(), code, declaration(code)); err != nil {
			t.Fatal(err)
		}
	}
	var csv strings.Builder
	csv.WriteString("username,class,tenant,role,createdAt,lastSignInAt\n")
	for i := range 2500 {
		fmt.Fprintf(&csv, "idle%d,Dealer,D1,user,2020-01-01,2020-02-01T00:00:00Z\n", i)
		fmt.Fprintf(&csv, "fresh%d,Dealer,D2,user,2020-01-01,%s\n", i, time.Now().Add(-48*time.Hour).UTC().Format(time.RFC3339))
	}
	csv.WriteString("boss,Dealer,D1,administrator,2020-01-01,2020-01-02\nunknown,Dealer,D1,user,,\n")
	result, err := f.client(t, portalapi.RoleImport).ImportAccounts(t.Context(), strings.NewReader(csv.String()), portalapi.ImportOptions{})
	if err != nil || result.Created != 5002 || !result.Applied {
		t.Fatalf("import: %+v, %v, want 5002 created", result, err)
	}
	sweeper := f.client(t, portalapi.RoleSweep)
	for _, mode := range []string{"Observe", ""} {
		run, err := sweeper.StartRun(t.Context(), mode)
		if err != nil {
			t.Fatal(err)
		}
		run = waitForRun(t, sweeper, run.ID)
		disabled := int64(2500)
		if mode == "Observe" {
			disabled = 0
		}
		if run.Status != portalapi.RunSucceeded || run.Scanned != 5002 || run.Due != 2500 || run.Disabled != disabled {
			t.Errorf("run in mode %q: %+v, want 5002 scanned, 2500 due, %d disabled", mode, run, disabled)
		}
		if run.Skipped["LastAdministrator"] != 1 || run.Skipped["UnknownActivity"] != 1 {
			t.Errorf("run in mode %q skipped %v, want one last administrator and one of unknown activity", mode, run.Skipped)
		}
	}
	page, err := operator.Tenants(t.Context(), "", 1)
	if err != nil || len(page.Tenants) != 1 || page.Next != "D1" || page.Tenants[0].Accounts.Disabled != 2500 || page.Tenants[0].Administrators != 1 {
		t.Errorf("tenants: %+v, %v, want D1 with 2500 disabled and its administrator, and another page", page, err)
	}
}

func TestRunsStrongerThanThePolicyAreRefused(t *testing.T) {
	s := settings()
	s.Inactivity.Mode = "Observe"
	f := start(t, writeConfig(t, process(t.TempDir()), s))
	_, err := f.client(t, portalapi.RoleSweep).StartRun(t.Context(), "Enforce")
	if portalclient.Code(err) != portalapi.CodeModeRefused {
		t.Errorf("StartRun(Enforce) under Observe = %v, want ModeRefused", err)
	}
}
