// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// goTest runs testsum on a module of its own with the given test file.
func goTest(t *testing.T, source string) (code int, output string) {
	t.Helper()
	dir := t.TempDir()
	for name, content := range map[string]string{"go.mod": "module example.test/sample\n\ngo 1.26\n", "sample_test.go": source} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var out bytes.Buffer
	code, err := run(t.Context(), []string{"-C", dir, "./..."}, &out, t.Output())
	if err != nil {
		t.Fatal(err)
	}
	return code, out.String()
}

func TestRunReportsWhatHappened(t *testing.T) {
	tests := map[string]struct {
		source   string
		wantCode int
		want     []string
		wantNot  string
	}{
		"passing tests give go test's line and the counts": {
			source:  "package sample\nimport \"testing\"\nfunc TestA(t *testing.T) { t.Log(\"quiet\") }\nfunc TestB(t *testing.T) { t.Skip(\"not today\") }\n",
			want:    []string{"ok  \texample.test/sample", "not today", "\n1 passed, 0 failed, 1 skipped\n"},
			wantNot: "quiet",
		},
		"a failing test's output is printed whole": {
			source:   "package sample\nimport \"testing\"\nfunc TestA(t *testing.T) { t.Log(\"before\"); t.Error(\"broken\") }\n",
			wantCode: 1,
			want:     []string{"before", "broken", "FAIL", "\n0 passed, 1 failed, 0 skipped\n"},
		},
		"a package that does not build counts as one failure": {
			source:   "package sample\nimport \"testing\"\nfunc TestA(t *testing.T) { undefined() }\n",
			wantCode: 1,
			want:     []string{"undefined: undefined", "\n0 passed, 1 failed, 0 skipped\n"},
		},
		"a panic counts as a failure and is shown": {
			source:   "package sample\nimport \"testing\"\nfunc TestA(t *testing.T) { panic(\"burst\") }\n",
			wantCode: 1,
			want:     []string{"panic: burst", "\n0 passed, 1 failed, 0 skipped\n"},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Setenv("FORECOURT_TEST_TOTALS", "")
			code, output := goTest(t, test.source)
			if code != test.wantCode {
				t.Errorf("exit status %d, want %d", code, test.wantCode)
			}
			for _, want := range test.want {
				if !strings.Contains(output, want) {
					t.Errorf("output lacks %q:\n%s", want, output)
				}
			}
			if test.wantNot != "" && strings.Contains(output, test.wantNot) {
				t.Errorf("output has %q:\n%s", test.wantNot, output)
			}
		})
	}
}

func TestTotalsAddUpOverRuns(t *testing.T) {
	file := filepath.Join(t.TempDir(), "totals")
	for _, c := range []counts{{Passed: 3}, {Passed: 2, Failed: 1, Skipped: 4}} {
		if err := addTotals(file, c); err != nil {
			t.Fatal(err)
		}
	}
	var out bytes.Buffer
	code, err := run(t.Context(), []string{"-total", file}, &out, &out)
	if err != nil {
		t.Fatal(err)
	}
	if want := "5 passed, 1 failed, 4 skipped\n"; out.String() != want || code != 1 {
		t.Errorf("got %q with status %d, want %q with status 1", out.String(), code, want)
	}
}
