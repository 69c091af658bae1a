// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

// Package openid runs a real OpenID provider on loopback for tests of single sign-on: a process of its own that shares no code with the
// portal. It needs Node.js; its modules are installed once, from the lock file in hack/openidprovider, into the cache outside of the tree.
package openid

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"
)

// Ways to authenticate that the provider knows, the values of the claim acr.
const (
	ACRPassword   = "password"
	ACRTwoFactors = "two-factors"
)

// Client is a client as it is registered at the provider.
type Client struct {
	ID                     string   `json:"client_id"`
	Secret                 string   `json:"client_secret"`
	RedirectURIs           []string `json:"redirect_uris"`
	PostLogoutRedirectURIs []string `json:"post_logout_redirect_uris"`
}

// Config is what the provider works with.
type Config struct {
	Issuer  string   `json:"issuer"`
	Port    int      `json:"port"`
	Clients []Client `json:"clients"`
	// Accounts are claims by subject.
	Accounts map[string]map[string]any `json:"accounts"`
	// Conform keeps claims out of ID tokens that the user info has; it is true in the provider unless it is set.
	Conform *bool `json:"conform,omitempty"`
}

// Provider is a running provider.
type Provider struct {
	Config
	tb   testing.TB
	file string
	stop func()
}

// Start runs a provider until the test ends. Without Node.js the test is skipped, except in CI.
func Start(tb testing.TB, config Config) *Provider {
	tb.Helper()
	for _, program := range []string{"node", "npm"} {
		if _, err := exec.LookPath(program); err != nil {
			if os.Getenv("CI") == "true" {
				tb.Fatalf("no %s: install Debian's packages nodejs and npm", program)
			}
			tb.Skipf("no %s", program)
		}
	}
	p := &Provider{Config: config, tb: tb, file: filepath.Join(tb.TempDir(), "provider.json")}
	p.Port = FreePort(tb)
	p.Issuer = fmt.Sprintf("http://localhost:%d", p.Port)
	p.write()
	p.Run()
	return p
}

// Change changes the clients or accounts of the running provider.
func (p *Provider) Change(change func(*Config)) {
	p.tb.Helper()
	change(&p.Config)
	p.write()
}

// write replaces the file as a whole: the provider may read it at any time.
func (p *Provider) write() {
	p.tb.Helper()
	raw, err := json.Marshal(p.Config)
	if err == nil {
		err = os.WriteFile(p.file+".new", raw, 0o600)
	}
	if err == nil {
		err = os.Rename(p.file+".new", p.file)
	}
	if err != nil {
		p.tb.Fatal(err)
	}
}

// Stop ends the provider, as an outage does.
func (p *Provider) Stop() { p.stop() }

// Run starts the provider, again after Stop, at the same address.
func (p *Provider) Run() {
	p.tb.Helper()
	command := exec.CommandContext(p.tb.Context(), "node", filepath.Join(install(p.tb), "provider.js"), p.file)
	output, err := command.StdoutPipe()
	if err != nil {
		p.tb.Fatal(err)
	}
	var complaints strings.Builder
	command.Stderr = &complaints
	if err := command.Start(); err != nil {
		p.tb.Fatal(err)
	}
	ended := make(chan struct{})
	p.stop = func() {
		_ = command.Process.Kill()
		<-ended
	}
	ready := make(chan bool, 1)
	go func() {
		lines := bufio.NewScanner(output)
		for lines.Scan() {
			if lines.Text() == "ready" {
				ready <- true
			}
		}
		_ = command.Wait()
		close(ended)
	}()
	p.tb.Cleanup(p.stop)
	select {
	case <-ready:
	case <-ended:
		p.tb.Fatalf("The provider ended: %s", complaints.String())
	case <-time.After(time.Minute):
		p.tb.Fatal("The provider is not ready after a minute")
	}
}

// install answers a directory with the provider and its modules, and fills it when nobody has.
func install(tb testing.TB) string {
	tb.Helper()
	_, here, _, _ := runtime.Caller(0)
	source := filepath.Join(filepath.Dir(here), "..", "..", "hack", "openidprovider")
	files := []string{"package.json", "package-lock.json", "provider.js"}
	sum := sha256.New()
	for _, name := range files {
		raw, err := os.ReadFile(filepath.Join(source, name))
		if err != nil {
			tb.Fatal(err)
		}
		sum.Write(raw)
	}
	dir := filepath.Join(cache(tb), "openidprovider", hex.EncodeToString(sum.Sum(nil))[:16])
	if err := os.MkdirAll(dir, 0o700); err != nil {
		tb.Fatal(err)
	}
	// Several tests may want it at once.
	lock, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		tb.Fatal(err)
	}
	defer lock.Close()
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX); err != nil {
		tb.Fatal(err)
	}
	done := filepath.Join(dir, "installed")
	if _, err := os.Stat(done); err == nil {
		return dir
	}
	for _, name := range files {
		raw, err := os.ReadFile(filepath.Join(source, name))
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, name), raw, 0o600)
		}
		if err != nil {
			tb.Fatal(err)
		}
	}
	command := exec.CommandContext(tb.Context(), "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefix", dir)
	if said, err := command.CombinedOutput(); err != nil {
		tb.Fatalf("Installing the provider: %v\n%s", err, said)
	}
	if err := os.WriteFile(done, nil, 0o600); err != nil {
		tb.Fatal(err)
	}
	return dir
}

// cache is the project's cache outside of the tree.
func cache(tb testing.TB) string {
	tb.Helper()
	if dir := os.Getenv("FORECOURT_CACHE"); dir != "" {
		return dir
	}
	dir, err := os.UserCacheDir()
	if err != nil {
		tb.Fatal(err)
	}
	return filepath.Join(dir, "forecourt")
}

// FreePort answers a port of loopback that nobody uses at the moment.
func FreePort(tb testing.TB) int {
	tb.Helper()
	listener, err := (&net.ListenConfig{}).Listen(tb.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().(*net.TCPAddr).Port
}
