// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package exposure

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/render"
	"github.com/forecourt-dev/forecourt/test/controlplane"
	"github.com/forecourt-dev/forecourt/test/operator"
	"github.com/forecourt-dev/forecourt/test/world"
)

// open exposes a portal by an Ingress with TLS in front of it.
func open() *v1alpha1.ExposureSettings {
	return &v1alpha1.ExposureSettings{Type: v1alpha1.ExposureIngress, TLS: &v1alpha1.ExposureTLS{Mode: v1alpha1.TLSNone}}
}

// claimant builds an exposed portal of a namespace with a host.
func claimant(w *world.World, namespace, name, host string) *v1alpha1.RegionalPortal {
	portal := w.Portal(name)
	portal.Namespace, portal.Spec.Hostname, portal.Spec.Exposure = namespace, host, open()
	return portal
}

// taken waits until a portal is kept from a host by another, and checks that it tells nothing but the other's name.
func taken(w *world.World, portal, holder *v1alpha1.RegionalPortal, host string) {
	w.Helper()
	condition := w.Want(portal, v1alpha1.ConditionHostnameAccepted, "False/HostnameTaken")
	says(w, condition, `"`+host+`"`, "RegionalPortal "+client.ObjectKeyFromObject(holder).String()+" holds this host")
	w.Want(portal, v1alpha1.ConditionStalled, "True/HostnameTaken")
	w.Want(portal, v1alpha1.ConditionReady, "False/HostnameTaken")
}

// nothing checks that a portal has no children: nothing of it is exposed.
func nothing(w *world.World, portal *v1alpha1.RegionalPortal) {
	w.Helper()
	names := render.Names(portal.Name)
	absent(w, ingressOf(portal))
	for _, child := range []client.Object{&corev1.ConfigMap{}, &corev1.Service{}, &corev1.Secret{}} {
		child.SetNamespace(portal.Namespace)
		child.SetName(map[bool]string{true: names.Config, false: names.Workload}[fmt.Sprintf("%T", child) == "*v1.ConfigMap"])
		if _, secret := child.(*corev1.Secret); secret {
			child.SetName(names.Keys)
		}
		absent(w, child)
	}
}

func TestTheHolderKeepsItsHost(t *testing.T) {
	other := cluster.MakeNamespace(t, nil)
	w := cluster.New(t, other)
	const host = "dealers.us.example"
	old := claimant(w, other, "old", "old.us.example") // older than the holder
	w.Create(old)
	there(w, ingressOf(old))
	holder := claimant(w, w.Namespace, "holder", host)
	holder.Spec.Aliases = []string{"alias.us.example"}
	w.Create(holder)
	w.Want(holder, v1alpha1.ConditionHostnameAccepted, "True")
	there(w, ingressOf(holder))

	rival := claimant(w, other, "a-rival", host)
	w.Create(rival)
	taken(w, rival, holder, host)
	nothing(w, rival)

	byAlias := claimant(w, other, "by-alias", "own.us.example")
	byAlias.Spec.Aliases = []string{host}
	w.Create(byAlias)
	taken(w, byAlias, holder, host)
	onAlias := claimant(w, other, "on-alias", "alias.us.example")
	w.Create(onAlias)
	taken(w, onAlias, holder, "alias.us.example")

	// An old portal cannot edit its way onto the host: its own route stays as it is.
	world.Change(w, old, func(p *v1alpha1.RegionalPortal) { p.Spec.Hostname = host })
	taken(w, old, holder, host)
	route := there(w, ingressOf(old))
	if route.Spec.Rules[0].Host != "old.us.example" || old.Status.URL != "https://old.us.example" {
		t.Errorf("the route of the old portal leads to %s, its status says %s", route.Spec.Rules[0].Host, old.Status.URL)
	}
	// The host that it no longer declares is still in force for it.
	squatter := claimant(w, w.Namespace, "squatter", "old.us.example")
	w.Create(squatter)
	taken(w, squatter, old, "old.us.example")

	// The holder gives up its alias, then its host, then goes. Each is handed over at once, to the oldest who asks.
	world.Change(w, holder, func(p *v1alpha1.RegionalPortal) { p.Spec.Aliases = nil })
	w.Want(onAlias, v1alpha1.ConditionHostnameAccepted, "True")
	there(w, ingressOf(onAlias))
	world.Change(w, holder, func(p *v1alpha1.RegionalPortal) { p.Spec.Hostname = "new.us.example" })
	w.Want(old, v1alpha1.ConditionHostnameAccepted, "True")
	w.Want(squatter, v1alpha1.ConditionHostnameAccepted, "True")
	taken(w, rival, old, host)
	w.Delete(old)
	w.Want(rival, v1alpha1.ConditionHostnameAccepted, "True")
	there(w, ingressOf(rival))
	taken(w, byAlias, rival, host)
}

// TestPortalsExchangeHosts has two and three portals take each other's hosts: nobody waits for ever, and a stranger who waits for one
// of the hosts, though older, gets none.
func TestPortalsExchangeHosts(t *testing.T) {
	w := cluster.New(t)
	host := func(i int) string { return fmt.Sprintf("x%d.us.example", i) }
	stranger := claimant(w, w.Namespace, "stranger", "stranger.us.example")
	w.Create(stranger)
	portals := make([]*v1alpha1.RegionalPortal, 3)
	for i := range portals {
		portals[i] = claimant(w, w.Namespace, fmt.Sprintf("p%d", i), host(i))
		w.Create(portals[i])
		w.Want(portals[i], v1alpha1.ConditionHostnameAccepted, "True")
		there(w, ingressOf(portals[i]))
	}
	world.Change(w, stranger, func(p *v1alpha1.RegionalPortal) { p.Spec.Hostname = host(0) })
	taken(w, stranger, portals[0], host(0))
	for name, order := range map[string][]int{"two": {1, 0, 2}, "three": {2, 0, 1}} {
		for i, portal := range portals {
			world.Change(w, portal, func(p *v1alpha1.RegionalPortal) { p.Spec.Hostname = host(order[i]) })
		}
		for i, portal := range portals {
			w.Want(portal, v1alpha1.ConditionHostnameAccepted, "True")
			controlplane.Eventually(t, world.Within, name+" exchange "+host(order[i]), func(ctx context.Context) error {
				found, err := carrying(ctx, w, host(order[i]), w.Namespace)
				if want := []string{client.ObjectKeyFromObject(portal).String()}; err == nil && !slices.Equal(found, want) {
					err = fmt.Errorf("%v carry it, want %v", found, want)
				}
				return err
			})
		}
	}
	w.Want(stranger, v1alpha1.ConditionHostnameAccepted, "False/HostnameTaken")
}

func TestAClaimThatItsClassRefusesKeepsNobodyFromTheHost(t *testing.T) {
	w := cluster.New(t)
	refused := claimant(w, w.Namespace, "refused", "dealers.us.example")
	refused.Spec.ClassName = w.Class + "-narrow"
	w.Create(refused) // its class is not there
	w.Want(refused, v1alpha1.ConditionStalled, "True/ClassNotFound")
	young := claimant(w, w.Namespace, "young", "dealers.us.example")
	w.Create(young)
	w.Want(young, v1alpha1.ConditionHostnameAccepted, "True")
	there(w, ingressOf(young))
	world.Change(w, refused, func(p *v1alpha1.RegionalPortal) { p.Spec.ClassName = w.Class })
	taken(w, refused, young, "dealers.us.example")
	w.Delete(young)
	w.Want(refused, v1alpha1.ConditionHostnameAccepted, "True")
}

// carrying counts the portals for which a host is in force.
func carrying(ctx context.Context, w *world.World, host string, namespaces ...string) ([]string, error) {
	var found []string
	for _, namespace := range namespaces {
		list := &networkingv1.IngressList{}
		if err := w.Plane.Admin.List(ctx, list, client.InNamespace(namespace)); err != nil {
			return nil, err
		}
		for i := range list.Items {
			portal := &v1alpha1.RegionalPortal{}
			key := client.ObjectKey{Namespace: namespace, Name: list.Items[i].Labels[render.LabelPortal]}
			if w.Plane.Admin.Get(ctx, key, portal) != nil {
				continue // nothing collects garbage here
			}
			for _, rule := range list.Items[i].Spec.Rules {
				if rule.Host == host {
					found = append(found, key.String())
				}
			}
		}
	}
	return found, nil
}

func TestManyClaimsAtTheSameTime(t *testing.T) {
	other := cluster.MakeNamespace(t, nil)
	w := cluster.New(t, other)
	const host, claims = "rush.us.example", 24
	portals := make([]*v1alpha1.RegionalPortal, claims)
	var group sync.WaitGroup
	for i := range portals {
		portals[i] = claimant(w, []string{w.Namespace, other}[i%2], fmt.Sprintf("p%02d", claims-i), host)
		if i%3 == 0 {
			portals[i].Spec.Hostname, portals[i].Spec.Aliases = fmt.Sprintf("own%d.us.example", i), []string{host}
		}
		group.Go(func() { w.Create(portals[i]) })
	}
	group.Wait()
	for round := range 4 {
		var holder string
		controlplane.Eventually(t, world.Within, "one portal has the host and all others know it", func(ctx context.Context) error {
			found, err := carrying(ctx, w, host, w.Namespace, other)
			if err != nil {
				return err
			}
			if len(found) > 1 {
				t.Fatalf("round %d: %v have the host", round, found)
			}
			if len(found) == 0 || !slices.ContainsFunc(portals, func(p *v1alpha1.RegionalPortal) bool { return client.ObjectKeyFromObject(p).String() == found[0] }) {
				return fmt.Errorf("%v has it", found)
			}
			holder = found[0]
			return nil
		})
		var next []*v1alpha1.RegionalPortal
		for _, portal := range portals {
			if client.ObjectKeyFromObject(portal).String() == holder {
				w.Want(portal, v1alpha1.ConditionHostnameAccepted, "True")
				continue
			}
			next = append(next, portal)
		}
		gone := portals[slices.IndexFunc(portals, func(p *v1alpha1.RegionalPortal) bool { return client.ObjectKeyFromObject(p).String() == holder })]
		for _, portal := range next {
			taken(w, portal, gone, host)
		}
		world.Change(w, gone, func(p *v1alpha1.RegionalPortal) {
			p.Spec.Hostname, p.Spec.Aliases = fmt.Sprintf("away%d.us.example", round), nil
		})
		portals = next
	}
}

// TestTwoManagersAtWork lets two operators race for hosts, as while leadership changes hands: in the end one portal has the host.
func TestTwoManagersAtWork(t *testing.T) {
	w := cluster.New(t)
	operator.Start(t, w.Plane, operator.Options{Namespaces: []string{w.Namespace}, PortalURL: w.Host.URL, Agent: "second"})
	var portals []*v1alpha1.RegionalPortal
	for i := range 6 {
		for _, name := range []string{"b", "a"} {
			portal := claimant(w, w.Namespace, fmt.Sprintf("%s%d", name, i), fmt.Sprintf("h%d.us.example", i))
			portals = append(portals, portal)
		}
	}
	for _, portal := range portals {
		w.Create(portal)
	}
	for i := range 6 {
		host := fmt.Sprintf("h%d.us.example", i)
		controlplane.Eventually(t, world.Within, "one portal has "+host, func(ctx context.Context) error {
			found, err := carrying(ctx, w, host, w.Namespace)
			if err == nil && len(found) != 1 {
				err = fmt.Errorf("%v have it", found)
			}
			return err
		})
		accepted := 0
		for _, portal := range portals[2*i : 2*i+2] {
			w.Want(portal, v1alpha1.ConditionHostnameAccepted, map[bool]string{true: "True", false: "False"}[accepted == 0 && holds(w, portal, host)])
			if holds(w, portal, host) {
				accepted++
			}
		}
		if accepted != 1 {
			t.Errorf("%d portals hold %s", accepted, host)
		}
	}
}

func holds(w *world.World, portal *v1alpha1.RegionalPortal, host string) bool {
	w.Helper()
	found, err := carrying(w.Context(), w, host, portal.Namespace)
	if err != nil {
		w.Fatal(err)
	}
	return slices.Contains(found, client.ObjectKeyFromObject(portal).String())
}
