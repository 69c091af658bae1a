// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package e2e

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// forecourt runs the plugin through kubectl, as a user does who has it on the PATH, and returns what it prints.
func (w *world) forecourt(t *testing.T, status int, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), w.kubectl, append([]string{"forecourt"}, args...)...)
	cmd.Env = append(os.Environ(), "KUBECONFIG="+w.kubeconfig, "PATH="+filepath.Dir(w.plugin)+string(os.PathListSeparator)+os.Getenv("PATH"))
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	if got := cmd.ProcessState.ExitCode(); got != status {
		t.Fatalf("kubectl forecourt %s: exit status %d, want %d\n%s%s", strings.Join(args, " "), got, status, stdout.String(), stderr.String())
	}
	t.Logf("kubectl forecourt %s\n%s%s", strings.Join(args, " "), stdout.String(), stderr.String())
	return stdout.String()
}

// ask looks at the fleet with the plugin: how things stand, why, and what a change would do.
func (s *story) ask(t *testing.T) {
	us := s.fleet.Markets[0].Portal
	all := w.forecourt(t, 0, "status", "-A")
	for _, m := range s.fleet.Markets {
		if !strings.Contains(all, m.Portal.Name) {
			t.Errorf("status -A does not list %s", m.Portal.Name)
		}
	}
	w.forecourt(t, 0, "status", us.Name, "-n", us.Namespace)
	if why := w.forecourt(t, 0, "why", us.Name, "inactivity.months", "-n", us.Namespace); !strings.Contains(why, us.Name) && !strings.Contains(why, us.Spec.ClassName) {
		t.Errorf("why names neither the portal nor its class:\n%s", why)
	}
	manifest := filepath.Join(t.TempDir(), "portal.yaml")
	write := func(mode string) {
		content := w.kubectlRun(t, "", "-n", pgPortal.Namespace, "get", "regionalportal", pgPortal.Name, "-o", "yaml")
		if err := os.WriteFile(manifest, []byte(strings.Replace(content, "months: 6", "months: "+mode, 1)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("6")
	w.forecourt(t, 0, "plan", "-f", manifest)
	write("3")
	if plan := w.forecourt(t, 3, "plan", "-f", manifest); !strings.Contains(plan, pgPortal.Name) {
		t.Errorf("plan does not name %s:\n%s", pgPortal.Name, plan)
	}
}
