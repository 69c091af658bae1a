// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/forecourt-dev/forecourt/internal/portal/server/servertest"
	"github.com/forecourt-dev/forecourt/internal/portalapi"
)

// portal runs the command line.
func portal(t *testing.T, args ...string) (status int, out, errOut string) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	status = run(t.Context(), args, &stdout, &stderr)
	return status, stdout.String(), stderr.String()
}

func TestWrongUse(t *testing.T) {
	tests := map[string]struct {
		args   []string
		status int
		want   string
	}{
		"nothing":                      {nil, exitUsage, "needs a command"},
		"an unknown command":           {[]string{"dance"}, exitUsage, "dance"},
		"a group without command":      {[]string{"accounts"}, exitUsage, "needs a command"},
		"an unknown flag":              {[]string{"serve", "--fast"}, exitUsage, "--fast"},
		"serve without directory":      {[]string{"serve"}, exitUsage, "--config is missing"},
		"migrate without directory":    {[]string{"migrate"}, exitUsage, "--config is missing"},
		"a directory too much":         {[]string{"serve", "here", "--config", "there"}, exitUsage, "here"},
		"sweep without portal":         {[]string{"sweep"}, exitUsage, "--url is missing"},
		"sweep in an unknown mode":     {[]string{"sweep", "--url", "https://x", "--ca", "x", "--token-file", "x", "--mode", "Off"}, exitUsage, "Observe or Enforce"},
		"import without file":          {[]string{"accounts", "import", "--url", "https://x", "--ca", "x", "--token-file", "x"}, exitUsage, "accepts 1 arg"},
		"import of a missing file":     {[]string{"accounts", "import", "/nowhere.csv", "--url", "https://x", "--ca", "x", "--token-file", "x"}, exitFailed, "/nowhere.csv"},
		"a directory without files":    {[]string{"serve", "--config", t.TempDir()}, exitFailed, "process.yaml"},
		"migrating without files":      {[]string{"migrate", "--config", t.TempDir()}, exitFailed, "settings.yaml"},
		"a missing certificate":        {[]string{"sweep", "--url", "https://x", "--ca", "/nowhere", "--token-file", "x"}, exitFailed, "reading --ca"},
		"an output that nobody writes": {[]string{"sweep", "--url", "https://x", "--ca", "x", "--token-file", "x", "-o", "yaml"}, exitUsage, "use json"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			status, out, errOut := portal(t, test.args...)
			if status != test.status || !strings.Contains(errOut, test.want) || out != "" {
				t.Errorf("status %d, stdout %q, stderr %q, want %d and %q", status, out, errOut, test.status, test.want)
			}
		})
	}
}

func TestHelpSucceeds(t *testing.T) {
	for _, args := range [][]string{{"--help"}, {"--version"}, {"accounts", "import", "--help"}, {"audit", "verify", "--help"}} {
		if status, out, errOut := portal(t, args...); status != 0 || out == "" || errOut != "" {
			t.Errorf("portal %v: status %d, %q, %q, want help on stdout", args, status, out, errOut)
		}
	}
}

func TestImportAndSweepAgainstARunningPortal(t *testing.T) {
	p := servertest.Start(t, servertest.WriteConfig(t, servertest.Process(t.TempDir()), servertest.Settings()))
	remote := func(role string, args ...string) []string {
		return append(args, "--url", "https://"+p.Addresses.Internal, "--ca", filepath.Join(p.Dir, "keys", "tls.crt"),
			"--token-file", filepath.Join(p.Dir, "keys", role))
	}
	file := filepath.Join(t.TempDir(), "accounts.csv")
	write := func(csv string) {
		if err := os.WriteFile(file, []byte(csv), 0o600); err != nil {
			t.Fatal(err)
		}
	}

	write("username,class,lastSignInAt\nidle,Corporate,2020-01-01\nno name,Corporate,\n")
	status, out, errOut := portal(t, remote(portalapi.RoleImport, "accounts", "import", file)...)
	if status != exitFailed || !strings.Contains(out, "line 3 username: ") || !strings.Contains(errOut, "1 invalid lines") {
		t.Errorf("import of an invalid file: status %d, %q, %q, want the line and failure", status, out, errOut)
	}

	write("username,class,lastSignInAt\nidle,Corporate,2020-01-01\nother,Corporate,\n")
	status, out, _ = portal(t, remote(portalapi.RoleImport, "accounts", "import", file, "--dry-run")...)
	if status != 0 || !strings.Contains(out, "Dry run, nothing changed: 2 created") {
		t.Errorf("dry run: status %d, %q", status, out)
	}
	status, out, _ = portal(t, remote(portalapi.RoleImport, "accounts", "import", file, "-o", "json")...)
	var imported portalapi.ImportResult
	if err := json.Unmarshal([]byte(out), &imported); status != 0 || err != nil || imported.Created != 2 || !imported.Applied {
		t.Errorf("import: status %d, %q, %v, want two created", status, out, err)
	}

	status, out, _ = portal(t, remote(portalapi.RoleSweep, "sweep", "--mode", "Observe")...)
	if status != 0 || !strings.Contains(out, "2 accounts scanned, 1 due, 0 warned, 0 disabled") || !strings.Contains(out, "left alone, UnknownActivity: 1") {
		t.Errorf("sweep in Observe: status %d, %q", status, out)
	}
	status, out, _ = portal(t, remote(portalapi.RoleSweep, "sweep", "-o", "json")...)
	var swept portalapi.Run
	if err := json.Unmarshal([]byte(out), &swept); status != 0 || err != nil || swept.Disabled != 1 || swept.Mode != "Enforce" {
		t.Errorf("sweep: status %d, %q, %v, want one disabled", status, out, err)
	}

	var stale strings.Builder
	stale.WriteString("username,class,lastSignInAt\n")
	for i := range 10 {
		fmt.Fprintf(&stale, "stale%d,Corporate,2020-01-01\n", i)
	}
	write(stale.String())
	portal(t, remote(portalapi.RoleImport, "accounts", "import", file)...)
	status, out, errOut = portal(t, remote(portalapi.RoleSweep, "sweep")...)
	if status != exitHeld || !strings.Contains(out, "held: 11 accounts scanned, 10 due, 0 warned, 0 disabled") ||
		!strings.Contains(errOut, "it would disable 10 accounts, more than the limit of 9") {
		t.Errorf("sweep after an import of stale accounts: status %d, %q, %q, want a held run", status, out, errOut)
	}

	status, _, errOut = portal(t, remote(portalapi.RoleReader, "sweep")...)
	if status != exitFailed || !strings.Contains(errOut, "Forbidden") {
		t.Errorf("sweep as reader: status %d, %q, want Forbidden", status, errOut)
	}
}
