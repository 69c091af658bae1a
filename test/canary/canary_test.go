// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package canary

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	eventsv1 "k8s.io/api/events/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/apply"
	"github.com/forecourt-dev/forecourt/internal/render"
	"github.com/forecourt-dev/forecourt/test/controlplane"
)

// leastSpecs is how many hostile specs the API server must have taken for the proof to count.
const leastSpecs = 300

// told are the conditions whose message names an object of another namespace, and why it does.
var told = map[string]string{
	v1alpha1.ReasonDealerCodeTaken: "who wants a dealer code of a portal that takes its tenants is told which DealerTenant holds it",
	v1alpha1.ReasonHostnameTaken:   "who wants a host is told which portal holds it: hosts are of the whole cluster, and somebody has to give way",
}

func TestANamespaceLearnsNothingOfAnother(t *testing.T) {
	namespace := cluster.MakeNamespace(t, nil)
	in := &intruder{victim: newVictim(t, namespace), namespace: namespace}
	mark, err := in.Plane.Mark()
	if err != nil {
		t.Fatal(err)
	}
	own := in.Portal(ownPortal)
	own.Namespace, own.Spec.Hostname = namespace, "own.intruder.example"
	in.Create(own)
	in.Ready(own)
	submitted := in.submit()
	t.Logf("%d hostile specs were taken", len(submitted))
	if len(submitted) < leastSpecs {
		t.Errorf("the API server took %d hostile specs: want at least %d", len(submitted), leastSpecs)
	}
	submitted["RegionalPortal/"+ownPortal] = encode(t, own)
	in.settle(mark, submitted)
	in.wantNothingTold(submitted)
	in.wantQuietLog(submitted)
	in.wantNoForeignSecretRead(mark)
	in.wantVictimUntouched()
}

// submit creates the hostile specs that the API server takes, and returns them as text by kind and name.
func (in *intruder) submit() map[string]string {
	in.Helper()
	submitted := map[string]string{}
	for what, object := range in.specs() {
		text := encode(in.T, object)
		err := in.Plane.Admin.Create(in.Context(), object, client.FieldOwner("intruder"))
		switch {
		case apierrors.IsInvalid(err):
			in.Logf("%s is refused at once: %v", what, err)
		case err != nil:
			in.Fatalf("%s: %v", what, err)
		default:
			submitted[kindOf(object)+"/"+object.GetName()] = text
		}
	}
	return submitted
}

// settle waits until the operator has judged every spec and has nothing more to write about them.
func (in *intruder) settle(since controlplane.Mark, submitted map[string]string) {
	in.Helper()
	controlplane.Eventually(in.T, 5*time.Minute, "every hostile spec is judged", func(ctx context.Context) error {
		for _, list := range []client.ObjectList{&v1alpha1.DealerTenantList{}, &v1alpha1.RegionalPortalList{}} {
			if err := in.Plane.Admin.List(ctx, list, client.InNamespace(in.namespace)); err != nil {
				return err
			}
			if err := meta.EachListItem(list, judged); err != nil {
				controlplane.Quiet(in.T, time.Second) // the list is long
				return err
			}
		}
		return nil
	})
	controlplane.Eventually(in.T, 5*time.Minute, "the operator comes to rest", func(context.Context) error {
		mark, err := in.Plane.Mark()
		if err != nil {
			return err
		}
		controlplane.Quiet(in.T, 3*time.Second)
		writes, err := in.Plane.OperatorWrites(mark)
		if err != nil || len(writes) > 0 {
			return fmt.Errorf("%d writes: %w", len(writes), err)
		}
		return nil
	})
}

func judged(item runtime.Object) error {
	observed, generation, name := int64(-1), int64(0), ""
	switch object := item.(type) {
	case *v1alpha1.DealerTenant:
		observed, generation, name = object.Status.ObservedGeneration, object.Generation, object.Name
	case *v1alpha1.RegionalPortal:
		observed, generation, name = object.Status.ObservedGeneration, object.Generation, object.Name
	}
	if observed != generation {
		return fmt.Errorf("%s: generation %d of %d is judged", name, observed, generation)
	}
	return nil
}

// wantNothingTold looks at every object and event in the intruder's namespace.
func (in *intruder) wantNothingTold(submitted map[string]string) {
	in.Helper()
	lists := []client.ObjectList{
		&v1alpha1.DealerTenantList{}, &v1alpha1.RegionalPortalList{}, &corev1.SecretList{}, &eventsv1.EventList{}, &corev1.EventList{},
	}
	for _, kind := range apply.Kinds() {
		list, err := in.Plane.Scheme.New(in.kind(kind).GroupVersion().WithKind(in.kind(kind).Kind + "List"))
		if err != nil {
			in.Fatal(err)
		}
		lists = append(lists, list.(client.ObjectList))
	}
	looked := 0
	for _, list := range lists {
		if err := in.Plane.Admin.List(in.Context(), list, client.InNamespace(in.namespace)); err != nil {
			in.Fatal(err)
		}
		err := meta.EachListItem(list, func(item runtime.Object) error {
			looked++
			object, _ := item.(client.Object)
			in.check(fmt.Sprintf("%T %s", item, object.GetName()), encode(in.T, object), submitted[origin(object)])
			return nil
		})
		if err != nil {
			in.Fatal(err)
		}
	}
	in.Logf("%d objects and events were searched", looked)
	if looked < len(submitted) {
		in.Errorf("only %d objects were searched for %d specs", looked, len(submitted))
	}
}

// check looks for what the intruder must not learn in a text that comes from one of its specs.
func (in *intruder) check(what, text, spec string) {
	in.Helper()
	for _, secret := range in.secrets {
		if strings.Contains(text, secret) || strings.Contains(text, encodeBase64(secret)) {
			in.Errorf("%s holds a secret value of the victim", what)
		}
	}
	for reason := range told {
		if strings.Contains(text, reason) {
			text = in.withoutHolders(text)
		}
	}
	if strings.Contains(text, canary) {
		in.Errorf("%s holds what only the victim's namespace holds: %s", what, around(text, canary))
	}
	for _, name := range in.names() {
		if strings.Contains(text, name) && !strings.Contains(spec, name) {
			in.Errorf("%s names %s of the victim, which its spec does not: %s", what, name, around(text, name))
		}
	}
}

// withoutHolders removes the names of tenants of the portal that takes everybody and of portals, as messages give them.
func (in *intruder) withoutHolders(text string) string {
	for _, tenant := range in.tenants {
		if tenant.Spec.PortalRef.Name == in.open.Name {
			text = strings.ReplaceAll(text, "DealerTenant "+tenant.Namespace+"/"+tenant.Name, "")
		}
	}
	for _, portal := range []*v1alpha1.RegionalPortal{in.open, in.closed} {
		text = strings.ReplaceAll(text, "RegionalPortal "+portal.Namespace+"/"+portal.Name, "")
	}
	return text
}

// wantQuietLog looks at the operator's log: no line holds content, none that is about the intruder names the victim's objects.
func (in *intruder) wantQuietLog(submitted map[string]string) {
	in.Helper()
	everything := strings.Builder{}
	for _, spec := range submitted {
		everything.WriteString(spec)
	}
	lines := strings.Split(in.Operator.Log(), "\n")
	about := 0
	for _, line := range lines {
		for _, secret := range in.secrets {
			if strings.Contains(line, secret) {
				in.Error("the log holds a secret value of the victim")
			}
		}
		if !strings.Contains(line, in.namespace) {
			continue
		}
		about++
		in.check("the log", line, everything.String())
	}
	if about < 10 {
		in.Errorf("%d lines of the log are about the intruder: the search would find nothing", about)
	}
}

// wantNoForeignSecretRead asks the audit log: Secrets that specs of the intruder name were read beside them and nowhere else.
func (in *intruder) wantNoForeignSecretRead(since controlplane.Mark) {
	in.Helper()
	reads, err := in.Plane.Requests(since, func(r controlplane.Request) bool {
		return r.Resource == "secrets" && strings.HasPrefix(r.Agent, "forecourt-operator")
	})
	if err != nil {
		in.Fatal(err)
	}
	own := []string{}
	for _, portal := range []*v1alpha1.RegionalPortal{in.open, in.closed} {
		own = append(own, render.Names(portal.Name).Keys, render.Names(portal.Name).Internal)
	}
	beside := 0
	for _, read := range reads {
		switch {
		case read.Verb == "list" || read.Verb == "watch":
			in.Errorf("Secrets were listed: %s", read)
		case read.Namespace == in.namespace && strings.HasPrefix(read.Name, "bait-"):
			beside++
		case read.Namespace == in.Namespace && !slices.Contains(own, read.Name):
			in.Errorf("a Secret of the victim was read that none of its objects names: %s", read)
		}
	}
	if beside == 0 {
		in.Error("no Secret was looked for beside the specs that name it: the proof proves nothing")
	}
}

// wantVictimUntouched says that the victim's portals and tenants work as before.
func (in *intruder) wantVictimUntouched() {
	in.Helper()
	in.Ready(in.open, in.closed)
	for _, tenant := range in.tenants {
		in.Ready(tenant)
	}
}
