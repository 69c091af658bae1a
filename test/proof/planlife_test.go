// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package proof

import (
	"context"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/plan"
	"github.com/forecourt-dev/forecourt/internal/render"
	"github.com/forecourt-dev/forecourt/test/world"
)

// file is an object as a file has it.
func file(t *testing.T, kind string, object client.Object) *unstructured.Unstructured {
	t.Helper()
	content, err := runtime.DefaultUnstructuredConverter.ToUnstructured(object)
	if err != nil {
		t.Fatal(err)
	}
	delete(content, "status")
	made := &unstructured.Unstructured{Object: content}
	made.SetGroupVersionKind(v1alpha1.GroupVersion.WithKind(kind))
	return made
}

// make plans an object and creates it.
func (p *planned) make(what, kind string, object client.Object) *plan.Report {
	p.Helper()
	return p.check(what, []*unstructured.Unstructured{file(p.T, kind, object)}, func() { p.create(object) })
}

// edit plans a change of an object and makes it.
func (p *planned) edit(what, kind, name string, edit func(*unstructured.Unstructured)) *plan.Report {
	p.Helper()
	object := p.declared(kind, name)
	edit(object)
	return p.check(what, []*unstructured.Unstructured{object}, func() { p.mustPut(object) })
}

// remove plans the deletion of an object and deletes it.
func (p *planned) remove(what, kind, name string) *plan.Report {
	p.Helper()
	object := p.declared(kind, name)
	return p.check(what, []*unstructured.Unstructured{object}, func() {
		if err := plane.Admin.Delete(p.Context(), object); err != nil {
			p.Fatal(err)
		}
	}, "--delete")
}

// want fails the test unless a portal was planned with a verdict and, when given, for a reason.
func (p *planned) want(r *plan.Report, name string, verdict plan.Verdict, reason string) *plan.Portal {
	p.Helper()
	for i := range r.Portals {
		portal := &r.Portals[i]
		if portal.Name != name {
			continue
		}
		got := ""
		if portal.Problem != nil {
			got = portal.Problem.Reason
		}
		if portal.Verdict != verdict || got != reason {
			p.Errorf("%s was planned as %s %v, want %s %s", name, portal.Verdict, portal.Problem, verdict, reason)
		}
		return portal
	}
	p.Fatalf("the plan does not speak of %s", name)
	return nil
}

func annotate(key, value string) func(*unstructured.Unstructured) {
	return func(o *unstructured.Unstructured) {
		if value == "" {
			o.SetAnnotations(nil)
			return
		}
		o.SetAnnotations(map[string]string{key: value})
	}
}

func TestPlanForeseesComingAndGoing(t *testing.T) {
	p := newPlanned(t)
	for _, story := range []func(){p.classesComeAndGo, p.portalsPause, p.portalsComeAndGo, p.namesAreTaken} {
		if story(); t.Failed() {
			return
		}
	}
	t.Logf("%d changes as planned", p.changes)
}

func (p *planned) classesComeAndGo() {
	p.Helper()
	none := p.portal("d")
	none.Spec.ClassName = ""
	p.want(p.make("a portal without a class", "RegionalPortal", none), "d", plan.Refused, v1alpha1.ReasonNoDefaultClass)
	isDefault := annotate(v1alpha1.AnnotationDefaultClass, "true")
	made := p.want(p.edit("a first default class", "PortalClass", p.classB, isDefault), "d", plan.Changed, "")
	if len(made.Objects) < 8 || made.Pods.After != 1 {
		p.Errorf("of a portal that gets a class: %+v", made)
	}
	p.bind("d")
	moved := p.want(p.edit("a second default class, which is older", "PortalClass", p.classA, isDefault), "d", plan.Changed, "")
	if moved.Class != p.classA || moved.ClassBefore != p.classB {
		p.Errorf("moved from %q to %q", moved.ClassBefore, moved.Class)
	}
	p.want(p.edit("the younger is the default no more", "PortalClass", p.classB, annotate("", "")), "d", plan.Unchanged, "")
	kept := p.declared("PortalClass", p.classB)
	gone := p.remove("a class that is in use", "PortalClass", p.classB)
	p.want(gone, "b", plan.Refused, v1alpha1.ReasonClassNotFound)
	p.want(gone, "a", plan.Unchanged, "")
	back := p.check("the class is back", []*unstructured.Unstructured{kept}, func() {
		if err := plane.Admin.Create(p.Context(), kept.DeepCopy()); err != nil {
			p.Fatal(err)
		}
	})
	if again := p.want(back, "b", plan.Changed, ""); back.Totals.Objects.Create+back.Totals.Objects.Update > 0 {
		p.Errorf("a class that is back writes %+v", again.Objects)
	}
}

func (p *planned) portalsPause() {
	p.Helper()
	set := func(path string, value any) func(*unstructured.Unstructured) {
		return func(o *unstructured.Unstructured) {
			spec, _ := o.Object["spec"].(fields)
			setField(spec, strings.Split(path, "."), value)
		}
	}
	p.want(p.edit("a pause begins", "RegionalPortal", "a", set("suspend.reason", "Incident")), "a", plan.Changed, "")
	p.want(p.edit("a change waits", "RegionalPortal", "a", set("displayName", "Later")), "a", plan.Waiting, v1alpha1.ReasonSuspended)
	if r := p.edit("a tenant waits", "DealerTenant", "a-00001", set("displayName", "Later")); r.Totals.Tenants.Waiting != 1 || r.Totals.Tenants.Sent > 0 {
		p.Errorf("of a tenant that waits: %+v", r.Totals)
	}
	resumed := p.edit("the pause ends", "RegionalPortal", "a", set("suspend", nil))
	p.want(resumed, "a", plan.Changed, "")
	if resumed.Totals.Objects.Update != 1 || resumed.Totals.Tenants.Sent != 1 {
		p.Errorf("of a pause that ends: %+v", resumed.Totals)
	}
}

func (p *planned) portalsComeAndGo() {
	p.Helper()
	tenant := p.tenant("a", 7)
	if r := p.make("a tenant", "DealerTenant", tenant); r.Totals.Tenants.Sent != 1 || r.Totals.Portals.Changed > 0 {
		p.Errorf("of a new tenant: %+v", r.Totals)
	}
	if r := p.remove("a tenant goes", "DealerTenant", tenant.Name); r.Totals.Tenants.Closed != 1 {
		p.Errorf("of a deleted tenant: %+v", r.Totals)
	}
	old := &v1alpha1.RegionalPortal{}
	p.read(old, "a")
	deleted := p.want(p.remove("a portal goes", "RegionalPortal", "a"), "a", plan.Deleted, "")
	p.collect(old, deleted)
	again := p.portalNamed("a")
	p.want(p.make("a portal of the same name", "RegionalPortal", again), "a", plan.Refused, v1alpha1.ReasonAdoptionNeeded)
	adopted := p.edit("it takes back what was retained", "RegionalPortal", "a", annotate(v1alpha1.AnnotationAdopt, string(old.UID)))
	p.want(adopted, "a", plan.Changed, "")
}

// collect removes what a plan says goes with a portal, as the garbage collector does, and checks that it goes and the rest
// stays.
func (p *planned) collect(owner *v1alpha1.RegionalPortal, deleted *plan.Portal) {
	p.Helper()
	retained := 0
	for _, object := range deleted.Objects {
		live := &unstructured.Unstructured{}
		live.SetAPIVersion(object.APIVersion)
		live.SetKind(object.Kind)
		if err := plane.Admin.Get(p.Context(), p.key(object.Name), live); err != nil {
			p.Fatal(err)
		}
		controller := metav1.GetControllerOf(live)
		owned := controller != nil && controller.UID == owner.UID
		if owned != (object.Action == plan.Delete) {
			p.Errorf("%s %s: planned %s, owned is %v", object.Kind, object.Name, object.Action, owned)
		}
		if !owned {
			retained++
		} else if err := plane.Admin.Delete(context.WithoutCancel(p.Context()), live); err != nil {
			p.Fatal(err)
		}
	}
	if retained != 3 {
		p.Errorf("%d objects are retained, want two Secrets and a volume: %+v", retained, deleted.Objects)
	}
}

func (p *planned) namesAreTaken() {
	p.Helper()
	p.create(&corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: p.namespace, Name: render.Names("e").Config}})
	taken := p.want(p.make("a name that is taken", "RegionalPortal", p.portal("e")), "e", plan.Refused, v1alpha1.ReasonNameConflict)
	if len(taken.Objects) < 5 {
		p.Errorf("what is written before the name that is taken: %+v", taken.Objects)
	}
	waits := p.portal("f")
	waits.Spec.Notify = mailTo("portal")
	waits.Spec.Notify.Mail.SecretRef = &v1alpha1.SecretNameRef{Name: "missing"}
	p.want(p.make("a Secret that is missing", "RegionalPortal", waits), "f", plan.Refused, v1alpha1.ReasonSecretMissing)
}

// wantPlanned has the tightening of a fleet planned, and wants exactly the touched portals in the plan, with one object each.
func (w *scene) wantPlanned(f *world.Fleet, touched []string) {
	w.Helper()
	p := &planned{scene: w}
	p.kubeconfig = p.writeKubeconfig()
	edited := f.Common.DeepCopy()
	f.Tighten(edited)
	report := p.plan([]*unstructured.Unstructured{file(w.T, "PortalClass", edited)})
	var names []string
	for i := range report.Portals {
		portal := &report.Portals[i]
		if portal.Verdict == plan.Unchanged {
			continue
		}
		names = append(names, portal.Name)
		for _, object := range portal.Objects {
			if (object.Action == plan.Update) != (object.Kind == "ConfigMap") {
				w.Errorf("%s: planned is %s of %s", portal.Name, object.Action, object.Kind)
			}
		}
	}
	slices.Sort(names)
	if want := slices.Sorted(slices.Values(touched)); !slices.Equal(names, want) || len(report.Portals) != len(f.Portals) || report.Totals.Pods.Restart > 0 {
		w.Errorf("planned are %v of %d portals, want %v of %d without restarts", names, len(report.Portals), want, len(f.Portals))
	}
}
