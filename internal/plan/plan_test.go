// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package plan_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/apply"
	"github.com/forecourt-dev/forecourt/internal/plan"
)

// class is a class with an image of its own.
func class(name string, edit func(*v1alpha1.PortalClassSpec)) v1alpha1.PortalClass {
	made := v1alpha1.PortalClass{
		ObjectMeta: metav1.ObjectMeta{Name: name},
		Spec:       v1alpha1.PortalClassSpec{Release: v1alpha1.PortalRelease{Version: "1.0.0", Image: "registry.example/" + name + ":1"}},
	}
	if edit != nil {
		edit(&made.Spec)
	}
	return made
}

// portal is a portal with an Embedded database in namespace dealers.
func portal(name, class string, edit func(*v1alpha1.RegionalPortal)) v1alpha1.RegionalPortal {
	made := v1alpha1.RegionalPortal{
		ObjectMeta: metav1.ObjectMeta{Namespace: "dealers", Name: name},
		Spec: v1alpha1.RegionalPortalSpec{
			ClassName: class, Market: strings.ToUpper(name[:2]), Audience: v1alpha1.AudienceDealer, DisplayName: name,
			Brands: []v1alpha1.Brand{{Name: "aurora", DisplayName: "Aurora"}}, Locales: []string{"en"}, TimeZone: "UTC", Hostname: name + ".example",
		},
	}
	if edit != nil {
		edit(&made)
	}
	return made
}

// tenant is a tenant of a portal in namespace dealers.
func tenant(namespace, name, portal string, edit func(*v1alpha1.DealerTenantSpec)) v1alpha1.DealerTenant {
	made := v1alpha1.DealerTenant{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name},
		Spec: v1alpha1.DealerTenantSpec{
			PortalRef: v1alpha1.PortalRef{Name: portal, Namespace: "dealers"}, DealerCode: strings.ToUpper(name), DisplayName: name,
		},
	}
	if edit != nil {
		edit(&made.Spec)
	}
	return made
}

// base is a world with a class, two portals and a tenant each.
func base() plan.World {
	return plan.World{
		Classes: []v1alpha1.PortalClass{class("gold", nil), class("tin", nil)},
		Portals: []v1alpha1.RegionalPortal{portal("us", "gold", nil), portal("ca", "tin", nil)},
		Tenants: []v1alpha1.DealerTenant{tenant("dealers", "u-1", "us", nil), tenant("dealers", "c-1", "ca", nil)},
	}
}

// story tells a report in a few lines: what is not unchanged.
func story(r *plan.Report) []string {
	var lines []string
	why := func(p *plan.Problem) string {
		if p == nil {
			return ""
		}
		return " for " + p.Reason
	}
	for i := range r.Portals {
		p := &r.Portals[i]
		if p.Verdict == plan.Unchanged {
			continue
		}
		line := fmt.Sprintf("%s %s%s", p.Name, p.Verdict, why(p.Problem))
		if len(p.Effects) > 0 {
			line += fmt.Sprintf(": %v", p.Effects)
		}
		for _, o := range p.Objects {
			if o.Action == plan.Update || p.Verdict == plan.Changed && o.Action != plan.None {
				line += fmt.Sprintf(" %s %s", o.Action, o.Kind)
			}
		}
		if p.Pods.Restart > 0 {
			line += fmt.Sprintf(", %d restart", p.Pods.Restart)
		}
		lines = append(lines, line)
	}
	for i := range r.Tenants {
		if t := &r.Tenants[i]; t.Verdict != plan.Unchanged {
			lines = append(lines, fmt.Sprintf("%s %s%s, call %s", t.Name, t.Verdict, why(t.Problem), t.Action))
		}
	}
	return lines
}

func TestVerdicts(t *testing.T) {
	change := func(edit func(*v1alpha1.RegionalPortal)) func(plan.World) plan.World {
		return func(w plan.World) plan.World {
			return w.Overlay(plan.World{Portals: []v1alpha1.RegionalPortal{portal("us", "gold", edit)}})
		}
	}
	tests := map[string]struct {
		change func(plan.World) plan.World
		want   []string
	}{
		"nothing": {change: func(w plan.World) plan.World { return w.Overlay(w) }},
		"an edit that means the same": {change: change(func(p *v1alpha1.RegionalPortal) {
			p.Spec.Workload = &v1alpha1.WorkloadSettings{LogLevel: v1alpha1.LogLevelInfo}
		})},
		"another source of a value that the status names": {
			change: change(func(p *v1alpha1.RegionalPortal) { p.Spec.Replicas = new(int32(1)) }), want: []string{"us changed"},
		},
		"words on pages": {
			change: change(func(p *v1alpha1.RegionalPortal) { p.Spec.DisplayName = "Other" }),
			want:   []string{"us changed: [content] update ConfigMap"},
		},
		"another host rolls the pods and moves the tenants": {
			change: change(func(p *v1alpha1.RegionalPortal) { p.Spec.Hostname = "other.example" }),
			want:   []string{"us changed: [exposure] update ConfigMap update Deployment, 1 restart", "u-1 changed, call none"},
		},
		"no sweep any more": {
			change: change(func(p *v1alpha1.RegionalPortal) {
				p.Spec.Inactivity = &v1alpha1.InactivitySettings{Mode: v1alpha1.InactivityOff}
			}),
			want: []string{"us changed: [account policy] update ConfigMap delete CronJob"},
		},
		"no pod any more": {
			change: change(func(p *v1alpha1.RegionalPortal) { p.Spec.Replicas = new(int32(0)) }),
			want:   []string{"us changed: [workload] update Deployment update CronJob"},
		},
		"another class": {
			change: change(func(p *v1alpha1.RegionalPortal) { p.Spec.ClassName = "tin" }),
			want:   []string{"us changed: [workload] update Deployment update CronJob, 1 restart"},
		},
		"a value that cannot be used": {
			change: change(func(p *v1alpha1.RegionalPortal) { p.Spec.TimeZone = "Mars/Olympus" }),
			want:   []string{"us refused for InvalidSpec"},
		},
		"data goes with the portal": {
			change: change(func(p *v1alpha1.RegionalPortal) { p.Spec.DeletionPolicy = v1alpha1.DeletionDelete }),
			want:   []string{"us changed: [retention] update Secret update Secret update PersistentVolumeClaim"},
		},
		"another brand": {
			change: change(func(p *v1alpha1.RegionalPortal) { p.Spec.Brands[0].Name = "borealis" }),
			want:   []string{"us changed: [content] update ConfigMap"},
		},
		"a new portal and its tenant": {
			change: func(w plan.World) plan.World {
				return w.Overlay(plan.World{
					Portals: []v1alpha1.RegionalPortal{portal("mx", "gold", nil)}, Tenants: []v1alpha1.DealerTenant{tenant("dealers", "m-1", "mx", nil)},
				})
			},
			want: []string{"mx created", "m-1 created, call send"},
		},
		"a portal goes": {
			change: func(w plan.World) plan.World { return w.Without(plan.World{Portals: w.Portals[:1]}) },
			want:   []string{"us deleted", "u-1 refused for PortalNotFound, call none"},
		},
		"a class goes": {
			change: func(w plan.World) plan.World { return w.Without(plan.World{Classes: w.Classes[:1]}) },
			want:   []string{"us refused for ClassNotFound"},
		},
		"everything is replaced": {
			change: func(w plan.World) plan.World {
				return w.Replace(plan.World{Classes: w.Classes, Portals: w.Portals[1:], Tenants: w.Tenants[1:]})
			},
			want: []string{"us deleted", "u-1 deleted, call none"},
		},
		"a bound that clamps one and refuses none": {
			change: func(w plan.World) plan.World {
				return w.Overlay(plan.World{Classes: []v1alpha1.PortalClass{class("tin", func(s *v1alpha1.PortalClassSpec) {
					s.Bounds = &v1alpha1.ClassBounds{Inactivity: &v1alpha1.InactivityBounds{MaxMonths: new(int32(3))}}
				})}})
			},
			want: []string{"ca changed: [account policy bounds] update ConfigMap"},
		},
		"a bound that refuses": {
			change: func(w plan.World) plan.World {
				return w.Overlay(plan.World{Classes: []v1alpha1.PortalClass{class("tin", func(s *v1alpha1.PortalClassSpec) {
					s.Bounds = &v1alpha1.ClassBounds{HostnameSuffixes: []string{"portals.test"}}
				})}})
			},
			want: []string{"ca refused for OutOfBounds"},
		},
		"a tenant is edited, one goes, one comes from a stranger": {
			change: func(w plan.World) plan.World {
				edited := tenant("dealers", "u-1", "us", func(s *v1alpha1.DealerTenantSpec) { s.Phone = "+1312" })
				return w.Overlay(plan.World{Tenants: []v1alpha1.DealerTenant{edited, tenant("away", "a-1", "us", nil)}}).
					Without(plan.World{Tenants: w.Tenants[1:]})
			},
			want: []string{"a-1 refused for NotAllowed, call none", "c-1 deleted, call close", "u-1 changed, call send"},
		},
		"a tenant with an unknown brand": {
			change: func(w plan.World) plan.World {
				return w.Overlay(plan.World{Tenants: []v1alpha1.DealerTenant{
					tenant("dealers", "u-1", "us", func(s *v1alpha1.DealerTenantSpec) { s.Brands = []string{"unknown"} }),
				}})
			},
			want: []string{"u-1 refused for BrandUnknown, call none"},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			before := base()
			if diff := cmp.Diff(test.want, story(compare(t, before, test.change(before)))); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(base(), before, cmpopts.IgnoreUnexported(plan.World{})); diff != "" {
				t.Errorf("the world before was changed:\n%s", diff)
			}
		})
	}
}

func TestListsWithoutEntriesAreListsToo(t *testing.T) {
	change, err := plan.Compare(plan.World{}, plan.World{})
	if err != nil {
		t.Fatal(err)
	}
	report, err := change.Report(nil)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := json.Marshal(report)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(raw), "null") {
		t.Errorf("scripts that go through the lists fail: %s", raw)
	}
}

func TestATenantThatLosesItsPlaceIsClosed(t *testing.T) {
	before := base()
	before.Portals[0].Spec.Tenants = &v1alpha1.TenantsSpec{AllowFrom: &v1alpha1.NamespaceSelector{From: v1alpha1.FromAll}}
	before.Tenants = append(before.Tenants, tenant("away", "a-1", "us", nil))
	r := compare(t, before, before.Overlay(plan.World{Portals: []v1alpha1.RegionalPortal{portal("us", "gold", nil)}}))
	want := []string{"us changed: [tenants]", "a-1 refused for NotAllowed, call close"}
	if diff := cmp.Diff(want, story(r)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestNamespacesAreJudgedByTheirLabels(t *testing.T) {
	before := base()
	chosen := class("gold", func(s *v1alpha1.PortalClassSpec) {
		s.AllowedNamespaces = &v1alpha1.NamespaceSelector{
			From: v1alpha1.FromSelector, Selector: &metav1.LabelSelector{MatchLabels: map[string]string{"market": "yes"}},
		}
	})
	for name, test := range map[string]struct {
		namespaces map[string]labels.Set
		complete   bool
		want       []string
	}{
		"admitted":            {namespaces: map[string]labels.Set{"dealers": {"market": "yes"}}, complete: true},
		"not admitted":        {namespaces: map[string]labels.Set{"dealers": {}}, want: []string{"us refused for NamespaceNotAllowed"}},
		"not there":           {complete: true, want: []string{"us refused for NamespaceNotAllowed"}},
		"not known, no fault": {},
	} {
		t.Run(name, func(t *testing.T) {
			before.Namespaces, before.Complete = test.namespaces, test.complete
			r := compare(t, before, before.Overlay(plan.World{Classes: []v1alpha1.PortalClass{chosen}}))
			if diff := cmp.Diff(test.want, story(r)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestWhatHoldsDataIsNeverPlannedAnew(t *testing.T) {
	before := base()
	before.Portals[0].UID, before.Portals[0].Status.Store = "uid", &v1alpha1.StoreStatus{}
	after := before.Overlay(plan.World{Portals: []v1alpha1.RegionalPortal{
		portal("us", "gold", func(p *v1alpha1.RegionalPortal) { p.Spec.DisplayName = "Other" }),
	}})
	// there answers all objects of the portal as its own.
	there := func(change *plan.Change) map[plan.Ref]*unstructured.Unstructured {
		objects := map[plan.Ref]*unstructured.Unstructured{}
		for _, ref := range change.Objects() {
			object := &unstructured.Unstructured{Object: map[string]any{}}
			object.SetAPIVersion(ref.APIVersion)
			object.SetKind(ref.Kind)
			object.SetNamespace(ref.Namespace)
			object.SetName(ref.Name)
			object.SetAnnotations(map[string]string{apply.AnnotationOwnerUID: "uid"})
			objects[ref] = object
		}
		return objects
	}
	going := func(kind string) func(map[plan.Ref]*unstructured.Unstructured) {
		return func(objects map[plan.Ref]*unstructured.Unstructured) {
			for ref, object := range objects {
				if ref.Kind == kind {
					object.SetDeletionTimestamp(&metav1.Time{Time: time.Unix(1, 0)})
				}
			}
		}
	}
	tests := map[string]struct {
		change func(map[plan.Ref]*unstructured.Unstructured)
		want   string
	}{
		"nothing is there": {
			func(objects map[plan.Ref]*unstructured.Unstructured) { clear(objects) }, "us refused for KeySecretMissing",
		},
		"the keys are being deleted":  {going("Secret"), "us refused for KeySecretMissing"},
		"the volume is being deleted": {going("PersistentVolumeClaim"), "us refused for VolumeMissing"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			change, err := plan.Compare(before, after)
			if err != nil {
				t.Fatal(err)
			}
			objects := there(change)
			test.change(objects)
			report, err := change.Report(&plan.Live{Objects: objects})
			if err != nil {
				t.Fatal(err)
			}
			if got := story(report); !slices.Equal(got, []string{test.want}) {
				t.Errorf("%q: want %q", got, test.want)
			}
		})
	}
}
