// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package fleet

import (
	"bytes"
	"encoding/csv"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/yaml"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
)

var now = time.Date(2026, time.November, 21, 0, 0, 0, 0, time.UTC)

func generate(t *testing.T, o Options) *Fleet {
	t.Helper()
	f, err := Generate(o)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// readTree answers the content of every file below the directory.
func readTree(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		name, _ := filepath.Rel(dir, path)
		files[name] = string(content)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func small() Options {
	o := DefaultOptions(now)
	o.Shrink()
	return o
}

func TestTheSameSeedGivesTheSameBytes(t *testing.T) {
	write := func(o Options) map[string]string {
		dir := t.TempDir()
		if err := generate(t, o).Write(dir); err != nil {
			t.Fatal(err)
		}
		return readTree(t, dir)
	}
	first := write(small())
	if diff := cmp.Diff(first, write(small())); diff != "" {
		t.Errorf("two runs differ:\n%s", diff)
	}
	other := small()
	other.Seed = 2
	if cmp.Equal(first, write(other)) {
		t.Error("another seed gives the same fleet")
	}
}

func TestWriteLeavesNoFileOfALargerFleet(t *testing.T) {
	dir := t.TempDir()
	large := small()
	large.Dealers[0], large.Accounts[0] = 600, 600
	if err := generate(t, large).Write(dir); err != nil {
		t.Fatal(err)
	}
	if err := generate(t, small()).Write(dir); err != nil {
		t.Fatal(err)
	}
	tenants, err := filepath.Glob(filepath.Join(dir, "us", "tenants-*.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	if len(tenants) != 1 {
		t.Errorf("got %v, want one file", tenants)
	}
}

func TestTheDefaultFleetHasTheAskedSizes(t *testing.T) {
	f := generate(t, DefaultOptions(now))
	us := f.Markets[0]
	byBrand := map[string]int{}
	names, codes := map[string]bool{}, map[string]bool{}
	for _, tenant := range us.Tenants {
		byBrand[tenant.Spec.Brands[0]]++
		names[tenant.Spec.DisplayName] = true
		codes[tenant.Spec.DealerCode] = true
	}
	if diff := cmp.Diff(map[string]int{"northvane": 1000, "solenne": 211}, byBrand); diff != "" {
		t.Error(diff)
	}
	if len(names) != 1211 || len(codes) != 1211 {
		t.Errorf("%d names and %d codes for 1211 dealerships", len(names), len(codes))
	}
	if len(us.Accounts) != 40_000 || len(f.Markets[1].Tenants) != 85 || len(f.Markets[2].Tenants) != 60 {
		t.Errorf("sizes: %d accounts, %d and %d dealerships", len(us.Accounts), len(f.Markets[1].Tenants), len(f.Markets[2].Tenants))
	}
}

func TestAccountsArePlausible(t *testing.T) {
	for _, m := range generate(t, DefaultOptions(now)).Markets {
		usernames, administrators, people := map[string]bool{m.Invited.Username: true}, map[string]int{}, map[string]int{}
		stale, never, service, exempt := 0, 0, 0, 0
		for _, a := range m.Accounts {
			if usernames[a.Username] {
				t.Fatalf("%s: username %s is there twice", m.Code, a.Username)
			}
			usernames[a.Username] = true
			people[a.Tenant]++
			if a.Role == RoleAdministrator {
				administrators[a.Tenant]++
			}
			if a.CreatedAt.Before(now.Add(-horizon)) || a.CreatedAt.After(now) || a.LastSignInAt.After(now) {
				t.Fatalf("%s: %s has dates beyond the two years: %+v", m.Code, a.Username, a)
			}
			switch {
			case a.LastSignInAt.IsZero():
				never++
			case a.LastSignInAt.Before(a.CreatedAt):
				t.Fatalf("%s: %s signed in before the account was created: %+v", m.Code, a.Username, a)
			case a.LastSignInAt.Before(now.AddDate(0, -6, 0)):
				stale++
			}
			if a.ServiceAccount {
				service++
			}
			if a.ExemptReason != "" {
				exempt++
			}
		}
		for i, tenant := range m.Tenants {
			code := tenant.Spec.DealerCode
			if want := i > 0; people[code] == 0 || administrators[code] > 0 != want {
				t.Errorf("%s: %s has %d people and %d administrators", m.Code, code, people[code], administrators[code])
			}
		}
		share := float64(stale) / float64(len(m.Accounts))
		if share < 0.03 || share > 0.15 || never == 0 || service == 0 || exempt == 0 {
			t.Errorf("%s: %.0f %% unused for six months, %d never used, %d of machines, %d exempt", m.Code, share*100, never, service, exempt)
		}
	}
}

func TestAccountsCSVNamesItsColumns(t *testing.T) {
	var out bytes.Buffer
	err := WriteAccounts(&out, []Account{{
		Username: "joe", Tenant: "NV1", Name: "Joe, \"J\"", Mail: "joe@nv1.example", Role: RoleUser,
		CreatedAt: now, ExemptUntil: now.AddDate(0, 1, 0), ExemptReason: "Leave", ServiceAccount: true,
	}})
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(&out).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	want := [][]string{
		{"username", "class", "tenant", "name", "mail", "phone", "role", "createdAt", "lastSignInAt", "serviceAccount", "exemptUntil", "exemptReason"},
		{"joe", "Dealer", "NV1", "Joe, \"J\"", "joe@nv1.example", "", "user", "2026-11-21T00:00:00Z", "", "true", "2026-12-21T00:00:00Z", "Leave"},
	}
	if diff := cmp.Diff(want, rows); diff != "" {
		t.Error(diff)
	}
}

func TestFilesDecodeStrictly(t *testing.T) {
	dir := t.TempDir()
	o := small()
	o.Port, o.SMTP = 8080, "10.0.0.1:2525"
	if err := generate(t, o).Write(dir); err != nil {
		t.Fatal(err)
	}
	count := map[string]int{}
	for name, content := range readTree(t, dir) {
		if filepath.Ext(name) != ".yaml" {
			continue
		}
		for document := range strings.SplitSeq(content, "\n---\n") {
			var head struct{ Kind string }
			if err := yaml.Unmarshal([]byte(document), &head); err != nil {
				t.Fatal(err)
			}
			count[head.Kind]++
			object := map[string]any{
				"PortalClass": &v1alpha1.PortalClass{}, "RegionalPortal": &v1alpha1.RegionalPortal{},
				"DealerTenant": &v1alpha1.DealerTenant{}, "Secret": &corev1.Secret{}, "Namespace": &corev1.Namespace{},
			}[head.Kind]
			if err := yaml.UnmarshalStrict([]byte(document), object); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
	want := map[string]int{"PortalClass": 1, "RegionalPortal": 3, "DealerTenant": 34, "Secret": 3, "Namespace": 3}
	if diff := cmp.Diff(want, count); diff != "" {
		t.Error(diff)
	}
}

func TestWrongOptionsAreRefused(t *testing.T) {
	tests := map[string]struct {
		change func(*Options)
		want   string
	}{
		"no dealers":                      {func(o *Options) { o.Dealers[0] = -1 }, "US dealers must be from 1 to 20000, not -1"},
		"fewer accounts than dealers":     {func(o *Options) { o.Accounts[1] = 5 }, "CA accounts must be from 6 (one for each dealer) to 2000000, not 5"},
		"a port that does not exist":      {func(o *Options) { o.Port = 70_000 }, "port must be from 0 to 65535, not 70000"},
		"a mail server without a port":    {func(o *Options) { o.SMTP = "mail.test" }, `mail server "mail.test" must be host:port`},
		"a mail server with a wrong port": {func(o *Options) { o.SMTP = "mail.test:0" }, `mail server "mail.test:0" must be host:port`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			o := small()
			test.change(&o)
			if _, err := Generate(o); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %q", err, test.want)
			}
		})
	}
}
