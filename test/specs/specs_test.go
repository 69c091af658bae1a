// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package specs_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
	_ "time/tzdata"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"pgregory.net/rapid"
	"sigs.k8s.io/yaml"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/manifest"
	"github.com/forecourt-dev/forecourt/internal/render"
	"github.com/forecourt-dev/forecourt/internal/settings"
	"github.com/forecourt-dev/forecourt/test/restricted"
	"github.com/forecourt-dev/forecourt/test/specs"
)

func drawers(t *testing.T) (classes, portals *specs.Drawer) {
	t.Helper()
	classes, err := specs.Classes()
	if err != nil {
		t.Fatal(err)
	}
	if portals, err = specs.Portals(); err != nil {
		t.Fatal(err)
	}
	return classes, portals
}

// TestWhatIsDrawnIsValid asks what the API server would say to drawn objects, and the operator.
func TestWhatIsDrawnIsValid(t *testing.T) {
	classes, portals := drawers(t)
	var files bytes.Buffer
	const count = 200
	for seed := range count {
		drawn := rapid.Custom(func(rt *rapid.T) []any {
			class := classes.Draw(rt, fmt.Sprintf("class-%d", seed))
			portal := portals.Draw(rt, fmt.Sprintf("portal-%d", seed))
			content := portal.Object["spec"].(map[string]any)
			domain := "portals.example"
			if strings.Contains(content["hostname"].(string), ".localhost") {
				domain = "localhost" // as the aliases
			}
			content["className"], content["hostname"] = "plain", fmt.Sprintf("p%d.%s", seed, domain)
			portal.SetNamespace("n")
			delete(class.Object["spec"].(map[string]any), "bounds") // they may contradict the defaults, which is drawn on purpose
			return []any{class.Object, portal.Object}
		}).Example(seed)
		for _, object := range drawn {
			raw, err := yaml.Marshal(object)
			if err != nil {
				t.Fatal(err)
			}
			files.WriteString("---\n" + string(raw))
		}
	}
	files.WriteString(`---
apiVersion: portals.forecourt.dev/v1alpha1
kind: PortalClass
metadata: {name: plain}
spec: {release: {version: 1.0.0, image: registry.example/portal:1}}
`)
	_, faults, err := manifest.Load(t.Context(), []string{"-"}, &files)
	if err != nil {
		t.Fatal(err)
	}
	for _, fault := range faults {
		t.Errorf("%v", fault)
	}
}

// TestWhateverIsAcceptedIsDeployable resolves and renders drawn portals of drawn classes: what is not refused with a reason
// makes pods that a restricted namespace takes.
func TestWhateverIsAcceptedIsDeployable(t *testing.T) {
	const shards = 4
	want := 20_000
	if testing.Short() {
		want = 1_000
	}
	classes, portals := drawers(t)
	pairs := rapid.Custom(func(rt *rapid.T) pair {
		return pair{as[v1alpha1.PortalClass](rt, classes.Draw(rt, "standard")), as[v1alpha1.RegionalPortal](rt, portals.Draw(rt, "us"))}
	})
	for shard := range shards {
		t.Run(fmt.Sprintf("part %d", shard+1), func(t *testing.T) {
			t.Parallel()
			deployable(t, want/shards, func(seed int) pair { return pairs.Example(shard + seed*shards) })
		})
	}
}

type pair struct {
	class  *v1alpha1.PortalClass
	portal *v1alpha1.RegionalPortal
}

func as[T any](rt *rapid.T, object *unstructured.Unstructured) *T {
	typed, err := specs.As[T](object)
	if err != nil {
		rt.Fatal(err)
	}
	return typed
}

// deployable draws until enough were deployable.
func deployable(t *testing.T, want int, draw func(seed int) pair) {
	t.Helper()
	judge, err := restricted.New()
	if err != nil {
		t.Fatal(err)
	}
	refused, unusable := 0, 0
	for deployed, seed := 0, 0; deployed < want; seed++ {
		drawn := draw(seed)
		drawn.portal.Namespace, drawn.portal.UID = "n", "u"
		effective, err := settings.Resolve(drawn.class, drawn.portal)
		if _, out := errors.AsType[*settings.Refusal](err); out {
			refused++
			drawn.class.Spec.Bounds.Mode = v1alpha1.BoundsAudit
			effective, err = settings.Resolve(drawn.class, drawn.portal)
		}
		if err != nil {
			if unusable++; unusable > want/20 {
				t.Fatalf("draw %d is the %dth that the operator cannot use: %v", seed, unusable, err)
			}
			continue
		}
		deployed++
		objects, err := render.Children(render.Input{Effective: effective, Owner: render.OwnerOf(drawn.portal)})
		if err != nil {
			t.Fatalf("draw %d: %v", seed, err)
		}
		if pods, err := judge.Pods(objects); err != nil || pods == 0 {
			t.Fatalf("draw %d: %d pods, %v", seed, pods, err)
		}
	}
	t.Logf("%d deployable; bounds refused %d, the operator could not use %d", want, refused, unusable)
}
