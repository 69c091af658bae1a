// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package regionalportal_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/portalapi"
	"github.com/forecourt-dev/forecourt/test/controlplane"
	"github.com/forecourt-dev/forecourt/test/world"
)

// inDesk waits until the portal says something of its service desk.
func inDesk(w *world.World, what string, check func(portalapi.ServiceDesk) bool) {
	w.Helper()
	controlplane.Eventually(w.T, world.Within, what, func(ctx context.Context) error {
		state, _, err := w.Call(w.Key("us")).State(ctx, "")
		if err != nil {
			return err
		}
		if state.ServiceDesk == nil || !check(*state.ServiceDesk) {
			return fmt.Errorf("service desk %+v", state.ServiceDesk)
		}
		return nil
	})
}

// TestTheServiceDeskIsInvitedOnce : missing, garbled, right, deleted, asked for again, and not honoured any more.
func TestTheServiceDeskIsInvitedOnce(t *testing.T) {
	w := cluster.New(t)
	portal := w.Portal("us")
	portal.Spec.ServiceDesk = &v1alpha1.ServiceDeskSpec{
		Invitations: v1alpha1.InvitationsSpec{SecretRef: v1alpha1.SecretNameRef{Name: "desk"}},
	}
	w.Create(portal)
	missing := w.Want(portal, v1alpha1.ConditionAuthReady, "False/InvitationsInvalid")
	if !strings.Contains(missing.Message, "spec.serviceDesk.invitations.secretRef.name") || !strings.Contains(missing.Message, `"desk"`) {
		t.Errorf("Message %q: want field and value", missing.Message)
	}
	secret := &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Namespace: w.Namespace, Name: "desk"},
		StringData: map[string]string{"invitations.csv": "username,name,mail\ndana,Dana Desk\n"},
	}
	w.Create(secret)
	garbled := w.Want(portal, v1alpha1.ConditionAuthReady, "False/InvitationsInvalid")
	controlplane.Eventually(t, world.Within, "the file is judged", func(context.Context) error {
		w.Read(portal)
		garbled = w.Want(portal, v1alpha1.ConditionAuthReady, "False/InvitationsInvalid")
		if !strings.Contains(garbled.Message, "line 2") || strings.Contains(garbled.Message, "Dana") {
			return fmt.Errorf("message %q", garbled.Message)
		}
		return nil
	})
	world.Change(w, secret, func(s *corev1.Secret) {
		s.Data["invitations.csv"] = []byte("username,name,mail\ndana,Dana Desk,dana@northstar.example\n")
	})
	w.Ready(portal)
	inDesk(w, "dana is invited", func(d portalapi.ServiceDesk) bool { return d.Invited == 1 && d.Active == 0 && d.InvitationsHash != "" })

	// Deleted, it is not missed; neither by an operator that starts anew, nor when the spec changes.
	w.Delete(secret)
	w.Restart(nil)
	world.Change(w, portal, func(p *v1alpha1.RegionalPortal) { p.Spec.DisplayName = "Another name" })
	w.Ready(portal)

	// Another file is read when somebody asks, and creates accounts only.
	again := &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Namespace: w.Namespace, Name: "desk"},
		StringData: map[string]string{"invitations.csv": "username,name,mail\nDANA,Other Name,other@northstar.example\nolivia,Olivia,olivia@northstar.example\n"},
	}
	w.Create(again)
	world.Change(w, portal, func(p *v1alpha1.RegionalPortal) {
		p.Annotations = map[string]string{v1alpha1.AnnotationReconcileAt: time.Now().Format(time.RFC3339Nano)}
	})
	inDesk(w, "olivia is invited, too", func(d portalapi.ServiceDesk) bool { return d.Invited == 2 && d.Active == 0 })
	w.Ready(portal)
}
