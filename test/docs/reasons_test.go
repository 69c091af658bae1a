// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package docs

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestReasonsShowWhereTheyAreSet looks in the controllers for every place that sets a condition with a reason, both by their
// constants, and wants the condition among those that the page names for the reason.
func TestReasonsShowWhereTheyAreSet(t *testing.T) {
	places := settings(t)
	if len(places) < 20 {
		t.Fatalf("%d places were found that set a condition: the test looks at too little", len(places))
	}
	shown := map[string][]string{}
	for _, row := range Rows(Section(t, Page(t, "operations.md"), "## Reasons")) {
		for _, reason := range Words(row[0]) {
			if shown[reason] = Words(row[1]); row[1] == "every condition" {
				shown[reason] = constants(t, "Condition")
			}
		}
	}
	for _, place := range places {
		if reason, condition := place[0], place[1]; !slices.Contains(shown[reason], condition) {
			t.Errorf("%s: shows in %s, too", reason, condition)
		}
	}
}

// settings are the pairs of reason and condition of calls such as set.False(v1alpha1.ConditionSynced, v1alpha1.ReasonRefused, …),
// where the condition may also be a variable of the function that is given its value once. Names equal values in these constants.
func settings(t *testing.T) [][2]string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(Root(t), "controllers", "*", "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	var pairs [][2]string
	for _, path := range files {
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, declaration := range file.Decls {
			if function, ok := declaration.(*ast.FuncDecl); ok && function.Body != nil && !strings.HasSuffix(path, "_test.go") {
				pairs = append(pairs, setIn(function)...)
			}
		}
	}
	return pairs
}

// setIn finds the pairs of one function.
func setIn(function *ast.FuncDecl) [][2]string {
	var pairs [][2]string
	variables := map[string]string{}
	ast.Inspect(function, func(node ast.Node) bool {
		switch node := node.(type) {
		case *ast.AssignStmt:
			if name, ok := node.Lhs[0].(*ast.Ident); ok && len(node.Rhs) == 1 {
				if condition := constant(node.Rhs[0], "Condition"); condition != "" {
					variables[name.Name] = condition
				}
			}
		case *ast.CallExpr:
			method, ok := node.Fun.(*ast.SelectorExpr)
			if !ok || !slices.Contains([]string{"True", "False", "Unknown"}, method.Sel.Name) || len(node.Args) < 3 {
				return true
			}
			condition := constant(node.Args[0], "Condition")
			if name, ok := node.Args[0].(*ast.Ident); ok {
				condition = variables[name.Name]
			}
			if reason := constant(node.Args[1], "Reason"); reason != "" && condition != "" {
				pairs = append(pairs, [2]string{reason, condition})
			}
		}
		return true
	})
	return pairs
}

// constant is what follows the prefix in the name of a constant of another package, empty for everything else.
func constant(expression ast.Expr, prefix string) string {
	selector, ok := expression.(*ast.SelectorExpr)
	if !ok {
		return ""
	}
	name, found := strings.CutPrefix(selector.Sel.Name, prefix)
	if !found {
		return ""
	}
	return name
}
