// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package cli_test

import (
	"strings"
	"testing"
)

func TestInactivitySaysWhatItCanDo(t *testing.T) {
	status, _, stderr := run(t, "", "inactivity")
	if status != 2 || !strings.Contains(stderr, "say what to do: kubectl forecourt inactivity forecast PORTAL") {
		t.Errorf("status %d\n%s", status, stderr)
	}
}

func TestWrongUseOfInactivity(t *testing.T) {
	namespace := newNamespace(t)
	create(t, regionalPortal(namespace, "us-dealers"))
	for name, test := range map[string]struct {
		args   []string
		status int
		want   []string
	}{
		"no portal":                     {[]string{"forecast"}, 2, []string{"too few arguments"}},
		"too long a period":             {[]string{"forecast", "us-dealers", "--months", "61"}, 2, []string{"--months 61: want 1 to 60"}},
		"no period":                     {[]string{"forecast", "us-dealers", "--months", "0"}, 2, []string{"--months 0: want 1 to 60"}},
		"a period in words":             {[]string{"forecast", "us-dealers", "--months", "six"}, 2, []string{`--months "six": want a whole number`}},
		"days in words":                 {[]string{"forecast", "us-dealers", "--days", "7,x"}, 2, []string{`--days "7,x": want whole numbers, such as 7,30,90`}},
		"a mistyped command":            {[]string{"frecast", "us-dealers"}, 2, []string{`unknown command "frecast". Did you mean forecast?`}},
		"no time to wait":               {[]string{"undo", "us-dealers", "r", "--timeout", "-1s"}, 2, []string{"--timeout -1s: want more than nothing"}},
		"a time without a unit":         {[]string{"undo", "us-dealers", "r", "--timeout", "5"}, 2, []string{`--timeout "5": want a duration, such as 30s or 5m`}},
		"days that fall":                {[]string{"forecast", "us-dealers", "--days", "30,7"}, 2, []string{"--days 7: want rising numbers"}},
		"too many days":                 {[]string{"forecast", "us-dealers", "--days", "1,2,3,4,5,6,7"}, 2, []string{"at most 6 numbers"}},
		"a history of nothing":          {[]string{"history", "us-dealers", "--limit", "0"}, 2, []string{"--limit 0: want 1 to 100"}},
		"a portal that does not run":    {[]string{"history", "us-dealers"}, 1, []string{"us-dealers-internal", "kubectl forecourt status rp/us-dealers"}},
		"a mistyped portal":             {[]string{"run", "us-dealer"}, 1, []string{"Did you mean rp/us-dealers?"}},
		"a tenant":                      {[]string{"run", "dt/springfield"}, 2, []string{`"dt/springfield" is a DealerTenant: name its portal`}},
		"a count below nobody":          {[]string{"approve", "us-dealers", "r", "--count", "-1"}, 2, []string{"--count -1: want the number"}},
		"an approval of nothing":        {[]string{"approve", "us-dealers", "r"}, 1, []string{"no run of portal us-dealers waits", "inactivity history us-dealers"}},
		"an undo of nothing":            {[]string{"undo", "us-dealers"}, 2, []string{"too few arguments"}},
		"an operator that does not run": {[]string{"undo", "us-dealers", "r", "--timeout", "1ms"}, 1, []string{"no outcome within 1ms", "The request stands"}},
	} {
		t.Run(name, func(t *testing.T) {
			status, stdout, stderr := inCluster(t, namespace, append([]string{"inactivity"}, test.args...)...)
			if status != test.status || stdout != "" {
				t.Errorf("status %d, stdout %q\nstderr:\n%s", status, stdout, stderr)
			}
			for _, word := range test.want {
				if !strings.Contains(stderr, word) {
					t.Errorf("stderr lacks %q:\n%s", word, stderr)
				}
			}
		})
	}
}
