// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package canary

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
	"github.com/forecourt-dev/forecourt/controllers"
	"github.com/forecourt-dev/forecourt/test/world"
)

var cluster *world.Cluster

func TestMain(m *testing.M) {
	os.Exit(world.Main(m, func(c *world.Cluster) { cluster = c }))
}

// canary is in every word that must stay with the victim.
const canary = "zqcanary"

// baits are Secrets that exist in the victim's namespace only; the intruder's specs name them.
const baits = 12

func bait(number int) string { return fmt.Sprintf("bait-%d", number%baits) }

// victim is a namespace with portals that are in use.
type victim struct {
	*world.World
	// open takes tenants from everywhere, closed only from its own namespace.
	open, closed *v1alpha1.RegionalPortal
	// tenants of both portals; the first one of each has the codes TAKEN-0 and up.
	tenants []*v1alpha1.DealerTenant
	// private is a class that only the victim's namespace may use.
	private *v1alpha1.PortalClass
	// secrets are the values that the operator made for the victim.
	secrets []string
}

const tenantsOfVictim = 8

// newVictim makes the victim and waits until all of it works.
func newVictim(t *testing.T, intruder string) *victim {
	t.Helper()
	v := &victim{World: cluster.New(t, intruder)}
	v.Restart(func(o *controllers.Options) { o.PollPeriod = 20 * time.Second }) // hundreds of portals would keep the machine busy
	v.labelOwner()
	for i := range baits {
		v.Create(&corev1.Secret{
			ObjectMeta: metav1.ObjectMeta{Namespace: v.Namespace, Name: bait(i)},
			StringData: map[string]string{
				"dsn": "postgres://" + canary + "user:" + canary + "pass@127.0.0.1/" + canary, "username": canary + "user", "password": canary + "pass",
				"invitations.csv": "username,name,mail,phone\n" + canary + ",Person " + canary + "," + canary + "@example.com,\n",
				"tls.crt":         canary, "tls.key": canary,
			},
		})
	}
	v.Create(&corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: v.Namespace, Name: "notes"}, Data: map[string]string{"text": canary}})
	v.private = &v1alpha1.PortalClass{
		ObjectMeta: metav1.ObjectMeta{Name: v.Namespace + "-private"},
		Spec: v1alpha1.PortalClassSpec{
			Release: v1alpha1.PortalRelease{Version: "1.0.0", Image: "forecourt.test/" + canary + "/portal:1.0.0"},
			Bounds:  &v1alpha1.ClassBounds{HostnameSuffixes: []string{canary + ".example"}},
			AllowedNamespaces: &v1alpha1.NamespaceSelector{
				From: v1alpha1.FromSelector, Selector: &metav1.LabelSelector{MatchLabels: map[string]string{"owner": "victim"}},
			},
		},
	}
	v.Create(v.private)
	v.closed = v.valuables("closed")
	v.open = v.valuables("open")
	v.open.Spec.Tenants = &v1alpha1.TenantsSpec{AllowFrom: &v1alpha1.NamespaceSelector{From: v1alpha1.FromAll}}
	v.Create(v.closed)
	v.Create(v.open)
	v.Ready(v.closed, v.open)
	for i := range tenantsOfVictim {
		tenant := v.Tenant(fmt.Sprintf("%s-dealer-%d", canary, i), []string{"closed", "open"}[i%2], fmt.Sprintf("TAKEN-%d", i))
		tenant.Spec.DisplayName, tenant.Spec.Phone = "Dealership "+canary, "+13125550100"
		tenant.Spec.Location = &v1alpha1.DealerLocation{Street: canary + " street", City: canary}
		v.Create(tenant)
		v.tenants = append(v.tenants, tenant)
	}
	for _, tenant := range v.tenants {
		v.Ready(tenant)
	}
	v.collectSecrets()
	return v
}

// valuables is a portal whose every text is a canary.
func (v *victim) valuables(name string) *v1alpha1.RegionalPortal {
	p := v.Portal(name)
	p.Spec.DisplayName = "Portal " + canary
	p.Spec.Brands = []v1alpha1.Brand{{Name: canary, DisplayName: "Brand " + canary}}
	p.Spec.Hostname = name + ".victim.example"
	p.Spec.Support = &v1alpha1.SupportSpec{
		DeskName: "Desk " + canary, Mail: canary + "@example.com", Hours: canary,
		Phones: []v1alpha1.SupportPhone{{Label: canary, Number: "+18005550100"}},
	}
	return p
}

// labelOwner lets the victim use its private class.
func (v *victim) labelOwner() {
	v.Helper()
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: v.Namespace}}
	world.Change(v.World, namespace, func(n *corev1.Namespace) { metav1.SetMetaDataLabel(&n.ObjectMeta, "owner", "victim") })
}

// collectSecrets remembers the key material of the victim's portals.
func (v *victim) collectSecrets() {
	v.Helper()
	list := &corev1.SecretList{}
	if err := v.Plane.Admin.List(context.WithoutCancel(v.Context()), list); err != nil {
		v.Fatal(err)
	}
	for i := range list.Items {
		if list.Items[i].Namespace != v.Namespace {
			continue
		}
		for _, value := range list.Items[i].Data {
			if text := strings.TrimSpace(string(value)); len(text) >= 16 {
				v.secrets = append(v.secrets, text)
			}
		}
	}
	if len(v.secrets) < 4 {
		v.Fatalf("the victim has %d secret values: want those of two portals", len(v.secrets))
	}
}

// names are the victim's objects, which nobody learns of who does not name them.
func (v *victim) names() []string {
	names := []string{v.Namespace}
	for _, tenant := range v.tenants {
		names = append(names, tenant.Name, string(tenant.UID))
	}
	return append(names, string(v.open.UID), string(v.closed.UID))
}
