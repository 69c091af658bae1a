// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

// Package inactivity tells the story of a market with unused accounts as its people live it: with the plugin, an operator and
// a portal that really run.
package inactivity

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/cli"
	"github.com/forecourt-dev/forecourt/internal/plan"
	"github.com/forecourt-dev/forecourt/internal/portalapi"
	"github.com/forecourt-dev/forecourt/internal/render"
	"github.com/forecourt-dev/forecourt/test/kubelet"
	"github.com/forecourt-dev/forecourt/test/world"
)

var cluster *world.Cluster

func TestMain(m *testing.M) {
	os.Exit(world.Main(m, func(c *world.Cluster) { cluster = c }))
}

// stale is the number of accounts that nobody has used for years: more than one run may disable.
const stale = 20

// market is a portal with stale accounts, and the plugin of somebody who may do everything.
type market struct {
	*world.World
	portal     *v1alpha1.RegionalPortal
	kubeconfig string
}

func newMarket(t *testing.T) *market {
	t.Helper()
	m := &market{World: cluster.New(t)}
	m.portal = m.Portal("us")
	m.portal.Spec.Hostname = m.Namespace + ".example.com" // plans see the portals of all tests
	m.portal.Spec.Inactivity = &v1alpha1.InactivitySettings{Mode: v1alpha1.InactivityEnforce, GraceDays: new(int32(0))}
	m.Create(m.portal)
	m.Ready(m.portal)
	kubelet.Start(t, m.Plane.Admin).Pod(t, m.Key("us-0"), render.PodLabels("us", render.ComponentPortal), render.PortInternal,
		strings.TrimPrefix(m.Host.URL(m.Key("us")), "https://"))
	var csv strings.Builder
	csv.WriteString("username,class,name,mail,role,createdAt,lastSignInAt\ndesk,Corporate,Desk,desk@example.com,service-desk,,\n")
	for i := range stale {
		fmt.Fprintf(&csv, "stale%02[1]d,Corporate,Stale %[1]d,stale%[1]d@example.com,user,2019-01-01,2020-01-01\n", i)
	}
	m.load(csv.String())
	m.kubeconfig = m.writeKubeconfig()
	return m
}

// load imports accounts.
func (m *market) load(csv string) {
	m.Helper()
	result, err := m.Call(m.Key("us")).ImportAccounts(m.Context(), strings.NewReader(csv), portalapi.ImportOptions{})
	if err != nil || result.Invalid > 0 {
		m.Fatalf("Import: %+v, %v", result, err)
	}
}

// writeKubeconfig writes the kubeconfig of an administrator who works in the test's namespace.
func (m *market) writeKubeconfig() string {
	m.Helper()
	config, raw := m.Plane.Config, clientcmdapi.NewConfig()
	server := config.Host
	if !strings.Contains(server, "://") {
		server = "https://" + server
	}
	raw.Clusters["test"] = &clientcmdapi.Cluster{Server: server, CertificateAuthorityData: config.CAData}
	raw.AuthInfos["test"] = &clientcmdapi.AuthInfo{ClientCertificateData: config.CertData, ClientKeyData: config.KeyData}
	raw.Contexts["test"] = &clientcmdapi.Context{Cluster: "test", AuthInfo: "test", Namespace: m.Namespace}
	raw.CurrentContext = "test"
	file := filepath.Join(m.TempDir(), "kubeconfig")
	if err := clientcmd.WriteToFile(*raw, file); err != nil {
		m.Fatal(err)
	}
	return file
}

// forecourt runs kubectl forecourt inactivity.
func (m *market) forecourt(want int, args ...string) string {
	m.Helper()
	return m.plugin(want, append([]string{"inactivity"}, args...)...)
}

// plugin runs kubectl forecourt and wants an exit status. It answers what was printed, on both streams.
func (m *market) plugin(want int, args ...string) string {
	m.Helper()
	var out, errs bytes.Buffer
	line := append(slices.Clone(args), "--kubeconfig", m.kubeconfig)
	status := cli.Run(m.Context(), "test", line, cli.Streams{In: strings.NewReader(""), Out: &out, Err: &errs})
	if status != want {
		m.Fatalf("%v: status %d, want %d\n%s%s", args, status, want, &out, &errs)
	}
	return out.String() + errs.String()
}

// says wants words in what was printed.
func (m *market) says(printed string, words ...string) {
	m.Helper()
	for _, word := range words {
		if !strings.Contains(printed, word) {
			m.Errorf("%q is not in:\n%s", word, printed)
		}
	}
}

// disabled wants so many disabled accounts.
func (m *market) disabled(want int64) {
	m.Helper()
	state, _, err := m.Call(m.Key("us")).State(m.Context(), "")
	if err != nil {
		m.Fatal(err)
	}
	if state.Accounts.Disabled != want {
		m.Errorf("%d accounts are disabled: want %d", state.Accounts.Disabled, want)
	}
}

func TestAStaleMarketIsForeseenHeldApprovedAndUndone(t *testing.T) {
	m := newMarket(t)
	all := fmt.Sprint(stale)
	m.says(m.forecourt(0, "forecast", "us"), "Unused for 6 months", "mode Enforce", "30 DAYS", all)
	var foreseen portalapi.Forecast
	printed := m.forecourt(0, "forecast", "us", "--months", "60", "--days", "1,400", "-o", "json")
	if err := json.Unmarshal([]byte(printed), &foreseen); err != nil || foreseen.Months != 60 || foreseen.AlreadyDue != stale || len(foreseen.Total) != 2 {
		t.Errorf("Forecast %+v: want everybody due even after 60 months: %v", foreseen, err)
	}
	m.says(m.forecourt(0, "history", "us"), "No sweep has run yet.")

	m.says(m.forecourt(0, "run", "us", "--observe"), "(Observe) ended well", all+" due", "0 disabled")
	m.disabled(0)
	m.says(m.forecourt(0, "run", "us"), "is held: it would disable "+all+" accounts")
	m.disabled(0)

	m.Want(m.portal, v1alpha1.ConditionInactivityHealthy, "False/RunHeld")
	run := m.portal.Status.Inactivity.HeldRun.ID
	m.says(m.forecourt(1, "approve", "us", run), "would disable "+all+" accounts", "no terminal", "--count "+all)
	m.says(m.forecourt(1, "approve", "us", run, "--count", "1"), "refused: CountMismatch", "inactivity history us")
	m.disabled(0)
	m.says(m.forecourt(0, "approve", "us", run, "--count", all), all+" of "+all+" accounts disabled")
	m.disabled(stale)
	m.says(m.forecourt(0, "approve", "us", run, "--count", all), all+" of "+all+" accounts disabled") // once more says the same

	m.says(m.forecourt(0, "undo", "us", run), all+" accounts are active again")
	m.disabled(0)
	m.tellsScripts(run)
	m.says(m.forecourt(0, "history", "us"), run, "Undone", "Observe", all)
	m.says(m.forecourt(1, "undo", "us", "no-such-run"), "refused: NotFound", "inactivity history us")

	before := m.portal.DeepCopy()
	if err := m.Plane.Admin.Get(t.Context(), client.ObjectKeyFromObject(m.portal), m.portal); err != nil {
		t.Fatal(err)
	}
	if m.portal.Generation != before.Generation {
		t.Errorf("Generation %d: want %d, for nothing of this is a change of the spec", m.portal.Generation, before.Generation)
	}
}

// tellsScripts wants the same answers in both forms for scripts, from commands that have been carried out and from those that read.
func (m *market) tellsScripts(run string) {
	m.Helper()
	for _, form := range []string{"json", "yaml"} {
		read := func(into any, args ...string) {
			m.Helper()
			printed := m.forecourt(0, append(args, "-o", form)...)
			if err := yaml.UnmarshalStrict([]byte(printed), into); err != nil || strings.HasPrefix(printed, "{") != (form == "json") {
				m.Errorf("%v as %s: %v\n%s", args, form, err, printed)
			}
		}
		var forecast portalapi.Forecast
		var history portalapi.RunList
		var observed, approved, undone v1alpha1.InactivityRequest
		read(&forecast, "forecast", "us")
		read(&history, "history", "us", "--limit", "1")
		read(&observed, "run", "us", "--observe")
		read(&approved, "approve", "us", run, "--count", fmt.Sprint(stale))
		read(&undone, "undo", "us", run)
		if forecast.Months != 6 || len(history.Runs) != 1 {
			m.Errorf("As %s: %+v, %+v", form, forecast, history)
		}
		for _, got := range []v1alpha1.InactivityRequest{observed, approved, undone} {
			if got.Outcome != v1alpha1.InactivityDone || got.Message == "" {
				m.Errorf("As %s: %+v: want what was done", form, got)
			}
		}
	}
}

// file writes the portal as it would be with another policy.
func (m *market) file(change func(*v1alpha1.InactivitySettings)) string {
	m.Helper()
	changed := &v1alpha1.RegionalPortal{
		TypeMeta:   metav1.TypeMeta{APIVersion: v1alpha1.GroupVersion.String(), Kind: "RegionalPortal"},
		ObjectMeta: metav1.ObjectMeta{Namespace: m.Namespace, Name: "us"}, Spec: *m.portal.Spec.DeepCopy(),
	}
	change(changed.Spec.Inactivity)
	raw, err := yaml.Marshal(changed)
	if err != nil {
		m.Fatal(err)
	}
	file := filepath.Join(m.TempDir(), "portal.yaml")
	if err := os.WriteFile(file, raw, 0o600); err != nil {
		m.Fatal(err)
	}
	return file
}

// planned is who would fall due under the policy of a file.
func (m *market) planned(file string) *plan.Due {
	m.Helper()
	var report plan.Report
	if err := json.Unmarshal([]byte(m.plugin(3, "plan", "-f", file, "-o", "json")), &report); err != nil {
		m.Fatal(err)
	}
	for i := range report.Portals {
		if report.Portals[i].Name == "us" && report.Portals[i].Due != nil {
			return report.Portals[i].Due
		}
	}
	m.Fatal("The plan does not tell who falls due")
	return nil
}

func TestAPlanTellsWhoWouldFallDue(t *testing.T) {
	m := newMarket(t)
	file := m.file(func(i *v1alpha1.InactivitySettings) { i.Months, i.GraceDays = new(int32(2)), new(int32(14)) })
	due := func() *plan.Due { t.Helper(); return m.planned(file) }
	if got := due(); got.Months != 2 || got.GraceDays != 14 || got.AlreadyDue != stale || len(got.Total) != 3 || got.Unknown != "" {
		t.Errorf("%+v: want %d accounts due after 2 months, and 14 days of grace", got, stale)
	}
	m.says(m.plugin(3, "plan", "-f", file), "2 months, Enforce", fmt.Sprintf("%d now", stale), "after 14 days of grace")
	if err := m.Host.Stop(t.Context(), m.Key("us")); err != nil {
		t.Fatal(err)
	}
	if got := due(); got.Unknown == "" || got.AlreadyDue != 0 {
		t.Errorf("%+v: want to be told that the portal does not answer", got)
	}
}

func TestAPlanKnowsWhoNeverSignedIn(t *testing.T) {
	m := newMarket(t)
	m.load("username,class,name,mail,role,createdAt\nnever1,Corporate,N,n1@example.com,user,2019-01-01\nnever2,Corporate,N,n2@example.com,user,2019-01-01\n")
	skips := m.file(func(i *v1alpha1.InactivitySettings) { i.NeverSignedIn = v1alpha1.NeverSignedInSkip })
	if got := m.planned(skips); got.AlreadyDue != stale || got.Unknown != "" {
		t.Errorf("%+v: want the %d who have signed in", got, stale)
	}
	counts := m.file(func(i *v1alpha1.InactivitySettings) { i.Months = new(int32(5)) })
	if got := m.planned(counts); got.AlreadyDue != stale+2 {
		t.Errorf("%+v: want also the two who never signed in", got)
	}
}

// A class that lowers the bound reaches a portal that wants more months: nobody is disabled on that day.
func TestALoweredBoundComesWithGrace(t *testing.T) {
	m := &market{World: cluster.New(t)}
	m.portal = m.Portal("us")
	// Without days of grace yet, so that the import gives none.
	m.portal.Spec.Inactivity = &v1alpha1.InactivitySettings{Mode: v1alpha1.InactivityEnforce, Months: new(int32(9)), GraceDays: new(int32(0))}
	m.Create(m.portal)
	m.Ready(m.portal)
	kubelet.Start(t, m.Plane.Admin).Pod(t, m.Key("us-0"), render.PodLabels("us", render.ComponentPortal), render.PortInternal,
		strings.TrimPrefix(m.Host.URL(m.Key("us")), "https://"))
	var csv strings.Builder
	csv.WriteString("username,class,name,mail,role,lastSignInAt\n")
	used := time.Now().AddDate(0, -7, 0).Format(time.DateOnly)
	for i := range 3 {
		fmt.Fprintf(&csv, "used%[1]d,Corporate,U,u%[1]d@example.com,user,%[2]s\n", i, used)
	}
	m.load(csv.String())
	m.kubeconfig = m.writeKubeconfig()
	world.Change(m.World, m.portal, func(p *v1alpha1.RegionalPortal) { p.Spec.Inactivity.GraceDays = new(int32(30)) })
	m.Ready(m.portal)
	m.says(m.forecourt(0, "run", "us"), " 0 due", "0 disabled")

	class := &v1alpha1.PortalClass{ObjectMeta: metav1.ObjectMeta{Name: m.Class}}
	world.Change(m.World, class, func(c *v1alpha1.PortalClass) {
		c.Spec.Bounds = &v1alpha1.ClassBounds{Inactivity: &v1alpha1.InactivityBounds{MaxMonths: new(int32(6))}}
	})
	m.Want(m.portal, v1alpha1.ConditionWithinBounds, "False/Clamped")
	m.Want(m.portal, v1alpha1.ConditionAuthReady, "True")
	m.Ready(m.portal)
	m.says(m.forecourt(0, "forecast", "us", "--days", "29,31"), "Unused for 6 months", "0            0        3")
	m.says(m.forecourt(0, "run", "us"), " 0 due", "0 disabled")
	m.disabled(0)
	var history portalapi.RunList
	if err := json.Unmarshal([]byte(m.forecourt(0, "history", "us", "-o", "json")), &history); err != nil {
		t.Fatal(err)
	}
	if last := history.Runs[0]; last.Skipped["Grace"] != 3 {
		t.Errorf("The last run %+v: want 3 in their time of grace", last)
	}
}
