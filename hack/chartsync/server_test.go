// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"
	"testing"

	"github.com/go-logr/logr"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/envtest"
)

// controlPlane starts an API server without any of our definitions and answers a
// client and the path of a kubeconfig, both of an administrator.
func controlPlane(t *testing.T) (client.Client, string) {
	t.Helper()
	ctrl.SetLogger(logr.Discard()) // controller-runtime complains without a logger
	environment := &envtest.Environment{BinaryAssetsDirectory: assets(t)}
	if _, err := environment.Start(); err != nil {
		t.Fatalf("starting the control plane: %v", err)
	}
	t.Cleanup(func() {
		if err := environment.Stop(); err != nil {
			t.Errorf("stopping the control plane: %v", err)
		}
	})
	user, err := environment.AddUser(envtest.User{Name: "admin", Groups: []string{"system:masters"}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	content, err := user.KubeConfig()
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "kubeconfig")
	if err := os.WriteFile(file, content, 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := client.New(user.Config(), client.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return c, file
}

// assets answers where kube-apiserver and etcd are, building them on first use.
func assets(t *testing.T) string {
	t.Helper()
	if dir := os.Getenv("KUBEBUILDER_ASSETS"); dir != "" {
		return dir
	}
	command := exec.CommandContext(t.Context(), "go", "run", "-C", filepath.Join(root, "hack", "localcluster"), ".", "assets")
	command.Stderr = os.Stderr
	output, err := command.Output()
	if err != nil {
		t.Fatalf("building the control plane: %v", err)
	}
	return strings.TrimSpace(string(output))
}

func TestAServerAcceptsTheChart(t *testing.T) {
	c, kubeconfig := controlPlane(t)
	ctx := t.Context()
	namespace := &corev1.Namespace{}
	namespace.Name = "forecourt-system"
	namespace.Labels = map[string]string{"pod-security.kubernetes.io/enforce": "restricted"}
	if err := c.Create(ctx, namespace); err != nil {
		t.Fatal(err)
	}

	t.Run("dry run", func(t *testing.T) {
		for name, content := range render(t) {
			object := &unstructured.Unstructured{Object: content}
			err := c.Apply(ctx, client.ApplyConfigurationFromUnstructured(object), client.DryRunAll, client.FieldOwner("test"))
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
		wrong := render(t)[deploymentName]
		wrong["spec"].(map[string]any)["replicas"] = "many"
		object := &unstructured.Unstructured{Object: wrong}
		if err := c.Apply(ctx, client.ApplyConfigurationFromUnstructured(object), client.DryRunAll, client.FieldOwner("test")); err == nil {
			t.Error("the dry run accepts a wrong Deployment: it proves nothing")
		}
	})

	t.Run("a pod of the operator is restricted", func(t *testing.T) {
		template := operator(t).Spec.Template
		pod := &corev1.Pod{ObjectMeta: template.ObjectMeta, Spec: template.Spec}
		pod.Name, pod.Namespace = "operator", namespace.Name
		pod.Spec.ServiceAccountName = "" // the account itself is not there in a dry run
		automount := false
		pod.Spec.AutomountServiceAccountToken = &automount
		if err := c.Create(ctx, pod, client.DryRunAll); err != nil && !strings.Contains(err.Error(), "serviceaccount") {
			t.Error(err)
		}
	})

	t.Run("install, upgrade, uninstall", func(t *testing.T) {
		flags := []string{"--kubeconfig", kubeconfig, "--namespace", namespace.Name}
		for _, command := range [][]string{
			{"install", "forecourt", chart, "--dry-run=server"},
			{"install", "forecourt", chart},
			{"upgrade", "forecourt", chart, "--set", "replicas=2"},
		} {
			if output, err := helm(t, append(command, flags...)...); err != nil {
				t.Fatalf("helm %s: %v\n%s", command[0], err, last(output, 2000))
			}
		}
		deployment := object(ctx, t, c, "apps/v1/Deployment", namespace.Name+"/forecourt-operator")
		if replicas, _, _ := unstructured.NestedInt64(deployment.Object, "spec", "replicas"); replicas != 2 {
			t.Errorf("%d replicas after the upgrade, want 2", replicas)
		}
		if output, err := helm(t, append([]string{"uninstall", "forecourt"}, flags...)...); err != nil {
			t.Fatalf("helm uninstall: %v\n%s", err, output)
		}
		definition := object(ctx, t, c, "apiextensions.k8s.io/v1/CustomResourceDefinition", "/regionalportals.portals.forecourt.dev")
		if definition.GetDeletionTimestamp() != nil {
			t.Error("uninstalling removed a definition, and all portals with it")
		}
	})
}

// object reads an object that must be there, by group/version/kind and namespace/name.
func object(ctx context.Context, t *testing.T, c client.Client, kind, name string) *unstructured.Unstructured {
	t.Helper()
	found := &unstructured.Unstructured{}
	found.SetAPIVersion(path.Dir(kind))
	found.SetKind(path.Base(kind))
	namespace, name, _ := strings.Cut(name, "/")
	if err := c.Get(ctx, client.ObjectKey{Namespace: namespace, Name: name}, found); err != nil {
		t.Fatal(err)
	}
	return found
}
