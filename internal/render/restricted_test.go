// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package render_test

import (
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"pgregory.net/rapid"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/render"
	"github.com/forecourt-dev/forecourt/internal/settings"
	"github.com/forecourt-dev/forecourt/test/restricted"
)

// TestPodsAreRestricted draws portals and asks Kubernetes' own policy about every pod that is rendered for them.
func TestPodsAreRestricted(t *testing.T) {
	judge, err := restricted.New()
	if err != nil {
		t.Fatal(err)
	}
	class := readSample[v1alpha1.PortalClass](t, "portalclass-small.yaml")
	rapid.Check(t, func(rt *rapid.T) {
		portal := drawPortal(rt)
		effective, err := settings.Resolve(class, portal)
		if err != nil {
			rt.Fatal(err)
		}
		objects, err := render.Children(render.Input{Effective: effective, Owner: render.OwnerOf(portal), At: now})
		if err != nil {
			rt.Fatal(err)
		}
		pods, err := judge.Pods(objects)
		if err != nil {
			rt.Error(err)
		}
		if pods == 0 {
			rt.Error("no pod was looked at")
		}
	})
}

// drawPortal draws a valid portal that varies whatever reaches a pod.
func drawPortal(t *rapid.T) *v1alpha1.RegionalPortal {
	portal := &v1alpha1.RegionalPortal{
		ObjectMeta: metav1.ObjectMeta{Name: rapid.StringMatching(`[a-z][-a-z0-9]{0,61}[a-z0-9]`).Draw(t, "name"), Namespace: "n", UID: "u"},
		Spec: v1alpha1.RegionalPortalSpec{
			Market: "US", Audience: v1alpha1.AudienceDealer, DisplayName: "Portal", Locales: []string{"en"}, TimeZone: "UTC",
			Brands: []v1alpha1.Brand{{Name: "a", DisplayName: "A"}}, Hostname: "a.example",
		},
	}
	spec := &portal.Spec
	if rapid.Bool().Draw(t, "postgresql") {
		spec.Database = &v1alpha1.DatabaseSpec{Type: v1alpha1.DatabasePostgreSQL, PostgreSQL: &v1alpha1.PostgreSQLDatabase{
			SecretRef: v1alpha1.SecretKeyRef{Name: "db", Key: "dsn"},
		}}
		spec.Replicas = new(rapid.Int32Range(0, 100).Draw(t, "replicas"))
	}
	if rapid.Bool().Draw(t, "mail") {
		spec.Notify = &v1alpha1.NotifySettings{Mail: v1alpha1.MailSettings{
			Host: "mail.example", From: "a@b.example", SecretRef: &v1alpha1.SecretNameRef{Name: "mail"},
		}}
	}
	if rapid.Bool().Draw(t, "workload") {
		spec.Workload = &v1alpha1.WorkloadSettings{
			LogLevel:          v1alpha1.LogLevelDebug,
			NodeSelector:      map[string]string{"zone": "a"},
			ImagePullSecrets:  []v1alpha1.SecretNameRef{{Name: "pull"}},
			PriorityClassName: "high",
			Tolerations:       []v1alpha1.Toleration{{Operator: "Exists"}},
		}
	}
	spec.Inactivity = &v1alpha1.InactivitySettings{Mode: rapid.SampledFrom([]v1alpha1.InactivityMode{
		"", v1alpha1.InactivityOff, v1alpha1.InactivityObserve, v1alpha1.InactivityEnforce,
	}).Draw(t, "mode")}
	spec.DeletionPolicy = rapid.SampledFrom([]v1alpha1.DeletionPolicy{"", v1alpha1.DeletionRetain, v1alpha1.DeletionDelete}).Draw(t, "deletion")
	return portal
}
