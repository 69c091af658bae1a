// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	utilyaml "k8s.io/apimachinery/pkg/util/yaml"
	"sigs.k8s.io/yaml"
)

// mark begins every derived template.
const mark = "{{- /* Derived from config/ by make chart; do not edit. */ -}}\n"

// base is a folder of config/ and what becomes of its objects.
type base struct {
	dir string
	// file is the template that an object goes into.
	file func(*unstructured.Unstructured) string
	// prepare puts the places of values into an object.
	prepare func(*unstructured.Unstructured) error
	// when is the template action that an object depends on, such as "if .Values.x"; empty for none.
	when func(*unstructured.Unstructured) string
}

// bases are all that the chart installs.
func bases() []base {
	return []base{
		{"crd", definitionFile, markDefinition, always("if .Values.crds.install")},
		{"rbac", into("rbac.yaml"), intoNamespace, inTheWholeCluster},
		{"watch-namespaces", into("watch-namespaces.yaml"), intoWatched, inSomeNamespaces},
		{"manager", into("operator.yaml"), withValues, always("")},
		{"availability", into("availability.yaml"), intoNamespace, always("if gt (int .Values.replicas) 1")},
		{"network", into("networkpolicy.yaml"), withPeers, always("if (.Values.networkPolicy).enabled")},
		{"policies", into("policies.yaml"), asItIs, always("if .Values.admissionPolicies.enabled")},
		{"monitoring", monitoringFile, withMonitoring, whenMonitored},
	}
}

// derive answers the templates of the chart, by path below templates/.
func derive(config string) (map[string][]byte, error) {
	files := map[string][]byte{}
	for _, base := range bases() {
		objects, err := readBase(filepath.Join(config, base.dir))
		if err != nil {
			return nil, err
		}
		for _, object := range objects {
			name, when := base.file(object), base.when(object)
			if err := base.prepare(object); err != nil {
				return nil, fmt.Errorf("deriving %s %s: %w", object.GetKind(), object.GetName(), err)
			}
			text, err := encode(object)
			if err != nil {
				return nil, err
			}
			if files[name] == nil {
				files[name] = []byte(mark)
			} else {
				files[name] = append(files[name], "---\n"...)
			}
			if strings.HasPrefix(when, "range ") {
				text = "---\n" + text // each is a document of its own
			}
			if when != "" {
				text = "{{- " + when + " }}\n" + text + "{{- end }}\n"
			}
			files[name] = append(files[name], text...)
		}
	}
	return files, nil
}

// into puts all objects of a base into one template.
func into(file string) func(*unstructured.Unstructured) string {
	return func(*unstructured.Unstructured) string { return file }
}

// always makes all objects of a base depend on the same action.
func always(action string) func(*unstructured.Unstructured) string {
	return func(*unstructured.Unstructured) string { return action }
}

// kustomization is what is read of a kustomization.yaml.
type kustomization struct {
	Resources  []string    `json:"resources"`
	Generators []generator `json:"configMapGenerator"`
}

// generator makes a ConfigMap of files.
type generator struct {
	Name      string   `json:"name"`
	Namespace string   `json:"namespace"`
	Files     []string `json:"files"`
}

// generate makes the ConfigMaps, as kustomize would.
func (k kustomization) generate(dir string) ([]*unstructured.Unstructured, error) {
	var all []*unstructured.Unstructured
	for _, generator := range k.Generators {
		data := map[string]any{}
		for _, file := range generator.Files {
			content, err := os.ReadFile(filepath.Join(dir, file))
			if err != nil {
				return nil, fmt.Errorf("reading a file of ConfigMap %s: %w", generator.Name, err)
			}
			data[filepath.Base(file)] = string(content)
		}
		object := &unstructured.Unstructured{Object: map[string]any{"apiVersion": "v1", "kind": "ConfigMap", "data": data}}
		object.SetName(generator.Name)
		object.SetNamespace(generator.Namespace)
		all = append(all, object)
	}
	return all, nil
}

// readBase answers the objects of a kustomize base, in the order of its resources.
func readBase(dir string) ([]*unstructured.Unstructured, error) {
	var kustomization kustomization
	content, err := os.ReadFile(filepath.Join(dir, "kustomization.yaml"))
	if err != nil {
		return nil, fmt.Errorf("reading a base: %w", err)
	}
	if err := yaml.Unmarshal(content, &kustomization); err != nil {
		return nil, fmt.Errorf("reading the base %s: %w", dir, err)
	}
	var all []*unstructured.Unstructured
	for _, name := range kustomization.Resources {
		content, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			return nil, fmt.Errorf("reading a resource: %w", err)
		}
		objects, err := decode(content)
		if err != nil {
			return nil, fmt.Errorf("reading %s: %w", name, err)
		}
		all = append(all, objects...)
	}
	generated, err := kustomization.generate(dir)
	return append(all, generated...), err
}

// decode reads the objects of a YAML stream.
func decode(stream []byte) ([]*unstructured.Unstructured, error) {
	var objects []*unstructured.Unstructured
	decoder := utilyaml.NewYAMLOrJSONDecoder(bytes.NewReader(stream), 4096)
	for {
		object := &unstructured.Unstructured{}
		err := decoder.Decode(&object.Object)
		if errors.Is(err, io.EOF) {
			return objects, nil
		}
		if err != nil {
			return nil, err
		}
		if len(object.Object) > 0 {
			objects = append(objects, object)
		}
	}
}

func definitionFile(definition *unstructured.Unstructured) string {
	return filepath.Join("crds", strings.SplitN(definition.GetName(), ".", 2)[0]+".yaml")
}

// markDefinition makes the definition survive an uninstall when the values say so:
// without it all portals would be gone.
func markDefinition(definition *unstructured.Unstructured) error {
	annotations := definition.GetAnnotations()
	annotations["helm.sh/resource-policy"] = "@@if .Values.crds.keep@@keep"
	definition.SetAnnotations(annotations)
	return nil
}

// literal makes Helm print {{ instead of obeying it, in every text of a value.
func literal(value any) any {
	switch typed := value.(type) {
	case string:
		return strings.ReplaceAll(typed, "{{", "@@`{`@@{")
	case []any:
		for i := range typed {
			typed[i] = literal(typed[i])
		}
	case map[string]any:
		for key := range typed {
			typed[key] = literal(typed[key])
		}
	}
	return value
}

// asItIs leaves an object that belongs to no namespace and holds no values.
func asItIs(*unstructured.Unstructured) error { return nil }

// intoNamespace puts namespaced objects, and subjects, into the release's namespace.
func intoNamespace(object *unstructured.Unstructured) error {
	const namespace = "@@.Release.Namespace@@"
	if !strings.HasPrefix(object.GetKind(), "Cluster") {
		object.SetNamespace(namespace)
	}
	return withSubject(object, namespace)
}

// withSubject binds to the ServiceAccount of a namespace, when the object is a binding.
func withSubject(object *unstructured.Unstructured, namespace string) error {
	subjects, found, err := unstructured.NestedSlice(object.Object, "subjects")
	if err != nil || !found {
		return err
	}
	for _, subject := range subjects {
		if s, ok := subject.(map[string]any); ok {
			s["namespace"] = namespace
		}
	}
	return unstructured.SetNestedSlice(object.Object, subjects, "subjects")
}

// Placeholders stand for template actions while an object is still YAML.
var (
	// inline: '@@.Values.x@@' becomes {{ .Values.x }}.
	inline = regexp.MustCompile(`'?@@([^@]+)@@'?`)
	// conditional: a whole line that is there only if the value is true.
	conditional = regexp.MustCompile(`(?m)^( *)([^\n:]+: )'?@@if ([^@]+)@@([^'\n]*)'?\n`)
	// scalar: a key with a text, left out when it is empty.
	scalar = regexp.MustCompile(`(?m)^( *)(\w+): '?@@scalar ([^@]+)@@'?\n`)
	// block: a key with a value of any shape, left out when it is empty.
	block = regexp.MustCompile(`(?m)^( *)(\w+): '?@@block ([^@]+)@@'?\n`)
	// items: more items of a list.
	items = regexp.MustCompile(`(?m)^( *)- '?@@items ([^@]+)@@'?\n`)
)

func encode(object *unstructured.Unstructured) (string, error) {
	content, err := yaml.Marshal(object.Object)
	if err != nil {
		return "", fmt.Errorf("encoding %s %s: %w", object.GetKind(), object.GetName(), err)
	}
	text := string(content)
	if strings.Contains(text, "{{") {
		return "", fmt.Errorf("%s %s contains {{, which Helm would take for a template action", object.GetKind(), object.GetName())
	}
	text = conditional.ReplaceAllString(text, "$1{{- if $3 }}\n$1$2$4\n$1{{- end }}\n")
	text = scalar.ReplaceAllString(text, "$1{{- with $3 }}\n$1$2: {{ quote . }}\n$1{{- end }}\n")
	text = block.ReplaceAllStringFunc(text, func(line string) string {
		parts := block.FindStringSubmatch(line)
		return fmt.Sprintf("%[1]s{{- with %[3]s }}\n%[1]s%[2]s:\n%[1]s  {{- toYaml . | nindent %[4]d }}\n%[1]s{{- end }}\n", parts[1], parts[2], parts[3], len(parts[1])+2)
	})
	text = items.ReplaceAllStringFunc(text, func(line string) string {
		parts := items.FindStringSubmatch(line)
		return fmt.Sprintf("%[1]s{{- with %[2]s }}\n%[1]s{{- toYaml . | nindent %[3]d }}\n%[1]s{{- end }}\n", parts[1], parts[2], len(parts[1]))
	})
	return inline.ReplaceAllString(text, "{{ $1 }}"), nil
}
