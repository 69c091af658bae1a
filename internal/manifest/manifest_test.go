// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package manifest_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	_ "time/tzdata"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"

	"github.com/forecourt-dev/forecourt/internal/manifest"
)

const samples = "../../config/samples"

// load judges texts, the first of them as standard input, beside the small class and, if wanted, files.
func load(t *testing.T, text string, files ...string) (*manifest.Set, []string) {
	t.Helper()
	set, faults, err := manifest.Load(context.Background(), append(files, manifest.Stdin), strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	lines := make([]string, 0, len(faults))
	for _, fault := range faults {
		lines = append(lines, fault.String())
	}
	return set, lines
}

func sample(name string) string {
	return filepath.Join(samples, name)
}

func TestSamplesAreValid(t *testing.T) {
	set, lines := load(t, "", samples)
	if len(lines) > 0 {
		t.Errorf("the samples have faults:\n%s", strings.Join(lines, "\n"))
	}
	if len(set.Portals) != 2 {
		t.Fatalf("%d portals, want 2", len(set.Portals))
	}
	for _, portal := range set.Portals {
		if len(portal.Tenants) != 1 {
			t.Errorf("%s has %d tenants, want 1", portal.Effective.Portal, len(portal.Tenants))
		}
	}
}

func TestInvitationsComeFromTheFiles(t *testing.T) {
	set, _ := load(t, "", samples)
	for _, portal := range set.Portals {
		invited := portal.Object.Spec.ServiceDesk != nil
		if invited != (len(portal.Invitations) == 1) || portal.MissingSecret != "" {
			t.Errorf("%s: invitations %d, missing Secret %q", portal.Object.Name, len(portal.Invitations), portal.MissingSecret)
		}
		for _, tenant := range portal.Tenants {
			invited := tenant.Object.Spec.Invitations != nil
			if invited != (len(tenant.Invitations) == 1) || tenant.MissingSecret != "" {
				t.Errorf("%s: invitations %d, missing Secret %q", tenant.Object.Name, len(tenant.Invitations), tenant.MissingSecret)
			}
		}
	}
}

type invalidCase struct {
	Name  string
	Kind  string
	Path  string
	Value any
	Drop  bool
	Want  string
}

// TestWhatTheAPIServerRefuses needs exactly the fault that each case names.
func TestWhatTheAPIServerRefuses(t *testing.T) {
	raw, err := os.ReadFile("testdata/invalid.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var cases []invalidCase
	if err := yaml.UnmarshalStrict(raw, &cases); err != nil {
		t.Fatal(err)
	}
	bases := map[string]string{
		"PortalClass": "portalclass-full.yaml", "RegionalPortal": "regionalportal-small.yaml", "DealerTenant": "dealertenant-small.yaml",
	}
	for _, test := range cases {
		t.Run(test.Name, func(t *testing.T) {
			text := changed(t, sample(bases[test.Kind]), test)
			files := []string{}
			for kind, file := range bases {
				if kind != test.Kind {
					files = append(files, sample(file))
				}
			}
			files = append(files, sample("portalclass-small.yaml"))
			_, lines := load(t, text, files...)
			found := false
			for _, line := range lines {
				found = found || strings.HasPrefix(line, "-: document 1 ("+test.Kind) && strings.Contains(line, test.Want)
			}
			if !found {
				t.Errorf("no fault with %q in:\n%s", test.Want, strings.Join(lines, "\n"))
			}
		})
	}
}

// changed reads a sample and sets or drops one path.
func changed(t *testing.T, file string, test invalidCase) string {
	t.Helper()
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	object := map[string]any{}
	if err := yaml.Unmarshal(raw, &object); err != nil {
		t.Fatal(err)
	}
	path := strings.Split(test.Path, ".")
	if test.Drop {
		unstructured.RemoveNestedField(object, path...)
	} else {
		set(object, path, test.Value)
	}
	out, err := yaml.Marshal(object)
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

func set(object map[string]any, path []string, value any) {
	for _, step := range path[:len(path)-1] {
		next, found := object[step].(map[string]any)
		if !found {
			next = map[string]any{}
			object[step] = next
		}
		object = next
	}
	object[path[len(path)-1]] = value
}

// goldText is a class for some namespaces only.
const goldText = `---
apiVersion: portals.forecourt.dev/v1alpha1
kind: PortalClass
metadata: {name: gold}
spec: {release: {version: 1.0.0, image: a}, allowedNamespaces: {from: Selector, selector: {matchLabels: {tier: gold}}}}
`

const portalText = `apiVersion: portals.forecourt.dev/v1alpha1
kind: RegionalPortal
metadata: {name: p, namespace: ns}
spec: {market: US, audience: Dealer, displayName: P, brands: [{name: a, displayName: A}], locales: [en], timeZone: UTC, hostname: a.example}
`

const tenantText = `---
apiVersion: portals.forecourt.dev/v1alpha1
kind: DealerTenant
metadata: {name: t, namespace: ns}
spec: {portalRef: {name: p}, dealerCode: AA-1, displayName: T}
`

// TestWhatTheOperatorRefuses holds what no schema can know, and how files and documents are named.
func TestWhatTheOperatorRefuses(t *testing.T) {
	for name, test := range map[string]struct {
		text string
		want []string
	}{
		"a valid portal with a tenant": {text: portalText + tenantText},
		"an unknown time zone": {
			text: strings.Replace(portalText, "timeZone: UTC", "timeZone: Mars/Base", 1),
			want: []string{`-: document 1 (RegionalPortal ns/p): spec.timeZone: "Mars/Base": unknown time zone; use an IANA name such as America/Chicago, in its exact spelling`},
		},
		"two faults in two documents": {
			text: strings.Replace(portalText+tenantText, "timeZone: UTC", "timeZone: Mars/Base", 1) + strings.ReplaceAll(tenantText, "AA-1", "aa"),
			want: []string{`document 1 (RegionalPortal ns/p): spec.timeZone`, `document 3 (DealerTenant ns/t): spec.dealerCode: "aa"`},
		},
		"a class that is in no file": {
			text: strings.Replace(portalText, "market: US", "market: US, className: gold", 1),
			want: []string{`spec.className: "gold": no such PortalClass in the files; add the file of the class, or name another`},
		},
		"a portal that is in no file": {
			text: portalText + strings.Replace(tenantText, "name: p}", "name: q}", 1),
			want: []string{`document 2 (DealerTenant ns/t): spec.portalRef: "ns/q": no such RegionalPortal in the files`},
		},
		"a tenant from a namespace that is not admitted": {
			text: portalText + strings.NewReplacer("namespace: ns}", "namespace: other}", "name: p}", "name: p, namespace: ns}").Replace(tenantText),
			want: []string{`metadata.namespace: "other": RegionalPortal ns/p admits no tenants of this namespace`},
		},
		"a tenant from a namespace that is admitted by its name": {
			text: strings.Replace(portalText, "market: US",
				"market: US, tenants: {allowFrom: {from: Selector, selector: {matchLabels: {kubernetes.io/metadata.name: other}}}}", 1) +
				strings.NewReplacer("namespace: ns}", "namespace: other}", "name: p}", "name: p, namespace: ns}").Replace(tenantText) +
				"---\napiVersion: v1\nkind: Namespace\nmetadata: {name: other}\n",
		},
		"a namespace that the class does not admit": {
			text: strings.Replace(portalText, "market: US", "market: US, className: gold", 1) + goldText + "---\napiVersion: v1\nkind: Namespace\nmetadata: {name: ns}\n",
			want: []string{`metadata.namespace: "ns": PortalClass gold takes no portals from this namespace; give the namespace the labels`},
		},
		"a namespace that the class admits": {
			text: strings.Replace(portalText, "market: US", "market: US, className: gold", 1) + goldText +
				"---\napiVersion: v1\nkind: Namespace\nmetadata: {name: ns, labels: {tier: gold}}\n",
		},
		"a code that another tenant has": {
			text: portalText + tenantText + strings.Replace(tenantText, "name: t,", "name: u,", 1),
			want: []string{`document 3 (DealerTenant ns/u): spec.dealerCode: "AA-1": DealerTenant ns/t has this code already; use another code`},
		},
		"more tenants than the portal takes": {
			text: strings.Replace(portalText, "market: US", "market: US, tenants: {max: 1}", 1) + tenantText +
				strings.NewReplacer("name: t,", "name: u,", "AA-1", "AA-2").Replace(tenantText),
			want: []string{`the portal takes at most 1 tenants; raise the portal's spec.tenants.max`},
		},
		"an unknown brand": {
			text: portalText + strings.Replace(tenantText, "displayName: T", "displayName: T, brands: [z]", 1),
			want: []string{`spec.brands[0]: "z": the portal has no such brand; use one of a, or add the brand to the portal`},
		},
		"the same object twice": {
			text: portalText + "---\n" + portalText,
			want: []string{`document 2 (RegionalPortal ns/p): metadata.name: "p": the same object is in - already; remove one of them`},
		},
		"a broken portal does not blame its tenants": {
			text: strings.Replace(portalText, "market: US", "market: usa", 1) + tenantText,
			want: []string{`document 1 (RegionalPortal ns/p): spec.market`},
		},
		"a namespace that YAML takes for a truth value": {
			text: strings.Replace(portalText, "namespace: ns}", "namespace: n}", 1),
			want: []string{`metadata: "{name, namespace}": json: cannot unmarshal bool`},
		},
		"a kind that Forecourt does not read": {
			text: "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: x}\n",
			want: []string{`kind: "Deployment": not a kind that Forecourt reads; use PortalClass, RegionalPortal or DealerTenant`},
		},
		"a version that does not exist": {
			text: strings.Replace(portalText, "v1alpha1", "v9", 1),
			want: []string{`apiVersion: "portals.forecourt.dev/v9": unknown version; use portals.forecourt.dev/v1alpha1`},
		},
		"no YAML": {
			text: portalText + "---\na: [\n",
			want: []string{`-: document 2: not YAML`},
		},
		"the same key twice": {
			text: strings.Replace(portalText, "market: US", "market: US, market: CA", 1),
			want: []string{`-: document 1: not YAML`},
		},
		"a list in place of an object": {
			text: "- a\n- b\n", want: []string{`not an object with apiVersion, kind and metadata`},
		},
		"two default classes": {
			text: "apiVersion: portals.forecourt.dev/v1alpha1\nkind: PortalClass\nmetadata: {name: other, annotations: {portals.forecourt.dev/is-default-class: 'true'}}\nspec: {release: {version: 1.0.0, image: a}}\n",
			want: []string{`(PortalClass other): metadata.annotations[portals.forecourt.dev/is-default-class]: "true": PortalClass standard is the default already`},
		},
		"a class with a schedule that never fires": {
			text: "apiVersion: portals.forecourt.dev/v1alpha1\nkind: PortalClass\nmetadata: {name: other}\nspec: {release: {version: 1.0.0, image: a}, defaults: {inactivity: {schedule: 0 0 30 2 *}}}\n",
			want: []string{`(PortalClass other): spec.defaults.inactivity.schedule: "0 0 30 2 *": this date never comes`},
		},
	} {
		t.Run(name, func(t *testing.T) {
			_, lines := load(t, test.text, sample("portalclass-small.yaml"))
			if len(lines) != len(test.want) {
				t.Fatalf("%d faults, want %d:\n%s", len(lines), len(test.want), strings.Join(lines, "\n"))
			}
			for i, want := range test.want {
				if !strings.Contains(lines[i], want) {
					t.Errorf("fault %d is %q, want %q", i+1, lines[i], want)
				}
			}
		})
	}
}

// TestSecretsStaySecret puts a mark into every place of a Secret and of invitations where a fault could repeat it.
func TestSecretsStaySecret(t *testing.T) {
	const mark = "hunter2"
	invited := strings.Replace(tenantText, "displayName: T", "displayName: T, invitations: {secretRef: {name: s}}", 1)
	for name, secret := range map[string]string{
		"data that is not base64":     "data: {invitations.csv: " + mark + "!}",
		"a number in place of a text": "stringData: {invitations.csv: {" + mark + ": 1}}",
		"a wrong column":              "stringData: {invitations.csv: \"username,name," + mark + "\"}",
		"a broken line":               "stringData: {invitations.csv: \"username,name,mail\\n" + mark + "\"}",
		"the key under another name":  "stringData: {other.csv: " + mark + "}",
	} {
		t.Run(name, func(t *testing.T) {
			text := portalText + invited + "---\napiVersion: v1\nkind: Secret\nmetadata: {name: s, namespace: ns}\n" + secret + "\n"
			_, lines := load(t, text, sample("portalclass-small.yaml"))
			if len(lines) == 0 {
				t.Error("no fault")
			}
			if all := strings.Join(lines, "\n"); strings.Contains(all, mark) {
				t.Errorf("a fault repeats the Secret:\n%s", all)
			}
		})
	}
}

// TestStatusIsIgnored accepts what kubectl get -o yaml prints.
func TestStatusIsIgnored(t *testing.T) {
	text := strings.Replace(portalText, "namespace: ns}", "namespace: ns, uid: u-1, resourceVersion: '7', generation: 3, creationTimestamp: '2026-01-01T00:00:00Z'}", 1) +
		"status: {observedGeneration: 3, anything: goes}\n"
	set, lines := load(t, text, sample("portalclass-small.yaml"))
	if len(lines) > 0 || len(set.Portals) != 1 {
		t.Fatalf("%d portals, faults:\n%s", len(set.Portals), strings.Join(lines, "\n"))
	}
	if got := set.Portals[0].Effective.UID; got != "u-1" {
		t.Errorf("the UID is %q", got)
	}
}
