// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package e2e

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/bcrypt"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
	"github.com/forecourt-dev/forecourt/hack/fleet/fleet"
	"github.com/forecourt-dev/forecourt/internal/portalapi"
	"github.com/forecourt-dev/forecourt/test/pgtest"
)

// userPassword is everybody's.
const userPassword = "seventeen quiet forecourts"

// pgPortal is the market that runs on PostgreSQL.
var pgPortal = client.ObjectKey{Namespace: "dealers-at", Name: "at-dealers"}

func pgHost() string { return "at-dealers.localhost:" + strconv.Itoa(w.port) }

func (s *story) applyPostgreSQL(t *testing.T) {
	local := pgtest.New(s.t)
	s.dsn = local
	dsn := serveSocket(s.t, local, w.hostIP)
	portal := &v1alpha1.RegionalPortal{
		ObjectMeta: metav1.ObjectMeta{Namespace: pgPortal.Namespace, Name: pgPortal.Name},
		Spec: v1alpha1.RegionalPortalSpec{
			PortalSettings: v1alpha1.PortalSettings{
				Replicas:   ptr.To[int32](2),
				Auth:       &v1alpha1.AuthSettings{SecondFactor: v1alpha1.SecondFactorOptional}, // the other market has the default
				Exposure:   &v1alpha1.ExposureSettings{TrustedProxyHops: ptr.To[int32](1)},
				Inactivity: &v1alpha1.InactivitySettings{Mode: v1alpha1.InactivityEnforce, Months: ptr.To[int32](6), GraceDays: ptr.To[int32](0)},
			},
			Market: "AT", Audience: v1alpha1.AudienceDealer, DisplayName: "Dealer Portal Austria",
			Brands:  []v1alpha1.Brand{{Name: "northvane", DisplayName: "Northvane"}},
			Locales: []string{"en"}, TimeZone: "Europe/Vienna", Hostname: pgHost(),
			Database: &v1alpha1.DatabaseSpec{Type: v1alpha1.DatabasePostgreSQL, PostgreSQL: &v1alpha1.PostgreSQLDatabase{
				SecretRef: v1alpha1.SecretKeyRef{Name: "database", Key: "dsn"},
			}},
		},
	}
	objects := []client.Object{
		&corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: pgPortal.Namespace, Labels: map[string]string{"pod-security.kubernetes.io/enforce": "restricted"}}},
		&corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: pgPortal.Namespace, Name: "database"}, StringData: map[string]string{"dsn": dsn}},
		portal,
	}
	for _, code := range []string{"AT10001", "AT10002", "AT10003"} {
		objects = append(objects, &v1alpha1.DealerTenant{
			ObjectMeta: metav1.ObjectMeta{Namespace: pgPortal.Namespace, Name: strings.ToLower(code)},
			Spec:       v1alpha1.DealerTenantSpec{PortalRef: v1alpha1.PortalRef{Name: pgPortal.Name}, DealerCode: code, DisplayName: "Autohaus " + code},
		})
	}
	for _, object := range objects {
		if err := w.Create(t.Context(), object); err != nil {
			t.Fatal(err)
		}
	}
	w.waitReady(t, 3*time.Minute, portal)
	w.waitTenants(t, time.Minute, pgPortal.Namespace)
	if portal.Status.ReadyReplicas != 2 {
		t.Errorf("ready replicas = %d, want 2", portal.Status.ReadyReplicas)
	}
}

// person is a line of accounts.csv whose fate is known by construction.
type person struct {
	username, tenant, role, created, lastSignIn, exempt string
	disabled                                            bool
}

// people covers each way to be due or not. Dates are days before now.
func people(now time.Time) []person {
	day := func(days int) string { return now.AddDate(0, 0, -days).Format(time.DateOnly) }
	return []person{
		{username: "admin.one", tenant: "AT10001", role: "administrator", created: day(700), lastSignIn: day(1)},
		{username: "fresh.one", tenant: "AT10001", role: "user", created: day(700), lastSignIn: day(170)},
		{username: "idle.one", tenant: "AT10001", role: "user", created: day(700), lastSignIn: day(190), disabled: true},
		{username: "never.one", tenant: "AT10001", role: "user", created: day(200), disabled: true},
		{username: "new.one", tenant: "AT10001", role: "user", created: day(20)},
		{username: "unknown.one", tenant: "AT10001", role: "user"},
		{username: "exempt.one", tenant: "AT10001", role: "user", created: day(700), lastSignIn: day(300), exempt: now.AddDate(0, 2, 0).Format(time.DateOnly)},
		{username: "last.two", tenant: "AT10002", role: "administrator", created: day(700), lastSignIn: day(400)},
		{username: "second.two", tenant: "AT10002", role: "administrator", created: day(700), lastSignIn: day(401), disabled: true},
		{username: "idle.two", tenant: "AT10002", role: "user", created: day(700), lastSignIn: day(500), disabled: true},
	}
}

// passwordHash is everybody's password as another system stored it.
func passwordHash(t *testing.T) string {
	t.Helper()
	hash, err := bcrypt.GenerateFromPassword([]byte(userPassword), bcrypt.MinCost+6)
	if err != nil {
		t.Fatal(err)
	}
	return string(hash)
}

func (s *story) importAccounts(t *testing.T) {
	hash := passwordHash(t)
	var csv strings.Builder
	csv.WriteString("username,class,tenant,name,mail,role,createdAt,lastSignInAt,passwordHash,exemptUntil,exemptReason\n")
	list := people(time.Now())
	for _, p := range list {
		reason := ""
		if p.exempt != "" {
			reason = "long leave"
		}
		fmt.Fprintf(&csv, "%s,Dealer,%s,%s,%s@at.example,%s,%s,%s,%s,%s,%s\n", p.username, p.tenant, p.username, p.username, p.role, p.created, p.lastSignIn, hash, p.exempt, reason)
	}
	for _, test := range []struct {
		args []string
		want portalapi.ImportResult
	}{
		{[]string{"--dry-run"}, portalapi.ImportResult{DryRun: true, Created: int64(len(list))}},
		{nil, portalapi.ImportResult{Applied: true, Created: int64(len(list))}},
		{nil, portalapi.ImportResult{Applied: true, Unchanged: int64(len(list))}},
	} {
		var got portalapi.ImportResult
		if err := json.Unmarshal([]byte(importCSV(t, pgPortal, csv.String(), test.args...)), &got); err != nil {
			t.Fatal(err)
		}
		if got.DryRun != test.want.DryRun || got.Applied != test.want.Applied || got.Created != test.want.Created || got.Unchanged != test.want.Unchanged || got.Invalid != 0 {
			t.Errorf("import %v answered %+v, want %+v", test.args, got, test.want)
		}
	}
	us := s.fleet.Markets[0]
	var all strings.Builder
	if err := fleet.WriteAccounts(&all, us.Accounts); err != nil {
		t.Fatal(err)
	}
	importCSV(t, client.ObjectKeyFromObject(us.Portal), all.String())
}

func (s *story) sweep(t *testing.T) {
	runSweep(t, pgPortal, "sweep-1")
	var want []string
	for _, p := range people(time.Now()) {
		if p.disabled {
			want = append(want, p.username)
		}
	}
	slices.Sort(want)
	if got := s.disabled(t); !slices.Equal(got, want) {
		t.Errorf("disabled %v, want %v", got, want)
	}
	runSweep(t, pgPortal, "sweep-2")
	if got := s.disabled(t); !slices.Equal(got, want) {
		t.Errorf("after a second sweep disabled %v, want %v", got, want)
	}
	us := client.ObjectKeyFromObject(s.fleet.Markets[0].Portal)
	runSweep(t, us, "observe-1")
	portal := &v1alpha1.RegionalPortal{}
	eventually(t, 3*time.Minute, "status shows the sweep", func(ctx context.Context) (bool, string) {
		if err := w.Get(ctx, us, portal); err != nil {
			return false, err.Error()
		}
		i := portal.Status.Inactivity
		return i != nil && i.LastRun != nil && i.LastRun.Due > 0, fmt.Sprintf("%+v", i)
	})
	if portal.Status.Inactivity.LastRun.Disabled != 0 || portal.Status.Accounts.Disabled != 0 {
		t.Errorf("Observe disabled accounts: %+v, %+v", portal.Status.Inactivity.LastRun, portal.Status.Accounts)
	}
}

// disabled reads who is disabled for inactivity from the database itself.
func (s *story) disabled(t *testing.T) []string {
	t.Helper()
	db, err := sql.Open("pgx", s.dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	rows, err := db.QueryContext(t.Context(), `SELECT username FROM accounts WHERE status = 'Disabled' AND disabled_reason = 'Inactivity' ORDER BY username`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var out []string
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			t.Fatal(err)
		}
		out = append(out, name)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}

func (s *story) refused(t *testing.T) {
	b := newBrowser(t)
	b.signIn(t, pgHost(), "idle.one", "not the right password")
	b.wantText(t, "The username or the password is not right")
	b.signIn(t, pgHost(), "idle.one", userPassword)
	b.wantText(t, "disabled because it was not used", "An administrator of Autohaus AT10001 can reactivate it")
	b.picture(t)
	other := newBrowser(t)
	other.signIn(t, pgHost(), "fresh.one", userPassword)
	other.wantText(t, "Autohaus AT10001")
}

func (s *story) roll(t *testing.T) {
	base := "http://" + net.JoinHostPort(clusterIP(t, pgPortal), "80")
	user := newHTTPUser(t, base, pgHost())
	user.signIn(t, "admin.one", userPassword)
	l := startLoad(t, 4, 20*time.Millisecond, user.home)

	w.kubectlRun(t, "", "-n", pgPortal.Namespace, "scale", "regionalportal", pgPortal.Name, "--replicas=3")
	waitDeployment(t, 3, portalImage)
	w.kubectlRun(t, "", "-n", pgPortal.Namespace, "patch", "regionalportal", pgPortal.Name, "--type", "merge",
		"-p", `{"spec":{"image":"`+nextPortalImage+`","imageVersion":"0.2.0"}}`)
	waitDeployment(t, 3, nextPortalImage)
	w.kubectlRun(t, "", "-n", pgPortal.Namespace, "scale", "regionalportal", pgPortal.Name, "--replicas=2")
	waitDeployment(t, 2, nextPortalImage)
	w.waitReady(t, time.Minute, &v1alpha1.RegionalPortal{ObjectMeta: metav1.ObjectMeta{Namespace: pgPortal.Namespace, Name: pgPortal.Name}})

	sent, failed := l.stop()
	t.Logf("%d requests during two scalings and an image change, %d failed", sent, len(failed))
	if len(failed) > 0 {
		t.Errorf("failed requests:\n%s", strings.Join(failed[:min(len(failed), 20)], "\n"))
	}
	if sent < 500 {
		t.Errorf("only %d requests were sent: too few to say anything", sent)
	}
}

// waitDeployment waits until exactly so many pods of the image run and no other.
func waitDeployment(t *testing.T, replicas int, image string) {
	t.Helper()
	eventually(t, 4*time.Minute, fmt.Sprintf("%d pods of %s run", replicas, image), func(ctx context.Context) (bool, string) {
		var d appsv1.Deployment
		if err := w.Get(ctx, pgPortal, &d); err != nil {
			return false, err.Error()
		}
		var pods corev1.PodList
		if err := w.List(ctx, &pods, client.InNamespace(pgPortal.Namespace), client.MatchingLabels(d.Spec.Selector.MatchLabels)); err != nil {
			return false, err.Error()
		}
		running := 0
		for i := range pods.Items {
			if pods.Items[i].Spec.Containers[0].Image == image {
				running++
			}
		}
		saw := fmt.Sprintf("%d pods, %d of the image, %d ready", len(pods.Items), running, d.Status.ReadyReplicas)
		return len(pods.Items) == replicas && running == replicas && int(d.Status.ReadyReplicas) == replicas, saw
	})
}
