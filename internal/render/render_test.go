// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package render_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/render"
	"github.com/forecourt-dev/forecourt/internal/settings"
)

var update = flag.Bool("update", false, "write the golden files anew")

const portalUID = "3f1c9f7e-8a55-4a8e-9d0c-5f4c3b2a1d00"

func readSample[T any](t *testing.T, name string) *T {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("..", "..", "config", "samples", name))
	if err != nil {
		t.Fatal(err)
	}
	object := new(T)
	if err := yaml.UnmarshalStrict(raw, object); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return object
}

// scenario is a portal of a class.
type scenario struct {
	class  string
	portal string
	change func(class *v1alpha1.PortalClass, portal *v1alpha1.RegionalPortal)
}

var scenarios = map[string]scenario{
	"small": {class: "portalclass-small.yaml", portal: "regionalportal-small.yaml"},
	"full":  {class: "portalclass-full.yaml", portal: "regionalportal-full.yaml"},
	"class-defaults": {
		class: "portalclass-full.yaml", portal: "regionalportal-small.yaml",
	},
	"deleted-with-portal": {
		class: "portalclass-small.yaml", portal: "regionalportal-small.yaml",
		change: func(_ *v1alpha1.PortalClass, portal *v1alpha1.RegionalPortal) {
			portal.Spec.DeletionPolicy = v1alpha1.DeletionDelete
			portal.Spec.Database = &v1alpha1.DatabaseSpec{Embedded: &v1alpha1.EmbeddedDatabase{
				Size: new(resource.MustParse("5Gi")), StorageClassName: "fast",
			}}
		},
	},
	"scaled-to-zero": {
		class: "portalclass-small.yaml", portal: "regionalportal-small.yaml",
		change: func(_ *v1alpha1.PortalClass, portal *v1alpha1.RegionalPortal) {
			portal.Spec.Replicas = new(int32(0))
		},
	},
	"strict-without-peers-or-sweep": {
		class: "portalclass-small.yaml", portal: "regionalportal-small.yaml",
		change: func(_ *v1alpha1.PortalClass, portal *v1alpha1.RegionalPortal) {
			portal.Spec.Network = &v1alpha1.NetworkSettings{Mode: v1alpha1.NetworkStrict}
			portal.Spec.Inactivity = &v1alpha1.InactivitySettings{Mode: v1alpha1.InactivityOff}
		},
	},
	"long-name": {
		class: "portalclass-small.yaml", portal: "regionalportal-small.yaml",
		change: func(_ *v1alpha1.PortalClass, portal *v1alpha1.RegionalPortal) {
			portal.Name = strings.Repeat("longname-", 6) + "portal"
		},
	},
	"autoscaled": {
		class: "portalclass-small.yaml", portal: "regionalportal-small.yaml",
		change: func(class *v1alpha1.PortalClass, portal *v1alpha1.RegionalPortal) {
			onPostgreSQL(portal)
			class.Spec.Defaults = &v1alpha1.PortalSettings{Scaling: &v1alpha1.ScalingSettings{Autoscaling: &v1alpha1.AutoscalingSettings{
				MinReplicas: new(int32(3)), MaxReplicas: new(int32(8)),
			}}}
		},
	},
	"autoscaled-and-boosted": {
		class: "portalclass-small.yaml", portal: "regionalportal-small.yaml",
		change: func(_ *v1alpha1.PortalClass, portal *v1alpha1.RegionalPortal) {
			onPostgreSQL(portal)
			portal.Spec.Scaling = &v1alpha1.ScalingSettings{
				Autoscaling: &v1alpha1.AutoscalingSettings{MinReplicas: new(int32(1)), MaxReplicas: new(int32(4)), TargetCPUUtilizationPercent: new(int32(50))},
				Boost:       boostTo(6),
			}
		},
	},
	"boosted": {
		class: "portalclass-small.yaml", portal: "regionalportal-small.yaml",
		change: func(_ *v1alpha1.PortalClass, portal *v1alpha1.RegionalPortal) {
			onPostgreSQL(portal)
			portal.Spec.Scaling = &v1alpha1.ScalingSettings{Boost: boostTo(6)}
		},
	},
	"http-route": {
		class: "portalclass-full.yaml", portal: "regionalportal-small.yaml",
		change: func(_ *v1alpha1.PortalClass, portal *v1alpha1.RegionalPortal) {
			portal.Spec.Hostname, portal.Spec.Aliases = "dealers.ca.example", []string{"old.ca.example"}
			portal.Spec.Exposure = &v1alpha1.ExposureSettings{Type: v1alpha1.ExposureHTTPRoute}
		},
	},
	"local-ingress": {
		class: "portalclass-full.yaml", portal: "regionalportal-small.yaml",
		change: func(_ *v1alpha1.PortalClass, portal *v1alpha1.RegionalPortal) {
			portal.Spec.Aliases = []string{"old.localhost:8080"}
			portal.Spec.Exposure = &v1alpha1.ExposureSettings{Type: v1alpha1.ExposureIngress}
		},
	},
	"from-a-file": {
		class: "portalclass-small.yaml", portal: "regionalportal-small.yaml",
		change: func(_ *v1alpha1.PortalClass, portal *v1alpha1.RegionalPortal) {
			portal.UID = ""
		},
	},
}

// now is when the children are rendered.
var now = time.Date(2026, time.November, 27, 12, 0, 0, 0, time.UTC)

func onPostgreSQL(portal *v1alpha1.RegionalPortal) {
	portal.Spec.Database = &v1alpha1.DatabaseSpec{Type: v1alpha1.DatabasePostgreSQL, PostgreSQL: &v1alpha1.PostgreSQLDatabase{
		SecretRef: v1alpha1.SecretKeyRef{Name: "database", Key: "dsn"},
	}}
}

// boostTo lasts for an hour.
func boostTo(pods int32) *v1alpha1.BoostSettings {
	return &v1alpha1.BoostSettings{MinReplicas: &pods, Until: metav1.NewTime(now.Add(time.Hour)), Reason: "Launch"}
}

func (s scenario) render(t *testing.T) []*unstructured.Unstructured {
	t.Helper()
	class := readSample[v1alpha1.PortalClass](t, s.class)
	portal := readSample[v1alpha1.RegionalPortal](t, s.portal)
	portal.UID = portalUID
	if s.change != nil {
		s.change(class, portal)
	}
	return children(t, class, portal)
}

func children(t *testing.T, class *v1alpha1.PortalClass, portal *v1alpha1.RegionalPortal) []*unstructured.Unstructured {
	t.Helper()
	effective, err := settings.Resolve(class, portal)
	if err != nil {
		t.Fatal(err)
	}
	objects, err := render.Children(render.Input{Effective: effective, Owner: render.OwnerOf(portal), At: now})
	if err != nil {
		t.Fatal(err)
	}
	return objects
}

// TestGolden compares every child of every scenario with a file that a reviewer reads; -update writes them.
func TestGolden(t *testing.T) {
	for name, scenario := range scenarios {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join("testdata", name)
			got := map[string]string{}
			for _, object := range scenario.render(t) {
				raw, err := yaml.Marshal(object.Object)
				if err != nil {
					t.Fatal(err)
				}
				got[goldenName(object)] = string(raw)
			}
			if *update {
				writeGolden(t, dir, got)
			}
			if diff := cmp.Diff(readGolden(t, dir), got); diff != "" {
				t.Errorf("children differ from %s (-want +got); run with -update if that is meant:\n%s", dir, diff)
			}
		})
	}
}

// goldenName names the file of a child; the two Secrets of a portal, and its two Services, differ by the end of their names.
func goldenName(object *unstructured.Unstructured) string {
	name := strings.ToLower(object.GetKind())
	if end := object.GetName()[strings.LastIndex(object.GetName(), "-")+1:]; object.GetKind() == "Secret" || end == "internal" {
		name += "-" + end
	}
	return name + ".golden.yaml"
}

func writeGolden(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func readGolden(t *testing.T, dir string) map[string]string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	for _, entry := range entries {
		raw, err := os.ReadFile(filepath.Join(dir, entry.Name()))
		if err != nil {
			t.Fatal(err)
		}
		files[entry.Name()] = string(raw)
	}
	return files
}

// TestCreationOrder holds decision 7: at every moment of creating a portal, what guards comes before what is guarded.
func TestCreationOrder(t *testing.T) {
	var got []string
	small := scenarios["small"]
	small.change = func(_ *v1alpha1.PortalClass, portal *v1alpha1.RegionalPortal) { portal.Name = "order" }
	for _, object := range small.render(t) {
		got = append(got, object.GetKind()+"/"+object.GetName())
	}
	want := []string{
		"ServiceAccount/order", "NetworkPolicy/order", "Secret/order-keys", "Secret/order-internal", "ConfigMap/order-config",
		"Service/order", "PersistentVolumeClaim/order-data", "Deployment/order", "CronJob/order-inactivity",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("order of creation (-want +got):\n%s", diff)
	}
}

// TestOwnership says which children go with their portal and which outlive it.
func TestOwnership(t *testing.T) {
	retained := map[string]bool{"Secret": true, "PersistentVolumeClaim": true}
	for name, policy := range map[string]v1alpha1.DeletionPolicy{
		"unset retains": "", "Retain retains": v1alpha1.DeletionRetain, "Delete deletes everything": v1alpha1.DeletionDelete,
	} {
		t.Run(name, func(t *testing.T) {
			class := readSample[v1alpha1.PortalClass](t, "portalclass-small.yaml")
			portal := readSample[v1alpha1.RegionalPortal](t, "regionalportal-small.yaml")
			portal.UID, portal.Spec.DeletionPolicy = portalUID, policy
			for _, object := range children(t, class, portal) {
				keep := retained[object.GetKind()] && policy != v1alpha1.DeletionDelete
				owner := metav1.GetControllerOfNoCopy(object)
				owned := owner != nil && owner.UID == portalUID
				annotated := object.GetAnnotations()[render.AnnotationOwnerUID] == portalUID
				if owned == keep || annotated != keep {
					t.Errorf("%s %s: owned %t, annotated %t; retained should be %t",
						object.GetKind(), object.GetName(), owned, annotated, keep)
				}
			}
		})
	}
}

// TestScalingRollsNoPods holds what kubectl scale promises: only the number of pods and what counts them changes.
func TestScalingRollsNoPods(t *testing.T) {
	template := func(replicas int32) any {
		scaled := scenarios["full"]
		scaled.change = func(_ *v1alpha1.PortalClass, portal *v1alpha1.RegionalPortal) { portal.Spec.Replicas = &replicas }
		return podTemplate(t, scaled.render(t))
	}
	for _, replicas := range []int32{0, 1, 2, 50} {
		if diff := cmp.Diff(template(3), template(replicas)); diff != "" {
			t.Errorf("scaling to %d changes the pod template:\n%s", replicas, diff)
		}
	}
}

// TestWhatRollsThePods separates wiring, which needs new pods, from policy, which is pushed.
func TestWhatRollsThePods(t *testing.T) {
	for name, test := range map[string]struct {
		change func(*v1alpha1.RegionalPortal)
		rolls  bool
	}{
		"a new host name": {rolls: true, change: func(p *v1alpha1.RegionalPortal) { p.Spec.Hostname = "new.us.example" }},
		"a new log level": {rolls: true, change: func(p *v1alpha1.RegionalPortal) { p.Spec.Workload.LogLevel = v1alpha1.LogLevelDebug }},
		"a new image":     {rolls: true, change: func(p *v1alpha1.RegionalPortal) { p.Spec.Image = "registry.example/other:2" }},
		"a new password length": {change: func(p *v1alpha1.RegionalPortal) {
			p.Spec.Auth.Password.MinLength = new(int32(20))
		}},
		"a new phone":         {change: func(p *v1alpha1.RegionalPortal) { p.Spec.Support.Phones[0].Number = "+18005550199" }},
		"a new display name":  {change: func(p *v1alpha1.RegionalPortal) { p.Spec.DisplayName = "Another name" }},
		"a new tenants limit": {change: func(p *v1alpha1.RegionalPortal) { p.Spec.Tenants.Max = new(int32(7)) }},
	} {
		t.Run(name, func(t *testing.T) {
			before := podTemplate(t, scenarios["full"].render(t))
			changed := scenarios["full"]
			changed.change = func(_ *v1alpha1.PortalClass, portal *v1alpha1.RegionalPortal) { test.change(portal) }
			diff := cmp.Diff(before, podTemplate(t, changed.render(t)))
			if (diff != "") != test.rolls {
				t.Errorf("pods roll: %t, want %t\n%s", diff != "", test.rolls, diff)
			}
		})
	}
}

func podTemplate(t *testing.T, objects []*unstructured.Unstructured) any {
	t.Helper()
	for _, object := range objects {
		if object.GetKind() == "Deployment" {
			template, found, err := unstructured.NestedMap(object.Object, "spec", "template")
			if err != nil || !found {
				t.Fatalf("no pod template: %v", err)
			}
			return template
		}
	}
	t.Fatal("no Deployment")
	return nil
}
