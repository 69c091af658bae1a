// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package policies

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	utiljson "k8s.io/apimachinery/pkg/util/json"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/yaml"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
	"github.com/forecourt-dev/forecourt/test/controlplane"
)

// plane is the API server of this package's tests, with the policies installed.
var plane *controlplane.Plane

func TestMain(m *testing.M) {
	os.Exit(controlplane.Main(m, func(p *controlplane.Plane) {
		plane = p
		if err := install(context.Background(), p); err != nil {
			fmt.Fprintln(os.Stderr, "installing the policies:", err)
			os.Exit(1)
		}
	}))
}

// within is how long anything may take on a busy machine.
const within = 90 * time.Second

// shipped reads the objects of config/policies.
func shipped() ([]*unstructured.Unstructured, error) {
	dir := filepath.Join("..", "..", "config", "policies")
	raw, err := os.ReadFile(filepath.Join(dir, "kustomization.yaml"))
	if err != nil {
		return nil, err
	}
	var component struct {
		Resources []string `json:"resources"`
	}
	if err := yaml.Unmarshal(raw, &component); err != nil {
		return nil, err
	}
	var all []*unstructured.Unstructured
	for _, name := range component.Resources {
		raw, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			return nil, err
		}
		objects, err := controlplane.Decode(raw)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		all = append(all, objects...)
	}
	return all, nil
}

func install(ctx context.Context, p *controlplane.Plane) error {
	objects, err := shipped()
	if err != nil {
		return err
	}
	for _, object := range objects {
		if err := p.Admin.Create(ctx, object.DeepCopy()); err != nil {
			return fmt.Errorf("creating %s %s: %w", object.GetKind(), object.GetName(), err)
		}
	}
	return nil
}

// shippedPolicies are the policies of config/policies with every field known.
func shippedPolicies(t *testing.T) []admissionv1.ValidatingAdmissionPolicy {
	t.Helper()
	return decoded[admissionv1.ValidatingAdmissionPolicy](t, "ValidatingAdmissionPolicy")
}

func shippedBindings(t *testing.T) []admissionv1.ValidatingAdmissionPolicyBinding {
	t.Helper()
	return decoded[admissionv1.ValidatingAdmissionPolicyBinding](t, "ValidatingAdmissionPolicyBinding")
}

func decoded[T any](t *testing.T, kind string) []T {
	t.Helper()
	objects, err := shipped()
	if err != nil {
		t.Fatal(err)
	}
	var found []T
	for _, object := range objects {
		if object.GetKind() != kind {
			continue
		}
		raw, err := object.MarshalJSON()
		if err != nil {
			t.Fatal(err)
		}
		var typed T
		if err := yaml.UnmarshalStrict(raw, &typed); err != nil {
			t.Fatalf("%s %s: %v", kind, object.GetName(), err)
		}
		found = append(found, typed)
	}
	return found
}

// verdict is what the policies say to a request.
type verdict struct {
	// denied holds the messages of a refusal, warned those of warnings.
	denied, warned []string
}

func (v verdict) String() string {
	return fmt.Sprintf("denied: %s\nwarned: %s", strings.Join(v.denied, "\n"), strings.Join(v.warned, "\n"))
}

func (v verdict) silent() bool { return len(v.denied)+len(v.warned) == 0 }

// collector collects the warnings of requests.
type collector struct {
	mutex sync.Mutex
	texts []string
}

// HandleWarningHeader implements rest.WarningHandler.
func (c *collector) HandleWarningHeader(_ int, _, text string) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.texts = append(c.texts, text)
}

// Resources of the kinds.
var (
	portals = v1alpha1.GroupVersion.WithResource("regionalportals")
	classes = v1alpha1.GroupVersion.WithResource("portalclasses")
)

// ask sends a request and answers what the policies say. Every other failure ends the test.
func ask(t *testing.T, config *rest.Config, resource schema.GroupVersionResource, namespace string, send func(dynamic.ResourceInterface) error) verdict {
	t.Helper()
	heard := &collector{}
	config = rest.CopyConfig(config)
	config.WarningHandler = heard
	client, err := dynamic.NewForConfig(config)
	if err != nil {
		t.Fatal(err)
	}
	var v verdict
	err = send(client.Resource(resource).Namespace(namespace))
	var status apierrors.APIStatus
	if err != nil {
		if !errors.As(err, &status) || !strings.Contains(err.Error(), "ValidatingAdmissionPolicy") {
			t.Fatalf("the request failed, but by no policy: %v", err)
		}
		v.denied = append(v.denied, status.Status().Message)
		for _, cause := range status.Status().Details.Causes {
			v.denied = append(v.denied, cause.Message)
		}
	}
	for _, text := range heard.texts {
		if strings.Contains(text, "ValidatingAdmissionPolicy") {
			v.warned = append(v.warned, text)
		}
	}
	return v
}

// create asks for a new object, dry run or not.
func create(t *testing.T, object *unstructured.Unstructured, dryRun ...string) verdict {
	t.Helper()
	return ask(t, plane.Config, portals, object.GetNamespace(), func(client dynamic.ResourceInterface) error {
		_, err := client.Create(t.Context(), object, metav1.CreateOptions{DryRun: dryRun, FieldValidation: metav1.FieldValidationStrict})
		return err
	})
}

// update asks for a change of an object by a merge patch in YAML.
func update(t *testing.T, object *unstructured.Unstructured, patch string, dryRun ...string) verdict {
	t.Helper()
	raw, err := yaml.YAMLToJSONStrict([]byte(patch))
	if err != nil {
		t.Fatal(err)
	}
	return ask(t, plane.Config, portals, object.GetNamespace(), func(client dynamic.ResourceInterface) error {
		_, err := client.Patch(t.Context(), object.GetName(), types.MergePatchType, raw, metav1.PatchOptions{DryRun: dryRun})
		return err
	})
}

// dry is the option of a request that stores nothing.
const dry = metav1.DryRunAll

// merge is an object with a merge patch over it.
func merge(t *testing.T, object *unstructured.Unstructured, patch string) *unstructured.Unstructured {
	t.Helper()
	changed := object.DeepCopy()
	mergeInto(changed.Object, parse(t, patch).Object)
	return changed
}

func mergeInto(into, patch map[string]any) {
	for key, change := range patch {
		nested, isMap := change.(map[string]any)
		existing, exists := into[key].(map[string]any)
		switch {
		case change == nil:
			delete(into, key)
		case isMap && exists:
			mergeInto(existing, nested)
		default:
			into[key] = change
		}
	}
}

// parse reads a map of YAML.
func parse(t *testing.T, text string) *unstructured.Unstructured {
	t.Helper()
	raw, err := yaml.YAMLToJSONStrict([]byte(text))
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	object := &unstructured.Unstructured{}
	if err := utiljson.Unmarshal(raw, &object.Object); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return object
}
