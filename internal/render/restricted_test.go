// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package render_test

import (
	"fmt"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/pod-security-admission/api"
	"k8s.io/pod-security-admission/policy"
	"pgregory.net/rapid"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/render"
	"github.com/forecourt-dev/forecourt/internal/settings"
)

// TestPodsAreRestricted draws portals and asks Kubernetes' own policy about every pod that is rendered for them.
func TestPodsAreRestricted(t *testing.T) {
	evaluator, err := policy.NewEvaluator(policy.DefaultChecks(), nil)
	if err != nil {
		t.Fatal(err)
	}
	restricted := api.LevelVersion{Level: api.LevelRestricted, Version: api.LatestVersion()}
	class := readSample[v1alpha1.PortalClass](t, "portalclass-small.yaml")
	rapid.Check(t, func(rt *rapid.T) {
		portal := drawPortal(rt)
		effective, err := settings.Resolve(class, portal)
		if err != nil {
			rt.Fatal(err)
		}
		objects, err := render.Children(render.Input{Effective: effective, Owner: render.OwnerOf(portal)})
		if err != nil {
			rt.Fatal(err)
		}
		pods := 0
		for _, object := range objects {
			template, err := templateOf(object)
			if err != nil {
				rt.Fatal(err)
			}
			if template == nil {
				continue
			}
			pods++
			result := policy.AggregateCheckResults(evaluator.EvaluatePod(restricted, &template.ObjectMeta, &template.Spec))
			if !result.Allowed {
				rt.Errorf("%s: %s", object.GetKind(), result.ForbiddenDetail())
			}
			if err := beyondRestricted(&template.Spec); err != nil {
				rt.Errorf("%s: %v", object.GetKind(), err)
			}
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

// templateOf answers the pod template of a Deployment or CronJob, nil for other kinds.
func templateOf(object *unstructured.Unstructured) (*corev1.PodTemplateSpec, error) {
	paths := map[string][]string{
		"Deployment": {"spec", "template"},
		"CronJob":    {"spec", "jobTemplate", "spec", "template"},
	}
	path, found := paths[object.GetKind()]
	if !found {
		return nil, nil
	}
	content, _, err := unstructured.NestedMap(object.Object, path...)
	if err != nil {
		return nil, err
	}
	template := &corev1.PodTemplateSpec{}
	return template, runtime.DefaultUnstructuredConverter.FromUnstructured(content, template)
}

// beyondRestricted checks what the policy does not ask for and the project promises.
func beyondRestricted(pod *corev1.PodSpec) error {
	if pod.AutomountServiceAccountToken == nil || *pod.AutomountServiceAccountToken {
		return fmt.Errorf("a service account token is mounted")
	}
	if pod.EnableServiceLinks == nil || *pod.EnableServiceLinks {
		return fmt.Errorf("service links are on")
	}
	for _, volume := range pod.Volumes {
		if volume.EmptyDir != nil && volume.EmptyDir.SizeLimit == nil {
			return fmt.Errorf("volume %s may fill the node", volume.Name)
		}
	}
	for _, container := range append(pod.InitContainers, pod.Containers...) {
		if security := container.SecurityContext; security.ReadOnlyRootFilesystem == nil || !*security.ReadOnlyRootFilesystem {
			return fmt.Errorf("container %s may write to its image", container.Name)
		}
		if container.Resources.Limits.Memory().IsZero() || container.Resources.Requests.Cpu().IsZero() {
			return fmt.Errorf("container %s has no memory limit or CPU request", container.Name)
		}
		for _, mount := range container.VolumeMounts {
			if mount.SubPath != "" {
				return fmt.Errorf("mount %s has a subPath and would never be reloaded", mount.Name)
			}
		}
	}
	return nil
}
