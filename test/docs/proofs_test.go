// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package docs

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// testNames finds the names of tests in a text, testFuncs the tests of a file.
var (
	testNames = regexp.MustCompile("`(Test[A-Za-z]+)`")
	testFuncs = regexp.MustCompile(`(?m)^func (Test[A-Za-z]+)\(t \*testing\.T\)`)
)

func TestTheProofsThatAreNamedExist(t *testing.T) {
	raw, err := os.ReadFile(filepath.Join(Root(t), "docs", "development.md"))
	if err != nil {
		t.Fatal(err)
	}
	named := testNames.FindAllStringSubmatch(string(raw), -1)
	if len(named) < 30 {
		t.Fatalf("docs/development.md names %d tests only", len(named))
	}
	exist := tests(t)
	for _, name := range named {
		if !exist[name[1]] {
			t.Errorf("docs/development.md: there is no test %s", name[1])
		}
	}
}

// tests are the names of all tests.
func tests(t *testing.T) map[string]bool {
	t.Helper()
	exist := map[string]bool{}
	for _, folder := range []string{"internal", "test", "controllers"} {
		err := filepath.WalkDir(filepath.Join(Root(t), folder), func(path string, _ fs.DirEntry, err error) error {
			if err != nil || !strings.HasSuffix(path, "_test.go") {
				return err
			}
			raw, err := os.ReadFile(path)
			for _, found := range testFuncs.FindAllStringSubmatch(string(raw), -1) {
				exist[found[1]] = true
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return exist
}
