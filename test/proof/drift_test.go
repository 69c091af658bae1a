// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package proof

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
	"github.com/forecourt-dev/forecourt/controllers"
	"github.com/forecourt-dev/forecourt/internal/apply"
	"github.com/forecourt-dev/forecourt/internal/render"
	"github.com/forecourt-dev/forecourt/internal/settings"
	"github.com/forecourt-dev/forecourt/test/controlplane"
	"github.com/forecourt-dev/forecourt/test/drift"
	"github.com/forecourt-dev/forecourt/test/edge"
	"github.com/forecourt-dev/forecourt/test/operator"
	"github.com/forecourt-dev/forecourt/test/pgtest"
)

// quickly polls portals as often as options allow: Secrets are not watched, so their drift is found by the poll.
func quickly(o *operator.Options) {
	o.Tune = func(c *controllers.Options) { c.PollPeriod = time.Second }
}

// fullPortal is the shipped sample with every field, on a PostgreSQL server of its own.
func (w *scene) fullPortal() *v1alpha1.RegionalPortal {
	w.Helper()
	portal := sample[v1alpha1.RegionalPortal](w.T, "regionalportal-full.yaml")
	portal.Namespace, portal.Spec.ClassName = w.namespace, w.class
	plane.Install(w.T, controlplane.HTTPRoutes, controlplane.Certificates)
	edge.Serve(w.T, plane.Admin, w.namespace)
	w.secret(portal.Spec.Database.PostgreSQL.SecretRef.Name, map[string]string{
		portal.Spec.Database.PostgreSQL.SecretRef.Key: pgtest.New(w.T),
	})
	w.secret(portal.Spec.Notify.Mail.SecretRef.Name, map[string]string{"username": "portal", "password": "secret"})
	w.secret(portal.Spec.Notify.SMS.WebhookSecretRef.Name, gateway())
	portal.Spec.Auth.SSO.IssuerURL = nobody
	w.secret(portal.Spec.Auth.SSO.ClientSecretRef.Name, map[string]string{
		portal.Spec.Auth.SSO.ClientSecretRef.Key: "now", portal.Spec.Auth.SSO.PreviousClientSecretRef.Key: "before",
	})
	w.logo(portal.Spec.Branding.LogoConfigMapRef)
	w.secret(portal.Spec.ServiceDesk.Invitations.SecretRef.Name, map[string]string{"invitations.csv": "username,name,mail,phone\ndesk,Desk,desk@mail.example,\n"})
	return portal
}

func (w *scene) secret(name string, data map[string]string) {
	w.Helper()
	w.create(&corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: w.namespace, Name: name}, StringData: data})
}

// nobody is where nobody answers: pods of a portal with single sign-on ask the provider.
const nobody = "https://127.0.0.1:9"

// gateway is a gateway for text messages at which nobody answers.
func gateway() map[string]string {
	return map[string]string{"url": nobody + "/sms", "secret": "0123456789abcdef0123456789abcdef"}
}

// logo makes the ConfigMap with an image.
func (w *scene) logo(ref *v1alpha1.LogoRef) {
	w.Helper()
	w.create(&corev1.ConfigMap{
		ObjectMeta: metav1.ObjectMeta{Namespace: w.namespace, Name: ref.Name},
		Data:       map[string]string{ref.Key: `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"/>`},
	})
}

// children renders what the operator shall have written for a portal.
func (w *scene) children(portal *v1alpha1.RegionalPortal) []*unstructured.Unstructured {
	w.Helper()
	class := &v1alpha1.PortalClass{}
	w.read(class, w.class)
	w.read(portal, portal.Name)
	effective, err := settings.Resolve(class, portal)
	if err != nil {
		w.Fatal(err)
	}
	children, err := render.Children(render.Input{Effective: effective, Owner: render.OwnerOf(portal), At: time.Now()})
	if err != nil {
		w.Fatal(err)
	}
	return children
}

// live reads an object as the API server has it.
func (w *scene) live(like *unstructured.Unstructured) (*unstructured.Unstructured, error) {
	object := &unstructured.Unstructured{}
	object.SetGroupVersionKind(like.GroupVersionKind())
	err := plane.Admin.Get(w.Context(), client.ObjectKeyFromObject(like), object)
	return object, err
}

// wantRepaired waits until the live object holds what is rendered.
func (w *scene) wantRepaired(child *unstructured.Unstructured, what string) {
	w.Helper()
	controlplane.Eventually(w.T, soon, child.GetKind()+" "+child.GetName()+": "+what, func(context.Context) error {
		live, err := w.live(child)
		if err != nil {
			return err
		}
		return drift.Holds(child, live)
	})
}

func TestTheOperatorRepairsEveryRenderedPathOfEveryChild(t *testing.T) {
	// The portal with every field has nearly every path; the others are disturbed where they differ from it.
	cases := map[string]struct {
		make  func(w *scene) *v1alpha1.RegionalPortal
		kinds []string // empty means all
	}{
		"a portal with every field": {make: (*scene).fullPortal},
		"a portal with a volume": {
			make:  func(w *scene) *v1alpha1.RegionalPortal { return w.portal("ca-dealers") },
			kinds: []string{"PersistentVolumeClaim", "Deployment", "NetworkPolicy"},
		},
		"a portal that takes its data with it": {
			make: func(w *scene) *v1alpha1.RegionalPortal {
				portal := w.portal("jp-dealers")
				portal.Spec.DeletionPolicy = v1alpha1.DeletionDelete
				return portal
			},
			kinds: []string{"PersistentVolumeClaim", "Secret"},
		},
	}
	for name, row := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newScene(t, quickly)
			portal := row.make(w)
			w.create(portal)
			w.wantReady(portal)
			total := 0
			for _, child := range w.children(portal) {
				if len(row.kinds) > 0 && !slices.Contains(row.kinds, child.GetKind()) {
					continue
				}
				done := w.disturbAll(child)
				if done == 0 {
					t.Errorf("%s: nothing was disturbed", child.GetKind())
				}
				total += done
			}
			w.wantReady(portal)
			t.Logf("%d disturbances repaired", total)
		})
	}
}

// disturbAll disturbs one child at every rendered path and waits for each repair. The data of Secrets is not rendered.
func (w *scene) disturbAll(child *unstructured.Unstructured) int {
	w.Helper()
	done := 0
	for _, change := range drift.Changes(child) {
		if strings.HasPrefix(change.Path, "metadata.labels.") && child.GetKind() == "Secret" && change.How == "changed" {
			continue // a Secret is looked at once per poll: the removal of each label is enough
		}
		if w.disturb(child, change) {
			w.wantRepaired(child, change.Path+" "+change.How)
			done++
		}
	}
	return done
}

// disturb makes the first variant of a change that the API server takes and that changes something rendered. A change that
// is already repaired when it is looked at counts.
func (w *scene) disturb(child *unstructured.Unstructured, change drift.Change) bool {
	w.Helper()
	for _, variant := range change.Variants {
		live, err := w.live(child)
		if err != nil {
			w.Fatal(err)
		}
		before := live.GetResourceVersion()
		if variant(live) != nil {
			continue
		}
		err = plane.Admin.Update(w.Context(), live, client.FieldOwner("somebody"))
		switch {
		case apierrors.IsConflict(err), apierrors.IsInvalid(err), apierrors.IsForbidden(err), apierrors.IsBadRequest(err), apierrors.IsNotFound(err):
			continue
		case err != nil:
			w.Fatalf("%s %s %s: %v", child.GetKind(), change.Path, change.How, err)
		}
		if live.GetResourceVersion() != before && drift.Holds(child, live) != nil {
			return true
		}
	}
	return false
}

func TestTheOperatorReplacesEveryDeletedChild(t *testing.T) {
	t.Parallel()
	for name, make := range map[string]func(w *scene) *v1alpha1.RegionalPortal{
		"a small portal":            func(w *scene) *v1alpha1.RegionalPortal { return w.portal("ca-dealers") },
		"a portal with every field": (*scene).fullPortal,
	} {
		t.Run(name, func(t *testing.T) {
			w := newScene(t, quickly)
			portal := make(w)
			w.create(portal)
			w.wantReady(portal)
			for _, child := range w.children(portal) {
				if child.GetKind() == "Secret" || child.GetKind() == "PersistentVolumeClaim" {
					continue // hold data, see below
				}
				old, err := w.live(child)
				if err != nil {
					t.Fatal(err)
				}
				if err := plane.Admin.Delete(t.Context(), old.DeepCopy()); err != nil {
					t.Fatal(err)
				}
				controlplane.Eventually(t, soon, child.GetKind()+" is there again", func(context.Context) error {
					now, err := w.live(child)
					if err != nil {
						return err
					}
					if now.GetUID() == old.GetUID() {
						return fmt.Errorf("still the old one")
					}
					return drift.Holds(child, now)
				})
			}
			w.wantReady(portal)
		})
	}
}

func TestTheOperatorNeverReplacesWhatHoldsData(t *testing.T) {
	t.Parallel()
	reasons := map[string]string{"Secret": v1alpha1.ReasonKeySecretMissing, "PersistentVolumeClaim": v1alpha1.ReasonVolumeMissing}
	w := newScene(t, quickly)
	for number, suffix := range []string{"keys", "internal", "data"} {
		t.Run(suffix, func(t *testing.T) {
			w := w.on(t)
			portal := w.portal(fmt.Sprintf("portal-%d", number))
			w.create(portal)
			w.wantReady(portal)
			var precious *unstructured.Unstructured
			for _, child := range w.children(portal) {
				if strings.HasSuffix(child.GetName(), "-"+suffix) {
					precious = child
				}
			}
			live, err := w.live(precious)
			if err != nil {
				t.Fatal(err)
			}
			live.SetFinalizers(nil)
			if err := plane.Admin.Update(t.Context(), live); err != nil {
				t.Fatal(err)
			}
			if err := plane.Admin.Delete(t.Context(), live); err != nil {
				t.Fatal(err)
			}
			w.wantCondition(portal, v1alpha1.ConditionStalled, metav1.ConditionTrue, reasons[precious.GetKind()])
			w.settle(3 * time.Second)
			if _, err := w.live(precious); !apierrors.IsNotFound(err) {
				t.Errorf("%s was made anew (%v)", precious.GetName(), err)
			}
		})
	}
}

func TestAStrangersObjectUnderAChildsNameIsLeftAlone(t *testing.T) {
	t.Parallel()
	w := newScene(t, quickly)
	model := w.portal("us-dealers")
	model.UID = "00000000-0000-0000-0000-000000000001"
	class := &v1alpha1.PortalClass{}
	w.read(class, w.class)
	model.Spec.DeletionPolicy = v1alpha1.DeletionDelete
	effective, err := settings.Resolve(class, model)
	if err != nil {
		t.Fatal(err)
	}
	children, err := render.Children(render.Input{Effective: effective, Owner: render.OwnerOf(model), At: time.Now()})
	if err != nil {
		t.Fatal(err)
	}
	for number, child := range children {
		t.Run(fmt.Sprintf("%d-%s", number, child.GetKind()), func(t *testing.T) {
			w := w.on(t)
			portal := w.portal(fmt.Sprintf("portal-%d", number))
			foreign := child.DeepCopy()
			foreign.SetName(strings.Replace(child.GetName(), "us-dealers", portal.Name, 1))
			foreign.SetOwnerReferences(nil)
			if err := plane.Admin.Create(t.Context(), foreign); err != nil {
				t.Fatal(err)
			}
			w.create(portal)
			w.wantCondition(portal, v1alpha1.ConditionStalled, metav1.ConditionTrue, v1alpha1.ReasonNameConflict)
			w.settle(2 * time.Second)
			now, err := w.live(foreign)
			if err != nil {
				t.Fatal(err)
			}
			for _, entry := range now.GetManagedFields() {
				if entry.Manager == apply.Manager || entry.Manager == apply.KeysManager {
					t.Errorf("the stranger's object was touched by %s", entry.Manager)
				}
			}
		})
	}
}
