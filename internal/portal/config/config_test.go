// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package config_test

import (
	"encoding/base64"
	"os"
	"path/filepath"
	"strings"
	"testing"

	portalconfig "github.com/forecourt-dev/forecourt/api/portalconfig/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/portal/config"
)

const process = `apiVersion: portalconfig.forecourt.dev/v1alpha1
kind: Process
portal: {namespace: market-us, name: us-dealers, market: US, audience: Dealer}
publicURL: https://dealers.example.com
trustedProxyHops: 1
listen: {public: ":8080", internal: ":8443", metrics: ":9090"}
database:
  sqlite: {path: /data/portal.db}
keys:
  sessionKeyFile: /keys/session
  pepperFile: /keys/pepper
  tlsCertFile: /internal/tls.crt
  tlsKeyFile: /internal/tls.key
  tokenDir: /internal
mail: {host: mail.example.com, port: 587, from: portal@example.com, tls: Required}
logLevel: Info
`

const settings = `apiVersion: portalconfig.forecourt.dev/v1alpha1
kind: Settings
displayName: US Dealers
brands: [{name: astra, displayName: Astra}]
locales: [en-US, es]
timeZone: America/Chicago
accentColor: "#0a5c8f"
auth:
  passwordMinLength: 15
  blockCommonPasswords: true
  sessionIdleMinutes: 20
  sessionAbsoluteHours: 12
  sessionsPerAccount: 10
  throttleDelayFromFailure: 5
  throttleMaxDelayMinutes: 60
  throttlePerAddressPerHour: 300
inactivity: {mode: Observe, months: 6, graceDays: 30, neverSignedIn: CountFromCreation}
support:
  deskName: Dealer Service Desk
  phones: [{label: Toll-free, number: "+18005550100"}]
  mail: desk@example.com
`

func directory(t *testing.T, process, settings string) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range map[string]string{portalconfig.ProcessFile: process, portalconfig.SettingsFile: settings} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestLoad(t *testing.T) {
	c, err := config.Load(directory(t, process, settings))
	if err != nil {
		t.Fatal(err)
	}
	if c.PublicURL.Host != "dealers.example.com" || !c.Secure() || c.Process.Database.SQLite.Path != "/data/portal.db" ||
		c.Settings.Auth.SessionsPerAccount != 10 || c.Settings.Locales[1] != "es" {
		t.Errorf("got %+v", c)
	}
}

func TestPublicURL(t *testing.T) {
	tests := map[string]struct {
		url    string
		secure bool
		want   string
	}{
		"https":                         {"https://dealers.example.com", true, ""},
		"https with a port":             {"https://dealers.example.com:8443", true, ""},
		"http under .localhost":         {"http://us-dealers.localhost:8080", false, ""},
		"https under .localhost":        {"https://us-dealers.localhost", true, ""},
		"http elsewhere":                {"http://dealers.example.com", false, "has no TLS"},
		"http at localhost itself":      {"http://localhost:8080", false, "has no TLS"},
		"http at a name like localhost": {"http://evil-localhost", false, "has no TLS"},
		"a trailing slash":              {"https://dealers.example.com/", false, "trailing slash"},
		"a path":                        {"https://dealers.example.com/portal", false, "leave the rest out"},
		"a query":                       {"https://dealers.example.com?x=1", false, "leave the rest out"},
		"a user":                        {"https://me@dealers.example.com", false, "leave the rest out"},
		"capitals":                      {"https://Dealers.example.com", false, "small ones"},
		"another scheme":                {"ftp://dealers.example.com", false, "unknown scheme"},
		"no scheme":                     {"dealers.example.com", false, "is no URL"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			c, err := config.Load(directory(t, strings.Replace(process, "https://dealers.example.com", test.url, 1), settings))
			if test.want == "" {
				if err != nil || c.Secure() != test.secure {
					t.Errorf("want it accepted, secure %v; got %v", test.secure, err)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), "process.yaml: publicURL: ") || !strings.Contains(err.Error(), test.want) {
				t.Errorf("want publicURL refused with %q, got %v", test.want, err)
			}
		})
	}
}

func TestFaultsNameFileAndPath(t *testing.T) {
	tests := map[string]struct {
		file, old, replacement string
		want                   string
	}{
		"a newer version":              {"process", "v1alpha1", "v1beta1", "process.yaml: apiVersion: "},
		"the wrong kind":               {"settings", "kind: Settings", "kind: Process", "settings.yaml: kind: "},
		"an unknown field":             {"process", "logLevel: Info", "logLevel: Info\nlogFormat: json", `process.yaml: unknown field "logFormat"`},
		"an unknown nested field":      {"settings", "months: 6", "months: 6, weeks: 2", `settings.yaml: unknown field "inactivity.weeks"`},
		"a field in another case":      {"process", "logLevel", "loglevel", `unknown field "loglevel"`},
		"a doubled key":                {"process", "logLevel: Info", "logLevel: Info\nlogLevel: Warn", "logLevel"},
		"a word for a number":          {"settings", "months: 6", "months: six", "settings.yaml"},
		"no YAML":                      {"settings", "displayName:", "displayName: [", "settings.yaml"},
		"a log level":                  {"process", "Info", "Chatty", `process.yaml: logLevel: "Chatty" is unknown: use Debug, Info, Warn, Error`},
		"an address":                   {"process", `":8080"`, "8080x", "process.yaml: listen.public: "},
		"a market":                     {"process", "market: US", "market: usa", "process.yaml: portal.market: "},
		"an audience":                  {"process", "audience: Dealer", "audience: Owner", "process.yaml: portal.audience: "},
		"an alias that is a URL":       {"process", "trustedProxyHops", "aliases: [https://a.example]\ntrustedProxyHops", `process.yaml: aliases[0]: "https://a.example" is no host`},
		"an alias with a path":         {"process", "trustedProxyHops", "aliases: [a.example/x]\ntrustedProxyHops", "process.yaml: aliases[0]: "},
		"an alias in capitals":         {"process", "trustedProxyHops", "aliases: [A.example]\ntrustedProxyHops", "process.yaml: aliases[0]: "},
		"an alias twice":               {"process", "trustedProxyHops", "aliases: [a.example, a.example]\ntrustedProxyHops", "process.yaml: aliases[1]: "},
		"an alias that is the host":    {"process", "trustedProxyHops", "aliases: [dealers.example.com]\ntrustedProxyHops", "process.yaml: aliases[0]: "},
		"proxy hops":                   {"process", "trustedProxyHops: 1", "trustedProxyHops: -1", "process.yaml: trustedProxyHops: "},
		"no database":                  {"process", "sqlite: {path: /data/portal.db}", "{}", "process.yaml: database: set exactly one"},
		"no path":                      {"process", "path: /data/portal.db", `path: ""`, "process.yaml: database.sqlite.path: is missing"},
		"too few connections":          {"process", "sqlite: {path: /data/portal.db}", "postgresql: {dsnFile: /dsn, maxConnections: 1}", "process.yaml: database.postgresql.maxConnections: "},
		"no pepper":                    {"process", "pepperFile: /keys/pepper", `pepperFile: ""`, "process.yaml: keys.pepperFile: is missing"},
		"a mail port":                  {"process", "port: 587", "port: 0", "process.yaml: mail.port: "},
		"a sender":                     {"process", "from: portal@example.com", "from: portal", "process.yaml: mail.from: "},
		"a TLS mode":                   {"process", "tls: Required", "tls: Maybe", "process.yaml: mail.tls: "},
		"half of the mail credentials": {"process", "tls: Required", "tls: Required, usernameFile: /user", "process.yaml: mail: "},
		"a time zone":                  {"settings", "America/Chicago", "Mars/Olympus", "settings.yaml: timeZone: "},
		"the machine's time zone":      {"settings", "America/Chicago", "Local", "settings.yaml: timeZone: "},
		"a colour":                     {"settings", "#0a5c8f", "blue", "settings.yaml: accentColor: "},
		"no locale":                    {"settings", "[en-US, es]", "[]", "settings.yaml: locales: "},
		"a locale":                     {"settings", "[en-US, es]", "[en-US, '!']", "settings.yaml: locales[1]: "},
		"a brand twice":                {"settings", "brands: [", "brands: [{name: astra, displayName: Other}, ", "settings.yaml: brands[1].name: "},
		"short passwords":              {"settings", "passwordMinLength: 15", "passwordMinLength: 8", "settings.yaml: auth.passwordMinLength: 8 is out of bounds: 15 to 64"},
		"long sessions":                {"settings", "sessionAbsoluteHours: 12", "sessionAbsoluteHours: 25", "settings.yaml: auth.sessionAbsoluteHours: "},
		"no idle end":                  {"settings", "sessionIdleMinutes: 20", "sessionIdleMinutes: 0", "settings.yaml: auth.sessionIdleMinutes: "},
		"no throttling":                {"settings", "throttleDelayFromFailure: 5", "throttleDelayFromFailure: 1000", "settings.yaml: auth.throttleDelayFromFailure: "},
		"a mode":                       {"settings", "mode: Observe", "mode: Watch", "settings.yaml: inactivity.mode: "},
		"no months":                    {"settings", "months: 6", "months: 0", "settings.yaml: inactivity.months: "},
		"negative grace":               {"settings", "graceDays: 30", "graceDays: -1", "settings.yaml: inactivity.graceDays: "},
		"warnings in rising order":     {"settings", "months: 6", "months: 6, warnDaysBefore: [14, 30]", "settings.yaml: inactivity.warnDaysBefore[1]: 30 is not less than the value before it, 14: list the days in falling order"},
		"a warning too late":           {"settings", "months: 6", "months: 6, warnDaysBefore: [14, 0]", "settings.yaml: inactivity.warnDaysBefore[1]: "},
		"too many warnings":            {"settings", "months: 6", "months: 6, warnDaysBefore: [11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1]", "settings.yaml: inactivity.warnDaysBefore: has 11 values"},
		"more than everybody":          {"settings", "months: 6", "months: 6, maxDisabledPercentPerRun: 101", "settings.yaml: inactivity.maxDisabledPercentPerRun: "},
		"less than nobody":             {"settings", "months: 6", "months: 6, maxDisabledPerRun: -1", "settings.yaml: inactivity.maxDisabledPerRun: "},
		"an exemption of ages":         {"settings", "months: 6", "months: 6, maxExemptionDays: 4000", "settings.yaml: inactivity.maxExemptionDays: "},
		"a way to count":               {"settings", "CountFromCreation", "Guess", "settings.yaml: inactivity.neverSignedIn: "},
		"no desk":                      {"settings", "deskName: Dealer Service Desk", `deskName: ""`, "settings.yaml: support.deskName: is missing"},
		"a desk's phone":               {"settings", "+18005550100", "1-800-555-0100", "settings.yaml: support.phones[0].number: "},
		"a desk's mail":                {"settings", "desk@example.com", "desk", "settings.yaml: support.mail: "},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			files := map[string]string{"process": process, "settings": settings}
			changed := strings.Replace(files[test.file], test.old, test.replacement, 1)
			if changed == files[test.file] {
				t.Fatalf("%q is not in the file", test.old)
			}
			files[test.file] = changed
			_, err := config.Load(directory(t, files["process"], files["settings"]))
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("want an error with %q, got %v", test.want, err)
			}
		})
	}
}

func TestEveryFaultIsListed(t *testing.T) {
	wrong := strings.NewReplacer("audience: Dealer", "audience: X", "logLevel: Info", "logLevel: X").Replace(process)
	_, err := config.Load(directory(t, wrong, strings.Replace(settings, "months: 6", "months: 99", 1)))
	for _, want := range []string{"portal.audience", "logLevel", "inactivity.months"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s is not named: %v", want, err)
		}
	}
}

func TestMissingFiles(t *testing.T) {
	_, err := config.Load(t.TempDir())
	for _, want := range []string{"process.yaml", "settings.yaml"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s is not named: %v", want, err)
		}
	}
}

func TestLoadKeys(t *testing.T) {
	long, short := base64.StdEncoding.EncodeToString(make([]byte, 32)), base64.StdEncoding.EncodeToString(make([]byte, 31))
	tests := map[string]struct {
		session, pepper string
		want            string
	}{
		"good keys":                  {long + "\n", "k1:" + long + "\n", ""},
		"a short session key":        {short, "k1:" + long, "keys.sessionKeyFile: the key has 31 bytes"},
		"a short pepper":             {long, "k1:" + short, "keys.pepperFile: the key has 31 bytes"},
		"a session key of no base64": {"not base64!", "k1:" + long, "keys.sessionKeyFile: this is no base64"},
		"a pepper without an id":     {long, long, "want KEY-ID:BASE64"},
		"a pepper with a bad id":     {long, "k,1:" + long, "want KEY-ID:BASE64"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			files := portalconfig.Keys{SessionKeyFile: filepath.Join(dir, "session"), PepperFile: filepath.Join(dir, "pepper")}
			for file, content := range map[string]string{files.SessionKeyFile: test.session, files.PepperFile: test.pepper} {
				if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			keys, err := config.LoadKeys(files)
			if test.want == "" {
				if err != nil || keys.Pepper.ID != "k1" || len(keys.Session.InUse) != 32 || len(keys.Pepper.Key) != 32 {
					t.Errorf("got %+v, %v", keys, err)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("want an error with %q, got %v", test.want, err)
			}
			for _, secret := range []string{long, short, "not base64!"} {
				if err != nil && strings.Contains(err.Error(), secret) {
					t.Errorf("the error shows a key: %v", err)
				}
			}
		})
	}
	if _, err := config.LoadKeys(portalconfig.Keys{SessionKeyFile: "/nonexistent"}); err == nil || !strings.Contains(err.Error(), "keys.sessionKeyFile") {
		t.Errorf("a missing file must be named, got %v", err)
	}
}

func TestAliases(t *testing.T) {
	tests := map[string]struct {
		url, aliases, want string
	}{
		"hosts beside a host":                  {"https://dealers.example.com", "[old.example.com, us.example.net]", ""},
		"local hosts with ports":               {"http://us.localhost:8080", "['old.localhost:8080', older.localhost]", ""},
		"a public host beside a local one":     {"http://us.localhost:8080", "[old.example.com]", "not below .localhost"},
		"a host with a user, which is no host": {"https://dealers.example.com", "['me@old.example.com']", "is no host"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			wiring := strings.Replace(process, "publicURL: https://dealers.example.com", "publicURL: "+test.url+"\naliases: "+test.aliases, 1)
			_, err := config.Load(directory(t, wiring, settings))
			if test.want == "" && err != nil {
				t.Errorf("want them accepted, got %v", err)
			}
			if test.want != "" && (err == nil || !strings.Contains(err.Error(), "process.yaml: aliases[0]: ") || !strings.Contains(err.Error(), test.want)) {
				t.Errorf("want them refused with %q, got %v", test.want, err)
			}
		})
	}
}
