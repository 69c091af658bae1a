// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package gitops

import (
	"fmt"
	"os"
	"testing"

	"github.com/fluxcd/cli-utils/pkg/kstatus/status"
	"github.com/google/cel-go/cel"
	lua "github.com/yuin/gopher-lua"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"
)

// health is what a tool makes of an object.
type health string

const (
	healthy  health = "healthy"
	progress health = "in progress"
	failed   health = "failed"
	paused   health = "suspended"
)

// tool judges objects.
type tool struct {
	name  string
	judge func(*unstructured.Unstructured) (health, error)
	// pauses says whether the tool has a word for objects that are suspended.
	pauses bool
}

func tools(t *testing.T) []tool {
	t.Helper()
	return []tool{{name: "kstatus", judge: kstatus}, {name: "Flux expressions", judge: fluxExpressions(t)}, {"Argo CD script", argoScript(t), true}}
}

func kstatus(object *unstructured.Unstructured) (health, error) {
	result, err := status.Compute(object)
	if err != nil {
		return "", fmt.Errorf("computing kstatus: %w", err)
	}
	switch result.Status {
	case status.CurrentStatus:
		return healthy, nil
	case status.FailedStatus:
		return failed, nil
	default:
		return progress, nil
	}
}

// fluxExpressions evaluates the shipped expressions as Flux does: over the top-level fields of the object, failed before current.
func fluxExpressions(t *testing.T) func(*unstructured.Unstructured) (health, error) {
	t.Helper()
	var shipped struct {
		HealthCheckExprs []struct{ Kind, Current, Failed string }
	}
	raw, err := os.ReadFile("../../config/gitops/flux-health.yaml")
	if err == nil {
		err = yaml.Unmarshal(raw, &shipped)
	}
	if err != nil {
		t.Fatal(err)
	}
	env, err := cel.NewEnv(cel.Variable("metadata", cel.DynType), cel.Variable("spec", cel.DynType), cel.Variable("status", cel.DynType))
	if err != nil {
		t.Fatal(err)
	}
	programs := map[string]cel.Program{}
	for _, e := range shipped.HealthCheckExprs {
		for verdict, text := range map[health]string{healthy: e.Current, failed: e.Failed} {
			ast, issues := env.Compile(text)
			if issues.Err() != nil {
				t.Fatalf("%s %s: %v", e.Kind, verdict, issues.Err())
			}
			if programs[e.Kind+string(verdict)], err = env.Program(ast); err != nil {
				t.Fatal(err)
			}
		}
	}
	return func(object *unstructured.Unstructured) (health, error) {
		for _, verdict := range []health{failed, healthy} {
			program, found := programs[object.GetKind()+string(verdict)]
			if !found {
				return "", fmt.Errorf("no expression for %s", object.GetKind())
			}
			result, _, err := program.Eval(map[string]any{
				"metadata": object.Object["metadata"], "spec": object.Object["spec"], "status": object.Object["status"],
			})
			if err != nil {
				return "", fmt.Errorf("evaluating: %w", err)
			}
			if result.Value() == true {
				return verdict, nil
			}
		}
		return progress, nil
	}
}

// argoScript runs the shipped script as Argo CD does: with the object in obj and the basic libraries only.
func argoScript(t *testing.T) func(*unstructured.Unstructured) (health, error) {
	t.Helper()
	script, err := os.ReadFile("../../config/gitops/argocd-health.lua")
	if err != nil {
		t.Fatal(err)
	}
	return func(object *unstructured.Unstructured) (health, error) {
		state := lua.NewState(lua.Options{SkipOpenLibs: true})
		defer state.Close()
		for name, open := range map[string]lua.LGFunction{lua.BaseLibName: lua.OpenBase, lua.TabLibName: lua.OpenTable, lua.StringLibName: lua.OpenString} {
			state.Push(state.NewFunction(open))
			state.Push(lua.LString(name))
			state.Call(1, 0)
		}
		state.SetGlobal("obj", value(state, object.Object))
		if err := state.DoString(string(script)); err != nil {
			return "", fmt.Errorf("running the script: %w", err)
		}
		answer, ok := state.Get(-1).(*lua.LTable)
		if !ok {
			return "", fmt.Errorf("the script answers %s, want a table", state.Get(-1))
		}
		switch word := lua.LVAsString(answer.RawGetString("status")); word {
		case "Healthy":
			return healthy, nil
		case "Degraded":
			return failed, nil
		case "Progressing":
			return progress, nil
		case "Suspended":
			return paused, nil
		default:
			return "", fmt.Errorf("the script answers %q", word)
		}
	}
}

// value turns JSON into values of Lua.
func value(state *lua.LState, v any) lua.LValue {
	switch v := v.(type) {
	case map[string]any:
		table := state.NewTable()
		for name, field := range v {
			table.RawSetString(name, value(state, field))
		}
		return table
	case []any:
		table := state.NewTable()
		for _, item := range v {
			table.Append(value(state, item))
		}
		return table
	case string:
		return lua.LString(v)
	case bool:
		return lua.LBool(v)
	case int64:
		return lua.LNumber(v)
	case float64:
		return lua.LNumber(v)
	default:
		return lua.LNil
	}
}
