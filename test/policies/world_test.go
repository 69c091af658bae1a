// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package policies

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/forecourt-dev/forecourt/test/controlplane"
)

// strict is a class with every bound; the other classes are made of it.
const strict = `
apiVersion: portals.forecourt.dev/v1alpha1
kind: PortalClass
metadata: {name: strict}
spec:
  release: {version: 1.0.0, image: "registry.example/portals/portal@sha256:0000000000000000000000000000000000000000000000000000000000000000"}
  defaults: {network: {mode: Strict}}
  bounds:
    replicas: {min: 2, max: 4}
    hostnameSuffixes: [us.example, localhost]
    requireDigest: true
    allowedRegistries: [registry.example/portals, docker.io/library, "mirror.example:5000"]
    auth:
      minPasswordLength: 20
      secondFactor: AdminsOnly
      allowedIssuers: [https://login.us.example, https://login.example/realms/staff]
      maxSessionHours: 10
      maxIdleMinutes: 15
    inactivity: {maxMonths: 6, minWarnings: 2, maxDisabledPercentPerRun: 5, requireEnforce: true}
    network: {requireStrict: true}
    database: {maxConnections: 100}
  allowedNamespaces: {from: Selector, selector: {matchLabels: {market: us}}}
`

// variants are the other classes, by name, as merge patches of strict.
var variants = map[string]string{
	"strict":     `{}`,
	"audit":      `{spec: {bounds: {mode: Audit}}}`,
	"enforce":    `{spec: {bounds: {mode: Enforce}}}`,
	"free":       `{spec: {bounds: null, defaults: null, allowedNamespaces: null}}`,
	"all":        `{spec: {allowedNamespaces: {from: All, selector: null}}}`,
	"open":       `{spec: {defaults: null}}`,
	"scaled":     `{spec: {defaults: {scaling: {autoscaling: {minReplicas: 2, maxReplicas: 4}}}, bounds: {replicas: null}}}`,
	"default":    `{metadata: {annotations: {portals.forecourt.dev/is-default-class: "true"}}}`,
	"in":         `{spec: {allowedNamespaces: {selector: {matchLabels: null, matchExpressions: [{key: market, operator: In, values: [us, ca]}]}}}}`,
	"not-in":     `{spec: {allowedNamespaces: {selector: {matchLabels: null, matchExpressions: [{key: market, operator: NotIn, values: [us, ca]}]}}}}`,
	"exists":     `{spec: {allowedNamespaces: {selector: {matchLabels: null, matchExpressions: [{key: market, operator: Exists}]}}}}`,
	"not-exists": `{spec: {allowedNamespaces: {selector: {matchLabels: null, matchExpressions: [{key: market, operator: DoesNotExist}]}}}}`,
	"everything": `{spec: {allowedNamespaces: {selector: {matchLabels: null}}}}`,
}

// tightened is a class without bounds until the portals of it are there, and strict then.
const tightened = "tightened"

// loose makes strict a class without any word on its portals.
const loose = `{metadata: {name: tightened}, spec: {bounds: {requireDigest: false, replicas: null, hostnameSuffixes: null,
  allowedRegistries: null, auth: null, inactivity: null, network: null, database: null}, allowedNamespaces: null}}`

// portal breaks no bound of strict.
const portal = `
apiVersion: portals.forecourt.dev/v1alpha1
kind: RegionalPortal
metadata: {name: us-dealers}
spec:
  className: strict
  market: US
  audience: Dealer
  displayName: Dealers
  brands: [{name: aurora, displayName: Aurora}]
  locales: [en-US]
  timeZone: America/Chicago
  hostname: dealers.us.example
  database: {type: PostgreSQL, postgresql: {secretRef: {name: database, key: dsn}}}
`

// Labels of the namespaces, by the name that rows call them.
var namespaces = map[string]map[string]string{"us": {"market": "us"}, "jp": {"market": "jp"}, "bare": nil}

// setting is what a test starts from.
type setting struct {
	// namespaces by the name that rows call them.
	namespaces map[string]string
}

// shared classes are made by the first test that needs them.
var shared sync.Once

// start makes namespaces for a test and, once, the classes, and waits until every policy answers.
func start(t *testing.T) *setting {
	t.Helper()
	s := &setting{namespaces: map[string]string{}}
	for name, labels := range namespaces {
		made, err := plane.Namespace(t.Context(), labels)
		if err != nil {
			t.Fatal(err)
		}
		s.namespaces[name] = made
	}
	shared.Do(func() {
		for name, patch := range variants {
			class(t, name, patch)
		}
		for name := range variants {
			if name != "free" {
				s.known(t, name)
			}
		}
		s.active(t)
	})
	return s
}

// active waits until every policy on portals answers: for each, the first row that it has to refuse.
func (s *setting) active(t *testing.T) {
	t.Helper()
	for _, policy := range shippedPolicies(t) {
		about := subjectOf(t, policy.Spec.Validations[0])
		for _, r := range allRows() {
			if r.bound != about || r.was != "" || r.answer == silent || strings.HasSuffix(policy.Name, "-audit") != strings.Contains(r.change, "audit") {
				continue
			}
			probe := merge(t, s.portal(t, s.namespaceOf(r), "probe"), r.change)
			controlplane.Eventually(t, within, "policy "+policy.Name+" answers", func(context.Context) error {
				if v := create(t, probe.DeepCopy(), dry); !v.speaks("'" + policy.Name + "'") {
					return fmt.Errorf("%s", v)
				}
				return nil
			})
			break
		}
	}
}

// class makes a class of strict with a merge patch over it and waits until the policies know it.
func class(t *testing.T, name, patch string) *unstructured.Unstructured {
	t.Helper()
	object := merge(t, merge(t, parse(t, strict), patch), fmt.Sprintf("{metadata: {name: %s}}", name))
	if err := plane.Admin.Create(t.Context(), object); err != nil {
		t.Fatalf("creating class %s: %v", name, err)
	}
	return object
}

// known waits until the policies answer for a class with hostnameSuffixes.
func (s *setting) known(t *testing.T, name string) {
	t.Helper()
	probe := merge(t, s.portal(t, "us", "probe"), fmt.Sprintf("{spec: {className: %s, hostname: probe.invalid}}", name))
	controlplane.Eventually(t, within, "the policies know class "+name, func(context.Context) error {
		// Of several policies that refuse, one is heard, and which one is chance.
		if v := create(t, probe.DeepCopy(), dry); !v.speaks("PortalClass " + name + " ") {
			return fmt.Errorf("%s", v)
		}
		return nil
	})
}

// portal is the portal that breaks no bound, in a namespace.
func (s *setting) portal(t *testing.T, namespace, name string) *unstructured.Unstructured {
	t.Helper()
	object := parse(t, portal)
	object.SetNamespace(s.namespaces[namespace])
	object.SetName(name)
	return object
}

// store creates an object.
func store(t *testing.T, object client.Object) {
	t.Helper()
	if err := plane.Admin.Create(t.Context(), object); err != nil {
		t.Fatalf("creating %s: %v", object.GetName(), err)
	}
}
