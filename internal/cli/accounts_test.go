// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package cli_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/forecourt-dev/forecourt/internal/portal/server/servertest"
	"github.com/forecourt-dev/forecourt/internal/portalapi"
	"github.com/forecourt-dev/forecourt/internal/render"
	"github.com/forecourt-dev/forecourt/test/kubelet"
)

// runningPortal declares a portal, runs its process in this test, and makes it reachable through the cluster.
func runningPortal(t *testing.T, namespace, name string) *servertest.Portal {
	t.Helper()
	portal := servertest.Start(t, servertest.WriteConfig(t, servertest.Process(t.TempDir()), servertest.Settings()))
	kubelet.Start(t, plane.Admin).Pod(t, client.ObjectKey{Namespace: namespace, Name: name + "-0"},
		render.PodLabels(name, render.ComponentPortal), render.PortInternal, portal.Addresses.Internal)
	secret := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: render.Names(name).Internal}, Data: map[string][]byte{}}
	files, err := filepath.Glob(filepath.Join(portal.Dir, "keys", "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if secret.Data[filepath.Base(file)], err = os.ReadFile(file); err != nil {
			t.Fatal(err)
		}
	}
	create(t, regionalPortal(namespace, name), secret)
	return portal
}

// csvFile writes accounts.csv with a service desk and these lines.
func csvFile(t *testing.T, lines ...string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "accounts.csv")
	content := "username,class,name,mail,role\n" + strings.Join(lines, "\n") + "\n"
	if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestAccountsImport(t *testing.T) {
	namespace := newNamespace(t)
	portal := runningPortal(t, namespace, "us-dealers")
	const desk, boss, wrong = "desk,Corporate,Desk,desk@example.com,service-desk", "boss,Corporate,Boss,boss@example.com,user", "x,Wholesale,X,x@example.com,user"
	for _, step := range []struct {
		name   string
		file   string
		args   []string
		status int
		want   []string
	}{
		{"a dry run changes nothing", csvFile(t, desk), []string{"--dry-run"}, 0, []string{"Dry run, nothing changed. It would be: 1 created, 0 updated, 0 unchanged, 0 invalid\n"}},
		{"an invalid line keeps all from being imported", csvFile(t, desk, wrong), nil, 1, []string{
			"line 3, class: \"Wholesale\": ", "Nothing imported. Without the invalid lines it would be: 1 created, 0 updated, 0 unchanged, 1 invalid\n",
			"nothing was imported; invalid lines: 1", "import the valid ones with --skip-invalid",
		}},
		{"the valid lines alone", csvFile(t, desk, wrong), []string{"--skip-invalid"}, 0, []string{"Imported: 1 created, 0 updated, 0 unchanged, 1 invalid\n"}},
		{"the same once more, and one more, by kind and name", csvFile(t, desk, boss), []string{"--portal", "rp/us-dealers"}, 0, []string{"Imported: 1 created, 0 updated, 1 unchanged, 0 invalid\n"}},
		{"no CSV", csvFile(t, "\"broken"), nil, 1, []string{"importing accounts: the portal refused (Invalid)", "Correct what the message names"}},
		{"no file", "nowhere.csv", nil, 1, []string{"nowhere.csv: no such file", "Check the path."}},
		{"a mistyped portal", csvFile(t, desk), []string{"--portal", "us-dealer"}, 1, []string{"Did you mean rp/us-dealers?"}},
		{"no portal", csvFile(t, desk), []string{"--portal", ""}, 2, []string{"no portal: name it with --portal NAME"}},
		{"a tenant", csvFile(t, desk), []string{"--portal", "dt/springfield"}, 2, []string{`"dt/springfield" is a DealerTenant: name its portal`}},
	} {
		t.Run(step.name, func(t *testing.T) {
			args := append([]string{"accounts", "import", step.file, "--portal", "us-dealers"}, step.args...)
			status, stdout, stderr := inCluster(t, namespace, args...)
			for _, want := range step.want {
				if text := stdout + stderr; status != step.status || !strings.Contains(text, want) {
					t.Errorf("status %d, want %d with %q:\n%s", status, step.status, want, text)
				}
			}
		})
	}
	status, stdout, stderr := inCluster(t, namespace, "accounts", "import", csvFile(t, desk, boss), "--portal", "us-dealers", "-o", "json")
	var result portalapi.ImportResult
	if err := json.Unmarshal([]byte(stdout), &result); err != nil || status != 0 {
		t.Fatalf("status %d, %v:\n%s%s", status, err, stdout, stderr)
	}
	if diff := cmp.Diff(portalapi.ImportResult{Applied: true, Unchanged: 2}, result); diff != "" {
		t.Errorf("result (-want +got):\n%s", diff)
	}
	if err := portal.Stop(); err != nil {
		t.Fatal(err)
	}
	status, _, stderr = inCluster(t, namespace, "accounts", "import", csvFile(t, desk), "--portal", "us-dealers")
	if status != 1 || !strings.Contains(stderr, "The portal did not answer. See how it is: kubectl forecourt status rp/us-dealers -n "+namespace) {
		t.Errorf("an import into a portal that is down: status %d:\n%s", status, stderr)
	}
}
