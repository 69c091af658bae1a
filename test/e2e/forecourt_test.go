// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package e2e

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
	"github.com/forecourt-dev/forecourt/hack/fleet/fleet"
	"github.com/forecourt-dev/forecourt/hack/mailcatcher/catcher"
)

// TestForecourt is one life of an installation: each step goes on from the one before, as a user would.
func TestForecourt(t *testing.T) {
	s := &story{t: t}
	for _, step := range []struct {
		name string
		run  func(*testing.T)
	}{
		{"the chart installs", s.install},
		{"a fleet of three markets becomes Ready", s.applyFleet},
		{"an invited administrator chooses a password, sets up a second factor and signs in", s.activate},
		{"a portal on PostgreSQL with two replicas becomes Ready", s.applyPostgreSQL},
		{"accounts are imported by the portal's own command", s.importAccounts},
		{"the CronJob's job disables exactly the idle accounts", s.sweep},
		{"a disabled user reads why, after the right password only", s.refused},
		{"the plugin tells how things stand, why, and what a change would do", s.ask},
		{"a dealership's administrator brings somebody back", s.reactivate},
		{"a bad import is held, approved and undone", s.hold},
		{"keys are replaced and nobody notices", s.rotate},
		{"scaling and an image change fail no request", s.roll},
		{"requests arrive by an Ingress and by an HTTPRoute", s.route},
		{"deletion with Delete leaves nothing behind", s.remove},
		{"the chart uninstalls and the portals stay", s.uninstall},
	} {
		if !t.Run(step.name, step.run) {
			t.FailNow()
		}
	}
}

// story is what the steps hand on.
type story struct {
	t     *testing.T // outlives the steps
	fleet *fleet.Fleet
	dsn   string // of the market on PostgreSQL, as this machine reaches it
	app   string // the secret in the authenticator app of the invited administrator
}

func (s *story) install(t *testing.T) {
	runCommand(t, "", w.helm, "upgrade", "--install", "forecourt", "../../charts/forecourt", "--kubeconfig", w.kubeconfig,
		"--namespace", systemNamespace, "--create-namespace", "--set", "image.tag=e2e", "--wait", "--timeout", "3m")
}

func (s *story) applyFleet(t *testing.T) {
	options := fleet.DefaultOptions(time.Now().UTC().Truncate(24 * time.Hour))
	options.Shrink()
	options.Port, options.SMTP, options.Image = w.port, w.mails.SMTPAddress, portalImage
	var err error
	if s.fleet, err = fleet.Generate(options); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := s.fleet.Write(dir); err != nil {
		t.Fatal(err)
	}
	w.kubectlRun(t, "", "apply", "--server-side", "-f", filepath.Join(dir, "namespaces.yaml"), "-f", filepath.Join(dir, "class.yaml"))
	for _, m := range s.fleet.Markets {
		w.kubectlRun(t, "", "apply", "--server-side", "-f", filepath.Join(dir, m.Code))
	}
	for _, m := range s.fleet.Markets {
		w.waitReady(t, 3*time.Minute, m.Portal.DeepCopy())
		if got := w.waitTenants(t, 2*time.Minute, m.Namespace.Name); got != len(m.Tenants) {
			t.Errorf("%s has %d tenants, want %d", m.Namespace.Name, got, len(m.Tenants))
		}
	}
	t.Log("\n" + w.kubectlRun(t, "", "get", "regionalportals", "-A"))
}

func (s *story) activate(t *testing.T) {
	us := s.fleet.Markets[0]
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	mail, err := w.mails.Wait(ctx, func(m catcher.Message) bool { return m.For(us.Invited.Mail) && len(m.Links) > 0 })
	if err != nil {
		t.Fatal(err)
	}
	b := newBrowser(t)
	b.do(t,
		chromedp.Navigate(mail.Links[0]),
		chromedp.SendKeys("input[autocomplete=new-password]", userPassword),
		chromedp.SendKeys(".field:last-of-type input[autocomplete=new-password]", userPassword),
		chromedp.Click("form[action='/activate'] button.button"),
		chromedp.WaitVisible("form[action='/sign-in']"),
	)
	b.signIn(t, us.Portal.Spec.Hostname, us.Invited.Username, userPassword)
	s.app = b.enrol(t, us.Invited.Mail)
	b.wantText(t, us.Tenants[0].Spec.DisplayName, "Administrator", us.Tenants[0].Spec.Location.City)
	b.picture(t)
	b.do(t, chromedp.Navigate(mail.Links[0]))
	b.wantText(t, "This link cannot be used")
}

// signIn fills the sign-in page of a portal and sends it.
func (b *browser) signIn(t *testing.T, host, username, password string) {
	t.Helper()
	b.do(t,
		chromedp.Navigate("http://"+host+"/sign-in"),
		chromedp.SendKeys("#username", username),
		chromedp.SendKeys("#password", password),
		chromedp.Click("form[action='/sign-in'] button.button"),
	)
}

// runSweep starts a job of the portal's CronJob, as kubectl create job --from does, and returns its log.
func runSweep(t *testing.T, portal client.ObjectKey, name string) string {
	t.Helper()
	w.kubectlRun(t, "", "-n", portal.Namespace, "create", "job", name, "--from=cronjob/"+portal.Name+"-inactivity")
	eventually(t, 2*time.Minute, "job "+name+" completes", func(ctx context.Context) (bool, string) {
		var job batchv1.Job
		if err := w.Get(ctx, client.ObjectKey{Namespace: portal.Namespace, Name: name}, &job); err != nil {
			return false, err.Error()
		}
		return job.Status.Succeeded == 1, fmt.Sprintf("%+v", job.Status)
	})
	out := w.kubectlRun(t, "", "-n", portal.Namespace, "logs", "job/"+name)
	t.Log("\n" + out)
	return out
}

// importCSV runs the portal's import command against a portal in the cluster.
func importCSV(t *testing.T, portal client.ObjectKey, csv string, args ...string) string {
	t.Helper()
	dir := t.TempDir()
	file := filepath.Join(dir, "accounts.csv")
	var secret corev1.Secret
	if err := w.Get(t.Context(), client.ObjectKey{Namespace: portal.Namespace, Name: portal.Name + "-internal"}, &secret); err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string][]byte{"accounts.csv": []byte(csv), "tls.crt": secret.Data["tls.crt"], "import": secret.Data["import"]} {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	arguments := append([]string{"accounts", "import", file, "--url", "https://" + net.JoinHostPort(clusterIP(t, portal), "8443"),
		"--ca", filepath.Join(dir, "tls.crt"),
		"--token-file", filepath.Join(dir, "import"), "-o", "json"}, args...)
	out := runCommand(t, "", w.portal, arguments...)
	t.Log(strings.TrimSpace(out))
	return out
}

func clusterIP(t *testing.T, portal client.ObjectKey) string {
	t.Helper()
	var service corev1.Service
	if err := w.Get(t.Context(), portal, &service); err != nil {
		t.Fatal(err)
	}
	return service.Spec.ClusterIP
}

func (s *story) remove(t *testing.T) {
	for _, portal := range []*v1alpha1.RegionalPortal{s.fleet.Markets[1].Portal.DeepCopy(), {ObjectMeta: metav1.ObjectMeta{Namespace: pgPortal.Namespace, Name: pgPortal.Name}}} {
		key := client.ObjectKeyFromObject(portal)
		w.kubectlRun(t, "", "-n", key.Namespace, "patch", "regionalportal", key.Name, "--type", "merge", "-p", `{"spec":{"deletionPolicy":"Delete"}}`)
		w.waitReady(t, time.Minute, portal)
		w.kubectlRun(t, "", "-n", key.Namespace, "delete", "dealertenants", "--all", "--wait=true")
		w.kubectlRun(t, "", "-n", key.Namespace, "delete", "regionalportal", key.Name, "--wait=true")
		eventually(t, 3*time.Minute, "everything of "+key.String()+" is gone", func(ctx context.Context) (bool, string) {
			left := leftovers(ctx, t, key)
			return len(left) == 0, strings.Join(left, ", ")
		})
	}
}

// leftovers lists what is left of a portal: objects with its label in its namespace, and volumes of its claims.
func leftovers(ctx context.Context, t *testing.T, portal client.ObjectKey) []string {
	t.Helper()
	var left []string
	for _, kind := range []schema.GroupVersionKind{
		{Version: "v1", Kind: "PodList"}, {Version: "v1", Kind: "ServiceList"}, {Version: "v1", Kind: "ConfigMapList"}, {Version: "v1", Kind: "SecretList"},
		{Version: "v1", Kind: "ServiceAccountList"}, {Version: "v1", Kind: "PersistentVolumeClaimList"},
		{Group: "apps", Version: "v1", Kind: "DeploymentList"}, {Group: "apps", Version: "v1", Kind: "ReplicaSetList"},
		{Group: "batch", Version: "v1", Kind: "CronJobList"}, {Group: "batch", Version: "v1", Kind: "JobList"},
		{Group: "policy", Version: "v1", Kind: "PodDisruptionBudgetList"}, {Group: "networking.k8s.io", Version: "v1", Kind: "NetworkPolicyList"},
	} {
		list := &metav1.PartialObjectMetadataList{}
		list.SetGroupVersionKind(kind)
		if err := w.List(ctx, list, client.InNamespace(portal.Namespace), client.MatchingLabels{"portals.forecourt.dev/portal": portal.Name}); err != nil {
			left = append(left, err.Error())
			continue
		}
		for i := range list.Items {
			left = append(left, kind.Kind+" "+list.Items[i].Name)
		}
	}
	var volumes corev1.PersistentVolumeList
	if err := w.List(ctx, &volumes); err != nil {
		return append(left, err.Error())
	}
	for i := range volumes.Items {
		if ref := volumes.Items[i].Spec.ClaimRef; ref != nil && ref.Namespace == portal.Namespace {
			left = append(left, "PersistentVolume "+volumes.Items[i].Name)
		}
	}
	return left
}

func (s *story) uninstall(t *testing.T) {
	runCommand(t, "", w.helm, "uninstall", "forecourt", "--kubeconfig", w.kubeconfig, "--namespace", systemNamespace, "--wait")
	us := s.fleet.Markets[0].Portal.DeepCopy()
	if err := w.Get(t.Context(), client.ObjectKeyFromObject(us), us); err != nil {
		t.Fatalf("the portal went with the chart: %v", err)
	}
	user := newHTTPUser(t, "http://"+net.JoinHostPort("127.0.0.1", strconv.Itoa(w.port)), us.Spec.Hostname)
	user.signIn(t, s.fleet.Markets[0].Invited.Username, userPassword)
	user.secondFactor(t, s.app)
}
