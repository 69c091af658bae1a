// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package docs

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/oncall"
)

// constants are the values of the constants of api/v1alpha1 whose names begin with a prefix.
func constants(t *testing.T, prefix string) []string {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(Root(t), "api", "v1alpha1", "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	var values []string
	for _, path := range paths {
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(node ast.Node) bool {
			if spec, ok := node.(*ast.ValueSpec); ok && strings.HasPrefix(spec.Names[0].Name, prefix) {
				values = append(values, literal(t, spec))
			}
			return true
		})
	}
	if len(values) == 0 {
		t.Fatalf("there are no constants %s…", prefix)
	}
	return values
}

// literal is the text that a constant is given.
func literal(t *testing.T, spec *ast.ValueSpec) string {
	t.Helper()
	given, ok := spec.Values[0].(*ast.BasicLit)
	if !ok {
		t.Fatalf("%s is no literal", spec.Names[0].Name)
	}
	value, err := strconv.Unquote(given.Value)
	if err != nil {
		t.Fatal(err)
	}
	return value
}

// TestOperationsKnowsEveryWordOfTheAPI compares the tables of the page with the constants, both ways.
func TestOperationsKnowsEveryWordOfTheAPI(t *testing.T) {
	page := Page(t, "operations.md")
	for heading, prefix := range map[string]string{
		"## Conditions": "Condition", "## Reasons": "Reason", "## Events": "Event", "## Annotations": "Annotation",
	} {
		Same(t, heading, Firsts(Section(t, page, heading)), constants(t, prefix))
	}
}

// TestReasonsNameTheRightPeople compares who acts on a reason with what kubectl forecourt status says, and the conditions that a
// reason shows in with those that there are.
func TestReasonsNameTheRightPeople(t *testing.T) {
	conditions := constants(t, "Condition")
	for _, row := range Rows(Section(t, Page(t, "operations.md"), "## Reasons")) {
		if len(row) != 5 {
			t.Fatalf("%q: %d cells, want 5", row, len(row))
		}
		for _, condition := range Words(row[1]) {
			if !slices.Contains(conditions, condition) {
				t.Errorf("%s: there is no condition %s", row[0], condition)
			}
		}
		for _, reason := range Words(row[0]) {
			if want := actor(reason); row[4] != want {
				t.Errorf("%s: %q acts, kubectl forecourt status says %q", reason, row[4], want)
			}
		}
	}
}

// TestConditionsThatLowerReady compares what the page says lowers Ready with what kubectl forecourt status takes for blocking.
func TestConditionsThatLowerReady(t *testing.T) {
	page := Section(t, Page(t, "operations.md"), "## Conditions")
	for _, row := range slices.Concat(Rows(Section(t, page, "### RegionalPortal")), Rows(Section(t, page, "### DealerTenant"))) {
		condition := strings.Join(Words(row[0]), "")
		portal := &v1alpha1.RegionalPortal{}
		portal.Status.Conditions = []metav1.Condition{
			{Type: v1alpha1.ConditionReady, Status: metav1.ConditionFalse, Reason: v1alpha1.ReasonProgressing},
			{Type: condition, Status: metav1.ConditionFalse, Reason: v1alpha1.ReasonOutOfBounds},
		}
		problems := oncall.ForPortal(portal, time.Time{}).Problems
		blocking := slices.ContainsFunc(problems, func(p oncall.Problem) bool { return p.Blocking && slices.Contains(p.Conditions, condition) })
		if documented := row[2] != "no"; documented != blocking {
			t.Errorf("%s: %q is documented, kubectl forecourt status says that it is blocking: %v", condition, row[2], blocking)
		}
	}
}

// actor is who acts on a portal that is not Ready for a reason.
func actor(reason string) string {
	portal := &v1alpha1.RegionalPortal{}
	portal.Status.Conditions = []metav1.Condition{{Type: v1alpha1.ConditionReady, Status: metav1.ConditionFalse, Reason: reason}}
	report := oncall.ForPortal(portal, time.Time{})
	if len(report.Problems) == 0 {
		return string(oncall.Nobody)
	}
	return string(report.Problems[0].Owner)
}
