// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package cli_test

import (
	"encoding/json"
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/oncall"
)

// regionalPortal is a portal as a region declares it.
func regionalPortal(namespace, name string) *v1alpha1.RegionalPortal {
	return &v1alpha1.RegionalPortal{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name},
		Spec: v1alpha1.RegionalPortalSpec{
			ClassName: "standard", Market: "US", Audience: v1alpha1.AudienceDealer, DisplayName: "Dealer portal",
			Brands: []v1alpha1.Brand{{Name: "aurora", DisplayName: "Aurora"}}, Locales: []string{"en-US"}, TimeZone: "America/Chicago",
			Hostname: name + ".example.com",
		},
	}
}

func dealerTenant(namespace, name string) *v1alpha1.DealerTenant {
	return &v1alpha1.DealerTenant{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name},
		Spec:       v1alpha1.DealerTenantSpec{PortalRef: v1alpha1.PortalRef{Name: "us-dealers"}, DealerCode: "S1", DisplayName: "Springfield"},
	}
}

func TestStatusFindsWhatTheNameMeans(t *testing.T) {
	namespace, other := newNamespace(t), newNamespace(t)
	create(t, regionalPortal(namespace, "us-dealers"), regionalPortal(namespace, "twice"), dealerTenant(namespace, "twice"),
		dealerTenant(namespace, "lakeside"), regionalPortal(other, "mx-dealers-only-here"))
	for name, test := range map[string]struct {
		args   []string
		status int
		want   []string
	}{
		"a bare name of a portal":         {args: []string{"us-dealers"}, want: []string{"RegionalPortal " + namespace + "/us-dealers: Unknown"}},
		"a bare name of a tenant":         {args: []string{"lakeside"}, want: []string{"DealerTenant " + namespace + "/lakeside: Unknown", "Portal       " + namespace + "/us-dealers"}},
		"the short kind of a portal":      {args: []string{"rp/twice"}, want: []string{"RegionalPortal " + namespace + "/twice"}},
		"the short kind of a tenant":      {args: []string{"dt/twice"}, want: []string{"DealerTenant " + namespace + "/twice"}},
		"the whole kind":                  {args: []string{"regionalportals.portals.forecourt.dev/twice"}, want: []string{"RegionalPortal " + namespace + "/twice"}},
		"a name that both have":           {args: []string{"twice"}, status: 2, want: []string{`"twice" is both: write rp/twice for the RegionalPortal or dt/twice for the DealerTenant`}},
		"a kind that there is not":        {args: []string{"pod/twice"}, status: 2, want: []string{`"pod/twice": write rp/NAME`}},
		"a kind of another group":         {args: []string{"regionalportals.example.com/twice"}, status: 2, want: []string{"write rp/NAME"}},
		"a kind without a name":           {args: []string{"rp/"}, status: 2, want: []string{"write rp/NAME"}},
		"a mistyped name":                 {args: []string{"us-dealer"}, status: 1, want: []string{"has neither a RegionalPortal nor a DealerTenant \"us-dealer\"", "Did you mean rp/us-dealers?"}},
		"a mistyped name of a known kind": {args: []string{"dt/lakesde"}, status: 1, want: []string{"reading DealerTenant " + namespace + "/lakesde", "Did you mean dt/lakeside?"}},
		"a name of another namespace":     {args: []string{"mx-dealers-only-here"}, status: 1, want: []string{"There is a RegionalPortal of this name in namespace " + other + ": add -n " + other + "."}},
		"a name like none":                {args: []string{"zzzzzzzz"}, status: 1, want: []string{"There are: rp/twice, rp/us-dealers, dt/lakeside, dt/twice."}},
		"another namespace by flag":       {args: []string{"mx-dealers-only-here", "-n", other}, want: []string{"RegionalPortal " + other + "/mx-dealers-only-here"}},
		"an empty namespace":              {args: []string{"--namespace", "default"}, want: []string{"No RegionalPortal in namespace default. All namespaces: kubectl forecourt status -A"}},
		"a name and all namespaces":       {args: []string{"us-dealers", "-A"}, status: 2, want: []string{"-A lists all portals"}},
	} {
		t.Run(name, func(t *testing.T) {
			status, stdout, stderr := inCluster(t, namespace, append([]string{"status"}, test.args...)...)
			for _, want := range test.want {
				if text := stdout + stderr; status != test.status || !strings.Contains(text, want) {
					t.Errorf("status %d, want %d with %q:\n%s", status, test.status, want, text)
				}
			}
		})
	}
}

func TestStatusOfAllPortals(t *testing.T) {
	namespace := newNamespace(t)
	portal := regionalPortal(namespace, "us-dealers")
	create(t, portal, regionalPortal(namespace, "ca-dealers"))
	portal.Status = v1alpha1.RegionalPortalStatus{
		ObservedGeneration: 1, Replicas: 2, ReadyReplicas: 2, Tenants: v1alpha1.TenantCounts{Attached: 3, Ready: 2},
		Conditions: []metav1.Condition{{
			Type: v1alpha1.ConditionReady, Status: metav1.ConditionTrue, Reason: v1alpha1.ReasonReconciled, LastTransitionTime: metav1.Now(), ObservedGeneration: 1,
		}},
	}
	if err := plane.Admin.Status().Update(t.Context(), portal); err != nil {
		t.Fatal(err)
	}
	status, stdout, stderr := inCluster(t, namespace, "status")
	if status != 0 || stderr != "" || !strings.Contains(stdout, "2 portals: 1 Unknown, 1 Healthy\n") || strings.Contains(stdout, "NAMESPACE") {
		t.Errorf("status %d: %s\n%s", status, stderr, stdout)
	}
	for format, decode := range map[string]func([]byte, any) error{
		"json": json.Unmarshal, "yaml": func(raw []byte, into any) error { return yaml.UnmarshalStrict(raw, into) },
	} {
		status, stdout, stderr := inCluster(t, namespace, "status", "-A", "-o", format)
		var fleet oncall.Fleet
		if err := decode([]byte(stdout), &fleet); status != 0 || stderr != "" || err != nil {
			t.Fatalf("%s: status %d, %v: %s", format, status, err, stderr)
		}
		healths := map[string]oncall.Health{}
		for _, report := range fleet.Portals {
			healths[report.Namespace+"/"+report.Name] = report.Health
		}
		if healths[namespace+"/us-dealers"] != oncall.Healthy || healths[namespace+"/ca-dealers"] != oncall.Unknown || fleet.Total != len(healths) {
			t.Errorf("%s: %d of %v", format, fleet.Total, healths)
		}
	}
}
