// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package proof

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/jsonmergepatch"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
	"github.com/forecourt-dev/forecourt/test/controlplane"
)

// lastApplied is where client-side apply keeps what it sent last.
const lastApplied = "kubectl.kubernetes.io/last-applied-configuration"

// manifests are the shipped full samples of the three kinds, moved to the scene, as a repository has them.
func (w *scene) manifests() []*unstructured.Unstructured {
	w.Helper()
	var all []*unstructured.Unstructured
	for _, name := range []string{"portalclass-full.yaml", "regionalportal-full.yaml", "dealertenant-full.yaml"} {
		raw, err := os.ReadFile(filepath.Join("..", "..", "config", "samples", name))
		if err != nil {
			w.Fatal(err)
		}
		objects, err := controlplane.Decode(raw)
		if err != nil {
			w.Fatal(err)
		}
		for _, object := range objects {
			if object.GroupVersionKind().GroupVersion() != v1alpha1.GroupVersion {
				continue
			}
			spec, _ := object.Object["spec"].(fields)
			switch object.GetKind() {
			case "PortalClass":
				object.SetName(w.class)
				setField(spec, []string{"defaults", "auth", "sso", "issuerURL"}, nobody)
				setField(spec, []string{"bounds", "auth", "allowedIssuers"}, list{nobody})
			case "RegionalPortal":
				object.SetNamespace(w.namespace)
				setField(spec, []string{"className"}, w.class)
				setField(spec, []string{"auth", "sso", "issuerURL"}, nobody)
			default:
				object.SetNamespace(w.namespace)
				setField(spec, []string{"portalRef", "namespace"}, w.namespace)
			}
			all = append(all, object)
		}
	}
	if len(all) != 3 {
		w.Fatalf("%d manifests, want one of each kind", len(all))
	}
	return all
}

// current reads an object of a manifest as the API server has it.
func (w *scene) current(manifest *unstructured.Unstructured) *unstructured.Unstructured {
	w.Helper()
	live, err := w.live(manifest)
	if err != nil {
		w.Fatal(err)
	}
	return live
}

// applyAgain applies the manifests as a tool with server-side apply does, and wants that nothing happens.
func (w *scene) applyAgain(moment string, manifests []*unstructured.Unstructured) {
	w.Helper()
	for _, manifest := range manifests {
		for _, dry := range []bool{true, false} {
			before := w.current(manifest)
			sent := manifest.DeepCopy()
			options := []client.ApplyOption{client.FieldOwner("gitops"), client.ForceOwnership}
			if dry {
				options = append(options, client.DryRunAll)
			}
			if err := plane.Admin.Apply(w.Context(), client.ApplyConfigurationFromUnstructured(sent), options...); err != nil {
				w.Fatalf("%s: applying %s: %v", moment, manifest.GetKind(), err)
			}
			if diff := cmp.Diff(declared(before), declared(sent)); diff != "" {
				w.Errorf("%s: a tool sees a difference in %s (dry run: %t):\n%s", moment, manifest.GetKind(), dry, diff)
			}
		}
		has, _ := json.Marshal(w.current(manifest).Object["spec"])
		if want, _ := json.Marshal(manifest.Object["spec"]); !bytes.Equal(want, has) {
			w.Errorf("%s: the spec of %s is not what the repository has:\n%s\n%s", moment, manifest.GetKind(), want, has)
		}
	}
}

// applyFromClient does what kubectl apply does without --server-side, and answers how many objects it had to change.
func (w *scene) applyFromClient(manifests []*unstructured.Unstructured) int {
	w.Helper()
	changed := 0
	for _, manifest := range manifests {
		live := w.current(manifest)
		original := []byte(live.GetAnnotations()[lastApplied])
		modified := manifest.DeepCopy()
		raw, err := json.Marshal(modified)
		if err != nil {
			w.Fatal(err)
		}
		annotations := modified.GetAnnotations()
		if annotations == nil {
			annotations = map[string]string{}
		}
		annotations[lastApplied] = string(raw)
		modified.SetAnnotations(annotations)
		want, _ := json.Marshal(modified)
		has, _ := json.Marshal(live)
		patch, err := jsonmergepatch.CreateThreeWayJSONMergePatch(original, want, has)
		if err != nil {
			w.Fatal(err)
		}
		if string(patch) == "{}" {
			continue
		}
		changed++
		if err := plane.Admin.Patch(w.Context(), live, client.RawPatch(types.MergePatchType, patch), client.FieldOwner("kubectl-client-side-apply")); err != nil {
			w.Fatal(err)
		}
	}
	return changed
}

// declared is what a tool compares: all but status and bookkeeping.
func declared(object *unstructured.Unstructured) map[string]any {
	content := object.DeepCopy().Object
	delete(content, "status")
	if metadata, ok := content["metadata"].(map[string]any); ok {
		delete(metadata, "managedFields")
		delete(metadata, "resourceVersion")
	}
	return content
}

// TestAForeignManagerSeesNoDifference applies the same manifests again and again, at every moment of an object's life, from the server
// and from the client.
func TestAForeignManagerSeesNoDifference(t *testing.T) {
	t.Parallel()
	w := newScene(t, quickly)
	w.fullPortalSecrets()
	manifests := w.manifests()
	portal, tenant := manifests[1].GetName(), manifests[2].GetName()
	for _, manifest := range manifests {
		if err := plane.Admin.Apply(t.Context(), client.ApplyConfigurationFromUnstructured(manifest.DeepCopy()), client.FieldOwner("gitops"), client.ForceOwnership); err != nil {
			t.Fatal(err)
		}
	}
	w.applyAgain("fresh", manifests)
	w.looked(&v1alpha1.RegionalPortal{}, portal)
	w.looked(&v1alpha1.DealerTenant{}, tenant)
	w.applyAgain("looked at", manifests)
	w.settle(2 * time.Second)

	if changed := w.applyFromClient(manifests); changed != len(manifests) {
		t.Errorf("the first apply of a client notes in %d objects what it sent, want %d", changed, len(manifests))
	}
	w.settle(2 * time.Second)
	mark, versions := w.mark(), w.versions(manifests)
	for range 5 {
		w.applyAgain("settled", manifests)
		if changed := w.applyFromClient(manifests); changed > 0 {
			t.Errorf("a client sees a difference in %d objects", changed)
		}
		controlplane.Quiet(t, 500*time.Millisecond)
	}
	if diff := cmp.Diff(versions, w.versions(manifests)); diff != "" {
		t.Errorf("applying the same again changes objects:\n%s", diff)
	}
	if sent := w.writes(mark); len(sent) > 0 {
		t.Errorf("applying the same again makes the operator write: %v", sent)
	}

	change(w, &v1alpha1.RegionalPortal{}, portal, func(p *v1alpha1.RegionalPortal) {
		p.Annotations[v1alpha1.AnnotationReconcileAt] = "by hand"
	})
	w.settle(2 * time.Second)
	w.applyAgain("asked by hand", manifests)
	w.restart()
	w.settle(2 * time.Second)
	w.applyAgain("after a restart", manifests)
	w.onlyStatus()
}

// fullPortalSecrets makes what the samples name.
func (w *scene) fullPortalSecrets() {
	w.Helper()
	w.fullPortal()
	w.secret("chi-0042-invitations", map[string]string{"invitations.csv": "username,name,mail,phone\nlead,Lead,lead@mail.example,\n"})
}

// looked waits until the operator has looked at an object; without an ingress controller the samples need not be Ready.
func (w *scene) looked(object client.Object, name string) {
	w.Helper()
	controlplane.Eventually(w.T, soon, name+" is looked at", func(context.Context) error {
		w.read(object, name)
		raw, err := json.Marshal(object)
		if err != nil {
			return err
		}
		seen := struct {
			Metadata struct{ Generation int64 }
			Status   struct{ ObservedGeneration int64 }
		}{}
		if err := json.Unmarshal(raw, &seen); err != nil {
			return err
		}
		if seen.Status.ObservedGeneration != seen.Metadata.Generation {
			return fmt.Errorf("generation %d of %d", seen.Status.ObservedGeneration, seen.Metadata.Generation)
		}
		return nil
	})
}

// versions are the resource versions of objects.
func (w *scene) versions(manifests []*unstructured.Unstructured) map[string]string {
	w.Helper()
	found := map[string]string{}
	for _, manifest := range manifests {
		found[manifest.GetKind()] = w.current(manifest).GetResourceVersion()
	}
	return found
}

// onlyStatus wants that the operator has never written to our kinds but to their status, in all tests up to now.
func (w *scene) onlyStatus() {
	w.Helper()
	all, err := plane.OperatorWrites(controlplane.Mark{})
	if err != nil {
		w.Fatal(err)
	}
	statuses := 0
	for _, request := range all {
		switch {
		case request.Group != v1alpha1.GroupVersion.Group:
		case request.Subresource != "status" || request.Verb != "patch":
			w.Errorf("the operator wrote to more than a status: %s", request)
		default:
			statuses++
		}
	}
	if statuses < 3 {
		w.Errorf("%d writes of statuses were found: the test looks at too little", statuses)
	}
}
