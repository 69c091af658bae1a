// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package portalreach_test

import (
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	"github.com/forecourt-dev/forecourt/internal/portal/server/servertest"
	"github.com/forecourt-dev/forecourt/internal/portalapi"
	"github.com/forecourt-dev/forecourt/internal/portalclient"
	"github.com/forecourt-dev/forecourt/internal/portalreach"
	"github.com/forecourt-dev/forecourt/internal/render"
	"github.com/forecourt-dev/forecourt/test/controlplane"
	"github.com/forecourt-dev/forecourt/test/kubelet"
)

var plane *controlplane.Plane

func TestMain(m *testing.M) {
	os.Exit(controlplane.Main(m, func(p *controlplane.Plane) { plane = p }))
}

// world is a portal in a namespace of its own: its Secret and a ready pod, whose process runs in the test.
type world struct {
	key    client.ObjectKey
	node   *kubelet.Node
	pod    *corev1.Pod
	portal *servertest.Portal
}

func newWorld(t *testing.T) *world {
	t.Helper()
	namespace, err := plane.Namespace(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	w := &world{key: client.ObjectKey{Namespace: namespace, Name: "us-dealers"}}
	w.portal = servertest.Start(t, servertest.WriteConfig(t, servertest.Process(t.TempDir()), servertest.Settings()))
	w.node = kubelet.Start(t, plane.Admin)
	w.pod = w.node.Pod(t, client.ObjectKey{Namespace: namespace, Name: "us-dealers-0"},
		render.PodLabels(w.key.Name, render.ComponentPortal), render.PortInternal, w.portal.Addresses.Internal)
	secret := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: render.Names(w.key.Name).Internal}, Data: map[string][]byte{}}
	files, err := filepath.Glob(filepath.Join(w.portal.Dir, "keys", "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if secret.Data[filepath.Base(file)], err = os.ReadFile(file); err != nil {
			t.Fatal(err)
		}
	}
	secret.Data[portalapi.RoleImport] = append(secret.Data[portalapi.RoleImport], "\nthe-one-before\n"...) // as while it is rotated
	create(t, secret)
	return w
}

func create(t *testing.T, objects ...client.Object) {
	t.Helper()
	for _, object := range objects {
		if err := plane.Admin.Create(t.Context(), object); err != nil {
			t.Fatalf("creating %T %s: %v", object, object.GetName(), err)
		}
	}
}

// as reaches clusters as a user who has these rights in the namespace and no others.
func (w *world) as(t *testing.T, rules ...rbacv1.PolicyRule) portalreach.Cluster {
	t.Helper()
	config := rest.CopyConfig(plane.Config)
	config.Impersonate = rest.ImpersonationConfig{UserName: "somebody-in-" + w.key.Namespace}
	create(t,
		&rbacv1.Role{ObjectMeta: metav1.ObjectMeta{Namespace: w.key.Namespace, Name: "test"}, Rules: rules},
		&rbacv1.RoleBinding{
			ObjectMeta: metav1.ObjectMeta{Namespace: w.key.Namespace, Name: "test"},
			RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "Role", Name: "test"},
			Subjects:   []rbacv1.Subject{{Kind: rbacv1.UserKind, APIGroup: rbacv1.GroupName, Name: config.Impersonate.UserName}},
		})
	reader, err := client.New(config, client.Options{Scheme: plane.Scheme})
	if err != nil {
		t.Fatal(err)
	}
	return portalreach.Cluster{Config: config, Reader: reader}
}

// documented reads the rules of the Role in docs/plugin.md, by resource.
func documented(t *testing.T) map[string]rbacv1.PolicyRule {
	t.Helper()
	text, err := os.ReadFile("../../docs/plugin.md")
	if err != nil {
		t.Fatal(err)
	}
	_, after, found := strings.Cut(string(text), "kind: Role\n")
	block, _, closed := strings.Cut(after, "```")
	role := &rbacv1.Role{}
	if err := yaml.UnmarshalStrict([]byte(block), role); err != nil || !found || !closed {
		t.Fatalf("docs/plugin.md has no Role: %v", err)
	}
	rules := map[string]rbacv1.PolicyRule{}
	for _, rule := range role.Rules {
		for _, resource := range rule.Resources {
			rules[resource] = rule
		}
	}
	return rules
}

func TestPortalIsReachedWithTheDocumentedRights(t *testing.T) {
	w := newWorld(t)
	caller, err := w.as(t, slices.Collect(maps.Values(documented(t)))...).Portal(t.Context(), w.key, portalapi.RoleImport)
	if err != nil {
		t.Fatal(err)
	}
	defer caller.Close()
	csv := "username,class,tenant,name,mail,phone,role,createdAt,lastSignInAt,passwordHash,serviceAccount,exemptUntil,exemptReason\n" +
		"desk,Corporate,,Service Desk,desk@example.com,,service-desk,2026-01-02T03:04:05Z,,,,,\n"
	for _, want := range []portalapi.ImportResult{{Applied: true, Created: 1}, {Applied: true, Unchanged: 1}} {
		got, err := caller.ImportAccounts(t.Context(), strings.NewReader(csv), portalapi.ImportOptions{})
		if err != nil || got.Applied != want.Applied || got.Created != want.Created || got.Unchanged != want.Unchanged {
			t.Fatalf("ImportAccounts() = %+v, %v, want %+v", got, err, want)
		}
	}
	if _, _, err := caller.State(t.Context(), ""); portalclient.Code(err) != portalapi.CodeForbidden {
		t.Errorf("State() with the import token = %v, want a refusal", err)
	}
}

func TestWhatKeepsFromAPortal(t *testing.T) {
	tests := map[string]struct {
		without   string // resource that the user has no right to
		prepare   func(t *testing.T, w *world)
		want, fix string
	}{
		"no right to the Secret": {
			without: "secrets", want: `secrets "us-dealers-internal" is forbidden`, fix: "kubectl auth can-i get secret/us-dealers-internal",
		},
		"no Secret": {
			prepare: func(t *testing.T, w *world) {
				secret := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: w.key.Namespace, Name: "us-dealers-internal"}}
				if err := plane.Admin.Delete(t.Context(), secret); err != nil {
					t.Fatal(err)
				}
			},
			want: `secrets "us-dealers-internal" not found`, fix: "kubectl forecourt status rp/us-dealers",
		},
		"no right to list pods": {
			without: "pods", want: "pods is forbidden", fix: "kubectl auth can-i create pods --subresource=portforward",
		},
		"no right to tunnels": {
			without: "pods/portforward", want: "forbidden", fix: "kubectl auth can-i create pods --subresource=portforward",
		},
		"no ready pod": {
			prepare: func(t *testing.T, w *world) { w.node.Report(t, w.pod, corev1.ConditionFalse) },
			want:    "us-dealers: no pod is ready", fix: "kubectl forecourt status rp/us-dealers",
		},
		"a process that does not listen": {
			prepare: func(t *testing.T, w *world) {
				if err := w.portal.Stop(); err != nil {
					t.Fatal(err)
				}
			},
			want: "connection refused",
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			rights := documented(t)
			delete(rights, test.without)
			cluster := w.as(t, slices.Collect(maps.Values(rights))...)
			if test.prepare != nil {
				test.prepare(t, w)
			}
			caller, err := cluster.Portal(t.Context(), w.key, portalapi.RoleOperator)
			if err == nil {
				defer caller.Close()
				_, _, err = caller.State(t.Context(), "")
			}
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Fatalf("error %v, want %q", err, test.want)
			}
			if test.fix == "" {
				return
			}
			curable, ok := errors.AsType[interface {
				error
				Cure() string
			}](err)
			if !ok || !strings.Contains(curable.Cure(), test.fix) {
				t.Errorf("%v has the wrong cure, want %q", err, test.fix)
			}
		})
	}
}

// TestOnlyThePinnedCertificateIsTrusted lets another portal answer behind the tunnel.
func TestOnlyThePinnedCertificateIsTrusted(t *testing.T) {
	w := newWorld(t)
	other := servertest.Start(t, servertest.WriteConfig(t, servertest.Process(t.TempDir()), servertest.Settings()))
	if err := plane.Admin.Delete(t.Context(), w.pod, client.GracePeriodSeconds(0)); err != nil {
		t.Fatal(err)
	}
	w.node.Pod(t, client.ObjectKey{Namespace: w.key.Namespace, Name: "intruder"}, render.PodLabels(w.key.Name, render.ComponentPortal),
		render.PortInternal, other.Addresses.Internal)
	caller, err := w.as(t, slices.Collect(maps.Values(documented(t)))...).Portal(t.Context(), w.key, portalapi.RoleOperator)
	if err != nil {
		t.Fatal(err)
	}
	defer caller.Close()
	if _, _, err := caller.State(t.Context(), ""); err == nil || !strings.Contains(err.Error(), "certificate") {
		t.Errorf("State() of a portal with another certificate = %v, want no trust", err)
	}
}
