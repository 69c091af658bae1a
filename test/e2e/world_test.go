// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package e2e

import (
	"bytes"
	"context"
	"fmt"
	"os/exec"
	"strings"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
)

// kubectlRun runs kubectl as a user would and returns what it prints.
func (w *world) kubectlRun(t *testing.T, stdin string, args ...string) string {
	t.Helper()
	return runCommand(t, stdin, w.kubectl, append([]string{"--kubeconfig", w.kubeconfig}, args...)...)
}

func runCommand(t *testing.T, stdin, name string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Stdin = strings.NewReader(stdin)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		t.Fatalf("%s: %v\n%s%s", strings.Join(cmd.Args, " "), err, stdout.String(), stderr.String())
	}
	return stdout.String()
}

// eventually waits until check says yes; check returns what it saw, for the message.
func eventually(t *testing.T, timeout time.Duration, what string, check func(context.Context) (bool, string)) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), timeout)
	defer cancel()
	tick := time.NewTicker(250 * time.Millisecond)
	defer tick.Stop()
	saw := "nothing yet"
	for {
		ok, now := check(ctx)
		if ok {
			return
		}
		if ctx.Err() == nil {
			saw = now
		}
		select {
		case <-ctx.Done():
			t.Fatalf("%s: not within %s; last seen: %s", what, timeout, saw)
		case <-tick.C:
		}
	}
}

// waitReady waits until the object's current generation is Ready.
func (w *world) waitReady(t *testing.T, timeout time.Duration, object client.Object) {
	t.Helper()
	key := client.ObjectKeyFromObject(object)
	eventually(t, timeout, fmt.Sprintf("%T %s is Ready", object, key), func(ctx context.Context) (bool, string) {
		if err := w.Get(ctx, key, object); err != nil {
			return false, err.Error()
		}
		observed, conditions := statusOf(object)
		return observed == object.GetGeneration() && meta.IsStatusConditionTrue(conditions, v1alpha1.ConditionReady), describe(conditions)
	})
}

func statusOf(object client.Object) (int64, []metav1.Condition) {
	switch o := object.(type) {
	case *v1alpha1.RegionalPortal:
		return o.Status.ObservedGeneration, o.Status.Conditions
	case *v1alpha1.DealerTenant:
		return o.Status.ObservedGeneration, o.Status.Conditions
	case *v1alpha1.PortalClass:
		return o.Status.ObservedGeneration, o.Status.Conditions
	}
	return -1, nil
}

func describe(conditions []metav1.Condition) string {
	var out strings.Builder
	for _, c := range conditions {
		fmt.Fprintf(&out, "\n  %s=%s %s: %s", c.Type, c.Status, c.Reason, c.Message)
	}
	return out.String()
}

// waitTenants waits until all DealerTenants of a namespace are Ready.
func (w *world) waitTenants(t *testing.T, timeout time.Duration, namespace string) int {
	t.Helper()
	var list v1alpha1.DealerTenantList
	eventually(t, timeout, "all tenants of "+namespace+" are Ready", func(ctx context.Context) (bool, string) {
		if err := w.List(ctx, &list, client.InNamespace(namespace)); err != nil {
			return false, err.Error()
		}
		for i := range list.Items {
			o := &list.Items[i]
			if o.Status.ObservedGeneration != o.Generation || !meta.IsStatusConditionTrue(o.Status.Conditions, v1alpha1.ConditionReady) {
				return false, o.Name + describe(o.Status.Conditions)
			}
		}
		return len(list.Items) > 0, "no tenant"
	})
	return len(list.Items)
}
