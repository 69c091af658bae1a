// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package regionalportal_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
	"github.com/forecourt-dev/forecourt/controllers"
	"github.com/forecourt-dev/forecourt/test/controlplane"
	"github.com/forecourt-dev/forecourt/test/world"
)

// childless fails the test when a portal has any child.
func childless(w *world.World, portal string) {
	w.Helper()
	for _, child := range childrenOf(w, portal).all() {
		if err := w.Plane.Admin.Get(w.Context(), client.ObjectKeyFromObject(child), child); !apierrors.IsNotFound(err) {
			w.Errorf("%T %s is there: %v", child, child.GetName(), err)
		}
	}
}

func TestFaultsWaitForAPersonWithoutAnyChild(t *testing.T) {
	tests := map[string]struct {
		fault    func(*v1alpha1.RegionalPortal)
		reason   string
		mentions []string
	}{
		"an unknown time zone": {
			fault:  func(p *v1alpha1.RegionalPortal) { p.Spec.TimeZone = "America/Springfield" },
			reason: v1alpha1.ReasonInvalidSpec, mentions: []string{"spec.timeZone", "America/Springfield"},
		},
		"a schedule that never comes": {
			fault: func(p *v1alpha1.RegionalPortal) {
				p.Spec.Inactivity = &v1alpha1.InactivitySettings{Schedule: "0 5 30 2 *"}
			},
			reason: v1alpha1.ReasonInvalidSpec, mentions: []string{"spec.inactivity.schedule", "0 5 30 2 *"},
		},
		"a class that does not exist": {
			fault:  func(p *v1alpha1.RegionalPortal) { p.Spec.ClassName = "missing" },
			reason: v1alpha1.ReasonClassNotFound, mentions: []string{"spec.className", "missing"},
		},
		"no class and no default": {
			fault:  func(p *v1alpha1.RegionalPortal) { p.Spec.ClassName = "" },
			reason: v1alpha1.ReasonNoDefaultClass, mentions: []string{"spec.className", v1alpha1.AnnotationDefaultClass},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			w := cluster.New(t)
			portal := w.Portal("us")
			test.fault(portal)
			w.Create(portal)
			stalled := w.Want(portal, v1alpha1.ConditionStalled, "True/"+test.reason)
			w.Want(portal, v1alpha1.ConditionReady, "False/"+test.reason)
			for _, word := range test.mentions {
				if !strings.Contains(stalled.Message, word) {
					t.Errorf("Message %q: want %q in it", stalled.Message, word)
				}
			}
			childless(w, "us")
			world.Change(w, portal, func(p *v1alpha1.RegionalPortal) { p.Spec = w.Portal("us").Spec })
			w.Ready(portal)
		})
	}
}

func TestAFaultLeavesARunningPortalAlone(t *testing.T) {
	w := cluster.New(t)
	portal := w.Portal("us")
	w.Create(portal)
	w.Ready(portal)
	c := childrenOf(w, "us")
	for _, child := range c.all() {
		w.Read(child)
	}
	world.Change(w, portal, func(p *v1alpha1.RegionalPortal) { p.Spec.TimeZone = "Mars/Olympus" })
	w.Want(portal, v1alpha1.ConditionReady, "False/InvalidSpec")
	w.Want(portal, v1alpha1.ConditionWorkloadAvailable, "True")
	w.Want(portal, v1alpha1.ConditionDatabaseReady, "True")
	for _, child := range c.all() {
		version := child.GetResourceVersion()
		w.Read(child)
		if child.GetResourceVersion() != version {
			t.Errorf("%T %s was written", child, child.GetName())
		}
	}
}

// onlyEvents starts an operator that asks portals once: whatever happens later is found by watching.
func onlyEvents(t *testing.T) *world.World {
	t.Helper()
	w := cluster.New(t)
	w.Restart(func(o *controllers.Options) { o.PollPeriod = time.Hour })
	return w
}

func TestAClassMayComeLater(t *testing.T) {
	w := onlyEvents(t)
	portal := w.Portal("us")
	portal.Spec.ClassName = w.Class + "-later"
	w.Create(portal)
	w.Want(portal, v1alpha1.ConditionClassAccepted, "False/ClassNotFound")
	later := &v1alpha1.PortalClass{
		ObjectMeta: metav1.ObjectMeta{Name: portal.Spec.ClassName},
		Spec: v1alpha1.PortalClassSpec{
			Release:  v1alpha1.PortalRelease{Version: "2.0.0", Image: "forecourt.test/portal:2.0.0"},
			Defaults: &v1alpha1.PortalSettings{Inactivity: &v1alpha1.InactivitySettings{Mode: v1alpha1.InactivityOff}},
		},
	}
	w.Create(later)
	w.Ready(portal)
	if portal.Status.Release.Version != "2.0.0" || portal.Status.Inactivity.Mode != v1alpha1.InactivityOff {
		t.Errorf("Release %v, inactivity %v: want those of the class", portal.Status.Release, portal.Status.Inactivity)
	}
	world.Change(w, later, func(c *v1alpha1.PortalClass) { c.Spec.Defaults.Inactivity.Mode = v1alpha1.InactivityEnforce })
	w.Want(portal, v1alpha1.ConditionInactivityHealthy, "True/NeverRun")
	w.Delete(later)
	w.Want(portal, v1alpha1.ConditionClassAccepted, "False/ClassNotFound")
	w.Read(childrenOf(w, "us").deployment)
}

func TestTheDefaultClassIsUsed(t *testing.T) {
	w := onlyEvents(t)
	portal := w.Portal("us")
	portal.Spec.ClassName = ""
	w.Create(portal)
	w.Want(portal, v1alpha1.ConditionClassAccepted, "False/NoDefaultClass")
	class := &v1alpha1.PortalClass{ObjectMeta: metav1.ObjectMeta{Name: w.Class}}
	mark := func(value string) {
		world.Change(w, class, func(c *v1alpha1.PortalClass) {
			metav1.SetMetaDataAnnotation(&c.ObjectMeta, v1alpha1.AnnotationDefaultClass, value)
		})
	}
	mark("true")
	w.Ready(portal)
	if portal.Status.Class.Name != w.Class {
		t.Errorf("Class %q: want the default %q", portal.Status.Class.Name, w.Class)
	}
	mark("false")
	w.Want(portal, v1alpha1.ConditionClassAccepted, "False/NoDefaultClass")
}

func TestAStrangersObjectIsNeverTouched(t *testing.T) {
	tests := map[string]func(children) client.Object{
		"a ConfigMap": func(c children) client.Object { c.config.Data = map[string]string{"theirs": "yes"}; return c.config },
		"a key Secret": func(c children) client.Object {
			c.keys.Data = map[string][]byte{"theirs": []byte("yes")}
			return c.keys
		},
		"a labelled ConfigMap": func(c children) client.Object {
			c.config.Labels = map[string]string{"app.kubernetes.io/managed-by": "forecourt", "portals.forecourt.dev/portal": "us"}
			return c.config
		},
	}
	for name, pick := range tests {
		t.Run(name, func(t *testing.T) {
			w := cluster.New(t)
			theirs := pick(childrenOf(w, "us"))
			w.Create(theirs)
			version := theirs.GetResourceVersion()
			portal := w.Portal("us")
			w.Create(portal)
			stalled := w.Want(portal, v1alpha1.ConditionStalled, "True/NameConflict")
			if !strings.Contains(stalled.Message, theirs.GetName()) {
				t.Errorf("Message %q: want the name of the object in it", stalled.Message)
			}
			w.Read(theirs)
			if theirs.GetResourceVersion() != version {
				t.Error("The object was written")
			}
			w.Delete(theirs)
			w.Ready(portal)
		})
	}
}

func TestSecretsThatTheSpecNamesAreAwaited(t *testing.T) {
	w := cluster.New(t)
	portal := w.Portal("us")
	portal.Spec.Database = &v1alpha1.DatabaseSpec{
		Type:       v1alpha1.DatabasePostgreSQL,
		PostgreSQL: &v1alpha1.PostgreSQLDatabase{SecretRef: v1alpha1.SecretKeyRef{Name: "database", Key: "dsn"}},
	}
	w.Create(portal)
	missing := w.Want(portal, v1alpha1.ConditionDatabaseReady, "False/SecretMissing")
	if !strings.Contains(missing.Message, "database") {
		t.Errorf("Message %q: want the name of the Secret in it", missing.Message)
	}
	w.Want(portal, v1alpha1.ConditionStalled, "False")
	childless(w, "us")
	secret := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: w.Namespace, Name: "database"}, Data: map[string][]byte{"other": []byte("x")}}
	w.Create(secret)
	missing = w.Want(portal, v1alpha1.ConditionReady, "False/SecretMissing")
	if missing.Message == "" {
		t.Error("The message is empty")
	}
	world.Change(w, secret, func(s *corev1.Secret) { s.Data["dsn"] = []byte("postgres://nobody@127.0.0.1:1/none") })
	w.Want(portal, v1alpha1.ConditionWorkloadAvailable, "False/Progressing")
	w.Want(portal, v1alpha1.ConditionDatabaseReady, "Unknown/PortalUnreachable")
	w.Read(childrenOf(w, "us").deployment)
}

// TestWhatSignInNeedsIsAwaited names a client secret, a gateway and a logo that come later: each is told by its own condition, and the
// operator looks again by itself.
func TestWhatSignInNeedsIsAwaited(t *testing.T) {
	w := cluster.New(t)
	portal := w.Portal("us")
	portal.Spec.Auth = &v1alpha1.AuthSettings{SSO: &v1alpha1.SSOSettings{
		IssuerURL: "https://127.0.0.1:9", ClientID: "portals", ClientSecretRef: &v1alpha1.SecretKeyRef{Name: "login", Key: "current"}, UserGroups: []string{"staff"},
	}}
	portal.Spec.Notify = &v1alpha1.NotifySettings{SMS: &v1alpha1.SMSSettings{WebhookSecretRef: v1alpha1.SecretNameRef{Name: "sms"}}}
	portal.Spec.Branding = &v1alpha1.BrandingSettings{LogoConfigMapRef: &v1alpha1.LogoRef{Name: "look", Key: "logo.svg"}}
	w.Create(portal)
	meta := func(name string) metav1.ObjectMeta { return metav1.ObjectMeta{Namespace: w.Namespace, Name: name} }
	for _, step := range []struct {
		condition, want, names string
		then                   client.Object
	}{
		{v1alpha1.ConditionNotificationsReady, "False/SecretMissing", "notify.sms.webhookSecretRef", &corev1.Secret{
			ObjectMeta: meta("sms"), StringData: map[string]string{"url": "https://127.0.0.1:9/sms", "secret": strings.Repeat("s", 32)},
		}},
		{v1alpha1.ConditionAuthReady, "False/SecretMissing", "auth.sso.clientSecretRef", &corev1.Secret{
			ObjectMeta: meta("login"), StringData: map[string]string{"current": "secret"},
		}},
		{v1alpha1.ConditionReady, "False/ConfigMapMissing", "branding.logoConfigMapRef", &corev1.ConfigMap{
			ObjectMeta: meta("look"), Data: map[string]string{"logo.svg": "<svg/>"},
		}},
	} {
		missing := w.Want(portal, step.condition, step.want)
		if !strings.Contains(missing.Message, step.names) {
			t.Errorf("%s: %q does not name %s", step.condition, missing.Message, step.names)
		}
		w.Want(portal, v1alpha1.ConditionStalled, "False")
		childless(w, "us")
		w.Create(step.then)
	}
	controlplane.Eventually(t, world.Within, "the pods mount all of it", func(ctx context.Context) error {
		deployment := childrenOf(w, "us").deployment
		if err := w.Plane.Admin.Get(ctx, client.ObjectKeyFromObject(deployment), deployment); err != nil {
			return err
		}
		var mounted []string
		for _, volume := range deployment.Spec.Template.Spec.Volumes {
			mounted = append(mounted, volume.Name)
		}
		for _, name := range []string{"sms", "sso", "logo"} {
			if !slices.Contains(mounted, name) {
				return fmt.Errorf("no volume %s among %v", name, mounted)
			}
		}
		return nil
	})
	w.Want(portal, v1alpha1.ConditionWorkloadAvailable, "True") // the portal reads every file
}
