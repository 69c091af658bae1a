// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package parity

import (
	"context"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"pgregory.net/rapid"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/render"
	"github.com/forecourt-dev/forecourt/internal/settings"
)

// TestAcceptedPortalsHaveValidChildren draws portals with every value that the schema may let through. Plugin and API server must
// agree about each, and the API server must accept all children of those that the operator accepts.
func TestAcceptedPortalsHaveValidChildren(t *testing.T) {
	namespace := newNamespace(t)
	class := &v1alpha1.PortalClass{ObjectMeta: metav1.ObjectMeta{Name: "c"}, Spec: v1alpha1.PortalClassSpec{
		Release: v1alpha1.PortalRelease{Version: "1.0.0", Image: "portal"},
	}}
	accepted, refused := 0, 0
	rapid.Check(t, func(rt *rapid.T) {
		portal := drawPortal(rt, namespace)
		object := toUnstructured(rt, portal)
		refusal := create(context.Background(), object)
		text, err := yaml.Marshal(object.Object)
		if err != nil {
			rt.Fatal(err)
		}
		faults := offline(t, text)
		effective, err := settings.Resolve(class, portal)
		switch {
		case refusal != nil && len(faults) == 0:
			rt.Fatalf("the API server refuses what the plugin accepts: %v", refusal)
		case refusal == nil && err == nil && len(faults) > 0:
			rt.Fatalf("the plugin refuses what API server and operator accept: %v", faults)
		case refusal != nil || err != nil:
			refused++
			return
		}
		accepted++
		applyChildren(rt, effective, portal)
	})
	t.Logf("%d portals accepted, %d refused", accepted, refused)
	if accepted < 10 {
		t.Error("too few portals were accepted to say anything")
	}
}

func toUnstructured(t *rapid.T, portal *v1alpha1.RegionalPortal) *unstructured.Unstructured {
	portal.SetGroupVersionKind(v1alpha1.GroupVersion.WithKind("RegionalPortal"))
	content, err := runtime.DefaultUnstructuredConverter.ToUnstructured(portal)
	if err != nil {
		t.Fatal(err)
	}
	delete(content, "status")
	return &unstructured.Unstructured{Object: content}
}

// applyChildren sends the children as the operator does, without storing them.
func applyChildren(t *rapid.T, effective *settings.Effective, portal *v1alpha1.RegionalPortal) {
	children, err := render.Children(render.Input{Effective: effective, Owner: render.OwnerOf(portal), At: time.Now()})
	if err != nil {
		t.Fatal(err)
	}
	for _, child := range children {
		err := plane.Admin.Apply(context.Background(), client.ApplyConfigurationFromUnstructured(child),
			client.FieldOwner("forecourt"), client.ForceOwnership, client.DryRunAll)
		if err != nil {
			t.Errorf("%s %s: %v", child.GetKind(), child.GetName(), err)
		}
	}
}

// maybe draws a value half of the time, else the zero value.
func maybe[T any](t *rapid.T, name string, draw *rapid.Generator[T]) T {
	var zero T
	if !rapid.Bool().Draw(t, name+" is set") {
		return zero
	}
	return draw.Draw(t, name)
}

// mostly draws usual values and, now and then, odd ones, so that portals with many fields are often valid as a whole.
func mostly[T any](usual, odd *rapid.Generator[T]) *rapid.Generator[T] {
	return rapid.Custom(func(t *rapid.T) T {
		if rapid.IntRange(0, 29).Draw(t, "odd") == 11 { // small numbers are drawn more often
			return odd.Draw(t, "value")
		}
		return usual.Draw(t, "value")
	})
}

func pick(texts ...string) *rapid.Generator[string] { return rapid.SampledFrom(texts) }

var (
	names      = mostly(rapid.StringMatching(`[a-z0-9]([-a-z0-9]{0,8}[a-z0-9])?`), rapid.StringMatching(`[A-Za-z0-9._-]{1,12}`))
	labelTexts = mostly(rapid.StringMatching(`[a-z]{1,8}`), rapid.StringMatching(`[ -~]{1,12}`))
	oddAmounts = pick("0", "-1", "1m", "0.5", "1e3", "3Ti", "1n")
)

func quantities(usual ...string) *rapid.Generator[*resource.Quantity] {
	return rapid.Custom(func(t *rapid.T) *resource.Quantity {
		quantity := resource.MustParse(mostly(pick(usual...), oddAmounts).Draw(t, "amount"))
		return &quantity
	})
}

func drawPortal(t *rapid.T, namespace string) *v1alpha1.RegionalPortal {
	spec := v1alpha1.RegionalPortalSpec{
		Market: "US", Audience: v1alpha1.AudienceDealer, DisplayName: "Portal",
		Brands:   []v1alpha1.Brand{{Name: "a", DisplayName: "A"}},
		Locales:  []string{mostly(pick("en", "fr-CA"), pick("zz", "en-xx-1")).Draw(t, "locale")},
		TimeZone: mostly(pick("UTC", "Asia/Tokyo", "Etc/GMT+5", "US/Central"), pick("EST", "Factory", "utc", "localtime", "posixrules")).Draw(t, "zone"),
		Hostname: mostly(pick("a.example", "a.localhost:80"), pick("a.localhost:99999", "-a.example", "a..b")).Draw(t, "host"),
	}
	spec.Replicas = maybe(t, "replicas", rapid.Ptr(mostly(rapid.Int32Range(0, 1), rapid.Int32Range(-1, 3)), false))
	spec.Workload = maybe(t, "workload", rapid.Custom(drawWorkload))
	spec.Database = maybe(t, "database", rapid.Custom(drawDatabase))
	spec.Network = maybe(t, "network", rapid.Custom(drawNetwork))
	spec.Notify = maybe(t, "notify", rapid.Custom(drawNotify))
	spec.Auth = maybe(t, "auth", rapid.Custom(drawAuth))
	spec.Branding = maybe(t, "branding", rapid.Custom(drawBranding))
	spec.Support = maybe(t, "support", rapid.Custom(drawSupport))
	spec.Announcements = maybe(t, "announcements", rapid.Custom(drawAnnouncements))
	spec.Inactivity = maybe(t, "inactivity", rapid.Custom(drawInactivity))
	spec.DeletionPolicy = maybe(t, "deletion", rapid.SampledFrom([]v1alpha1.DeletionPolicy{v1alpha1.DeletionRetain, v1alpha1.DeletionDelete}))
	name := rapid.OneOf(rapid.StringMatching(`[a-z]([-a-z0-9]{0,10}[a-z0-9])?`), rapid.StringMatching(`[a-z][-a-z0-9]{50,61}[a-z0-9]`)).Draw(t, "name")
	return &v1alpha1.RegionalPortal{ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: namespace, UID: "1f1c9f7e-8a55-4a8e-9d0c-5f4c3b2a1d00"}, Spec: spec}
}

func drawWorkload(t *rapid.T) *v1alpha1.WorkloadSettings {
	workload := &v1alpha1.WorkloadSettings{
		LogLevel:          v1alpha1.LogLevelInfo,
		PriorityClassName: maybe(t, "priority", names),
		NodeSelector:      maybe(t, "nodes", rapid.MapOfN(labelTexts, labelTexts, 1, 2)),
	}
	if rapid.Bool().Draw(t, "resources") {
		workload.Resources = &v1alpha1.ResourceSettings{
			Requests: &v1alpha1.ResourceAmounts{CPU: maybe(t, "cpu", quantities("100m", "1")), Memory: quantities("64Mi", "200M").Draw(t, "memory")},
			Limits:   &v1alpha1.ResourceAmounts{CPU: maybe(t, "cpu limit", quantities("1", "2.5")), Memory: quantities("512Mi", "1Gi").Draw(t, "memory limit")},
		}
	}
	if rapid.Bool().Draw(t, "pull secret") {
		workload.ImagePullSecrets = []v1alpha1.SecretNameRef{{Name: names.Draw(t, "pull")}}
	}
	if rapid.Bool().Draw(t, "toleration") {
		workload.Tolerations = []v1alpha1.Toleration{{
			Key:      labelTexts.Draw(t, "key"),
			Operator: maybe(t, "operator", rapid.SampledFrom([]string{"Equal", "Exists"})),
			Value:    mostly(rapid.Just(""), labelTexts).Draw(t, "value"),
			Effect:   maybe(t, "effect", rapid.SampledFrom([]string{"NoSchedule", "NoExecute"})),
		}}
	}
	return workload
}

func drawDatabase(t *rapid.T) *v1alpha1.DatabaseSpec {
	if rapid.Bool().Draw(t, "postgresql") {
		return &v1alpha1.DatabaseSpec{Type: v1alpha1.DatabasePostgreSQL, PostgreSQL: &v1alpha1.PostgreSQLDatabase{
			SecretRef: v1alpha1.SecretKeyRef{Name: names.Draw(t, "secret"), Key: mostly(pick("dsn", "a.b", "-"), pick("..", ".")).Draw(t, "key")},
		}}
	}
	return &v1alpha1.DatabaseSpec{Embedded: &v1alpha1.EmbeddedDatabase{
		Size: quantities("1Gi", "20Mi").Draw(t, "size"), StorageClassName: maybe(t, "storage class", names),
	}}
}

func drawSelector(t *rapid.T) *metav1.LabelSelector {
	selector := &metav1.LabelSelector{MatchLabels: maybe(t, "labels", rapid.MapOfN(labelTexts, labelTexts, 0, 2))}
	switch mostly(pick("none", "In", "Exists"), pick("anything")).Draw(t, "expression") {
	case "In":
		selector.MatchExpressions = []metav1.LabelSelectorRequirement{{Key: "a", Operator: metav1.LabelSelectorOpIn, Values: []string{"b"}}}
	case "Exists":
		selector.MatchExpressions = []metav1.LabelSelectorRequirement{{Key: "a", Operator: metav1.LabelSelectorOpExists}}
	case "anything":
		selector.MatchExpressions = []metav1.LabelSelectorRequirement{{
			Key:      labelTexts.Draw(t, "key"),
			Operator: metav1.LabelSelectorOperator(pick("In", "NotIn", "Exists", "DoesNotExist", "Gt").Draw(t, "operator")),
			Values:   maybe(t, "values", rapid.SliceOfN(labelTexts, 0, 2)),
		}}
	}
	return selector
}

func drawNetwork(t *rapid.T) *v1alpha1.NetworkSettings {
	egress := v1alpha1.NetworkEgress{Ports: maybe(t, "ports", rapid.SliceOfNDistinct(rapid.Int32Range(1, 65535), 1, 3, rapid.ID[int32]))}
	if rapid.Bool().Draw(t, "by address") {
		egress.CIDR = mostly(pick("10.0.0.0/8", "2001:db8::/32", "0.0.0.0/0"), pick("10.1.2.3/24", "10.0.0.0", "::ffff:10.0.0.0/104", "010.0.0.0/8")).Draw(t, "cidr")
	} else {
		egress.NamespaceSelector = drawSelector(t)
	}
	return &v1alpha1.NetworkSettings{
		Mode: v1alpha1.NetworkStrict, Egress: []v1alpha1.NetworkEgress{egress},
		IngressFrom: []v1alpha1.NetworkPeer{{PodSelector: drawSelector(t)}},
	}
}

func drawNotify(t *rapid.T) *v1alpha1.NotifySettings {
	mail := v1alpha1.MailSettings{Host: "mail.example", From: "a@b.example", Port: maybe(t, "port", rapid.Ptr(rapid.Int32Range(1, 65535), false))}
	if rapid.Bool().Draw(t, "credentials") {
		mail.SecretRef = &v1alpha1.SecretNameRef{Name: names.Draw(t, "secret")}
	}
	notify := &v1alpha1.NotifySettings{Mail: mail}
	if rapid.Bool().Draw(t, "gateway") {
		notify.SMS = &v1alpha1.SMSSettings{WebhookSecretRef: v1alpha1.SecretNameRef{Name: names.Draw(t, "gateway secret")}}
	}
	if rapid.Bool().Draw(t, "no mail") && notify.SMS != nil {
		notify.Mail = v1alpha1.MailSettings{}
	}
	return notify
}

func drawInactivity(t *rapid.T) *v1alpha1.InactivitySettings {
	fields := mostly(pick("*", "1", "5", "*/7", "1-5", "2,3"), pick("30", "31", "MON", "JAN", "?", "L", "60", "@daily", "TZ=UTC"))
	schedule := ""
	for i := range 5 {
		if i > 0 {
			schedule += " "
		}
		schedule += fields.Draw(t, "field")
	}
	return &v1alpha1.InactivitySettings{
		Mode:     rapid.SampledFrom([]v1alpha1.InactivityMode{"Off", "Observe", "Enforce"}).Draw(t, "mode"),
		Schedule: schedule,
	}
}
