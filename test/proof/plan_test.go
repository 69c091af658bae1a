// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package proof

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
	"k8s.io/client-go/util/retry"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/classes"
	"github.com/forecourt-dev/forecourt/internal/cli"
	"github.com/forecourt-dev/forecourt/internal/plan"
	"github.com/forecourt-dev/forecourt/internal/render"
	"github.com/forecourt-dev/forecourt/internal/settings"
	"github.com/forecourt-dev/forecourt/test/controlplane"
	"github.com/forecourt-dev/forecourt/test/operator"
	"github.com/forecourt-dev/forecourt/test/pgtest"
)

// planned is a scene whose changes are planned before they are made.
type planned struct {
	*scene
	classA, classB string
	kubeconfig     string
	// changes is how many were made, wrote how many of them wrote something, restarted how many replaced pods.
	changes, wrote, restarted int
}

// newPlanned makes two classes and three portals, two with an Embedded and one with a PostgreSQL database, and
// tenants. Its operator sees every class: the test must not run beside others.
func newPlanned(t *testing.T) *planned {
	t.Helper()
	t.Cleanup(func() { plane.Uninstall(t, controlplane.HTTPRoutes, controlplane.Certificates) })
	plane.Install(t, controlplane.HTTPRoutes, controlplane.Certificates) // routes are drawn that need them
	removePortals(t)
	w := newScene(t, func(o *operator.Options) { o.Class = "" })
	p := &planned{scene: w, classA: w.class, classB: w.class + "-b"}
	p.kubeconfig = p.writeKubeconfig()
	p.create(&storagev1.StorageClass{
		ObjectMeta: metav1.ObjectMeta{Name: w.namespace}, Provisioner: "forecourt.test/none", AllowVolumeExpansion: new(true),
	})
	t.Cleanup(func() { // classes are no scene's own: the next test must not see them
		for _, name := range []string{p.classA, p.classB} {
			_ = plane.Admin.Delete(context.WithoutCancel(t.Context()), &v1alpha1.PortalClass{ObjectMeta: metav1.ObjectMeta{Name: name}})
		}
	})
	p.create(&v1alpha1.PortalClass{
		ObjectMeta: metav1.ObjectMeta{Name: p.classB},
		Spec: v1alpha1.PortalClassSpec{
			Release:  v1alpha1.PortalRelease{Version: "1.0.0", Image: "forecourt.test/portal:1.0.0"},
			Defaults: &v1alpha1.PortalSettings{Notify: mailTo("class")},
		},
	})
	dsn := pgtest.New(t)
	for _, name := range []string{"database", "database-2"} {
		p.secret(name, map[string]string{"dsn": dsn, "other": dsn})
	}
	for _, name := range []string{"mail", "mail-2"} {
		p.secret(name, map[string]string{"username": "portal", "password": "secret"})
	}
	for _, name := range []string{"sms", "sms-2"} {
		p.secret(name, gateway())
	}
	p.secret("login", map[string]string{"current": "now", "previous": "before"})
	p.logo(&v1alpha1.LogoRef{Name: "logo", Key: "logo.svg"})
	for _, name := range []string{"a", "b", "c"} {
		p.create(p.portalNamed(name))
	}
	for number, portal := range []string{"a", "a", "c"} {
		p.create(p.tenant(portal, number+1))
	}
	for _, name := range []string{"a", "b", "c"} {
		portal := p.portal(name)
		p.wantReady(portal)
		p.bind(name)
	}
	p.settle(2 * time.Second)
	return p
}

// removePortals removes what earlier tests left: a plan sees the portals of every namespace, and a host belongs to one of them.
func removePortals(t *testing.T) {
	t.Helper()
	portals := &v1alpha1.RegionalPortalList{}
	if err := plane.Admin.List(t.Context(), portals); err != nil {
		t.Fatal(err)
	}
	for i := range portals.Items {
		if err := plane.Admin.Delete(t.Context(), &portals.Items[i]); client.IgnoreNotFound(err) != nil {
			t.Fatal(err)
		}
	}
}

func mailTo(from string) *v1alpha1.NotifySettings {
	return &v1alpha1.NotifySettings{Mail: v1alpha1.MailSettings{Host: "127.0.0.1", From: from + "@mail.example"}}
}

// portalNamed builds one of the three portals: c is the one on PostgreSQL, b has the second class.
func (p *planned) portalNamed(name string) *v1alpha1.RegionalPortal {
	portal := p.portal(name)
	portal.Spec.Database = &v1alpha1.DatabaseSpec{
		Type: v1alpha1.DatabaseEmbedded, Embedded: &v1alpha1.EmbeddedDatabase{StorageClassName: p.namespace, Size: new(resource.MustParse("1Gi"))},
	}
	switch name {
	case "b":
		portal.Spec.ClassName = p.classB
	case "c":
		portal.Spec.Notify = mailTo("portal")
		portal.Spec.Database = &v1alpha1.DatabaseSpec{
			Type: v1alpha1.DatabasePostgreSQL, PostgreSQL: &v1alpha1.PostgreSQLDatabase{SecretRef: v1alpha1.SecretKeyRef{Name: "database", Key: "dsn"}},
		}
	}
	return portal
}

// bind does for a volume claim what a volume controller would: only a bound one may grow.
func (p *planned) bind(portal string) {
	p.Helper()
	claim := &corev1.PersistentVolumeClaim{}
	err := plane.Admin.Get(p.Context(), p.key(render.Names(portal).Data), claim)
	if apierrors.IsNotFound(err) {
		return
	}
	if err == nil {
		claim.Status.Phase = corev1.ClaimBound
		claim.Status.Capacity = claim.Spec.Resources.Requests
		err = plane.Admin.Status().Update(p.Context(), claim)
	}
	if err != nil {
		p.Fatal(err)
	}
}

func (p *planned) writeKubeconfig() string {
	p.Helper()
	const name = "test"
	config := clientcmdapi.NewConfig()
	config.Clusters[name] = &clientcmdapi.Cluster{Server: "https://" + strings.TrimPrefix(plane.Config.Host, "https://"), CertificateAuthorityData: plane.Config.CAData}
	config.AuthInfos[name] = &clientcmdapi.AuthInfo{ClientCertificateData: plane.Config.CertData, ClientKeyData: plane.Config.KeyData}
	config.Contexts[name] = &clientcmdapi.Context{Cluster: name, AuthInfo: name, Namespace: p.namespace}
	config.CurrentContext = name
	file := filepath.Join(p.TempDir(), "kubeconfig")
	if err := clientcmd.WriteToFile(*config, file); err != nil {
		p.Fatal(err)
	}
	return file
}

// plan runs the plugin on objects and answers what it says of this scene's portals and tenants.
func (p *planned) plan(objects []*unstructured.Unstructured, flags ...string) *plan.Report {
	p.Helper()
	var text bytes.Buffer
	for _, object := range objects {
		raw, err := json.Marshal(object)
		if err != nil {
			p.Fatal(err)
		}
		text.WriteString("---\n" + string(raw) + "\n")
	}
	var out, errs bytes.Buffer
	args := append([]string{"plan", "--kubeconfig", p.kubeconfig, "-o", "json", "-f", "-"}, flags...)
	status := cli.Run(p.Context(), "test", args, cli.Streams{In: &text, Out: &out, Err: &errs})
	report := &plan.Report{}
	if err := json.Unmarshal(out.Bytes(), report); err != nil || (status != 0 && status != 3) || errs.Len() > 0 {
		p.Fatalf("plan ended with %d (%v):\n%s\n%s", status, err, errs.String(), text.String())
	}
	if changed := report.Changed(); changed != (status == 3) {
		p.Errorf("plan says changed=%v and ends with %d", changed, status)
	}
	report.Portals = slices.DeleteFunc(report.Portals, func(x plan.Portal) bool { return x.Namespace != p.namespace })
	report.Tenants = slices.DeleteFunc(report.Tenants, func(x plan.Tenant) bool { return x.Namespace != p.namespace })
	return report
}

// mutate answers an object as its file has it, with mutations laid over.
func (p *planned) mutate(mutations []mutation, kind, name string) *unstructured.Unstructured {
	p.Helper()
	object := p.declared(kind, name)
	spec, _ := object.Object["spec"].(fields)
	for _, m := range mutations {
		m.apply(spec)
	}
	return object
}

// declared is an object as its file has it.
func (p *planned) declared(kind, name string) *unstructured.Unstructured {
	p.Helper()
	live := &unstructured.Unstructured{}
	live.SetGroupVersionKind(v1alpha1.GroupVersion.WithKind(kind))
	key := p.key(name)
	if kind == "PortalClass" {
		key.Namespace = ""
	}
	if err := plane.Admin.Get(p.Context(), key, live); err != nil {
		p.Fatal(err)
	}
	file := &unstructured.Unstructured{Object: fields{"spec": live.Object["spec"]}}
	file.SetGroupVersionKind(live.GroupVersionKind())
	file.SetNamespace(key.Namespace)
	file.SetName(name)
	file.SetAnnotations(live.GetAnnotations())
	return file
}

// taken says whether the API server takes an object, in place of the live one.
func (p *planned) taken(object *unstructured.Unstructured) bool {
	p.Helper()
	err := p.put(object, client.DryRunAll)
	if err != nil && !apierrors.IsInvalid(err) {
		p.Fatalf("%s %s: %v", object.GetKind(), object.GetName(), err)
	}
	return err == nil
}

// put writes an object in place of the live one; the operator may be writing its status.
func (p *planned) put(object *unstructured.Unstructured, options ...client.UpdateOption) error {
	return retry.RetryOnConflict(retry.DefaultBackoff, func() error {
		live := &unstructured.Unstructured{}
		live.SetGroupVersionKind(object.GroupVersionKind())
		if err := plane.Admin.Get(p.Context(), client.ObjectKeyFromObject(object), live); err != nil {
			return err
		}
		sent := object.DeepCopy()
		sent.SetResourceVersion(live.GetResourceVersion())
		return plane.Admin.Update(p.Context(), sent, options...)
	})
}

func (p *planned) mustPut(object *unstructured.Unstructured) {
	p.Helper()
	if err := p.put(object); err != nil {
		p.Fatalf("%s %s: %v", object.GetKind(), object.GetName(), err)
	}
}

// deed is a write of the operator to a child.
type deed struct{ verb, kind, name string }

// foreseen are the writes that a plan announces. What goes with a deleted portal goes by garbage collection.
func foreseen(r *plan.Report) map[deed]bool {
	deeds := map[deed]bool{}
	verbs := map[plan.Action]string{plan.Create: "create", plan.Update: "patch", plan.Delete: "delete"}
	for i := range r.Portals {
		for _, object := range r.Portals[i].Objects {
			if verb := verbs[object.Action]; verb != "" && r.Portals[i].Verdict != plan.Deleted {
				deeds[deed{verb, object.Kind, object.Name}] = true
			}
		}
	}
	return deeds
}

// kinds of children by their resource.
var kinds = map[string]string{
	"serviceaccounts": "ServiceAccount", "networkpolicies": "NetworkPolicy", "secrets": "Secret", "configmaps": "ConfigMap", "services": "Service",
	"persistentvolumeclaims": "PersistentVolumeClaim", "deployments": "Deployment", "poddisruptionbudgets": "PodDisruptionBudget", "cronjobs": "CronJob",
	"horizontalpodautoscalers": "HorizontalPodAutoscaler", "ingresses": "Ingress", "httproutes": "HTTPRoute", "certificates": "Certificate",
}

// done are the writes to children that the operator sent to this scene, as the API server logged them.
func (p *planned) done(since controlplane.Mark) map[deed]bool {
	p.Helper()
	deeds := map[deed]bool{}
	for _, request := range p.writes(since) {
		if kind := kinds[request.Resource]; kind != "" && request.Status < 300 {
			deeds[deed{request.Verb, kind, request.Name}] = true
		}
	}
	return deeds
}

// deployments are the live Deployments by name.
func (p *planned) deployments() map[string]appsv1.DeploymentSpec {
	p.Helper()
	list := &appsv1.DeploymentList{}
	if err := plane.Admin.List(p.Context(), list, client.InNamespace(p.namespace)); err != nil {
		p.Fatal(err)
	}
	specs := map[string]appsv1.DeploymentSpec{}
	for i := range list.Items {
		specs[list.Items[i].Name] = list.Items[i].Spec
	}
	return specs
}

// check plans a change, makes it, and compares what plan said with what happened.
func (p *planned) check(what string, objects []*unstructured.Unstructured, carryOut func(), flags ...string) *plan.Report {
	p.Helper()
	report := p.plan(objects, flags...)
	before, mark := p.deployments(), p.mark()
	carryOut()
	p.wantAsPlanned(what, report)
	p.settle(300 * time.Millisecond)
	want, got := foreseen(report), p.done(mark)
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(deed{})); diff != "" {
		p.Errorf("%s: what was written is not what was planned (-planned +written):\n%s", what, diff)
	}
	p.checkPods(what, report, before)
	p.changes++
	if len(want) > 0 {
		p.wrote++
	}
	if report.Totals.Pods.Restart > 0 {
		p.restarted++
	}
	return report
}

// checkPods compares the pods that restart, and how many there are, with the Deployments.
func (p *planned) checkPods(what string, report *plan.Report, before map[string]appsv1.DeploymentSpec) {
	p.Helper()
	after := p.deployments()
	for i := range report.Portals {
		portal := &report.Portals[i]
		name := render.Names(portal.Name).Workload
		was, existed := before[name]
		now, exists := after[name]
		restart := int32(0)
		if existed && exists && !equality.Semantic.DeepEqual(was.Template, now.Template) {
			restart = min(*was.Replicas, *now.Replicas)
		}
		if portal.Pods.Restart != restart {
			p.Errorf("%s: %d pods of %s restarted, planned were %d", what, restart, portal.Name, portal.Pods.Restart)
		}
		if exists && portal.Verdict != plan.Unchanged && portal.Verdict != plan.Deleted {
			pods := *now.Replicas
			if portal.Problem == nil {
				pods = p.autoscaled(name, pods)
			}
			if pods != portal.Pods.After {
				p.Errorf("%s: %s has %d pods, planned were %d", what, portal.Name, pods, portal.Pods.After)
			}
		}
	}
}

// autoscaled is the number of pods that an autoscaler makes of one, where there is an autoscaler: nobody else runs it here.
func (p *planned) autoscaled(name string, pods int32) int32 {
	p.Helper()
	scaler := &autoscalingv2.HorizontalPodAutoscaler{}
	err := plane.Admin.Get(p.Context(), p.key(name), scaler)
	if apierrors.IsNotFound(err) {
		return pods
	}
	if err != nil {
		p.Fatal(err)
	}
	return min(max(pods, *scaler.Spec.MinReplicas), scaler.Spec.MaxReplicas)
}

// wantAsPlanned waits until every portal and tenant has looked at the change, and says what was planned.
func (p *planned) wantAsPlanned(what string, report *plan.Report) {
	p.Helper()
	controlplane.Eventually(p.T, soon, what+": everybody has looked at it", func(ctx context.Context) error {
		all := &v1alpha1.PortalClassList{}
		if err := plane.Admin.List(ctx, all); err != nil {
			return err
		}
		for i := range report.Portals {
			if err := p.portalAsPlanned(ctx, all.Items, &report.Portals[i]); err != nil {
				return fmt.Errorf("RegionalPortal %s, planned as %s %v: %w", report.Portals[i].Name, report.Portals[i].Verdict, report.Portals[i].Problem, err)
			}
		}
		for i := range report.Tenants {
			if err := p.tenantAsPlanned(ctx, &report.Tenants[i]); err != nil {
				return fmt.Errorf("DealerTenant %s, planned as %s %v: %w", report.Tenants[i].Name, report.Tenants[i].Verdict, report.Tenants[i].Problem, err)
			}
		}
		return nil
	})
}

func (p *planned) portalAsPlanned(ctx context.Context, all []v1alpha1.PortalClass, want *plan.Portal) error {
	portal := &v1alpha1.RegionalPortal{}
	err := plane.Admin.Get(ctx, p.key(want.Name), portal)
	if want.Verdict == plan.Deleted && apierrors.IsNotFound(err) {
		return nil
	}
	if err != nil {
		return err
	}
	ready := meta.FindStatusCondition(portal.Status.Conditions, v1alpha1.ConditionReady)
	if portal.Status.ObservedGeneration != portal.Generation || ready == nil {
		return fmt.Errorf("generation %d of %d", portal.Status.ObservedGeneration, portal.Generation)
	}
	if want.Problem != nil && want.Problem.Reason == v1alpha1.ReasonSuspended {
		if ready.Status != metav1.ConditionUnknown || ready.Reason != want.Problem.Reason {
			return fmt.Errorf("%s", brief(portal.Status.Conditions))
		}
		return nil
	}
	if want.Problem != nil {
		if ready.Status != metav1.ConditionFalse || ready.Reason != want.Problem.Reason {
			return fmt.Errorf("%s", brief(portal.Status.Conditions))
		}
		return nil
	}
	effective, err := settings.Resolve(classes.Of(all, portal), portal)
	if err != nil {
		return err
	}
	stalled := meta.IsStatusConditionTrue(portal.Status.Conditions, v1alpha1.ConditionStalled)
	if used := portal.Status.Class; stalled || used == nil || used.Name != want.Class || used.Resolved != effective.Class.Resolved {
		return fmt.Errorf("class %v, wanted is %s %s; %s", used, want.Class, effective.Class.Resolved, brief(portal.Status.Conditions))
	}
	return nil
}

func (p *planned) tenantAsPlanned(ctx context.Context, want *plan.Tenant) error {
	tenant := &v1alpha1.DealerTenant{}
	err := plane.Admin.Get(ctx, p.key(want.Name), tenant)
	if want.Verdict == plan.Deleted && apierrors.IsNotFound(err) {
		return nil
	}
	if err != nil {
		return err
	}
	if tenant.Status.ObservedGeneration != tenant.Generation {
		return fmt.Errorf("generation %d of %d", tenant.Status.ObservedGeneration, tenant.Generation)
	}
	conditions := tenant.Status.Conditions
	attached := meta.IsStatusConditionTrue(conditions, v1alpha1.ConditionAttached)
	ready := meta.FindStatusCondition(conditions, v1alpha1.ConditionReady)
	switch {
	case want.Problem == nil && !attached:
		return fmt.Errorf("%s", brief(conditions))
	case want.Problem != nil && (ready == nil || ready.Reason != want.Problem.Reason):
		return fmt.Errorf("%s", brief(conditions))
	}
	return nil
}
