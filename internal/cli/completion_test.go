// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package cli_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestNamesAreCompletedFromTheCluster(t *testing.T) {
	namespace := newNamespace(t)
	file := kubeconfig(t, plane.Config, namespace)
	create(t, regionalPortal(namespace, "us-dealers"), regionalPortal(namespace, "ca-dealers"), dealerTenant(namespace, "us-springfield"))
	for name, test := range map[string]struct {
		args []string
		want []string
	}{
		"portals and tenants":             {[]string{"status", "us"}, []string{"us-dealers", "us-springfield"}},
		"all of them":                     {[]string{"status", ""}, []string{"ca-dealers", "us-dealers", "us-springfield"}},
		"after a kind":                    {[]string{"status", "dt/"}, []string{"dt/us-springfield"}},
		"nothing after a name":            {[]string{"status", "us-dealers", ""}, nil},
		"values of a portal":              {[]string{"why", "us-dealers", "auth.session"}, []string{"auth.session", "auth.session.idleMinutes", "auth.session.absoluteHours", "auth.session.maxPerAccount"}},
		"values of a tenant":              {[]string{"why", "dt/us-springfield", "location.c"}, []string{"location.city", "location.country"}},
		"nothing after a value":           {[]string{"why", "us-dealers", "replicas", ""}, nil},
		"portals only":                    {[]string{"accounts", "import", "a.csv", "--portal", "us"}, []string{"us-dealers"}},
		"contexts of the kubeconfig":      {[]string{"status", "--context", ""}, []string{"test"}},
		"namespaces":                      {[]string{"status", "-n", namespace}, []string{namespace}},
		"formats":                         {[]string{"status", "-o", ""}, []string{"table", "json", "yaml"}},
		"shells":                          {[]string{"completion", ""}, []string{"bash", "fish", "kubectl", "powershell", "zsh"}},
		"of a namespace by a flag before": {[]string{"status", "-n", "default", ""}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			args := append([]string{"__complete"}, test.args[0])
			if test.args[0] != "completion" {
				args = append(args, subcommand(test.args)...)
				args = append(args, "--kubeconfig", file)
			}
			args = append(args, test.args[1+len(subcommand(test.args)):]...)
			status, stdout, stderr := run(t, "", args...)
			lines := strings.Split(strings.TrimSpace(stdout), "\n")
			var got []string
			for _, line := range lines[:len(lines)-1] { // the last one is the directive
				offered, _, _ := strings.Cut(line, "\t")
				got = append(got, offered)
			}
			if diff := cmp.Diff(test.want, got); diff != "" || status != 0 {
				t.Errorf("status %d, offered (-want +got):\n%s%s", status, diff, stderr)
			}
		})
	}
}

// subcommand answers the rest of a command of two words.
func subcommand(args []string) []string {
	if args[0] == "accounts" {
		return args[1:2]
	}
	return nil
}

func TestCompletionScripts(t *testing.T) {
	for shell, want := range map[string]string{
		"bash": "complete -o default -F __start_kubectl-forecourt kubectl-forecourt", "zsh": "#compdef kubectl-forecourt",
		"fish": "complete -c kubectl-forecourt", "powershell": "Register-ArgumentCompleter -CommandName 'kubectl-forecourt'",
		"kubectl": `exec kubectl-forecourt __complete "$@"`,
	} {
		if status, stdout, stderr := run(t, "", "completion", shell); status != 0 || !strings.Contains(stdout, want) {
			t.Errorf("completion %s: status %d without %q: %s", shell, status, want, stderr)
		}
	}
	if status, _, stderr := run(t, "", "completion", "tcsh"); status != 2 || !strings.Contains(stderr, "use one of bash, fish, kubectl, powershell, zsh") {
		t.Errorf("completion tcsh: status %d: %s", status, stderr)
	}
}
