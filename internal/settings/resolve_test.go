// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package settings_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"testing"
	_ "time/tzdata"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/yaml"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/settings"
)

func readSample[T any](t *testing.T, name string) *T {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("..", "..", "config", "samples", name))
	if err != nil {
		t.Fatal(err)
	}
	object := new(T)
	if err := yaml.UnmarshalStrict(raw, object); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return object
}

func smallClass(t *testing.T) *v1alpha1.PortalClass {
	return readSample[v1alpha1.PortalClass](t, "portalclass-small.yaml")
}

func fullClass(t *testing.T) *v1alpha1.PortalClass {
	return readSample[v1alpha1.PortalClass](t, "portalclass-full.yaml")
}

func smallPortal(t *testing.T) *v1alpha1.RegionalPortal {
	return readSample[v1alpha1.RegionalPortal](t, "regionalportal-small.yaml")
}

func fullPortal(t *testing.T) *v1alpha1.RegionalPortal {
	return readSample[v1alpha1.RegionalPortal](t, "regionalportal-full.yaml")
}

func resolve(t *testing.T, class *v1alpha1.PortalClass, portal *v1alpha1.RegionalPortal) *settings.Effective {
	t.Helper()
	effective, err := settings.Resolve(class, portal)
	if err != nil {
		t.Fatal(err)
	}
	return effective
}

// TestBuiltInDefaults repeats the defaults that the API's fields document.
func TestBuiltInDefaults(t *testing.T) {
	got := resolve(t, smallClass(t), smallPortal(t))
	checks := map[string][2]any{
		"replicas with an Embedded database": {got.Replicas, int32(1)},
		"request of CPU":                     {got.Workload.Requests.CPU.String(), "100m"},
		"request of memory":                  {got.Workload.Requests.Memory.String(), "128Mi"},
		"limit of memory":                    {got.Workload.Limits.Memory.String(), "512Mi"},
		"no limit of CPU":                    {got.Workload.Limits.CPU == nil, true},
		"log level":                          {got.Workload.LogLevel, v1alpha1.LogLevelInfo},
		"trusted proxies":                    {got.TrustedProxyHops, int32(0)},
		"network mode":                       {got.Network.Mode, v1alpha1.NetworkOpen},
		"no mail server":                     {got.Mail == nil, true},
		"database type":                      {got.Database.Type, v1alpha1.DatabaseEmbedded},
		"database size":                      {got.Database.Size.String(), "1Gi"},
		"schedule without a UID":             {got.Schedule, "17 5 * * *"},
		"tenants from":                       {got.Tenants.From, v1alpha1.FromSame},
		"no limit of tenants":                {got.Tenants.Max, int32(0)},
		"deletion policy":                    {got.DeletionPolicy, v1alpha1.DeletionRetain},
		"accent colour":                      {got.Settings.AccentColor, "#1f5fbf"},
		"password length":                    {got.Settings.Auth.PasswordMinLength, int32(15)},
		"common passwords":                   {got.Settings.Auth.BlockCommonPasswords, true},
		"idle minutes":                       {got.Settings.Auth.SessionIdleMinutes, int32(20)},
		"absolute hours":                     {got.Settings.Auth.SessionAbsoluteHours, int32(12)},
		"sessions":                           {got.Settings.Auth.SessionsPerAccount, int32(10)},
		"delay from failure":                 {got.Settings.Auth.ThrottleDelayFromFailure, int32(5)},
		"longest delay":                      {got.Settings.Auth.ThrottleMaxDelayMinutes, int32(60)},
		"failures per address":               {got.Settings.Auth.ThrottlePerAddressPerHour, int32(300)},
		"second factor":                      {got.SecondFactor(), v1alpha1.SecondFactorAdminsOnly},
		"second factor, told to the portal":  {got.Settings.Auth.SecondFactor, ""},
		"recovery, told to the portal":       {got.Settings.Auth.Recovery == nil, true},
		"no single sign-on":                  {got.Settings.Auth.SSO == nil && got.SSO == nil, true},
		"no text messages":                   {got.SMS == nil, true},
		"no logo":                            {got.Logo == nil, true},
		"no announcements":                   {len(got.Settings.Announcements), 0},
		"no requirements":                    {got.Settings.Requirements == nil, true},
		"inactivity mode":                    {got.Settings.Inactivity.Mode, "Observe"},
		"inactivity months":                  {got.Settings.Inactivity.Months, int32(6)},
		"grace days":                         {got.Settings.Inactivity.GraceDays, int32(30)},
		"never signed in":                    {got.Settings.Inactivity.NeverSignedIn, "CountFromCreation"},
		"desk name":                          {got.Settings.Support.DeskName, "Service desk"},
	}
	for name, check := range checks {
		if check[0] != check[1] {
			t.Errorf("%s: %v, want %v", name, check[0], check[1])
		}
	}
}

func TestPrecedence(t *testing.T) {
	class, portal := fullClass(t), fullPortal(t)
	portal.Spec.Auth.Password.MinLength = nil
	portal.Spec.Inactivity.GraceDays = new(int32(0))
	class.Spec.Defaults.Workload.Resources.Limits.CPU = new(resource.MustParse("3"))
	portal.Spec.Workload.Resources.Limits.CPU = nil
	got := resolve(t, class, portal)
	checks := map[string][2]any{
		"the class's value where the portal has none":          {got.Settings.Auth.PasswordMinLength, int32(16)},
		"the portal's value beats the class's":                 {got.Settings.Auth.SessionIdleMinutes, int32(10)},
		"a zero of the portal beats the class's value":         {got.Settings.Inactivity.GraceDays, int32(0)},
		"the class's value deep in a struct of the portal's":   {got.Workload.Limits.CPU.String(), "3"},
		"its neighbour stays the portal's":                     {got.Workload.Limits.Memory.String(), "1Gi"},
		"the portal's image beats the class's release":         {got.Release.Image, "registry.example/forecourt/portal:0.1.1"},
		"and brings its version":                               {got.Release.Version, "0.1.1"},
		"a list of the portal replaces the class's as a whole": {len(got.Workload.ImagePullSecrets), 1},
	}
	for name, check := range checks {
		if check[0] != check[1] {
			t.Errorf("%s: %v, want %v", name, check[0], check[1])
		}
	}
}

func TestReplicas(t *testing.T) {
	postgresql := &v1alpha1.DatabaseSpec{Type: v1alpha1.DatabasePostgreSQL, PostgreSQL: &v1alpha1.PostgreSQLDatabase{
		SecretRef: v1alpha1.SecretKeyRef{Name: "db", Key: "dsn"},
	}}
	for name, test := range map[string]struct {
		class, portal *int32
		database      *v1alpha1.DatabaseSpec
		want          int32
	}{
		"Embedded, nothing set":              {want: 1},
		"Embedded, the class says three":     {class: new(int32(3)), want: 1},
		"Embedded, the class says none":      {class: new(int32(0)), want: 0},
		"Embedded, the portal says none":     {class: new(int32(3)), portal: new(int32(0)), want: 0},
		"PostgreSQL, nothing set":            {database: postgresql, want: 2},
		"PostgreSQL, the class says three":   {database: postgresql, class: new(int32(3)), want: 3},
		"PostgreSQL, the portal beats that":  {database: postgresql, class: new(int32(3)), portal: new(int32(5)), want: 5},
		"PostgreSQL, the portal says none":   {database: postgresql, class: new(int32(3)), portal: new(int32(0)), want: 0},
		"PostgreSQL with one pod is allowed": {database: postgresql, portal: new(int32(1)), want: 1},
	} {
		t.Run(name, func(t *testing.T) {
			class, portal := smallClass(t), smallPortal(t)
			class.Spec.Defaults = &v1alpha1.PortalSettings{Replicas: test.class}
			portal.Spec.Replicas, portal.Spec.Database = test.portal, test.database
			if got := resolve(t, class, portal).Replicas; got != test.want {
				t.Errorf("%d pods, want %d", got, test.want)
			}
		})
	}
}

func TestPublicURL(t *testing.T) {
	for host, want := range map[string]string{
		"dealers.us.example":        "https://dealers.us.example",
		"us-dealers.localhost":      "http://us-dealers.localhost",
		"us-dealers.localhost:8080": "http://us-dealers.localhost:8080",
		"us-dealers.localhost:80":   "http://us-dealers.localhost",
		"localhost.example":         "https://localhost.example",
		"notlocalhost.example":      "https://notlocalhost.example",
	} {
		portal := smallPortal(t)
		portal.Spec.Hostname = host
		if got := resolve(t, smallClass(t), portal).PublicURL; got != want {
			t.Errorf("%s answers at %s, want %s", host, got, want)
		}
	}
}

// TestJitterSpreadsSweeps holds the built-in schedule within its hour, and portals apart from each other.
func TestJitterSpreadsSweeps(t *testing.T) {
	seen := map[string]int{}
	for i := range 600 {
		portal := smallPortal(t)
		portal.UID = types.UID(fmt.Sprintf("2f1c9f7e-8a55-4a8e-9d0c-%012d", i))
		schedule := resolve(t, smallClass(t), portal).Schedule
		if schedule != resolve(t, smallClass(t), portal).Schedule {
			t.Fatal("the schedule of one UID is not fixed")
		}
		seen[schedule]++
		var minute, hour int
		if _, err := fmt.Sscanf(schedule, "%d %d * * *", &minute, &hour); err != nil {
			t.Fatalf("%q: %v", schedule, err)
		}
		if start := hour*60 + minute; start < 5*60+17 || start >= 6*60+17 {
			t.Errorf("%q starts outside 05:17 to 06:16", schedule)
		}
	}
	if len(seen) < 55 {
		t.Errorf("600 portals start at %d minutes only", len(seen))
	}
}

// TestResolveIsPure resolves twice and looks for changes of the arguments.
func TestResolveIsPure(t *testing.T) {
	class, portal := fullClass(t), fullPortal(t)
	first := resolve(t, class, portal)
	if diff := cmp.Diff(first, resolve(t, class, portal)); diff != "" {
		t.Errorf("the same objects give another result:\n%s", diff)
	}
	if diff := cmp.Diff(fullClass(t), class); diff != "" {
		t.Errorf("the class was changed:\n%s", diff)
	}
	if diff := cmp.Diff(fullPortal(t), portal); diff != "" {
		t.Errorf("the portal was changed:\n%s", diff)
	}
}

// TestEveryFieldActs drops every field of a full portal, one at a time: each must change what is in force.
func TestEveryFieldActs(t *testing.T) {
	portal := fullPortal(t)
	portal.Spec.Auth.Password.BlockCommon = new(false)
	portal.Spec.Inactivity.Months = new(int32(4))
	portal.Spec.Notify.Mail.Port = new(int32(2525))
	portal.Spec.Replicas = new(int32(4))
	portal.Spec.DeletionPolicy = v1alpha1.DeletionDelete
	before := resolve(t, smallClass(t), portal)
	spec := map[string]any{}
	recode(t, portal.Spec, &spec)

	// Without these the object is invalid or the field's default is the only value the rest allows.
	invalidWithout := []string{
		"database.type", "database.postgresql.secretRef.key", "database.postgresql.secretRef.name", "image", "imageVersion",
		"notify.mail.tls", "className", "timeZone", "hostname", "network.mode",
	}
	paths := leaves(spec, "")
	if len(paths) < 40 {
		t.Fatalf("only %d fields are looked at: %v", len(paths), paths)
	}
	for _, path := range paths {
		if slices.Contains(invalidWithout, path.name) {
			continue
		}
		t.Run(path.name, func(t *testing.T) {
			value := path.holder[path.key]
			delete(path.holder, path.key)
			defer func() { path.holder[path.key] = value }()
			changed := portal.DeepCopy()
			changed.Spec = v1alpha1.RegionalPortalSpec{}
			recode(t, spec, &changed.Spec)
			after, err := settings.Resolve(smallClass(t), changed)
			if err == nil && cmp.Equal(before, after) {
				t.Error("nothing acts on this field")
			}
		})
	}
}

type leaf struct {
	name   string
	holder map[string]any
	key    string
}

// leaves lists the fields below an object, not going into lists.
func leaves(object map[string]any, prefix string) []leaf {
	var found []leaf
	for key, value := range object {
		if inner, nested := value.(map[string]any); nested && key != "nodeSelector" && key != "matchLabels" {
			found = append(found, leaves(inner, prefix+key+".")...)
			continue
		}
		found = append(found, leaf{name: prefix + key, holder: object, key: key})
	}
	sort.Slice(found, func(i, j int) bool { return found[i].name < found[j].name })
	return found
}

func recode(t *testing.T, from, to any) {
	t.Helper()
	raw, err := json.Marshal(from)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(raw, to); err != nil {
		t.Fatal(err)
	}
}
