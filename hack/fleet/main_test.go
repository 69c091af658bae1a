// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestRunWritesAFleet(t *testing.T) {
	dir := t.TempDir()
	var out bytes.Buffer
	if err := run([]string{"--out", dir, "--small", "--us-dealers", "30", "--port", "8080", "--now", "2026-11-21"}, &out); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"us-dealers  us-dealers.localhost:8080  30", "ca-dealers", "jp-dealers"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the summary lacks %q:\n%s", want, out.String())
		}
	}
	for _, name := range []string{"class.yaml", "namespaces.yaml", "us/portal.yaml", "us/invitations.yaml", "us/tenants-0001.yaml", "us/accounts.csv"} {
		if _, err := os.Stat(filepath.Join(dir, name)); err != nil {
			t.Error(err)
		}
	}
}

func TestRunRefusesWrongUse(t *testing.T) {
	tests := map[string]struct {
		args []string
		want string
	}{
		"a word that is no flag":    {[]string{"us"}, `unknown argument "us"`},
		"a day that is none":        {[]string{"--now", "yesterday"}, `--now "yesterday" is no day like 2026-11-30`},
		"fewer accounts than sites": {[]string{"--us-accounts", "10"}, "US accounts must be from 1211"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "fleet")
			err := run(append([]string{"--out", dir}, test.args...), t.Output())
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %q", err, test.want)
			}
			if _, err := os.Stat(dir); !os.IsNotExist(err) {
				t.Error("something was written all the same")
			}
		})
	}
}
