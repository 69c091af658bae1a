// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
	"github.com/forecourt-dev/forecourt/test/controlplane"
)

var plane *controlplane.Plane

func TestMain(m *testing.M) {
	os.Exit(controlplane.Main(m, func(p *controlplane.Plane) { plane = p }))
}

// installation is a folder with kubectl, the plugin and its completion, and the environment of a user who has it in the PATH.
type installation struct {
	dir string
	env []string
}

func install(t *testing.T) installation {
	t.Helper()
	i := installation{dir: t.TempDir()}
	build := exec.CommandContext(t.Context(), "go", "build", "-ldflags", "-X main.version=1.2.3", "-o", i.dir, ".")
	if output, err := build.CombinedOutput(); err != nil {
		t.Fatalf("building the plugin: %v\n%s", err, output)
	}
	if err := os.Symlink(kubectl(t), filepath.Join(i.dir, "kubectl")); err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile("../../internal/cli/kubectl_complete-forecourt")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(i.dir, "kubectl_complete-forecourt"), raw, 0o700); err != nil {
		t.Fatal(err)
	}
	i.env = []string{"PATH=" + i.dir + ":/usr/bin:/bin", "HOME=" + i.dir, "KUBECONFIG=" + i.kubeconfig(t, plane.Config)}
	return i
}

// kubectl is the kubectl of the API server in use.
func kubectl(t *testing.T) string {
	t.Helper()
	dir := os.Getenv("KUBEBUILDER_ASSETS")
	if dir == "" {
		output, err := exec.CommandContext(t.Context(), "go", "run", "-C", "../../hack/localcluster", ".", "assets").Output()
		if err != nil {
			t.Fatalf("building kubectl: %v", err)
		}
		dir = strings.TrimSpace(string(output))
	}
	return filepath.Join(dir, "kubectl")
}

func (i installation) kubeconfig(t *testing.T, config *rest.Config) string {
	t.Helper()
	const name = "test"
	raw := clientcmdapi.NewConfig()
	raw.Clusters[name] = &clientcmdapi.Cluster{Server: "https://" + strings.TrimPrefix(config.Host, "https://"), CertificateAuthorityData: config.CAData}
	raw.AuthInfos[name] = &clientcmdapi.AuthInfo{ClientCertificateData: config.CertData, ClientKeyData: config.KeyData}
	raw.Contexts[name] = &clientcmdapi.Context{Cluster: name, AuthInfo: name}
	raw.CurrentContext = name
	file := filepath.Join(i.dir, "kubeconfig")
	if err := clientcmd.WriteToFile(*raw, file); err != nil {
		t.Fatal(err)
	}
	return file
}

// run runs kubectl and answers its exit status and what it printed.
func (i installation) run(t *testing.T, args ...string) (status int, printed string) {
	t.Helper()
	var output bytes.Buffer
	command := exec.CommandContext(t.Context(), filepath.Join(i.dir, "kubectl"), args...)
	command.Env, command.Stdout, command.Stderr = i.env, &output, &output
	if err := command.Run(); err != nil && command.ProcessState == nil {
		t.Fatal(err)
	}
	return command.ProcessState.ExitCode(), output.String()
}

// TestKubectlFindsThePlugin runs a real kubectl with the plugin in its PATH.
func TestKubectlFindsThePlugin(t *testing.T) {
	namespace, err := plane.Namespace(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	portal := &v1alpha1.RegionalPortal{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "us-dealers"},
		Spec: v1alpha1.RegionalPortalSpec{
			ClassName: "standard", Market: "US", Audience: v1alpha1.AudienceDealer, DisplayName: "Dealer portal",
			Brands: []v1alpha1.Brand{{Name: "aurora", DisplayName: "Aurora"}}, Locales: []string{"en-US"}, TimeZone: "America/Chicago",
			Hostname: "dealers.us.example",
		},
	}
	if err := plane.Admin.Create(t.Context(), portal); err != nil {
		t.Fatal(err)
	}
	i := install(t)
	for name, test := range map[string]struct {
		args   []string
		status int
		want   string
	}{
		"the version":             {args: []string{"forecourt", "version"}, want: "1.2.3\n"},
		"the list of plugins":     {args: []string{"plugin", "list"}, want: filepath.Join(i.dir, "kubectl-forecourt")},
		"help, as kubectl's":      {args: []string{"forecourt", "status", "--help"}, want: "kubectl forecourt status [PORTAL|TENANT] [flags]"},
		"the context's cluster":   {args: []string{"forecourt", "status", "-n", namespace}, want: "1 portal: 1 Unknown"},
		"the exit status":         {args: []string{"forecourt", "statsu"}, status: 2, want: `kubectl forecourt: unknown command "statsu"`},
		"what follows is offered": {args: []string{"__complete", "forecourt", "status", "-n", namespace, "us"}, want: "us-dealers\n"},
	} {
		t.Run(name, func(t *testing.T) {
			status, printed := i.run(t, test.args...)
			if status != test.status || !strings.Contains(printed, test.want) {
				t.Errorf("kubectl %s: status %d, want %d with %q:\n%s", strings.Join(test.args, " "), status, test.status, test.want, printed)
			}
		})
	}
	if status, printed := i.run(t, "plugin", "list"); status != 0 || strings.Contains(printed, "warning") {
		t.Errorf("kubectl plugin list: %s", fmt.Sprint(status, printed))
	}
}
