// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package parity

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	"github.com/forecourt-dev/forecourt/internal/manifest"
	"github.com/forecourt-dev/forecourt/test/controlplane"
)

const samples = "../../config/samples"

// bases are valid objects that the cases change.
var bases = map[string]string{
	"PortalClass": "portalclass-full.yaml", "RegionalPortal": "regionalportal-small.yaml", "DealerTenant": "dealertenant-small.yaml",
}

// create asks the API server what it would do with a new object, strictly and without storing it.
func create(ctx context.Context, object *unstructured.Unstructured) error {
	return plane.Admin.Create(ctx, object.DeepCopy(), client.DryRunAll, client.FieldValidation(metav1.FieldValidationStrict))
}

// offline answers the faults of one text, which follows the small class.
func offline(t testing.TB, text []byte) []manifest.Fault {
	t.Helper()
	_, faults, err := manifest.Load(context.Background(), []string{filepath.Join(samples, "portalclass-small.yaml"), manifest.Stdin},
		strings.NewReader(string(text)))
	if err != nil {
		t.Fatal(err)
	}
	return faults
}

func newNamespace(t *testing.T) string {
	t.Helper()
	namespace, err := plane.Namespace(context.Background(), nil)
	if err != nil {
		t.Fatal(err)
	}
	return namespace
}

func TestTheAPIServerAcceptsTheSamples(t *testing.T) {
	namespace := newNamespace(t)
	files, err := filepath.Glob(filepath.Join(samples, "*.yaml"))
	if err != nil || len(files) < 6 {
		t.Fatalf("samples: %v %v", files, err)
	}
	for _, file := range files {
		for _, object := range readObjects(t, file) {
			if object.GetNamespace() != "" {
				object.SetNamespace(namespace)
			}
			if err := create(context.Background(), object); err != nil {
				t.Errorf("%s: %v", file, err)
			}
		}
	}
}

func readObjects(t *testing.T, file string) []*unstructured.Unstructured {
	t.Helper()
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	objects, err := controlplane.Decode(raw)
	if err != nil {
		t.Fatal(err)
	}
	return objects
}

type invalidCase struct {
	Name, Kind, Path, Want string
	Value                  any
	Drop                   bool
}

// TestTheAPIServerRefusesWhatThePluginRefuses sends every invalid object of the plugin's tests to the API server, which must
// refuse it for the same fields.
func TestTheAPIServerRefusesWhatThePluginRefuses(t *testing.T) {
	raw, err := os.ReadFile("../../internal/manifest/testdata/invalid.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var cases []invalidCase
	if err := yaml.UnmarshalStrict(raw, &cases); err != nil {
		t.Fatal(err)
	}
	if len(cases) < 60 {
		t.Fatalf("only %d cases", len(cases))
	}
	namespace := newNamespace(t)
	for _, test := range cases {
		t.Run(test.Name, func(t *testing.T) {
			object := readObjects(t, filepath.Join(samples, bases[test.Kind]))[0]
			if object.GetNamespace() != "" {
				object.SetNamespace(namespace)
			}
			path := strings.Split(test.Path, ".")
			if test.Drop {
				unstructured.RemoveNestedField(object.Object, path...)
			} else {
				setField(object.Object, path, test.Value)
			}
			text, err := yaml.Marshal(object.Object)
			if err != nil {
				t.Fatal(err)
			}
			compare(t, offline(t, text), create(context.Background(), object))
		})
	}
}

// setField sets a field and makes the objects above it. Numbers become what a decoder of JSON makes of them.
func setField(object map[string]any, path []string, value any) {
	for _, step := range path[:len(path)-1] {
		next, found := object[step].(map[string]any)
		if !found {
			next = map[string]any{}
			object[step] = next
		}
		object = next
	}
	if number, isFloat := value.(float64); isFloat && number == float64(int64(number)) {
		value = int64(number)
	}
	object[path[len(path)-1]] = value
}

// compare needs both to refuse, for the same fields where the API server lists them.
func compare(t *testing.T, faults []manifest.Fault, refusal error) {
	t.Helper()
	if refusal == nil {
		t.Fatalf("the API server accepts what the plugin refuses: %v", faults)
	}
	var status *apierrors.StatusError
	if !errors.As(refusal, &status) {
		t.Fatalf("no answer of the API server: %v", refusal)
	}
	paths := map[string]bool{}
	for _, fault := range faults {
		paths[fault.Path] = true
	}
	if !apierrors.IsInvalid(refusal) || status.ErrStatus.Details == nil {
		return // strict decoding refuses the whole body before it looks at fields
	}
	var wanted, got []string
	for _, cause := range status.ErrStatus.Details.Causes {
		field := strings.TrimPrefix(cause.Field, ".")
		if field == "<nil>" && !strings.Contains(cause.Message, "some validation rules were not checked") {
			field = "metadata.name" // what a rule of the whole object is about
		}
		if field != "<nil>" && !slices.Contains(wanted, field) {
			wanted = append(wanted, field)
		}
	}
	for path := range paths {
		if path != "" {
			got = append(got, path)
		}
	}
	slices.Sort(wanted)
	slices.Sort(got)
	if diff := cmp.Diff(wanted, got); diff != "" {
		t.Errorf("fields (-API server +plugin):\n%s\n%v\n%v", diff, refusal, faults)
	}
}
