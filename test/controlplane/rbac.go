// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package controlplane

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/yaml"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/envtest"
)

// OperatorNamespace is where the operator is installed, and where its leases are.
const OperatorNamespace = "forecourt-system"

// Operator returns the configuration of a user who holds exactly the shipped RBAC, which the first call installs. The agent
// tells incarnations of the operator apart in the audit log.
func (p *Plane) Operator(ctx context.Context, agent string) (*rest.Config, error) {
	p.installing.Lock()
	defer p.installing.Unlock()
	if p.operator == nil {
		if err := p.installRBAC(ctx); err != nil {
			return nil, err
		}
	}
	config := rest.CopyConfig(p.operator)
	config.QPS = -1
	config.UserAgent = agent
	return config, nil
}

// installRBAC creates the roles and bindings of config/rbac as an installation would, and a user for their subject.
func (p *Plane) installRBAC(ctx context.Context) error {
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: OperatorNamespace}}
	if err := p.Admin.Create(ctx, namespace); err != nil {
		return fmt.Errorf("creating namespace %s: %w", OperatorNamespace, err)
	}
	objects, err := readObjects(filepath.Join(p.root, "config", "rbac"))
	if err != nil {
		return err
	}
	account := ""
	for _, object := range objects {
		if object.GetKind() == "RoleBinding" || object.GetKind() == "ClusterRoleBinding" {
			if account, err = setSubjects(object); err != nil {
				return err
			}
		}
		if object.GetKind() != "ClusterRole" && object.GetKind() != "ClusterRoleBinding" {
			object.SetNamespace(OperatorNamespace)
		}
		if err := p.Admin.Create(ctx, object); err != nil {
			return fmt.Errorf("creating %s %s: %w", object.GetKind(), object.GetName(), err)
		}
	}
	if account == "" {
		return errors.New("config/rbac binds no service account")
	}
	p.operatorID = "system:serviceaccount:" + OperatorNamespace + ":" + account
	groups := []string{"system:serviceaccounts", "system:serviceaccounts:" + OperatorNamespace}
	user, err := p.environment.AddUser(envtest.User{Name: p.operatorID, Groups: groups}, nil)
	if err != nil {
		return fmt.Errorf("adding the operator's user: %w", err)
	}
	p.operator = user.Config()
	return nil
}

// setSubjects puts the operator's namespace into the subjects, as an installation does, and returns the service account.
func setSubjects(binding *unstructured.Unstructured) (string, error) {
	subjects, _, err := unstructured.NestedSlice(binding.Object, "subjects")
	if err != nil || len(subjects) != 1 {
		return "", fmt.Errorf("%s %s: want one subject, got %v", binding.GetKind(), binding.GetName(), subjects)
	}
	subject, ok := subjects[0].(map[string]any)
	if !ok || subject["kind"] != rbacv1.ServiceAccountKind {
		return "", fmt.Errorf("%s %s: want a service account, got %v", binding.GetKind(), binding.GetName(), subjects)
	}
	subject["namespace"] = OperatorNamespace
	if err := unstructured.SetNestedSlice(binding.Object, subjects, "subjects"); err != nil {
		return "", fmt.Errorf("%s %s: %w", binding.GetKind(), binding.GetName(), err)
	}
	name, _ := subject["name"].(string)
	return name, nil
}

// readObjects reads the objects of all YAML files in a directory, except kustomizations.
func readObjects(dir string) ([]*unstructured.Unstructured, error) {
	files, err := filepath.Glob(filepath.Join(dir, "*.yaml"))
	if err != nil {
		return nil, fmt.Errorf("listing %s: %w", dir, err)
	}
	var objects []*unstructured.Unstructured
	for _, file := range files {
		if filepath.Base(file) == "kustomization.yaml" {
			continue
		}
		raw, err := os.ReadFile(file)
		if err != nil {
			return nil, fmt.Errorf("reading roles: %w", err)
		}
		found, err := Decode(raw)
		if err != nil {
			return nil, fmt.Errorf("reading %s: %w", file, err)
		}
		objects = append(objects, found...)
	}
	return objects, nil
}

// Decode reads the objects of a YAML stream.
func Decode(raw []byte) ([]*unstructured.Unstructured, error) {
	var objects []*unstructured.Unstructured
	decoder := yaml.NewYAMLOrJSONDecoder(bytes.NewReader(raw), 4096)
	for {
		object := &unstructured.Unstructured{}
		err := decoder.Decode(&object.Object)
		if errors.Is(err, io.EOF) {
			return objects, nil
		}
		if err != nil {
			return nil, fmt.Errorf("decoding YAML: %w", err)
		}
		if len(object.Object) > 0 {
			objects = append(objects, object)
		}
	}
}

// Namespace creates a namespace for one test, in which every pod would have to be restricted. Nothing deletes it: without a
// controller manager namespaces never end.
func (p *Plane) Namespace(ctx context.Context, labels map[string]string) (string, error) {
	all := map[string]string{"pod-security.kubernetes.io/enforce": "restricted"}
	for key, value := range labels {
		all[key] = value
	}
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{GenerateName: "test-", Labels: all}}
	if err := p.Admin.Create(ctx, namespace, client.FieldOwner("test")); err != nil {
		return "", fmt.Errorf("creating a namespace: %w", err)
	}
	return namespace.Name, nil
}
