// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package proof

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
	"github.com/forecourt-dev/forecourt/test/controlplane"
	"github.com/forecourt-dev/forecourt/test/operator"
)

// faults are portals that the schema admits and only the operator can judge: merge patches on a small portal, the reason
// of the conditions Stalled and Ready, and what the message has to name.
var faults = map[string]struct {
	change, reason string
	mentions       []string
}{
	"a time zone that does not exist":          {`{"spec":{"timeZone":"America/Springfield"}}`, "InvalidSpec", []string{"spec.timeZone", "America/Springfield", "IANA"}},
	"the machine's time zone":                  {`{"spec":{"timeZone":"Local"}}`, "InvalidSpec", []string{"spec.timeZone", "Local"}},
	"a time zone of some machines":             {`{"spec":{"timeZone":"posix/Asia/Tokyo"}}`, "InvalidSpec", []string{"spec.timeZone"}},
	"a schedule out of range":                  {`{"spec":{"inactivity":{"schedule":"61 5 * * *"}}}`, "InvalidSpec", []string{"spec.inactivity.schedule", "61 5 * * *"}},
	"a schedule on a day that never comes":     {`{"spec":{"inactivity":{"schedule":"0 5 30 2 *"}}}`, "InvalidSpec", []string{"spec.inactivity.schedule", "0 5 30 2 *"}},
	"a schedule of words":                      {`{"spec":{"inactivity":{"schedule":"a b c d e"}}}`, "InvalidSpec", []string{"spec.inactivity.schedule"}},
	"a language that does not exist":           {`{"spec":{"locales":["en-US","qx-12345678"]}}`, "InvalidSpec", []string{"spec.locales[1]", "qx-12345678"}},
	"a language twice":                         {`{"spec":{"locales":["en-US","EN-us"]}}`, "InvalidSpec", []string{"spec.locales[1]", "twice"}},
	"a port that does not exist":               {`{"spec":{"hostname":"a.localhost:70000"}}`, "InvalidSpec", []string{"spec.hostname", "70000"}},
	"a request above the limit":                {`{"spec":{"workload":{"resources":{"requests":{"cpu":"2"},"limits":{"cpu":"1"}}}}}`, "InvalidSpec", []string{"spec.workload.resources.requests.cpu", "limit"}},
	"a request above the usual limit":          {`{"spec":{"workload":{"resources":{"requests":{"memory":"4Gi"}}}}}`, "InvalidSpec", []string{"spec.workload.resources.requests.memory", "512Mi"}},
	"a limit below the usual request":          {`{"spec":{"workload":{"resources":{"limits":{"memory":"100Mi"}}}}}`, "InvalidSpec", []string{"spec.workload.resources.limits.memory", "128Mi"}},
	"too little memory":                        {`{"spec":{"workload":{"resources":{"requests":{"memory":"256m"}}}}}`, "InvalidSpec", []string{"spec.workload.resources.requests.memory", "64Mi"}},
	"less than no CPU":                         {`{"spec":{"workload":{"resources":{"requests":{"cpu":"-1"}}}}}`, "InvalidSpec", []string{"spec.workload.resources.requests.cpu", "-1"}},
	"a node label that is none":                {`{"spec":{"workload":{"nodeSelector":{"a b":"c"}}}}`, "InvalidSpec", []string{"spec.workload.nodeSelector", "a b"}},
	"a node label's value that is none":        {`{"spec":{"workload":{"nodeSelector":{"zone":"c d"}}}}`, "InvalidSpec", []string{"spec.workload.nodeSelector", "c d"}},
	"a taint that is none":                     {`{"spec":{"workload":{"tolerations":[{"key":"-","operator":"Exists"}]}}}`, "InvalidSpec", []string{"spec.workload.tolerations[0]"}},
	"a priority class in capitals":             {`{"spec":{"workload":{"priorityClassName":"High"}}}`, "InvalidSpec", []string{"spec.workload.priorityClassName", "High"}},
	"a pull secret with two dots in a row":     {`{"spec":{"workload":{"imagePullSecrets":[{"name":"a..b"}]}}}`, "InvalidSpec", []string{"spec.workload.imagePullSecrets[0].name", "a..b"}},
	"a volume that is too small":               {`{"spec":{"database":{"embedded":{"size":"10"}}}}`, "InvalidSpec", []string{"spec.database.embedded.size", "16Mi"}},
	"a storage class in capitals":              {`{"spec":{"database":{"embedded":{"storageClassName":"Fast"}}}}`, "InvalidSpec", []string{"spec.database.embedded.storageClassName", "Fast"}},
	"a database key that is a path":            {`{"spec":{"database":{"type":"PostgreSQL","postgresql":{"secretRef":{"name":"db","key":".."}}}}}`, "InvalidSpec", []string{"spec.database.postgresql.secretRef.key"}},
	"a database secret with two dots":          {`{"spec":{"database":{"type":"PostgreSQL","postgresql":{"secretRef":{"name":"d..b","key":"dsn"}}}}}`, "InvalidSpec", []string{"spec.database.postgresql.secretRef.name"}},
	"a database secret that does not exist":    {`{"spec":{"database":{"type":"PostgreSQL","postgresql":{"secretRef":{"name":"none","key":"dsn"}}}}}`, "SecretMissing", []string{"none"}},
	"mail credentials that do not exist":       {`{"spec":{"notify":{"mail":{"host":"mail.example","from":"a@b.example","secretRef":{"name":"none"}}}}}`, "SecretMissing", []string{"none"}},
	"a mail secret with two dots":              {`{"spec":{"notify":{"mail":{"host":"mail.example","from":"a@b.example","secretRef":{"name":"n..n"}}}}}`, "InvalidSpec", []string{"spec.notify.mail.secretRef.name"}},
	"short passwords that stand alone":         {`{"spec":{"auth":{"password":{"minLength":12}}}}`, "InvalidSpec", []string{"spec.auth.password.minLength", "12", "AdminsOnly", "Required"}},
	"codes without a gateway":                  {`{"spec":{"auth":{"recovery":{"channels":["SMS"]}}}}`, "InvalidSpec", []string{"spec.auth.recovery.channels", "notify.sms"}},
	"single sign-on without a provider":        {`{"spec":{"auth":{"sso":{"clientID":"a"}}}}`, "InvalidSpec", []string{"spec.auth.sso.issuerURL", "spec.auth.sso.clientSecretRef", "spec.auth.sso.serviceDeskGroups"}},
	"a provider on a port that does not exist": {`{"spec":{"auth":{"sso":{"issuerURL":"https://a.example:70000","clientID":"a","clientSecretRef":{"name":"a","key":"b"},"userGroups":["c"]}}}}`, "InvalidSpec", []string{"spec.auth.sso.issuerURL", "70000"}},
	"the same client secret twice":             {`{"spec":{"auth":{"sso":{"issuerURL":"https://a.example","clientID":"a","clientSecretRef":{"name":"a","key":"b"},"previousClientSecretRef":{"name":"a","key":"b"},"userGroups":["c"]}}}}`, "InvalidSpec", []string{"spec.auth.sso.previousClientSecretRef", "a/b"}},
	"a client secret key that is a path":       {`{"spec":{"auth":{"sso":{"issuerURL":"https://a.example","clientID":"a","clientSecretRef":{"name":"a","key":".."},"userGroups":["c"]}}}}`, "InvalidSpec", []string{"spec.auth.sso.clientSecretRef.key"}},
	"a client secret that does not exist":      {`{"spec":{"auth":{"sso":{"issuerURL":"https://a.example","clientID":"a","clientSecretRef":{"name":"none","key":"b"},"userGroups":["c"]}}}}`, "SecretMissing", []string{"auth.sso.clientSecretRef", "none"}},
	"a gateway that does not exist":            {`{"spec":{"notify":{"sms":{"webhookSecretRef":{"name":"none"}}}}}`, "SecretMissing", []string{"notify.sms.webhookSecretRef", "none"}},
	"a gateway secret with two dots":           {`{"spec":{"notify":{"sms":{"webhookSecretRef":{"name":"n..n"}}}}}`, "InvalidSpec", []string{"spec.notify.sms.webhookSecretRef.name"}},
	"a logo that does not exist":               {`{"spec":{"branding":{"logoConfigMapRef":{"name":"none","key":"logo.svg"}}}}`, "ConfigMapMissing", []string{"branding.logoConfigMapRef", "none"}},
	"a logo's ConfigMap with two dots":         {`{"spec":{"branding":{"logoConfigMapRef":{"name":"n..n","key":"logo.svg"}}}}`, "InvalidSpec", []string{"spec.branding.logoConfigMapRef.name"}},
	"a text in a language nobody can choose":   {`{"spec":{"support":{"topics":[{"title":"a","localized":[{"locale":"pt-BR","text":"b"}]}]}}}`, "InvalidSpec", []string{"spec.support.topics[0].localized[0].locale", "pt-BR"}},
	"news for a brand that is not there":       {`{"spec":{"announcements":[{"title":"a","text":"b","brands":["zenith"]}]}}`, "InvalidSpec", []string{"spec.announcements[0].brands[0]", "zenith"}},
	"a page without a host":                    {`{"spec":{"support":{"newDealerURL":"https:///page"}}}`, "InvalidSpec", []string{"spec.support.newDealerURL", "https:///page"}},
	"an address in place of a range":           {`{"spec":{"network":{"mode":"Strict","egress":[{"cidr":"10.1.2.3/24"}]}}}`, "InvalidSpec", []string{"spec.network.egress[0].cidr", "10.1.2.0/24"}},
	"a destination with a bad selector":        {`{"spec":{"network":{"mode":"Strict","egress":[{"namespaceSelector":{"matchExpressions":[{"key":"a","operator":"In"}]}}]}}}`, "InvalidSpec", []string{"spec.network.egress[0].namespaceSelector"}},
	"a peer with a bad pod selector":           {`{"spec":{"network":{"mode":"Strict","ingressFrom":[{"podSelector":{"matchLabels":{"a":"b c"}}}]}}}`, "InvalidSpec", []string{"spec.network.ingressFrom[0].podSelector"}},
	"a peer with a bad namespace selector":     {`{"spec":{"network":{"mode":"Strict","ingressFrom":[{"namespaceSelector":{"matchExpressions":[{"key":"a","operator":"Near"}]}}]}}}`, "InvalidSpec", []string{"spec.network.ingressFrom[0].namespaceSelector"}},
	"consent with a bad selector":              {`{"spec":{"tenants":{"allowFrom":{"from":"Selector","selector":{"matchExpressions":[{"key":"a","operator":"Exists","values":["x"]}]}}}}}`, "InvalidSpec", []string{"spec.tenants.allowFrom.selector"}},
	"a class that does not exist":              {`{"spec":{"className":"no-such-class"}}`, "ClassNotFound", []string{"spec.className", "no-such-class"}},
	"no class where none is the default":       {`{"spec":{"className":null}}`, "NoDefaultClass", []string{"spec.className", "is-default-class"}},
	"a class whose own values cannot be used":  {`{"spec":{"className":"broken-class"}}`, "ClassInvalid", []string{"broken-class", "spec.defaults"}},
}

// TestEveryFaultThatOnlyTheOperatorSeesIsReportedWithoutAnyChild creates all of them at once: each has to be told on its own object,
// and the operator writes nothing but their statuses.
func TestEveryFaultThatOnlyTheOperatorSeesIsReportedWithoutAnyChild(t *testing.T) {
	t.Parallel()
	w := newScene(t, func(o *operator.Options) { o.Class = "" }) // it needs a second class
	broken := &v1alpha1.PortalClass{
		ObjectMeta: metav1.ObjectMeta{Name: "broken-class"},
		Spec: v1alpha1.PortalClassSpec{
			Release:  v1alpha1.PortalRelease{Version: "1.0.0", Image: "forecourt.test/portal:1.0.0"},
			Defaults: &v1alpha1.PortalSettings{Inactivity: &v1alpha1.InactivitySettings{Schedule: "0 5 31 4 *"}},
		},
	}
	w.create(broken)
	w.wantCondition(broken, v1alpha1.ConditionStalled, metav1.ConditionTrue, v1alpha1.ReasonInvalidSpec)

	mark, names := w.mark(), map[string]string{}
	for name, row := range faults {
		portal := w.portal(fmt.Sprintf("portal-%02d", len(names)))
		names[name] = portal.Name
		object := unstructuredPortal(t, portal)
		merge(t, object, row.change)
		if err := plane.Admin.Create(t.Context(), object); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
	}
	for name, row := range faults {
		t.Run(name, func(t *testing.T) { w.on(t).wantFault(names[name], row.reason, row.mentions) })
	}
	w.settle(3 * time.Second)
	for _, write := range w.writes(mark) {
		if write.Resource != "regionalportals" || write.Subresource != "status" {
			t.Errorf("the operator wrote more than a status: %s", write)
		}
	}
	t.Logf("%d faults reported", len(faults))
}

func unstructuredPortal(t *testing.T, portal *v1alpha1.RegionalPortal) *unstructured.Unstructured {
	t.Helper()
	portal.SetGroupVersionKind(v1alpha1.GroupVersion.WithKind("RegionalPortal"))
	content, err := runtime.DefaultUnstructuredConverter.ToUnstructured(portal)
	if err != nil {
		t.Fatal(err)
	}
	delete(content, "status")
	return &unstructured.Unstructured{Object: content}
}

// wantFault waits until Stalled says what is wrong; Ready says the same.
func (w *scene) wantFault(name, reason string, mentions []string) {
	w.Helper()
	controlplane.Eventually(w.T, soon, name+" reports "+reason, func(ctx context.Context) error {
		portal := &v1alpha1.RegionalPortal{}
		if err := plane.Admin.Get(ctx, w.key(name), portal); err != nil {
			return err
		}
		blocking := v1alpha1.ConditionStalled
		if reason == v1alpha1.ReasonSecretMissing || reason == v1alpha1.ReasonConfigMapMissing {
			blocking = v1alpha1.ConditionReconciling // it may come later: the operator looks again
		}
		told := meta.FindStatusCondition(portal.Status.Conditions, blocking)
		ready := meta.FindStatusCondition(portal.Status.Conditions, v1alpha1.ConditionReady)
		if told == nil || ready == nil || told.Status != metav1.ConditionTrue || ready.Status != metav1.ConditionFalse || ready.Reason != reason {
			return fmt.Errorf("%s", brief(portal.Status.Conditions))
		}
		if slices.ContainsFunc(mentions, func(word string) bool { return !strings.Contains(ready.Message, word) }) {
			return fmt.Errorf("%q does not mention %q", ready.Message, mentions)
		}
		return nil
	})
}

// TestTenantFaultsAreReportedAndNeverReachThePortal covers what only the operator can judge of a tenant.
func TestTenantFaultsAreReportedAndNeverReachThePortal(t *testing.T) {
	t.Parallel()
	w := newScene(t, nil)
	portal, first := w.portal("us-dealers"), w.tenant("us-dealers", 1)
	portal.Spec.Tenants = &v1alpha1.TenantsSpec{Max: new(int32(100))}
	w.create(portal)
	w.create(first)
	w.wantReady(portal, first)
	elsewhere, err := plane.Namespace(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	far := w.portal("far-dealers")
	far.Namespace = elsewhere
	w.create(far)
	w.secret("garbled", map[string]string{"invitations.csv": "username,name\nonly-one-column\n"})
	w.secret("keyless", map[string]string{"other": "x"})

	rows := map[string]struct {
		edit      func(*v1alpha1.DealerTenant)
		condition string
		reason    string
	}{
		"a portal that does not exist": {
			func(d *v1alpha1.DealerTenant) { d.Spec.PortalRef.Name = "nowhere" }, v1alpha1.ConditionAttached, v1alpha1.ReasonPortalNotFound,
		},
		"a brand that the portal lacks": {
			func(d *v1alpha1.DealerTenant) { d.Spec.Brands = []string{"zenith"} }, v1alpha1.ConditionStalled, v1alpha1.ReasonBrandUnknown,
		},
		"a dealer code that somebody has": {
			func(d *v1alpha1.DealerTenant) { d.Spec.DealerCode = first.Spec.DealerCode }, v1alpha1.ConditionStalled, v1alpha1.ReasonDealerCodeTaken,
		},
		"invitations that do not exist": {
			func(d *v1alpha1.DealerTenant) { d.Spec.Invitations = invitations("none") }, v1alpha1.ConditionSynced, v1alpha1.ReasonInvitationsInvalid,
		},
		"invitations without the key": {
			func(d *v1alpha1.DealerTenant) { d.Spec.Invitations = invitations("keyless") }, v1alpha1.ConditionSynced, v1alpha1.ReasonInvitationsInvalid,
		},
		"invitations that are garbled": {
			func(d *v1alpha1.DealerTenant) { d.Spec.Invitations = invitations("garbled") }, v1alpha1.ConditionSynced, v1alpha1.ReasonInvitationsInvalid,
		},
	}
	number := 1
	for name, row := range rows {
		number++
		tenant := w.tenant("us-dealers", number)
		row.edit(tenant)
		t.Run(name, func(t *testing.T) {
			w.on(t).create(tenant)
			controlplane.Eventually(t, soon, row.reason, func(ctx context.Context) error {
				if err := plane.Admin.Get(ctx, client.ObjectKeyFromObject(tenant), tenant); err != nil {
					return err
				}
				told := meta.FindStatusCondition(tenant.Status.Conditions, row.condition)
				if told == nil || told.Reason != row.reason || isTrue(tenant.Status.Conditions, v1alpha1.ConditionReady) {
					return fmt.Errorf("%s", brief(tenant.Status.Conditions))
				}
				return nil
			})
			if tenant.Status.SyncedGeneration != 0 {
				t.Errorf("generation %d is in force in the portal", tenant.Status.SyncedGeneration)
			}
		})
	}
	w.wantReady(portal, first)
	controlplane.Eventually(t, soon, "the portal has one tenant", func(context.Context) error {
		w.read(portal, portal.Name)
		if portal.Status.Tenants.Ready != 1 {
			return fmt.Errorf("%+v", portal.Status.Tenants)
		}
		return nil
	})
}

func invitations(secret string) *v1alpha1.InvitationsSpec {
	return &v1alpha1.InvitationsSpec{SecretRef: v1alpha1.SecretNameRef{Name: secret}}
}
