// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package server_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	portalconfig "github.com/forecourt-dev/forecourt/api/portalconfig/v1alpha1"
	"github.com/forecourt-dev/forecourt/hack/mailcatcher/catcher"
	"github.com/forecourt-dev/forecourt/internal/portal/server"
	"github.com/forecourt-dev/forecourt/internal/portal/server/servertest"
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
	f := servertest.Start(t, servertest.WriteConfig(t, servertest.Process(dir), servertest.Settings()))
	for path, want := range map[string]int{"/livez": http.StatusOK, "/readyz": http.StatusOK, "/metrics": http.StatusOK, "/": http.StatusNotFound} {
		if status, body := get(t, f.Addresses.Metrics, "", path); status != want {
			t.Errorf("GET %s on the metrics port: %d %s, want %d", path, status, body, want)
		}
	}
	if status, _ := get(t, f.Addresses.Public, "us-dealers.localhost:8080", "/sign-in"); status != http.StatusOK {
		t.Errorf("GET /sign-in: %d, want 200", status)
	}
	if status, _ := get(t, f.Addresses.Public, "evil.example", "/sign-in"); status != http.StatusMisdirectedRequest {
		t.Errorf("GET /sign-in of another host: %d, want 421", status)
	}
	if err := f.Stop(); err != nil {
		t.Errorf("stopping: %v", err)
	}
	if !strings.Contains(f.Log(), `"msg":"Portal stopping"`) {
		t.Errorf("log lacks the stop:\n%s", f.Log())
	}
}

func TestAnUnmigratedDatabaseIsRefused(t *testing.T) {
	dir := servertest.WriteConfig(t, servertest.Process(t.TempDir()), servertest.Settings())
	err := server.Run(t.Context(), server.Options{ConfigDir: dir})
	if err == nil || !strings.Contains(err.Error(), "run portal migrate first") {
		t.Errorf("Run() = %v, want the advice to migrate", err)
	}
}

func TestStateIsConditional(t *testing.T) {
	f := servertest.Start(t, servertest.WriteConfig(t, servertest.Process(t.TempDir()), servertest.Settings()))
	client := f.Client(t, portalapi.RoleReader)
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
	if _, err := f.Client(t, portalapi.RoleOperator).PutTenant(t.Context(), "D1", servertest.Tenant("D1")); err != nil {
		t.Fatal(err)
	}
	changed, _, err := client.State(t.Context(), etag)
	if err != nil || changed == nil || changed.Tenants != 1 || changed.TenantsRevision == state.TenantsRevision {
		t.Errorf("state after a tenant: %+v, %v, want one tenant and a new revision", changed, err)
	}
}

func TestRolesMayOnlyDoTheirs(t *testing.T) {
	f := servertest.Start(t, servertest.WriteConfig(t, servertest.Process(t.TempDir()), servertest.Settings()))
	calls := map[string]struct {
		allowed string
		call    func(*portalclient.Client) error
	}{
		"read the state": {"operator reader", func(c *portalclient.Client) error { _, _, err := c.State(t.Context(), ""); return err }},
		"list tenants":   {"operator", func(c *portalclient.Client) error { _, err := c.Tenants(t.Context(), "", 10); return err }},
		"put a tenant": {"operator", func(c *portalclient.Client) error {
			_, err := c.PutTenant(t.Context(), "D1", servertest.Tenant("D1"))
			return err
		}},
		"close a tenant": {"operator", func(c *portalclient.Client) error { return c.CloseTenant(t.Context(), "D2", "uid", "Retain") }},
		"put settings": {"operator", func(c *portalclient.Client) error {
			_, err := c.PutSettings(t.Context(), &portalapi.SettingsRequest{UID: "u", Generation: 1, Settings: servertest.Settings()})
			return err
		}},
		"start a run": {"operator sweep", func(c *portalclient.Client) error { _, err := c.StartRun(t.Context(), "Observe"); return err }},
		"list runs":   {"operator sweep reader", func(c *portalclient.Client) error { _, err := c.Runs(t.Context(), 5); return err }},
		"read the forecast": {"operator reader", func(c *portalclient.Client) error {
			_, err := c.Forecast(t.Context(), portalapi.ForecastRequest{Months: 3})
			return err
		}},
		"import accounts": {"operator import", func(c *portalclient.Client) error {
			_, err := c.ImportAccounts(t.Context(), strings.NewReader("username,class\n"), portalapi.ImportOptions{})
			return err
		}},
	}
	for name, call := range calls {
		t.Run(name, func(t *testing.T) {
			for _, role := range []string{portalapi.RoleOperator, portalapi.RoleSweep, portalapi.RoleImport, portalapi.RoleReader} {
				err := call.call(f.Client(t, role))
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
	f := servertest.Start(t, servertest.WriteConfig(t, servertest.Process(t.TempDir()), servertest.Settings()))
	operator := f.Client(t, portalapi.RoleOperator)
	for _, code := range []string{"D1", "D2"} {
		if _, err := operator.PutTenant(t.Context(), code, servertest.Tenant(code)); err != nil {
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
	result, err := f.Client(t, portalapi.RoleImport).ImportAccounts(t.Context(), strings.NewReader(csv.String()), portalapi.ImportOptions{})
	if err != nil || result.Created != 5002 || !result.Applied {
		t.Fatalf("import: %+v, %v, want 5002 created", result, err)
	}
	sweeper := f.Client(t, portalapi.RoleSweep)
	for mode, want := range map[string]string{"Observe": portalapi.RunSucceeded, "": portalapi.RunHeld} {
		run, err := sweeper.StartRun(t.Context(), mode)
		if err != nil {
			t.Fatal(err)
		}
		run = waitForRun(t, sweeper, run.ID)
		if run.Status != want || run.Scanned != 5002 || run.Due != 2500 || run.Disabled != 0 {
			t.Errorf("run in mode %q: %+v, want 5002 scanned, 2500 due, nobody disabled", mode, run)
		}
		if run.Skipped["LastAdministrator"] != 1 || run.Skipped["UnknownActivity"] != 1 {
			t.Errorf("run in mode %q skipped %v, want one last administrator and one of unknown activity", mode, run.Skipped)
		}
	}
	approveAndUndo(t, f)
}

// approveAndUndo approves the held run of 2500 accounts over the wire, and takes it back.
func approveAndUndo(t *testing.T, f *servertest.Portal) {
	t.Helper()
	operator := f.Client(t, portalapi.RoleOperator)
	state, _, err := operator.State(t.Context(), "")
	if err != nil || state.HeldRun == nil || state.HeldRun.Hold.Count != 2500 || state.HeldRun.Hold.Reason != portalapi.HoldPercentLimit || state.HeldRun.Hold.Limit != 250 {
		t.Fatalf("state %+v, %v, want a held run of 2500 accounts with a limit of 250", state, err)
	}
	id := state.HeldRun.ID
	for _, role := range []string{portalapi.RoleSweep, portalapi.RoleReader, portalapi.RoleImport} {
		if _, err := f.Client(t, role).ApproveRun(t.Context(), id, portalapi.ApproveRequest{Count: 2500, Request: "r"}); portalclient.Code(err) != portalapi.CodeForbidden {
			t.Errorf("approving as %s: %v, want Forbidden", role, err)
		}
	}
	if _, err := operator.ApproveRun(t.Context(), id, portalapi.ApproveRequest{Count: 2499, Request: "r"}); portalclient.Code(err) != portalapi.CodeCountMismatch {
		t.Errorf("approving another count: %v, want CountMismatch", err)
	}
	if _, err := operator.ApproveRun(t.Context(), id, portalapi.ApproveRequest{Count: 2500}); portalclient.Code(err) != portalapi.CodeInvalid {
		t.Errorf("approving without a request: %v, want Invalid", err)
	}
	for range 2 {
		if _, err := operator.ApproveRun(t.Context(), id, portalapi.ApproveRequest{Count: 2500, Request: id + "/2500"}); err != nil {
			t.Fatal(err)
		}
	}
	if run := waitForRun(t, operator, id); run.Status != portalapi.RunSucceeded || run.Disabled != 2500 || run.Hold.ApprovedAt == nil {
		t.Fatalf("approved run: %+v, want 2500 disabled", run)
	}
	if _, err := operator.ApproveRun(t.Context(), id, portalapi.ApproveRequest{Count: 2500, Request: "again"}); portalclient.Code(err) != portalapi.CodeNotHeld {
		t.Errorf("approving twice: %v, want NotHeld", err)
	}
	mustHaveDisabled(t, operator, 2500)
	for range 2 {
		result, err := operator.UndoRun(t.Context(), id, portalapi.UndoRequest{Request: id})
		if err != nil || result.Restored != 2500 || len(result.Skipped) != 0 {
			t.Fatalf("undo: %+v, %v, want 2500 restored", result, err)
		}
	}
	mustHaveDisabled(t, operator, 0)
	runs, err := operator.Runs(t.Context(), 10)
	if err != nil || len(runs) != 2 || runs[0].ID < runs[1].ID {
		t.Errorf("runs %+v, %v, want two, the newest first", runs, err)
	}
	forecast, err := f.Client(t, portalapi.RoleReader).Forecast(t.Context(), portalapi.ForecastRequest{Days: []int32{1, 365}})
	if err != nil || forecast.AlreadyDue != 2500 || len(forecast.Total) != 2 || forecast.Total[1] != 5000 || len(forecast.Tenants) != 2 {
		t.Errorf("forecast %+v, %v, want 2500 due and all but two in a year", forecast, err)
	}
	skips := portalapi.ForecastRequest{NeverSignedIn: "Skip"}
	if forecast, err := f.Client(t, portalapi.RoleReader).Forecast(t.Context(), skips); err != nil || forecast.NeverSignedIn != skips.NeverSignedIn {
		t.Errorf("forecast %+v, %v, want one that assumes %+v", forecast, err, skips)
	}
}

// mustHaveDisabled checks how many accounts of D1 are disabled.
func mustHaveDisabled(t *testing.T, operator *portalclient.Client, disabled int64) {
	t.Helper()
	page, err := operator.Tenants(t.Context(), "", 1)
	if err != nil || len(page.Tenants) != 1 || page.Next != "D1" || page.Tenants[0].Accounts.Disabled != disabled || page.Tenants[0].Administrators != 1 {
		t.Errorf("tenants: %+v, %v, want D1 with %d disabled and its administrator, and another page", page, err, disabled)
	}
}

func TestRunsStrongerThanThePolicyAreRefused(t *testing.T) {
	s := servertest.Settings()
	s.Inactivity.Mode = "Observe"
	f := servertest.Start(t, servertest.WriteConfig(t, servertest.Process(t.TempDir()), s))
	_, err := f.Client(t, portalapi.RoleSweep).StartRun(t.Context(), "Enforce")
	if portalclient.Code(err) != portalapi.CodeModeRefused {
		t.Errorf("StartRun(Enforce) under Observe = %v, want ModeRefused", err)
	}
}

// fetch sends a raw request to the internal API, with the operator's token unless another header is given.
func fetch(t *testing.T, p *servertest.Portal, method, path, token, body string) (status int, answer portalapi.Error) {
	t.Helper()
	certificate, err := os.ReadFile(filepath.Join(p.Dir, "keys", "tls.crt"))
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(certificate)
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool, ServerName: "us.dealers.svc", MinVersion: tls.VersionTLS13}}
	defer transport.CloseIdleConnections()
	request, err := http.NewRequestWithContext(t.Context(), method, "https://"+p.Addresses.Internal+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if token != "" {
		request.Header.Set("Authorization", token)
	}
	response, err := transport.RoundTrip(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil {
		t.Fatalf("%s %s: the answer is no JSON: %v", method, path, err)
	}
	return response.StatusCode, answer
}

func TestBadRequestsAreRefusedWithTheCure(t *testing.T) {
	p := servertest.Start(t, servertest.WriteConfig(t, servertest.Process(t.TempDir()), servertest.Settings()))
	raw, err := os.ReadFile(filepath.Join(p.Dir, "keys", portalapi.RoleOperator))
	if err != nil {
		t.Fatal(err)
	}
	operator := "Bearer " + strings.TrimSpace(string(raw))
	const tenant = `{"uid":"u","generation":1,"spec":{"displayName":"D","state":"Active","deletionPolicy":"Retain"}}`
	tests := map[string]struct {
		method, path, token, body string
		status                    int
		code, message             string
	}{
		"no token":                    {"GET", "/state", "", "", 401, portalapi.CodeUnauthorized, "Bearer"},
		"an unknown token":            {"GET", "/state", "Bearer nonsense", "", 401, portalapi.CodeUnauthorized, "token"},
		"a token without its scheme":  {"GET", "/state", strings.TrimPrefix(operator, "Bearer "), "", 401, portalapi.CodeUnauthorized, "token"},
		"an empty bearer":             {"GET", "/state", "Bearer ", "", 401, portalapi.CodeUnauthorized, "token"},
		"an unknown call":             {"GET", "/nothing", operator, "", 404, portalapi.CodeNotFound, "no such call"},
		"another method":              {"POST", "/state", operator, "", 404, portalapi.CodeNotFound, "no such call"},
		"an unknown call, no token":   {"GET", "/nothing", "", "", 401, portalapi.CodeUnauthorized, "token"},
		"no JSON":                     {"PUT", "/tenants/D1", operator, "hello", 400, portalapi.CodeInvalid, "not the JSON object"},
		"an empty body":               {"PUT", "/tenants/D1", operator, "", 400, portalapi.CodeInvalid, "EOF"},
		"an unknown field":            {"PUT", "/tenants/D1", operator, `{"uuid":"u"}`, 400, portalapi.CodeInvalid, "uuid"},
		"two objects":                 {"PUT", "/tenants/D1", operator, tenant + tenant, 400, portalapi.CodeInvalid, "follows"},
		"a wrong type":                {"PUT", "/tenants/D1", operator, `{"generation":"one"}`, 400, portalapi.CodeInvalid, "generation"},
		"a wrong value":               {"PUT", "/tenants/D1", operator, strings.Replace(tenant, `"Active"`, `"Awake"`, 1), 400, portalapi.CodeInvalid, "spec.state"},
		"a malformed dealer code":     {"PUT", "/tenants/d%201", operator, tenant, 400, portalapi.CodeInvalid, "dealerCode"},
		"too large a body":            {"PUT", "/tenants/D1", operator, `{"uid":"` + strings.Repeat("u", portalapi.MaxBody), 413, portalapi.CodeTooLarge, "send less"},
		"settings without generation": {"PUT", "/settings", operator, `{"uid":"u","settings":{}}`, 400, portalapi.CodeInvalid, "generation"},
		"settings without values":     {"PUT", "/settings", operator, `{"uid":"u","generation":1,"settings":{}}`, 400, portalapi.CodeInvalid, "displayName"},
		"a page of nothing":           {"GET", "/tenants?limit=0", operator, "", 400, portalapi.CodeInvalid, "limit"},
		"a page of too much":          {"GET", "/tenants?limit=501", operator, "", 400, portalapi.CodeInvalid, "500"},
		"a page of words":             {"GET", "/tenants?limit=many", operator, "", 400, portalapi.CodeInvalid, "limit"},
		"closing for nobody":          {"DELETE", "/tenants/D1?accounts=Retain", operator, "", 400, portalapi.CodeInvalid, "uid"},
		"closing in another way":      {"DELETE", "/tenants/D1?uid=u&accounts=Burn", operator, "", 400, portalapi.CodeInvalid, "Retain or Delete"},
		"a run in a mode of its own":  {"POST", "/inactivity/runs", operator, `{"mode":"Destroy"}`, 409, portalapi.CodeModeRefused, "Observe"},
		"an unknown run":              {"GET", "/inactivity/runs/none", operator, "", 404, portalapi.CodeNotFound, "run"},
		"an unknown import option":    {"POST", "/accounts/imports?force=true", operator, "", 400, portalapi.CodeInvalid, "force"},
		"an unclear import option":    {"POST", "/accounts/imports?dryRun=perhaps", operator, "", 400, portalapi.CodeInvalid, "true or false"},
		"an import without header":    {"POST", "/accounts/imports", operator, "", 400, portalapi.CodeInvalid, "header row"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			status, answer := fetch(t, p, test.method, portalapi.BasePath+test.path, test.token, test.body)
			if status != test.status || answer.Code != test.code || !strings.Contains(answer.Message, test.message) {
				t.Errorf("answer %d %+v, want %d %s with %q", status, answer, test.status, test.code, test.message)
			}
		})
	}
	state, _, err := p.Client(t, portalapi.RoleReader).State(t.Context(), "")
	if err != nil || state.Tenants != 0 {
		t.Errorf("state %+v, %v, want nothing done", state, err)
	}
}

// startWithMail starts a portal whose mail goes to a catcher; publicURL is where its links lead.
func startWithMail(t *testing.T) (box *catcher.Server, p *servertest.Portal, publicURL string) {
	t.Helper()
	var err error
	box, err = catcher.Start(t.Context(), catcher.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = box.Close() })
	host, port, err := net.SplitHostPort(box.SMTPAddress)
	if err != nil {
		t.Fatal(err)
	}
	number, err := strconv.ParseInt(port, 10, 32)
	if err != nil {
		t.Fatal(err)
	}
	process := servertest.Process(t.TempDir())
	process.Mail = &portalconfig.Mail{Host: host, Port: int32(number), From: "portal@example.com", TLS: "None"}
	return box, servertest.Start(t, servertest.WriteConfig(t, process, servertest.Settings())), process.PublicURL
}

func TestInvitationByMailOpensThePage(t *testing.T) {
	box, p, publicURL := startWithMail(t)
	declared := servertest.Tenant("D1")
	declared.InvitationsHash = "h"
	declared.Invitations = []portalapi.Invitation{{Username: "ann", Name: "Ann", Mail: "ann@example.com"}}
	if _, err := p.Client(t, portalapi.RoleOperator).PutTenant(t.Context(), "D1", declared); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	message, err := box.Wait(ctx, func(m catcher.Message) bool { return m.For("ann@example.com") })
	if err != nil {
		t.Fatal(err)
	}
	path, found := strings.CutPrefix(message.Links[0], publicURL)
	if !found {
		t.Fatalf("link %q does not begin with the public URL", message.Links[0])
	}
	if status, body := get(t, p.Addresses.Public, "us-dealers.localhost:8080", path); status != http.StatusSeeOther {
		t.Errorf("opening the link: %d %s, want a redirect that hides the token", status, body)
	}
}

// TestStoppingFailsNoRequest keeps connections busy while the portal stops: every request that was begun on a kept-alive
// connection gets its answer; only new connections are refused, and only after the last answer said so.
func TestStoppingFailsNoRequest(t *testing.T) {
	p := servertest.Start(t, servertest.WriteConfig(t, servertest.Process(t.TempDir()), servertest.Settings()))
	var clients sync.WaitGroup
	began := make(chan struct{}, 8)
	for range cap(began) {
		clients.Go(func() {
			transport := &http.Transport{MaxConnsPerHost: 1}
			defer transport.CloseIdleConnections()
			for n := 0; ; n++ {
				request, err := http.NewRequestWithContext(context.Background(), http.MethodPost, "http://"+p.Addresses.Public+"/sign-in", http.NoBody)
				if err != nil {
					t.Error(err)
					return
				}
				request.Host = "us-dealers.localhost:8080"
				response, err := transport.RoundTrip(request)
				if err != nil {
					t.Errorf("request %d of a connection: %v", n, err)
					return
				}
				_, _ = io.Copy(io.Discard, response.Body)
				_ = response.Body.Close()
				if n == 0 {
					began <- struct{}{}
				}
				if response.Close {
					return
				}
			}
		})
	}
	for range cap(began) {
		<-began
	}
	if err := p.Stop(); err != nil {
		t.Errorf("stopping: %v", err)
	}
	clients.Wait()
}
