// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package oncall

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// TestEveryReasonHasAnOwner reads the reasons from the source of the API: a new one needs a row in remedies.
func TestEveryReasonHasAnOwner(t *testing.T) {
	reasons := reasonConstants(t)
	if len(reasons) < 40 {
		t.Fatalf("%d reasons found in the API, want all of them", len(reasons))
	}
	for name, reason := range reasons {
		known, found := remedies[reason]
		switch {
		case !found:
			t.Errorf("v1alpha1.%s has no owner: add it to remedies in owners.go", name)
		case known.owner != Nobody && known.next == "":
			t.Errorf("v1alpha1.%s is for %s, who is not told what to do", name, known.owner)
		}
	}
	if len(remedies) != len(reasons) {
		t.Errorf("%d remedies for %d reasons", len(remedies), len(reasons))
	}
}

// reasonConstants are the constants of the API package whose name begins with Reason.
func reasonConstants(t *testing.T) map[string]string {
	t.Helper()
	files, err := filepath.Glob("../../api/v1alpha1/*.go")
	if err != nil {
		t.Fatal(err)
	}
	reasons := map[string]string{}
	for _, name := range files {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(node ast.Node) bool {
			spec, ok := node.(*ast.ValueSpec)
			if !ok || !strings.HasPrefix(spec.Names[0].Name, "Reason") || len(spec.Values) != 1 {
				return true
			}
			if literal, ok := spec.Values[0].(*ast.BasicLit); ok && literal.Kind == token.STRING {
				value, err := strconv.Unquote(literal.Value)
				if err != nil {
					t.Fatal(err)
				}
				reasons[spec.Names[0].Name] = value
			}
			return true
		})
	}
	return reasons
}

func TestRemediesNameWhatTheyCanFill(t *testing.T) {
	about := map[string]string{"kind": "rp", "name": "us", "namespace": "dealers", "class": "standard", "portal": "us -n dealers"}
	left := regexp.MustCompile(`\{\w+\}`)
	for reason := range remedies {
		if _, next := responsible(reason, about); left.MatchString(next) {
			t.Errorf("%s: %q is not filled", reason, next)
		}
	}
	if owner, next := responsible("OfANewerOperator", about); owner != Platform || next == "" {
		t.Errorf("an unknown reason is for %q: %q", owner, next)
	}
}
