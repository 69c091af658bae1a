// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package cli_test

import (
	"context"
	"encoding/json"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/why"
	"github.com/forecourt-dev/forecourt/test/controlplane"
)

// whyFiles are the files with a class, a portal and a tenant.
func whyFiles(names ...string) []string {
	var flags []string
	for _, name := range names {
		flags = append(flags, "-f", filepath.Join("testdata", "why", name+".yaml"))
	}
	return flags
}

func TestWhyFromFiles(t *testing.T) {
	all := whyFiles("class", "portal", "tenant")
	tests := map[string]struct {
		args           []string
		stdin          string
		status         int
		stdout, stderr []string
	}{
		"every value":               {args: append([]string{"us-dealers"}, all...), stdout: []string{"PATH", "hostname dealers.ca.e… (refused) portal hostnameSuffixes", "inactivity.months 6 (9 wanted) portal maxMonths"}},
		"one value":                 {args: append([]string{"rp/us-dealers", "inactivity.months"}, all...), stdout: []string{"RegionalPortal us-dealers (generation 7) sets it to 9", "6 is in force"}},
		"a tenant":                  {args: append([]string{"chi-0042", "inactivity.months"}, all...), stdout: []string{"DealerTenant chi-0042 (generation 2) sets it to 12"}},
		"a namespace":               {args: append([]string{"us-dealers", "market", "-n", "markets"}, all...), stdout: []string{"market would be US"}},
		"another namespace":         {args: append([]string{"us-dealers", "-n", "elsewhere"}, all...), status: 1, stderr: []string{`the files hold no RegionalPortal or DealerTenant "us-dealers"`}},
		"a mistyped name":           {args: append([]string{"us-dealer"}, all...), status: 1, stderr: []string{"Did you mean us-dealers?"}},
		"a mistyped path":           {args: append([]string{"us-dealers", "inactivity.month"}, all...), status: 1, stderr: []string{`RegionalPortal us-dealers has no setting "inactivity.month"`, "Did you mean inactivity.months"}},
		"another word for a path":   {args: append([]string{"us-dealers", "passwordlength"}, all...), status: 1, stderr: []string{"has no setting"}},
		"another kind":              {args: append([]string{"dt/us-dealers"}, all...), status: 1, stderr: []string{`"us-dealers"`}},
		"a kind that there is not":  {args: append([]string{"pod/us-dealers"}, all...), status: 2, stderr: []string{"write rp/NAME"}},
		"no class":                  {args: append([]string{"us-dealers"}, whyFiles("portal")...), status: 1, stderr: []string{`spec.className: there is no PortalClass "gold"`, "There is no PortalClass at all"}},
		"no portal for the tenant":  {args: append([]string{"chi-0042"}, whyFiles("class", "tenant")...), status: 1, stderr: []string{"hold no RegionalPortal markets/us-dealers", "Add its file"}},
		"a file that is not there":  {args: []string{"us-dealers", "-f", "nowhere.yaml"}, status: 1, stderr: []string{"nowhere.yaml: no such file"}},
		"a fault in another object": {args: append([]string{"us-dealers", "market", "-f", "-"}, all...), stdin: "kind: Pod\napiVersion: v1\nmetadata: {name: x}\n", stdout: []string{"market would be US"}, stderr: []string{"not a kind that Forecourt reads"}},
		"a fault in the object":     {args: append([]string{"bad", "-f", "-"}, all...), stdin: "kind: RegionalPortal\napiVersion: portals.forecourt.dev/v1alpha1\nmetadata: {name: bad}\nspec: {market: usa}\n", status: 1, stderr: []string{"spec.market"}},
		"no name":                   {args: all, status: 2, stderr: []string{"too few arguments"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			status, stdout, stderr := run(t, test.stdin, append([]string{"why"}, test.args...)...)
			if status != test.status {
				t.Errorf("status %d, want %d", status, test.status)
			}
			wantAll(t, stdout, test.stdout)
			wantAll(t, stderr, test.stderr)
			if test.status != 0 && stdout != "" {
				t.Errorf("a failed command printed:\n%s", stdout)
			}
		})
	}
}

func wantAll(t *testing.T, got string, wanted []string) {
	t.Helper()
	for _, want := range wanted {
		if !strings.Contains(strings.Join(strings.Fields(got), " "), strings.Join(strings.Fields(want), " ")) {
			t.Errorf("%q is not in:\n%s", want, got)
		}
	}
}

// TestWhyForScripts reads the answer back.
func TestWhyForScripts(t *testing.T) {
	for format, decode := range map[string]func(string, *why.Report) error{
		"json": func(text string, into *why.Report) error { return json.Unmarshal([]byte(text), into) },
		"yaml": func(text string, into *why.Report) error { return yaml.Unmarshal([]byte(text), into) },
	} {
		t.Run(format, func(t *testing.T) {
			args := append([]string{"why", "us-dealers", "inactivity.months", "-o", format}, whyFiles("class", "portal")...)
			status, stdout, stderr := run(t, "", args...)
			if status != 0 {
				t.Fatalf("status %d: %s", status, stderr)
			}
			var report why.Report
			if err := decode(stdout, &report); err != nil {
				t.Fatal(err)
			}
			if len(report.Values) != 1 || len(report.Values[0].Layers) != 3 || report.Values[0].Bound == nil || len(report.Problems) != 1 || len(report.Values[0].Limits) != 1 {
				t.Errorf("got %+v", report)
			}
		})
	}
}

// TestWhyInACluster asks about portals of a named class and of the default one, of a tenant in another namespace, and of what
// is not there.
func TestWhyInACluster(t *testing.T) {
	markets, dealers := newNamespace(t), newNamespace(t)
	class := func(name string, annotations map[string]string) *v1alpha1.PortalClass {
		return &v1alpha1.PortalClass{
			ObjectMeta: metav1.ObjectMeta{Name: name, Annotations: annotations},
			Spec: v1alpha1.PortalClassSpec{
				Release: v1alpha1.PortalRelease{Version: "1.0.0", Image: "registry.example/portal:1.0.0"},
				Bounds:  &v1alpha1.ClassBounds{Inactivity: &v1alpha1.InactivityBounds{MaxMonths: new(int32(4))}},
				AllowedNamespaces: &v1alpha1.NamespaceSelector{From: v1alpha1.FromSelector, Selector: &metav1.LabelSelector{
					MatchLabels: map[string]string{"kubernetes.io/metadata.name": markets},
				}},
			},
		}
	}
	portal := func(namespace, name, class string) *v1alpha1.RegionalPortal {
		return &v1alpha1.RegionalPortal{
			ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name},
			Spec: v1alpha1.RegionalPortalSpec{
				ClassName: class, Market: "US", Audience: v1alpha1.AudienceDealer, DisplayName: "Dealers",
				Brands:  []v1alpha1.Brand{{Name: "aurora", DisplayName: "Aurora"}},
				Locales: []string{"en-US"}, TimeZone: "America/Chicago", Hostname: name + ".us.example",
			},
		}
	}
	named := "why-" + markets
	create(t, class(named, nil), portal(markets, "us", named), portal(markets, "lost", "why-nothing"), portal(dealers, "foreign", named),
		&v1alpha1.DealerTenant{
			ObjectMeta: metav1.ObjectMeta{Namespace: dealers, Name: "chi"},
			Spec:       v1alpha1.DealerTenantSpec{PortalRef: v1alpha1.PortalRef{Namespace: markets, Name: "us"}, DealerCode: "CHI-1", DisplayName: "Chicago"},
		},
		&v1alpha1.DealerTenant{
			ObjectMeta: metav1.ObjectMeta{Namespace: dealers, Name: "orphan"},
			Spec:       v1alpha1.DealerTenantSpec{PortalRef: v1alpha1.PortalRef{Namespace: markets, Name: "gone"}, DealerCode: "ORP-1", DisplayName: "Orphan"},
		})
	tests := map[string]struct {
		namespace string
		args      []string
		status    int
		stdout    []string
		stderr    []string
	}{
		"a portal":                        {markets, []string{"us", "inactivity.months"}, 0, []string{"inactivity.months is 4.", "6 is wanted, 4 is in force: spec.bounds.inactivity.maxMonths of PortalClass " + named + " is 4."}, nil},
		"a tenant of another namespace":   {dealers, []string{"chi", "inactivity.months"}, 0, []string{"inactivity.months is 4.", "of RegionalPortal " + markets + "/us"}, nil},
		"a tenant without its portal":     {dealers, []string{"orphan"}, 1, nil, []string{"belongs to RegionalPortal " + markets + "/gone, which does not exist"}},
		"a portal without its class":      {markets, []string{"lost"}, 1, nil, []string{`there is no PortalClass "why-nothing"`}},
		"a namespace that is not allowed": {dealers, []string{"foreign", "market"}, 0, []string{"Problem: PortalClass " + named + " takes no portals from namespace " + dealers, "market would be US"}, nil},
		"a name that is not there":        {markets, []string{"uss"}, 1, nil, []string{"Did you mean rp/us?"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			status, stdout, stderr := inCluster(t, test.namespace, append([]string{"why"}, test.args...)...)
			if status != test.status {
				t.Errorf("status %d, want %d", status, test.status)
			}
			wantAll(t, stdout, test.stdout)
			wantAll(t, stderr, test.stderr)
		})
	}
	t.Run("somebody who may get portals and classes only", func(t *testing.T) {
		viewer := named + "-viewer"
		create(t, &rbacv1.ClusterRole{ObjectMeta: metav1.ObjectMeta{Name: viewer}, Rules: []rbacv1.PolicyRule{{
			APIGroups: []string{v1alpha1.GroupVersion.Group}, Resources: []string{"regionalportals", "portalclasses"}, Verbs: []string{"get"},
		}}}, &rbacv1.ClusterRoleBinding{
			ObjectMeta: metav1.ObjectMeta{Name: viewer},
			RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: viewer},
			Subjects:   []rbacv1.Subject{{APIGroup: rbacv1.GroupName, Kind: rbacv1.UserKind, Name: viewer}},
		})
		var status int
		var stdout, stderr string
		controlplane.Eventually(t, time.Minute, "the rights are known", func(context.Context) error {
			if status, stdout, stderr = inCluster(t, markets, "why", "rp/us", "inactivity.months", "--as", viewer); status != 0 {
				return errors.New(stderr)
			}
			return nil
		})
		wantAll(t, stdout, []string{"inactivity.months is 4."})
		status, _, stderr = inCluster(t, dealers, "why", "dt/chi", "--as", viewer)
		if status != 1 {
			t.Errorf("status %d without the right to get tenants", status)
		}
		wantAll(t, stderr, []string{"forbidden", "Ask your platform team for this right"})
	})
	t.Run("the default class", func(t *testing.T) {
		create(t, portal(markets, "unnamed", ""))
		status, _, stderr := inCluster(t, markets, "why", "unnamed", "inactivity.months")
		if status != 1 {
			t.Errorf("without a default: status %d", status)
		}
		wantAll(t, stderr, []string{"names no class, and no PortalClass is the default", v1alpha1.AnnotationDefaultClass})
		standard := class(named+"-default", map[string]string{v1alpha1.AnnotationDefaultClass: "true"})
		create(t, standard)
		t.Cleanup(func() {
			if err := plane.Admin.Delete(context.Background(), standard); err != nil {
				t.Log(err)
			}
		})
		status, stdout, stderr := inCluster(t, markets, "why", "unnamed", "inactivity.months")
		if status != 0 {
			t.Errorf("status %d: %s", status, stderr)
		}
		wantAll(t, stdout, []string{"of PortalClass " + standard.Name + " is 4"})
	})
}
