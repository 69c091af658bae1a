// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package cli_test

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"k8s.io/client-go/rest"
)

// TestErrorsOfTheConnection runs a command in every way in which there may be no cluster to answer it.
func TestErrorsOfTheConnection(t *testing.T) {
	namespace := newNamespace(t)
	good := kubeconfig(t, plane.Config, namespace)
	dead := rest.CopyConfig(plane.Config)
	dead.Host = "https://" + closedPort(t)
	stranger := rest.CopyConfig(plane.Config)
	stranger.CAData = plane.Config.CertData // a certificate, but not that of the authority
	anonymous := rest.CopyConfig(plane.Config)
	anonymous.CertData, anonymous.KeyData = nil, nil
	broken := filepath.Join(t.TempDir(), "kubeconfig")
	if err := os.WriteFile(broken, []byte("clusters: 7"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		args []string
		want []string
	}{
		"no kubeconfig at all":        {[]string{"status"}, []string{"no cluster is configured", "Name one: --kubeconfig FILE"}},
		"a kubeconfig that is absent": {[]string{"status", "--kubeconfig", "nowhere"}, []string{"nowhere", "Check the path."}},
		"a kubeconfig that is broken": {[]string{"status", "--kubeconfig", broken}, []string{"reading the kubeconfig", broken}},
		"an unknown context":          {[]string{"status", "--kubeconfig", good, "--context", "tset"}, []string{`the kubeconfig has no context "tset"`, "Did you mean test?"}},
		"nobody listens":              {[]string{"status", "--kubeconfig", kubeconfig(t, dead, namespace)}, []string{"connection refused", "kubectl cluster-info"}},
		"somebody else listens":       {[]string{"status", "--kubeconfig", kubeconfig(t, stranger, namespace)}, []string{"certificate signed by unknown authority", "check its server and certificate-authority"}},
		"without credentials":         {[]string{"status", "--kubeconfig", kubeconfig(t, anonymous, namespace)}, []string{"Ask your platform team for this right"}},
		"without rights, to a list":   {[]string{"status", "--kubeconfig", good, "--as", "nobody"}, []string{`User "nobody" cannot list resource "regionalportals"`, "Ask your platform team for this right"}},
		"without rights, to a name":   {[]string{"status", "us", "--kubeconfig", good, "--as", "nobody"}, []string{`User "nobody" cannot get resource`, "Ask your platform team for this right"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("KUBECONFIG", filepath.Join(t.TempDir(), "none"))
			status, stdout, stderr := run(t, "", test.args...)
			if status != 1 || stdout != "" || strings.Count(stderr, "\n") > 3 {
				t.Errorf("status %d, want 1 and a short message:\n%s\n%s", status, stdout, stderr)
			}
			for _, want := range test.want {
				if !strings.Contains(stderr, want) {
					t.Errorf("without %q:\n%s", want, stderr)
				}
			}
		})
	}
}

// closedPort is an address where nobody listens.
func closedPort(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().String()
}
