// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package regionalportal_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	autoscalingv1 "k8s.io/api/autoscaling/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
	"github.com/forecourt-dev/forecourt/controllers"
	"github.com/forecourt-dev/forecourt/internal/apply"
	"github.com/forecourt-dev/forecourt/test/controlplane"
	"github.com/forecourt-dev/forecourt/test/pgtest"
	"github.com/forecourt-dev/forecourt/test/world"
)

// market is a portal on a PostgreSQL server of its own, with its children that scale.
type market struct {
	*world.World
	portal     *v1alpha1.RegionalPortal
	deployment *appsv1.Deployment
	autoscaler *autoscalingv2.HorizontalPodAutoscaler
	budget     *policyv1.PodDisruptionBudget
}

// scaling makes a portal with these settings and waits until it is Ready.
func scaling(w *world.World, says v1alpha1.PortalSettings) *market {
	w.Helper()
	w.Create(&corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Namespace: w.Namespace, Name: "database"}, StringData: map[string]string{"dsn": pgtest.New(w.T)},
	})
	meta := metav1.ObjectMeta{Namespace: w.Namespace, Name: "us"}
	m := &market{
		World: w, portal: w.Portal("us"), deployment: &appsv1.Deployment{ObjectMeta: meta},
		autoscaler: &autoscalingv2.HorizontalPodAutoscaler{ObjectMeta: meta}, budget: &policyv1.PodDisruptionBudget{ObjectMeta: meta},
	}
	m.portal.Spec.PortalSettings = says
	m.portal.Spec.Database = &v1alpha1.DatabaseSpec{
		Type:       v1alpha1.DatabasePostgreSQL,
		PostgreSQL: &v1alpha1.PostgreSQLDatabase{SecretRef: v1alpha1.SecretKeyRef{Name: "database", Key: "dsn"}},
	}
	w.Create(m.portal)
	w.Ready(m.portal)
	return m
}

func between(least, most int32) *v1alpha1.ScalingSettings {
	return &v1alpha1.ScalingSettings{Autoscaling: &v1alpha1.AutoscalingSettings{MinReplicas: &least, MaxReplicas: &most}}
}

// set changes what the portal says.
func (m *market) set(says v1alpha1.PortalSettings) {
	m.Helper()
	world.Change(m.World, m.portal, func(p *v1alpha1.RegionalPortal) { p.Spec.PortalSettings = says })
}

// scale writes the scale of an object as an autoscaler does: as another user, by the subresource.
func (m *market) scale(object client.Object, pods int32) error {
	scale := &autoscalingv1.Scale{Spec: autoscalingv1.ScaleSpec{Replicas: pods}}
	return m.Plane.Admin.SubResource("scale").Update(m.Context(), object, client.WithSubResourceBody(scale), client.FieldOwner("horizontal-pod-autoscaler"))
}

// wantPods waits until the Deployment has a number of pods.
func (m *market) wantPods(pods int32) {
	m.Helper()
	controlplane.Eventually(m.T, world.Within, fmt.Sprintf("%d pods", pods), func(context.Context) error {
		if m.Read(m.deployment); *m.deployment.Spec.Replicas != pods {
			return fmt.Errorf("%d", *m.deployment.Spec.Replicas)
		}
		return nil
	})
}

// wantLimits waits until the autoscaler has its limits.
func (m *market) wantLimits(least, most int32) {
	m.Helper()
	controlplane.Eventually(m.T, world.Within, fmt.Sprintf("an autoscaler from %d to %d", least, most), func(ctx context.Context) error {
		if err := m.Plane.Admin.Get(ctx, client.ObjectKeyFromObject(m.autoscaler), m.autoscaler); err != nil {
			return err
		}
		if spec := m.autoscaler.Spec; *spec.MinReplicas != least || spec.MaxReplicas != most {
			return fmt.Errorf("from %d to %d", *spec.MinReplicas, spec.MaxReplicas)
		}
		return nil
	})
}

// least watches the Deployment; the function that it returns gives the fewest pods that any version had since.
func (m *market) least() func() int32 {
	m.Helper()
	watching, err := client.NewWithWatch(m.Plane.Config, client.Options{Scheme: m.Plane.Scheme})
	if err != nil {
		m.Fatal(err)
	}
	events, err := watching.Watch(m.Context(), &appsv1.DeploymentList{}, client.InNamespace(m.Namespace))
	if err != nil {
		m.Fatal(err)
	}
	m.Cleanup(events.Stop)
	return func() int32 {
		m.Read(m.deployment)
		fewest := int32(1000)
		for event := range events.ResultChan() {
			deployment, ok := event.Object.(*appsv1.Deployment)
			if !ok {
				m.Fatalf("the watch says %v", event)
			}
			fewest = min(fewest, *deployment.Spec.Replicas)
			if deployment.ResourceVersion == m.deployment.ResourceVersion {
				return fewest
			}
		}
		m.Fatal("the watch ended")
		return 0
	}
}

// passes waits until the operator has gone through the portal so many times more: each pass looks at the key Secret.
func (m *market) passes(since controlplane.Mark, count int) {
	m.Helper()
	controlplane.Eventually(m.T, world.Within, fmt.Sprintf("%d passes", count), func(context.Context) error {
		if seen := m.looks(since); seen < count {
			return fmt.Errorf("%d", seen)
		}
		return nil
	})
}

// looks counts the passes of the operator since a mark.
func (m *market) looks(since controlplane.Mark) int {
	m.Helper()
	looks, err := m.Plane.Requests(since, func(r controlplane.Request) bool {
		return r.Verb == "get" && r.Resource == "secrets" && r.Namespace == m.Namespace && r.Name == "us-keys"
	})
	if err != nil {
		m.Fatal(err)
	}
	return len(looks)
}

func (m *market) mark() controlplane.Mark {
	m.Helper()
	mark, err := m.Plane.Mark()
	if err != nil {
		m.Fatal(err)
	}
	return mark
}

// writes tallies what the operator has written in the test's namespace since a mark.
func (m *market) writes(since controlplane.Mark) map[string]int {
	m.Helper()
	all, err := m.Plane.OperatorWrites(since)
	if err != nil {
		m.Fatal(err)
	}
	counts := map[string]int{}
	for _, r := range all {
		if r.Namespace == m.Namespace {
			counts[strings.TrimSuffix(r.Verb+" "+r.Resource+"/"+r.Subresource, "/")]++
		}
	}
	return counts
}

func TestAnAutoscalerIsNotFought(t *testing.T) {
	w := cluster.New(t)
	m := scaling(w, v1alpha1.PortalSettings{Replicas: new(int32(4))})
	m.wantPods(4)
	fewest, before := m.least(), m.mark()
	m.set(v1alpha1.PortalSettings{Scaling: between(2, 8)})
	m.wantLimits(2, 8)
	m.Ready(m.portal)
	if got := fewest(); got != 4 {
		t.Errorf("turning autoscaling on showed %d pods, want 4 at every moment", got)
	}
	writes := m.writes(before)
	statuses := writes["patch regionalportals/status"] // the second when the Deployment's controller has seen the new annotation
	delete(writes, "patch regionalportals/status")
	want := map[string]int{"patch deployments": 2, "create horizontalpodautoscalers": 1}
	if fmt.Sprint(writes) != fmt.Sprint(want) || statuses > 2 {
		t.Errorf("turning autoscaling on cost %v and %d status writes, want %v and at most 2", writes, statuses, want)
	}
	if owner := metav1.GetControllerOf(m.autoscaler); owner == nil || owner.UID != m.portal.UID {
		t.Errorf("the autoscaler belongs to %v, want the portal", owner)
	}

	if err := m.scale(m.deployment, 7); err != nil {
		t.Fatal(err)
	}
	w.Restart(func(o *controllers.Options) { o.PollPeriod = time.Second })
	m.Ready(m.portal)
	controlplane.Eventually(t, world.Within, "7 pods are reported", func(context.Context) error {
		if w.Read(m.portal); m.portal.Status.ReadyReplicas != 7 {
			return fmt.Errorf("%d", m.portal.Status.ReadyReplicas)
		}
		return nil
	})
	m.Ready(m.portal)
	before = m.mark()
	m.passes(before, 3)
	for i := range 100 { // each annotation is a reason to look
		world.Change(w, m.portal, func(p *v1alpha1.RegionalPortal) {
			metav1.SetMetaDataAnnotation(&p.ObjectMeta, "test/look", fmt.Sprint(i))
		})
		m.passes(before, 3+i)
	}
	m.wantPods(7)
	if writes := m.writes(before); len(writes) > 0 {
		t.Errorf("a hundred passes cost %v", writes)
	}

	w.Restart(nil)
	m.set(v1alpha1.PortalSettings{})
	m.Gone(m.autoscaler)
	m.wantPods(2)
	m.Ready(m.portal)
	for _, entry := range m.deployment.GetManagedFields() {
		if entry.Manager == apply.HandoverManager {
			t.Errorf("%s still holds %s", entry.Manager, entry.FieldsV1.GetRawString())
		}
	}
}

func TestOnesOwnAutoscalerScalesThePortal(t *testing.T) {
	w := cluster.New(t)
	world.Change(w, classNamed(w.Class), func(c *v1alpha1.PortalClass) { c.Spec.Defaults = &v1alpha1.PortalSettings{Scaling: between(2, 9)} })
	m := scaling(w, v1alpha1.PortalSettings{Replicas: new(int32(3))})
	own := &autoscalingv2.HorizontalPodAutoscaler{
		ObjectMeta: metav1.ObjectMeta{Namespace: w.Namespace, Name: "own"},
		Spec: autoscalingv2.HorizontalPodAutoscalerSpec{
			ScaleTargetRef: autoscalingv2.CrossVersionObjectReference{APIVersion: v1alpha1.GroupVersion.String(), Kind: "RegionalPortal", Name: "us"},
			MaxReplicas:    6,
		},
	}
	w.Create(own)
	for _, pods := range []int32{5, 6, 2} {
		if err := m.scale(m.portal, pods); err != nil {
			t.Fatal(err)
		}
		m.wantPods(pods)
		m.Ready(m.portal)
		if w.Read(m.portal); *m.portal.Spec.Replicas != pods {
			t.Errorf("spec.replicas became %d, want the autoscaler's %d", *m.portal.Spec.Replicas, pods)
		}
	}
	m.Gone(m.autoscaler) // a number beats the class's autoscaler
	w.Read(own)
}

func TestScalingIsRefusedWhereThePortalHasAnAutoscaler(t *testing.T) {
	m := scaling(cluster.New(t), v1alpha1.PortalSettings{Scaling: between(2, 8)})
	m.wantPods(2) // made with the least number
	err := m.scale(m.portal, 3)
	if err == nil || !strings.Contains(err.Error(), "remove scaling.autoscaling to set the number of pods, or replicas to leave it to the autoscaler") {
		t.Errorf("scaling the portal: %v, want the cure", err)
	}
}

func TestAStoppedPortalWithAnAutoscalerComesBack(t *testing.T) {
	w := onlyEvents(t)
	world.Change(w, classNamed(w.Class), func(c *v1alpha1.PortalClass) { c.Spec.Defaults = &v1alpha1.PortalSettings{Scaling: between(3, 9)} })
	m := scaling(w, v1alpha1.PortalSettings{})
	m.wantLimits(3, 9)
	m.set(v1alpha1.PortalSettings{Replicas: new(int32(0))})
	m.wantPods(0)
	m.Gone(m.autoscaler)
	m.Gone(m.budget)
	w.Want(m.portal, v1alpha1.ConditionWorkloadAvailable, "True/"+v1alpha1.ReasonScaledToZero)
	cronJob := childrenOf(w, "us").cronJob
	if w.Read(cronJob); !*cronJob.Spec.Suspend {
		t.Error("the sweep of a stopped portal is not suspended")
	}
	m.set(v1alpha1.PortalSettings{})
	m.wantPods(3) // no autoscaler raises from 0
	m.wantLimits(3, 9)
	w.Ready(m.portal)
	w.Read(m.budget)
}

func TestAnAutoscalerIsRepairedAndItsMetricsWakeNobody(t *testing.T) {
	w := onlyEvents(t)
	m := scaling(w, v1alpha1.PortalSettings{Scaling: between(2, 8)})
	m.wantLimits(2, 8)
	world.Change(w, m.autoscaler, func(a *autoscalingv2.HorizontalPodAutoscaler) { a.Spec.MaxReplicas = 50 })
	m.wantLimits(2, 8)
	w.Delete(m.autoscaler)
	m.wantLimits(2, 8)
	m.Ready(m.portal)

	before := m.mark()
	for i := range int64(20) {
		w.Read(m.autoscaler)
		m.autoscaler.Status.ObservedGeneration = &i
		m.autoscaler.Status.CurrentReplicas = int32(2 + i%2)
		if err := w.Plane.Admin.Status().Update(t.Context(), m.autoscaler); err != nil {
			t.Fatal(err)
		}
	}
	settled := m.looks(before)
	world.Change(w, m.portal, func(p *v1alpha1.RegionalPortal) { p.Spec.DisplayName = "Awake" }) // behind the events of the status
	m.Want(m.portal, v1alpha1.ConditionAuthReady, "True")
	if looks := m.looks(before); looks > 10 {
		t.Errorf("20 changes of the autoscaler's status led to %d passes, %d of them at once", looks, settled)
	}
}

// clock is the operator's: the real one and what a test has added.
type clock struct{ ahead atomic.Int64 }

func (c *clock) Now() time.Time { return time.Now().Add(time.Duration(c.ahead.Load())) }

func TestABoostEndsByItself(t *testing.T) {
	w, c := cluster.New(t), &clock{}
	nobodyElse := func(o *controllers.Options) { o.PollPeriod, o.Now = time.Hour, c.Now }
	w.Restart(nobodyElse)
	m := scaling(w, v1alpha1.PortalSettings{Replicas: new(int32(2))})
	until := metav1.NewTime(time.Now().Add(time.Hour).Truncate(time.Second))
	m.set(v1alpha1.PortalSettings{Replicas: new(int32(2)), Scaling: &v1alpha1.ScalingSettings{
		Boost: &v1alpha1.BoostSettings{MinReplicas: new(int32(5)), Until: until, Reason: "Launch of the new model"},
	}})
	m.wantPods(5)
	m.wantBoost(v1alpha1.BoostStatus{State: v1alpha1.BoostActive, MinReplicas: new(int32(5)), Until: until})
	m.Ready(m.portal)
	announced(w, corev1.EventTypeNormal, v1alpha1.EventBoostStarted)
	spec := m.portal.Spec.DeepCopy()

	w.StopOperator()
	const left = 5 * time.Second
	c.ahead.Store(int64(time.Until(until.Time) - left))
	w.Restart(nobodyElse)
	m.wantPods(2)
	if now := c.Now(); now.Before(until.Time) {
		t.Errorf("the boost was taken back %s early", until.Sub(now))
	}
	m.wantBoost(v1alpha1.BoostStatus{State: v1alpha1.BoostEnded, MinReplicas: new(int32(5)), Until: until})
	announced(w, corev1.EventTypeNormal, v1alpha1.EventBoostEnded)
	if w.Read(m.portal); *m.portal.Spec.Scaling.Boost.MinReplicas != *spec.Scaling.Boost.MinReplicas || *m.portal.Spec.Replicas != 2 {
		t.Errorf("the spec was changed to %+v", m.portal.Spec.Scaling)
	}
	m.Ready(m.portal)
}

func (m *market) wantBoost(want v1alpha1.BoostStatus) {
	m.Helper()
	controlplane.Eventually(m.T, world.Within, fmt.Sprintf("a boost that is %s", want.State), func(context.Context) error {
		m.Read(m.portal)
		got := m.portal.Status.Boost
		if got == nil || got.State != want.State || *got.MinReplicas != *want.MinReplicas || !got.Until.Equal(&want.Until) || got.Message != want.Message {
			return fmt.Errorf("%+v", got)
		}
		return nil
	})
}

func TestABoostOfAnAutoscalerAndOfAnEmbeddedDatabase(t *testing.T) {
	w := onlyEvents(t)
	boost := &v1alpha1.BoostSettings{MinReplicas: new(int32(4)), Until: metav1.NewTime(time.Now().Add(time.Hour)), Reason: "Launch"}
	m := scaling(w, v1alpha1.PortalSettings{Scaling: between(2, 3)})
	both := between(2, 3)
	both.Boost = boost
	m.set(v1alpha1.PortalSettings{Scaling: both})
	m.wantLimits(4, 4)
	m.wantBoost(v1alpha1.BoostStatus{State: v1alpha1.BoostActive, MinReplicas: new(int32(4)), Until: metav1.NewTime(boost.Until.Truncate(time.Second))})
	m.set(v1alpha1.PortalSettings{Scaling: between(2, 3)})
	m.wantLimits(2, 3)
	announced(w, corev1.EventTypeNormal, v1alpha1.EventBoostEnded)

	alone := w.Portal("ca")
	alone.Spec.Scaling = &v1alpha1.ScalingSettings{Boost: boost}
	w.Create(alone)
	w.Ready(alone)
	if got := alone.Status.Boost; got == nil || *got.MinReplicas != 1 || !strings.Contains(got.Message, "An Embedded database allows one pod") {
		t.Errorf("the boost of an Embedded database is reported as %+v", got)
	}
}

func TestMoreConnectionsThanAllowedAreRefused(t *testing.T) {
	w := onlyEvents(t)
	bound(w, w.Class, func(b *v1alpha1.ClassBounds) { b.Database = &v1alpha1.DatabaseBounds{MaxConnections: new(int32(60))} })
	m := scaling(w, v1alpha1.PortalSettings{Replicas: new(int32(5))})
	check := untouchedBut(m)
	m.set(v1alpha1.PortalSettings{Replicas: new(int32(6))})
	refused := w.Want(m.portal, v1alpha1.ConditionWithinBounds, "False/"+v1alpha1.ReasonOutOfBounds)
	want := "spec.database.postgresql.maxConnections: 10 in each of 7 pods (replicas 6 and 1 more in a rolling update), 70 in all, is refused: " +
		"spec.bounds.database.maxConnections of PortalClass " + w.Class + " is 60; write at most 8, or lower spec.replicas"
	if refused.Message != want {
		t.Errorf("Message %q, want %q", refused.Message, want)
	}
	w.Want(m.portal, v1alpha1.ConditionStalled, "True/"+v1alpha1.ReasonOutOfBounds)
	check()
	m.set(v1alpha1.PortalSettings{Replicas: new(int32(5))})
	w.Ready(m.portal)
}

// untouchedBut remembers the generation of the Deployment.
func untouchedBut(m *market) func() {
	m.Read(m.deployment)
	generation := m.deployment.Generation
	return func() {
		m.Helper()
		if m.Read(m.deployment); m.deployment.Generation != generation {
			m.Errorf("the Deployment was changed from generation %d to %d", generation, m.deployment.Generation)
		}
	}
}

func TestNewPodsKeepTheNumberOfAnAutoscaler(t *testing.T) {
	w := cluster.New(t)
	m := scaling(w, v1alpha1.PortalSettings{Replicas: new(int32(4))})
	m.set(v1alpha1.PortalSettings{Scaling: between(2, 8)})
	m.wantLimits(2, 8)
	fewest := m.least()
	for _, pods := range []int32{6, 8, 5} {
		if err := m.scale(m.deployment, pods); err != nil {
			t.Fatal(err)
		}
		if err := m.Plane.Admin.Patch(t.Context(), m.portal, client.RawPatch(types.MergePatchType,
			fmt.Appendf(nil, `{"spec":{"workload":{"logLevel":%q}}}`, map[int32]string{6: "Warn", 8: "Debug", 5: "Error"}[pods]))); err != nil {
			t.Fatal(err)
		}
		m.Ready(m.portal)
		m.wantPods(pods)
	}
	if got := fewest(); !slices.Contains([]int32{4, 5}, got) {
		t.Errorf("%d pods were seen in between", got)
	}
}
