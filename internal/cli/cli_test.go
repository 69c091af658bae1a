// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package cli_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	_ "time/tzdata"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/yaml"

	"github.com/forecourt-dev/forecourt/internal/cli"
)

const samples = "../../config/samples"

func sample(name string) string { return filepath.Join(samples, name) }

// run runs a command line and answers its exit status and output.
func run(t *testing.T, stdin string, args ...string) (status int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	status = cli.Run(context.Background(), "1.2.3", args, cli.Streams{In: strings.NewReader(stdin), Out: &out, Err: &errs})
	return status, out.String(), errs.String()
}

func TestUse(t *testing.T) {
	for name, test := range map[string]struct {
		args           []string
		status         int
		stdout, stderr string
	}{
		"version":                   {args: []string{"version"}, stdout: "1.2.3\n"},
		"version for scripts":       {args: []string{"version", "-o", "json"}, stdout: `"version": "1.2.3"`},
		"an unknown format":         {args: []string{"version", "-o", "xml"}, status: 2, stderr: "use table, json or yaml"},
		"an unknown subcommand":     {args: []string{"accounts", "export"}, status: 2, stderr: `unknown command "export". Did you mean import?`},
		"half a command":            {args: []string{"accounts"}, status: 2, stderr: "kubectl forecourt accounts import FILE.csv"},
		"no command":                {stdout: "Available Commands:"},
		"help":                      {args: []string{"render", "--help"}, stdout: "-f, --file"},
		"an unknown command":        {args: []string{"rendre"}, status: 2, stderr: `unknown command "rendre". Did you mean render?`},
		"an unknown flag":           {args: []string{"render", "--out"}, status: 2, stderr: "unknown flag: --out"},
		"no file":                   {args: []string{"render"}, status: 2, stderr: "no files: name at least one with -f FILE"},
		"a port out of range":       {args: []string{"preview", "-f", samples, "--port", "70000"}, status: 2, stderr: "--port must be from 0 to 65535"},
		"nothing to preview":        {args: []string{"preview", "-f", sample("portalclass-small.yaml")}, status: 1, stderr: "the files hold no RegionalPortal"},
		"an argument for version":   {args: []string{"version", "now"}, status: 2, stderr: `unexpected argument "now"`},
		"a file that is not there":  {args: []string{"render", "-f", "nowhere.yaml"}, status: 1, stderr: "nowhere.yaml: no such file"},
		"files after the first one": {args: []string{"render", "-f", sample("portalclass-small.yaml"), sample("regionalportal-small.yaml")}, stdout: "kind: Deployment"},
		"a folder":                  {args: []string{"render", "-f", samples}, stdout: "name: us-dealers-inactivity"},
	} {
		t.Run(name, func(t *testing.T) {
			status, stdout, stderr := run(t, "", test.args...)
			if status != test.status || !strings.Contains(stdout, test.stdout) || !strings.Contains(stderr, test.stderr) {
				t.Errorf("status %d, want %d\nstdout:\n%s\nstderr:\n%s", status, test.status, stdout, stderr)
			}
			if test.status != 0 && stdout != "" {
				t.Errorf("a failed command printed:\n%s", stdout)
			}
		})
	}
}

// TestRenderPrintsInCreationOrder reads the output back as a cluster would.
func TestRenderPrintsInCreationOrder(t *testing.T) {
	raw, err := os.ReadFile(sample("regionalportal-small.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	status, stdout, stderr := run(t, string(raw), "render", "-f", sample("portalclass-small.yaml"), "-f", "-")
	if status != 0 || stderr != "" {
		t.Fatalf("status %d: %s", status, stderr)
	}
	var kinds []string
	for _, document := range strings.Split(stdout, "---\n")[1:] {
		object := map[string]any{}
		if err := yaml.UnmarshalStrict([]byte(document), &object); err != nil {
			t.Fatalf("not YAML: %v\n%s", err, document)
		}
		kind, _ := object["kind"].(string)
		kinds = append(kinds, kind)
		for _, field := range []string{"data", "stringData"} {
			if _, found := object[field]; found && kind == "Secret" {
				t.Errorf("a Secret was printed with %s", field)
			}
		}
	}
	want := []string{"ServiceAccount", "NetworkPolicy", "Secret", "Secret", "ConfigMap", "Service", "PersistentVolumeClaim", "Deployment", "CronJob"}
	if diff := cmp.Diff(want, kinds); diff != "" {
		t.Errorf("kinds (-want +got):\n%s", diff)
	}
}

func TestRenderListsEveryFault(t *testing.T) {
	text := `apiVersion: portals.forecourt.dev/v1alpha1
kind: RegionalPortal
metadata: {name: p, namespace: ns}
spec: {market: usa, audience: Dealer, displayName: P, brands: [{name: a, displayName: A}], locales: [en], timeZone: UTC, hostnam: a.example}
---
apiVersion: portals.forecourt.dev/v1alpha1
kind: RegionalPortal
metadata: {name: q, namespace: ns}
spec: {market: US, audience: Dealer, displayName: P, brands: [{name: a, displayName: A}], locales: [en], timeZone: Moon/Base, hostname: b.example, inactivity: {schedule: 0 0 30 2 *}}
`
	status, stdout, stderr := run(t, text, "render", "-f", sample("portalclass-small.yaml"), "-f", "-")
	if status != 1 || stdout != "" {
		t.Errorf("status %d, stdout:\n%s", status, stdout)
	}
	want := []string{
		`-: document 1 (RegionalPortal ns/p): spec.hostnam: "a.example": unknown field; did you mean hostname?`,
		`-: document 1 (RegionalPortal ns/p): spec.hostname: "": required; add it: hostname under which the portal answers`,
		`-: document 1 (RegionalPortal ns/p): spec.market: "usa": too long: may not be more than 2 bytes; shorten it`,
		`-: document 2 (RegionalPortal ns/q): spec.inactivity.schedule: "0 0 30 2 *": this date never comes; use five cron fields that fire, such as "17 5 * * *" for 05:17 every day`,
		`-: document 2 (RegionalPortal ns/q): spec.timeZone: "Moon/Base": unknown time zone; use an IANA name such as America/Chicago, in its exact spelling`,
	}
	for _, line := range want {
		if !strings.Contains(stderr, line+"\n") {
			t.Errorf("missing: %s", line)
		}
	}
	if got := strings.Count(stderr, "\n"); got < len(want) || got > len(want)+1 {
		t.Errorf("%d lines, want %d:\n%s", got, len(want), stderr)
	}
}
