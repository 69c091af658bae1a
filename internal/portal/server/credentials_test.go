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

	portalconfig "github.com/forecourt-dev/forecourt/api/portalconfig/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/keys"
	"github.com/forecourt-dev/forecourt/internal/portal/server/servertest"
	"github.com/forecourt-dev/forecourt/internal/portal/store/storetest"
	"github.com/forecourt-dev/forecourt/internal/portalapi"
	"github.com/forecourt-dev/forecourt/internal/portalclient"
)

// says waits until a portal's only replica reports a credential as wanted.
func says(t *testing.T, client *portalclient.Client, name string, want func(portalapi.Credential) bool) portalapi.Credential {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); ; {
		state, _, err := client.State(t.Context(), "")
		if err != nil {
			t.Fatal(err)
		}
		if len(state.Replicas) != 1 {
			t.Fatalf("replicas %+v, want one", state.Replicas)
		}
		var found portalapi.Credential
		for _, c := range state.Replicas[0].Credentials {
			if c.Name == name {
				found = c
			}
		}
		if want(found) {
			return found
		}
		if time.Now().After(deadline) {
			t.Fatalf("the portal still says %+v", found)
		}
		<-time.After(50 * time.Millisecond)
	}
}

func isFailing(c portalapi.Credential) bool { return c.Check == portalapi.CheckFailing }
func isOK(c portalapi.Credential) bool      { return c.Check == portalapi.CheckOK }

// TestWhatCannotBeUsedChangesNothing mounts nonsense for every credential, and then something that works again.
func TestWhatCannotBeUsedChangesNothing(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	process := servertest.Process(dir)
	process.Database = storetest.PostgreSQL(t)
	p := servertest.Start(t, servertest.WriteConfig(t, process, servertest.Settings()))
	client := p.Client(t, portalapi.RoleOperator)
	files := map[string]string{
		portalapi.CredentialSession: process.Keys.SessionKeyFile, portalapi.CredentialPepper: process.Keys.PepperFile,
		portalapi.CredentialCertificate: process.Keys.TLSKeyFile, portalapi.CredentialDatabase: process.Database.PostgreSQL.DSNFile,
	}
	for name, file := range files {
		good, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		before := says(t, client, name, isOK)
		replace(t, file, "hunter2")
		failing := says(t, client, name, isFailing)
		if failing.Fingerprint != before.Fingerprint || failing.Reason == "" || strings.Contains(failing.Reason, "hunter2") {
			t.Errorf("%s: %+v: what was in force must stay, for a reason that does not tell the value", name, failing)
		}
		if status, _ := get(t, p.Addresses.Public, "us-dealers.localhost:8080", "/sign-in"); status != http.StatusOK {
			t.Errorf("%s: pages answer %d", name, status)
		}
		if _, body := get(t, p.Addresses.Metrics, "", "/metrics"); !strings.Contains(body, `forecourt_portal_credential_failing{credential="`+name+`",portal="dealers/us"} 1`) {
			t.Errorf("%s: the metric does not tell", name)
		}
		replace(t, file, string(good))
		says(t, client, name, isOK)
	}
	if strings.Contains(p.Log(), "hunter2") {
		t.Error("the log tells what was mounted")
	}
}

func replace(t *testing.T, file, content string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestTokensAreTakenOver replaces the token of a role in its file.
func TestTokensAreTakenOver(t *testing.T) {
	t.Parallel()
	p := servertest.Start(t, servertest.WriteConfig(t, servertest.Process(t.TempDir()), servertest.Settings()))
	reader, operator := p.Client(t, portalapi.RoleReader), p.Client(t, portalapi.RoleOperator)
	before := says(t, operator, portalapi.CredentialTokens, isOK).Fingerprint
	other := func(c portalapi.Credential) bool { return c.Fingerprint != before }
	replace(t, filepath.Join(p.Dir, "keys", portalapi.RoleReader), "new-token\n")
	says(t, operator, portalapi.CredentialTokens, other)
	if _, _, err := reader.State(t.Context(), ""); portalclient.Code(err) != portalapi.CodeUnauthorized {
		t.Errorf("the old token: %v", err)
	}
	if _, _, err := p.Client(t, portalapi.RoleReader).State(t.Context(), ""); err != nil {
		t.Errorf("the new token: %v", err)
	}
}

// TestFingerprintsOfWeakSecretsAreKeyed compares the fingerprints of one connection string under two session keys.
func TestFingerprintsOfWeakSecretsAreKeyed(t *testing.T) {
	t.Parallel()
	database := storetest.PostgreSQL(t)
	seen := map[string]bool{}
	for range 2 {
		process := servertest.Process(t.TempDir())
		process.Database = portalconfig.Database{PostgreSQL: database.PostgreSQL}
		p := servertest.Start(t, servertest.WriteConfig(t, process, servertest.Settings()))
		seen[says(t, p.Client(t, portalapi.RoleOperator), portalapi.CredentialDatabase, isOK).Fingerprint] = true
		raw, err := os.ReadFile(database.PostgreSQL.DSNFile)
		if err != nil {
			t.Fatal(err)
		}
		seen[keys.Fingerprint("database", raw)] = true
		if err := p.Stop(); err != nil {
			t.Fatal(err)
		}
	}
	if len(seen) != 3 {
		t.Errorf("%d fingerprints: one can be computed from the connection string alone, or does not depend on the session key", len(seen))
	}
}
