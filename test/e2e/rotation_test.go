// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package e2e

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/render"
)

// rotate replaces the session key and the pepper of a portal with two pods under load, while the kubelet brings the Secret into the
// pods whenever it does.
func (s *story) rotate(t *testing.T) {
	base := "http://" + net.JoinHostPort(clusterIP(t, pgPortal), "80")
	user := newHTTPUser(t, base, pgHost())
	user.signIn(t, "fresh.one", userPassword)
	before, restarts := keysOf(t), podsOf(t)
	l := startLoad(t, 2, 50*time.Millisecond, user.home)
	for _, request := range []string{"session/e2e", "pepper/e2e"} {
		w.kubectlRun(t, "", "-n", pgPortal.Namespace, "annotate", "regionalportal", pgPortal.Name, "--overwrite", v1alpha1.AnnotationRotateKeys+"="+request)
		waitRotation(t, request)
	}
	eventually(t, 6*time.Minute, "both keys are replaced", func(context.Context) (bool, string) {
		now := keysOf(t)
		replaced := !bytes.Equal(now["session"], before["session"]) && !bytes.Equal(now["pepper"], before["pepper"])
		return replaced, describeRotations(t)
	})
	newHTTPUser(t, base, pgHost()).signIn(t, "fresh.one", userPassword) // hashed with the old pepper
	sent, failed := l.stop()
	t.Logf("%d requests of one session while two keys were replaced, %d failed", sent, len(failed))
	if len(failed) > 0 || sent < 100 {
		t.Errorf("of %d requests failed:\n%s", sent, strings.Join(failed[:min(len(failed), 20)], "\n"))
	}
	if now := podsOf(t); now != restarts {
		t.Errorf("pods were restarted: before %s, now %s", restarts, now)
	}
}

// waitRotation waits until the operator has begun with a rotation: a later value of the annotation does not replace it then.
func waitRotation(t *testing.T, request string) {
	t.Helper()
	eventually(t, 2*time.Minute, "the rotation "+request+" has begun", func(context.Context) (bool, string) {
		for _, rotation := range rotations(t) {
			if rotation.Request == request && rotation.Outcome != v1alpha1.KeyRotationWaiting {
				return rotation.Outcome != v1alpha1.KeyRotationRefused, fmt.Sprintf("%+v", rotation)
			}
		}
		return false, describeRotations(t)
	})
}

func rotations(t *testing.T) []v1alpha1.KeyRotation {
	t.Helper()
	portal := &v1alpha1.RegionalPortal{}
	if err := w.Get(t.Context(), pgPortal, portal); err != nil {
		t.Fatal(err)
	}
	return portal.Status.KeyRotations
}

func describeRotations(t *testing.T) string {
	t.Helper()
	return fmt.Sprintf("%+v", rotations(t))
}

func keysOf(t *testing.T) map[string][]byte {
	t.Helper()
	secret := &corev1.Secret{}
	if err := w.Get(t.Context(), client.ObjectKey{Namespace: pgPortal.Namespace, Name: pgPortal.Name + "-keys"}, secret); err != nil {
		t.Fatal(err)
	}
	return secret.Data
}

// podsOf names the pods of the portal and how often each was restarted.
func podsOf(t *testing.T) string {
	t.Helper()
	var pods corev1.PodList
	err := w.List(t.Context(), &pods, client.InNamespace(pgPortal.Namespace), client.MatchingLabels{
		render.LabelInstance: pgPortal.Name, render.LabelComponent: render.ComponentPortal,
	})
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for i := range pods.Items {
		for _, container := range pods.Items[i].Status.ContainerStatuses {
			found = append(found, fmt.Sprintf("%s:%d", pods.Items[i].Name, container.RestartCount))
		}
	}
	return strings.Join(found, " ")
}
