// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package regionalportal_test

import (
	"bytes"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	portalconfig "github.com/forecourt-dev/forecourt/api/portalconfig/v1alpha1"
	"github.com/forecourt-dev/forecourt/api/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/portalapi"
	"github.com/forecourt-dev/forecourt/internal/render"
	"github.com/forecourt-dev/forecourt/test/world"
)

func TestAPortalBecomesReady(t *testing.T) {
	w := cluster.New(t)
	portal := w.Portal("us")
	w.Create(portal)
	w.Ready(portal)
	status := portal.Status
	if status.URL != "https://us.example.com" || status.Class == nil || status.Class.Name != w.Class || status.Release.Version != "1.0.0" {
		t.Errorf("URL %q, class %v, release %v", status.URL, status.Class, status.Release)
	}
	if status.ReadyReplicas != 1 || !strings.Contains(status.Selector, "app.kubernetes.io/instance=us") {
		t.Errorf("%d replicas are ready, selector %q", status.ReadyReplicas, status.Selector)
	}
	if status.Store == nil || status.Store.ID == "" || status.Inactivity == nil || status.Inactivity.NextRun == nil {
		t.Errorf("Store %v, inactivity %v: want both", status.Store, status.Inactivity)
	}
	w.Want(portal, v1alpha1.ConditionNotificationsReady, "False/NotConfigured")
	w.Want(portal, v1alpha1.ConditionInactivityHealthy, "True/NeverRun")
}

func TestSettingsAreInForceWithoutARestart(t *testing.T) {
	w := cluster.New(t)
	portal := w.Portal("us")
	w.Create(portal)
	w.Ready(portal)
	c := childrenOf(w, "us")
	w.Read(c.deployment)
	before := c.deployment.Generation
	caller := w.Call(w.Key("us"))
	old, _, err := caller.State(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	world.Change(w, portal, func(p *v1alpha1.RegionalPortal) {
		p.Spec.Support = &v1alpha1.SupportSpec{Hours: "Mon-Fri 7:00-19:00"}
	})
	w.Ready(portal)
	now, _, err := caller.State(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	if now.SettingsDigest == old.SettingsDigest {
		t.Error("The portal is Ready but has the old settings in force")
	}
	w.Read(c.deployment)
	if c.deployment.Generation != before {
		t.Error("A change of policy rolled the pods")
	}
}

func TestSettingsOfARestoredClusterAreRefusedUntilAdoption(t *testing.T) {
	w := cluster.New(t)
	portal := w.Portal("us")
	w.Create(portal)
	w.Ready(portal)
	caller := w.Call(w.Key("us"))
	ahead := &portalapi.SettingsRequest{UID: string(portal.UID), Generation: 9, Settings: settingsOf(w, "us")}
	ahead.Settings.DisplayName = "From the future"
	if _, err := caller.PutSettings(t.Context(), ahead); err != nil {
		t.Fatal(err)
	}
	refused := w.Want(portal, v1alpha1.ConditionAuthReady, "False/SettingsRefused")
	if !strings.Contains(refused.Message, v1alpha1.AnnotationAdopt) {
		t.Errorf("Message %q: want the cure in it", refused.Message)
	}
	w.Delete(portal)
	collect(w, childrenOf(w, "us"), portal)
	again := w.Portal("us")
	again.Annotations = map[string]string{v1alpha1.AnnotationAdopt: string(portal.UID)}
	w.Create(again)
	w.Ready(again)
}

// settingsOf reads the settings that a portal's pods were given.
func settingsOf(w *world.World, portal string) portalconfig.Settings {
	w.Helper()
	config := childrenOf(w, portal).config
	w.Read(config)
	settings := portalconfig.Settings{}
	if err := yaml.UnmarshalStrict([]byte(config.Data[portalconfig.SettingsFile]), &settings); err != nil {
		w.Fatal(err)
	}
	return settings
}

func TestScaledToZeroAndBack(t *testing.T) {
	w := cluster.New(t)
	portal := w.Portal("us")
	w.Create(portal)
	w.Ready(portal)
	c := childrenOf(w, "us")
	world.Change(w, portal, func(p *v1alpha1.RegionalPortal) { p.Spec.Replicas = new(int32(0)) })
	w.Want(portal, v1alpha1.ConditionWorkloadAvailable, "True/ScaledToZero")
	w.Want(portal, v1alpha1.ConditionReady, "True/ScaledToZero")
	w.Read(c.cronJob)
	if !*c.cronJob.Spec.Suspend {
		t.Error("The sweep is not suspended though no pod can answer it")
	}
	if portal.Status.Inactivity.NextRun != nil || portal.Status.Store == nil {
		t.Errorf("Next run %v, store %v: want none, and the last report", portal.Status.Inactivity.NextRun, portal.Status.Store)
	}
	world.Change(w, portal, func(p *v1alpha1.RegionalPortal) { p.Spec.Replicas = nil })
	w.Want(portal, v1alpha1.ConditionReady, "True/Reconciled")
}

func TestAPortalThatDoesNotRunIsNotReady(t *testing.T) {
	w := cluster.New(t)
	portal := w.Portal("us")
	w.Create(portal)
	w.Ready(portal)
	if err := w.Host.Stop(t.Context(), w.Key("us")); err != nil {
		t.Fatal(err)
	}
	w.Want(portal, v1alpha1.ConditionWorkloadAvailable, "False")
	w.Want(portal, v1alpha1.ConditionReady, "False")
	w.Want(portal, v1alpha1.ConditionDatabaseReady, "Unknown/PortalUnreachable")
	if portal.Status.Store == nil || portal.Status.Accounts == nil {
		t.Error("What was reported last is not told any more")
	}
	if err := w.Host.Resume(w.Key("us")); err != nil {
		t.Fatal(err)
	}
	w.Ready(portal)
}

func TestRetainedDataComesBackByAdoption(t *testing.T) {
	w := cluster.New(t)
	first := w.Portal("us")
	w.Create(first)
	w.Ready(first)
	c := childrenOf(w, "us")
	for _, child := range c.precious() {
		w.Read(child)
		if len(child.GetOwnerReferences()) != 0 {
			t.Errorf("%T %s would go with its portal", child, child.GetName())
		}
	}
	pepper, store := c.keys.Data[render.KeyPepper], first.Status.Store.ID
	w.Delete(first)
	collect(w, c, first)

	second := w.Portal("us")
	w.Create(second)
	needed := w.Want(second, v1alpha1.ConditionStalled, "True/AdoptionNeeded")
	if !strings.Contains(needed.Message, string(first.UID)) {
		t.Errorf("The message does not name the UID to adopt: %s", needed.Message)
	}
	for _, child := range c.owned {
		if err := w.Plane.Admin.Get(t.Context(), client.ObjectKeyFromObject(child), child); !apierrors.IsNotFound(err) {
			t.Errorf("%T %s was made before the adoption: %v", child, child.GetName(), err)
		}
	}
	world.Change(w, second, func(p *v1alpha1.RegionalPortal) {
		metav1.SetMetaDataAnnotation(&p.ObjectMeta, v1alpha1.AnnotationAdopt, string(first.UID))
	})
	w.Ready(second)
	w.Read(c.keys)
	if !bytes.Equal(c.keys.Data[render.KeyPepper], pepper) {
		t.Error("The pepper was made anew: every password is lost")
	}
	if second.Status.Store.ID != store {
		t.Errorf("Store %s: want the one that was retained, %s", second.Status.Store.ID, store)
	}
	for _, child := range c.precious() {
		w.Read(child)
		if uid := child.GetAnnotations()[render.AnnotationOwnerUID]; uid != string(second.UID) {
			t.Errorf("%T %s belongs to %s: want the new portal", child, child.GetName(), uid)
		}
	}
}

func TestTheDeletionPolicyDecidesWhoOwnsTheData(t *testing.T) {
	w := cluster.New(t)
	portal := w.Portal("us")
	portal.Spec.DeletionPolicy = v1alpha1.DeletionDelete
	w.Create(portal)
	w.Ready(portal)
	c := childrenOf(w, "us")
	for _, child := range c.all() {
		w.Read(child)
		if owner := metav1.GetControllerOf(child); owner == nil || owner.UID != portal.UID {
			t.Errorf("%T %s stays behind when its portal is deleted", child, child.GetName())
		}
	}
	pepper := c.keys.Data[render.KeyPepper]
	for _, policy := range []v1alpha1.DeletionPolicy{v1alpha1.DeletionRetain, v1alpha1.DeletionDelete} {
		owners := map[v1alpha1.DeletionPolicy]int{v1alpha1.DeletionRetain: 0, v1alpha1.DeletionDelete: 1}[policy]
		world.Change(w, portal, func(p *v1alpha1.RegionalPortal) { p.Spec.DeletionPolicy = policy })
		w.Ready(portal)
		for _, child := range c.precious() {
			w.Read(child)
			if len(child.GetOwnerReferences()) != owners {
				t.Errorf("%s: %T %s has owners %v", policy, child, child.GetName(), child.GetOwnerReferences())
			}
		}
		if !bytes.Equal(c.keys.Data[render.KeyPepper], pepper) {
			t.Error("Changing the deletion policy changed the keys")
		}
	}
}

func TestWhatHoldsDataIsNeverMadeAnew(t *testing.T) {
	tests := map[string]struct {
		lose   func(children) client.Object
		reason string
	}{
		"the keys":            {func(c children) client.Object { return c.keys }, v1alpha1.ReasonKeySecretMissing},
		"the internal Secret": {func(c children) client.Object { return c.internal }, v1alpha1.ReasonKeySecretMissing},
		"the volume":          {func(c children) client.Object { return c.volume }, v1alpha1.ReasonVolumeMissing},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			w := cluster.New(t)
			portal := w.Portal("us")
			w.Create(portal)
			w.Ready(portal)
			lost := test.lose(childrenOf(w, "us"))
			w.Read(lost)
			backup, _ := lost.DeepCopyObject().(client.Object)
			remove(w, lost)
			w.Want(portal, v1alpha1.ConditionStalled, "True/"+test.reason)
			w.StopOperator()
			w.StartOperator()
			w.Want(portal, v1alpha1.ConditionReady, "False/"+test.reason)
			w.Gone(lost)
			backup.SetResourceVersion("")
			backup.SetUID("")
			w.Create(backup)
			w.Ready(portal)
		})
	}
}

func TestTheSweepLeavesWithItsMode(t *testing.T) {
	w := cluster.New(t)
	portal := w.Portal("us")
	w.Create(portal)
	w.Ready(portal)
	c := childrenOf(w, "us")
	w.Read(c.cronJob)
	world.Change(w, portal, func(p *v1alpha1.RegionalPortal) {
		p.Spec.Inactivity = &v1alpha1.InactivitySettings{Mode: v1alpha1.InactivityOff}
	})
	w.Want(portal, v1alpha1.ConditionInactivityHealthy, "True/Off")
	w.Gone(c.cronJob)
	world.Change(w, portal, func(p *v1alpha1.RegionalPortal) { p.Spec.Inactivity = nil })
	w.Want(portal, v1alpha1.ConditionInactivityHealthy, "True/NeverRun")
	w.Read(c.cronJob)
}

func TestASweepIsReported(t *testing.T) {
	w := cluster.New(t)
	portal := w.Portal("us")
	w.Create(portal)
	w.Ready(portal)
	caller := w.Call(w.Key("us"))
	run, err := caller.StartRun(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	w.Want(portal, v1alpha1.ConditionInactivityHealthy, "True/AsExpected")
	if last := portal.Status.Inactivity.LastRun; last == nil || last.ID != run.ID || last.Outcome != portalapi.RunSucceeded {
		t.Errorf("Last run %+v: want %s", last, run.ID)
	}
}

// collect removes what a garbage collector would: there is none in these tests.
func collect(w *world.World, c children, portal *v1alpha1.RegionalPortal) {
	w.Helper()
	for _, child := range c.owned {
		w.Read(child)
		if owner := metav1.GetControllerOf(child); owner == nil || owner.UID != portal.UID {
			w.Errorf("%T %s does not go with its portal", child, child.GetName())
		}
		w.Delete(child)
	}
}

// remove deletes an object for good: nobody takes the protection off a volume in these tests.
func remove(w *world.World, object client.Object) {
	w.Helper()
	if volume, ok := object.(*corev1.PersistentVolumeClaim); ok {
		world.Change(w, volume, func(v *corev1.PersistentVolumeClaim) { v.Finalizers = nil })
	}
	w.Delete(object)
	w.Gone(object)
}
