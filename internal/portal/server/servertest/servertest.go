// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

// Package servertest runs a portal in the test's own process on loopback, with SQLite and fresh key material.
package servertest

import (
	"bytes"
	"context"
	"maps"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"sigs.k8s.io/yaml"

	portalconfig "github.com/forecourt-dev/forecourt/api/portalconfig/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/keys"
	"github.com/forecourt-dev/forecourt/internal/portal/server"
	"github.com/forecourt-dev/forecourt/internal/portalapi"
	"github.com/forecourt-dev/forecourt/internal/portalclient"
)

// Portal is a running portal.
type Portal struct {
	// Dir holds its configuration, its keys in keys/, and its database.
	Dir string
	// Addresses are where it listens.
	Addresses server.Addresses
	// Stop ends it and answers what Run answered; it may be called more than once.
	Stop func() error
	log  *lockedBuffer
}

// Log is what the portal has logged.
func (p *Portal) Log() string { return p.log.String() }

// lockedBuffer takes log lines of several goroutines.
type lockedBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

// Settings are those of a small portal that enforces six months without grace.
func Settings() portalconfig.Settings {
	return portalconfig.Settings{
		Header:      portalconfig.Header{APIVersion: portalconfig.APIVersion, Kind: portalconfig.KindSettings},
		DisplayName: "Example Motors", Brands: []portalconfig.Brand{{Name: "example", DisplayName: "Example"}},
		Locales: []string{"en-US"}, TimeZone: "America/Chicago", AccentColor: "#0b5fff",
		Auth: portalconfig.Auth{
			PasswordMinLength: 15, BlockCommonPasswords: true, SessionIdleMinutes: 20, SessionAbsoluteHours: 12, SessionsPerAccount: 10,
			ThrottleDelayFromFailure: 5, ThrottleMaxDelayMinutes: 60, ThrottlePerAddressPerHour: 100, SecondFactor: "Off",
		},
		Inactivity: portalconfig.Inactivity{Mode: "Enforce", Months: 6, NeverSignedIn: "CountFromCreation"},
		Support:    portalconfig.Support{DeskName: "Dealer Support", Mail: "desk@example.com"},
	}
}

// Process is the wiring of a portal in dir on free loopback ports and SQLite.
func Process(dir string) portalconfig.Process {
	return portalconfig.Process{
		Header:    portalconfig.Header{APIVersion: portalconfig.APIVersion, Kind: portalconfig.KindProcess},
		Portal:    portalconfig.PortalIdentity{Namespace: "dealers", Name: "us", Market: "US", Audience: "Dealer"},
		PublicURL: "http://us-dealers.localhost:8080",
		Listen:    portalconfig.Listen{Public: "127.0.0.1:0", Internal: "127.0.0.1:0", Metrics: "127.0.0.1:0"},
		Database:  portalconfig.Database{SQLite: &portalconfig.SQLite{Path: filepath.Join(dir, "portal.db")}},
		Keys: portalconfig.Keys{
			SessionKeyFile: filepath.Join(dir, "keys", keys.Session), PepperFile: filepath.Join(dir, "keys", keys.Pepper),
			TLSCertFile: filepath.Join(dir, "keys", keys.TLSCert), TLSKeyFile: filepath.Join(dir, "keys", keys.TLSKey),
			TokenDir: filepath.Join(dir, "keys"),
		},
		LogLevel: "Debug",
	}
}

// WriteConfig writes key files and both configuration files and returns their directory.
func WriteConfig(t testing.TB, p portalconfig.Process, s portalconfig.Settings) string {
	t.Helper()
	dir := filepath.Dir(filepath.Dir(p.Keys.SessionKeyFile))
	files := map[string][]byte{}
	internal, err := keys.Internal("us.dealers.svc", time.Now())
	if err != nil {
		t.Fatal(err)
	}
	maps.Copy(files, keys.Portal())
	maps.Copy(files, internal)
	if err := os.MkdirAll(filepath.Join(dir, "keys"), 0o700); err != nil {
		t.Fatal(err)
	}
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(dir, "keys", name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for name, value := range map[string]any{portalconfig.ProcessFile: p, portalconfig.SettingsFile: s} {
		raw, err := yaml.Marshal(value)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), raw, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// Start migrates the database and runs a portal until the test ends.
func Start(t testing.TB, configDir string) *Portal {
	t.Helper()
	if err := server.Migrate(t.Context(), configDir); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	p := &Portal{Dir: configDir, log: &lockedBuffer{}}
	started, ended := make(chan server.Addresses, 1), make(chan error, 1)
	go func() {
		ended <- server.Run(ctx, server.Options{ConfigDir: configDir, Log: p.log, Started: func(a server.Addresses) { started <- a }})
	}()
	select {
	case p.Addresses = <-started:
	case err := <-ended:
		cancel()
		t.Fatalf("portal did not start: %v", err)
	}
	p.Stop = sync.OnceValue(func() error { cancel(); return <-ended })
	t.Cleanup(func() {
		if err := p.Stop(); err != nil {
			t.Errorf("portal did not stop cleanly: %v", err)
		}
		if t.Failed() {
			t.Logf("log of the portal:\n%s", p.log)
		}
	})
	return p
}

// Client calls the portal as a role.
func (p *Portal) Client(t testing.TB, role string) *portalclient.Client {
	t.Helper()
	read := func(name string) []byte {
		raw, err := os.ReadFile(filepath.Join(p.Dir, "keys", name))
		if err != nil {
			t.Fatal(err)
		}
		return raw
	}
	return p.ClientWith(t, string(bytes.TrimSpace(read(role))))
}

// ClientWith calls the portal with a token.
func (p *Portal) ClientWith(t testing.TB, token string) *portalclient.Client {
	t.Helper()
	certificate, err := os.ReadFile(filepath.Join(p.Dir, "keys", keys.TLSCert))
	if err != nil {
		t.Fatal(err)
	}
	client, err := portalclient.New(portalclient.Options{
		URL: "https://" + p.Addresses.Internal, CertificatePEM: certificate, Token: token,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return client
}

// Tenant is the first generation of a dealership.
func Tenant(name string) *portalapi.Tenant {
	return &portalapi.Tenant{UID: "uid-" + name, Generation: 1, Spec: portalapi.TenantSpec{
		DisplayName: name, State: "Active", DeletionPolicy: "Retain",
	}}
}
