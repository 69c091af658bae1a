// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package proof

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	"github.com/forecourt-dev/forecourt/test/controlplane"
)

// schemas reads the specs' schemas of the shipped CustomResourceDefinitions, by kind.
func schemas(t *testing.T) map[string]*apiextensionsv1.JSONSchemaProps {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("..", "..", "config", "crd", "bases", "*.yaml"))
	if err != nil || len(files) != 3 {
		t.Fatalf("%v, %v: want three definitions", files, err)
	}
	found := map[string]*apiextensionsv1.JSONSchemaProps{}
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		definition := &apiextensionsv1.CustomResourceDefinition{}
		if err := yaml.UnmarshalStrict(raw, definition); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		found[definition.Spec.Names.Kind] = definition.Spec.Versions[0].Schema.OpenAPIV3Schema
	}
	return found
}

// valid are objects that together hold every field; every row of the tables spoils one of them.
func valid(t *testing.T, namespace string) map[string]*unstructured.Unstructured {
	t.Helper()
	objects := map[string]*unstructured.Unstructured{}
	for name, file := range map[string]string{
		"class": "portalclass-full.yaml", "portal": "regionalportal-full.yaml", "tenant": "dealertenant-full.yaml",
	} {
		raw, err := os.ReadFile(filepath.Join("..", "..", "config", "samples", file))
		if err != nil {
			t.Fatal(err)
		}
		decoded, err := controlplane.Decode(raw)
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		objects[name] = decoded[0]
		if objects[name].GetNamespace() != "" {
			objects[name].SetNamespace(namespace)
		}
	}
	embedded := objects["portal"].DeepCopy()
	merge(t, embedded, `{"spec":{"replicas":1,"database":{"type":"Embedded","postgresql":null,"embedded":{"size":"2Gi","storageClassName":"fast"}}}}`)
	merge(t, embedded, `{"spec":{"exposure":{"type":"HTTPRoute","ingressClassName":null,"parentRefs":[{"name":"a","namespace":"b","sectionName":"c","port":443}],
		"tls":{"mode":null,"issuerRef":null,"secretName":"d"}}}}`)
	objects["embedded"] = embedded
	defaults := objects["class"].DeepCopy()
	spec, _, _ := unstructured.NestedMap(objects["portal"].Object, "spec")
	for _, field := range []string{"workload", "network", "inactivity", "auth", "notify"} {
		if err := unstructured.SetNestedField(defaults.Object, spec[field], "spec", "defaults", field); err != nil {
			t.Fatal(err)
		}
	}
	merge(t, defaults, `{"spec":{"defaults":{"exposure":{"type":"Ingress","parentRefs":null,"tls":{"mode":"CertManager","secretName":null}}}}}`)
	merge(t, defaults, `{"spec":{"defaults":{"replicas":3,"scaling":null}}}`)
	objects["defaults"] = defaults
	objects["autoscaled"] = objects["portal"].DeepCopy()
	merge(t, objects["autoscaled"], `{"spec":{"replicas":null,"scaling":{"autoscaling":{"minReplicas":2,"maxReplicas":6,"targetCPUUtilizationPercent":50}}}}`)
	return objects
}

// refusal is what the API server says to an object; nil when it takes it. Nothing is stored.
func refusal(t *testing.T, object *unstructured.Unstructured) error {
	t.Helper()
	err := plane.Admin.Create(t.Context(), object.DeepCopy(), client.DryRunAll, client.FieldValidation("Strict"))
	if err != nil && !apierrors.IsInvalid(err) && !apierrors.IsBadRequest(err) {
		t.Fatalf("%s %s: %v", object.GetKind(), object.GetName(), err)
	}
	return err
}

// neverValid is in the schema of classes for the sake of portals: a rule refuses it.
const neverValid = "PortalClass spec.defaults.scaling.boost"

// TestEveryRuleOfTheSchemaRefuses spoils the valid objects at every constraint of the schemas: the API server has to refuse each
// and to name the field.
func TestEveryRuleOfTheSchemaRefuses(t *testing.T) {
	t.Parallel()
	namespace, err := plane.Namespace(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	definitions, visited, count := schemas(t), map[string]bool{}, 0
	for name, object := range valid(t, namespace) {
		if err := refusal(t, object); err != nil {
			t.Fatalf("%s, which every row spoils, is itself refused: %v", name, err)
		}
		spec := definitions[object.GetKind()].Properties["spec"]
		walker := &spoiler{visit: func(path, how string, spoil func(spec any) any) {
			count++
			spoiled := object.DeepCopy()
			spoiled.Object["spec"] = spoil(runtime.DeepCopyJSONValue(spoiled.Object["spec"]))
			err := refusal(t, spoiled)
			if err == nil {
				t.Errorf("%s: %s with %s is accepted", name, path, how)
			} else if field := lastName(path); !strings.Contains(err.Error(), field) {
				t.Errorf("%s: %s with %s: %q does not name the field", name, path, how, err)
			}
		}, seen: func(path string) { visited[object.GetKind()+" "+path] = true }}
		walker.walk(&spec, object.Object["spec"], nil)
	}
	for kind, definition := range definitions {
		spec := definition.Properties["spec"]
		for _, path := range properties(&spec, "spec") {
			if !visited[kind+" "+path] && !strings.HasPrefix(kind+" "+path, neverValid) {
				t.Errorf("%s: no valid object has %s: nothing was spoiled there", kind, path)
			}
		}
	}
	t.Logf("%d invalid objects refused", count)
}

func lastName(path string) string {
	names := strings.Split(strings.TrimRight(path, "[]"), ".")
	return strings.TrimRight(names[len(names)-1], "[]")
}

// properties lists every property of a schema, with [] for the items of lists; label selectors have rules of their own.
func properties(schema *apiextensionsv1.JSONSchemaProps, path string) []string {
	if isSelector(schema) {
		return []string{path}
	}
	var paths []string
	for _, name := range slices.Sorted(maps.Keys(schema.Properties)) {
		property := schema.Properties[name]
		paths = append(paths, path+"."+name)
		paths = append(paths, properties(&property, path+"."+name)...)
	}
	if schema.Items != nil && schema.Items.Schema != nil {
		paths = append(paths, properties(schema.Items.Schema, path+"[]")...)
	}
	return paths
}

func isSelector(schema *apiextensionsv1.JSONSchemaProps) bool {
	_, ok := schema.Properties["matchExpressions"]
	return ok
}

// spoiler walks a schema along a valid value.
type spoiler struct {
	visit func(path, how string, spoil func(spec any) any)
	seen  func(path string)
}

// place is a step into a value: a field name or the index of an item.
type place struct {
	field string
	index int
}

func (s *spoiler) walk(schema *apiextensionsv1.JSONSchemaProps, value any, at []place) {
	path := pathOf(at)
	s.seen(path)
	if isSelector(schema) {
		return
	}
	for how, bad := range violations(schema, value) {
		s.visit(path, how, func(spec any) any { return set(spec, at, bad) })
	}
	switch typed := value.(type) {
	case map[string]any:
		for _, name := range schema.Required {
			s.visit(path+"."+name, "no value", func(spec any) any { return set(spec, append(slices.Clone(at), place{field: name}), nil) })
		}
		for name, property := range schema.Properties {
			if child, ok := typed[name]; ok {
				s.walk(&property, child, append(slices.Clone(at), place{field: name}))
			}
		}
	case []any:
		for index, item := range typed {
			s.walk(schema.Items.Schema, item, append(slices.Clone(at), place{index: index}))
		}
	}
}

func pathOf(at []place) string {
	path := "spec"
	for _, step := range at {
		if step.field == "" {
			path += "[]"
		} else {
			path += "." + step.field
		}
	}
	return path
}

// set returns the value with another one at a place; nil removes it.
func set(value any, at []place, to any) any {
	if len(at) == 0 {
		return to
	}
	switch typed := value.(type) {
	case map[string]any:
		if changed := set(typed[at[0].field], at[1:], to); changed != nil {
			typed[at[0].field] = changed
		} else {
			delete(typed, at[0].field)
		}
	case []any:
		typed[at[0].index] = set(typed[at[0].index], at[1:], to)
	}
	return value
}

// violations makes a value for every constraint of a schema that breaks it.
func violations(schema *apiextensionsv1.JSONSchemaProps, value any) map[string]any {
	bad := map[string]any{}
	if wrong, ok := map[string]any{"string": int64(7), "integer": "seven", "boolean": "yes", "object": "text", "array": "text"}[schema.Type]; ok {
		bad["a wrong type"] = wrong
	}
	if len(schema.Enum) > 0 {
		bad["a value that is not among the allowed"] = "NoSuchValue"
	}
	if schema.Pattern != "" && schema.Type == "string" {
		bad["a value that does not match"] = mismatch(schema)
	}
	if schema.MinLength != nil && *schema.MinLength > 0 {
		bad["a text that is too short"] = strings.Repeat("a", int(*schema.MinLength-1))
	}
	if schema.MaxLength != nil {
		bad["a text that is too long"] = strings.Repeat("a", int(*schema.MaxLength+1))
	}
	if schema.Minimum != nil {
		bad["a number that is too small"] = int64(*schema.Minimum) - 1
	}
	if schema.Maximum != nil {
		bad["a number that is too large"] = int64(*schema.Maximum) + 1
	}
	if schema.MinItems != nil && *schema.MinItems > 0 {
		bad["an empty list"] = []any{}
	}
	if schema.MinProperties != nil && *schema.MinProperties > 0 {
		bad["an empty object"] = map[string]any{}
	}
	listViolations(schema, value, bad)
	return bad
}

func listViolations(schema *apiextensionsv1.JSONSchemaProps, value any, bad map[string]any) {
	list, ok := value.([]any)
	if !ok || len(list) == 0 {
		return
	}
	if schema.MaxItems != nil {
		long := []any{}
		for range *schema.MaxItems + 1 {
			long = append(long, runtime.DeepCopyJSONValue(list[0]))
		}
		bad["a list that is too long"] = long
	}
	if kind := schema.XListType; kind != nil && (*kind == "set" || *kind == "map") {
		bad["an item twice"] = append(slices.Clone(list), runtime.DeepCopyJSONValue(list[0]))
	}
}

// mismatch returns a text of a length that is allowed and that the pattern refuses.
func mismatch(schema *apiextensionsv1.JSONSchemaProps) string {
	pattern := regexp.MustCompile(schema.Pattern)
	length := 3
	if schema.MinLength != nil {
		length = max(length, int(*schema.MinLength))
	}
	if schema.MaxLength != nil {
		length = min(length, int(*schema.MaxLength))
	}
	for _, letter := range []string{"!", " ", "\x01", "-", "ü"} {
		if text := strings.Repeat(letter, length); !pattern.MatchString(text) {
			return text
		}
	}
	return fmt.Sprintf("nothing refused by %s", schema.Pattern)
}

// merge applies a JSON merge patch to an object.
func merge(t *testing.T, object *unstructured.Unstructured, patch string) {
	t.Helper()
	var changes map[string]any
	if err := json.Unmarshal([]byte(patch), &changes); err != nil {
		t.Fatalf("%s: %v", patch, err)
	}
	mergeInto(object.Object, changes)
}

func mergeInto(into, changes map[string]any) {
	for key, change := range changes {
		nested, isMap := change.(map[string]any)
		existing, exists := into[key].(map[string]any)
		switch {
		case change == nil:
			delete(into, key)
		case isMap && exists:
			mergeInto(existing, nested)
		case isMap:
			fresh := map[string]any{}
			mergeInto(fresh, nested)
			into[key] = fresh
		default:
			into[key] = whole(change)
		}
	}
}

// whole turns whole numbers into integers, which is what unstructured objects hold.
func whole(value any) any {
	switch typed := value.(type) {
	case float64:
		if typed == float64(int64(typed)) {
			return int64(typed)
		}
	case []any:
		for i := range typed {
			typed[i] = whole(typed[i])
		}
	case map[string]any:
		for key := range typed {
			typed[key] = whole(typed[key])
		}
	}
	return value
}
