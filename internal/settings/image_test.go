// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package settings_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/settings"
)

// crosses says whether a portal is refused by bounds.
func crosses(t *testing.T, bounds v1alpha1.ClassBounds, edit func(*v1alpha1.RegionalPortalSpec)) bool {
	t.Helper()
	class, portal := smallClass(t), smallPortal(t)
	class.Spec.Bounds = &bounds
	edit(&portal.Spec)
	_, err := settings.Resolve(class, portal)
	refusal, refused := errors.AsType[*settings.Refusal](err)
	if err != nil && !refused {
		t.Fatal(err)
	}
	return refused && len(refusal.Crossings) > 0
}

func TestImagesBelowRegistries(t *testing.T) {
	for image, row := range map[string]struct {
		allowed string
		within  bool
	}{
		"registry.example/portal":                  {"registry.example", true},
		"registry.example/a/b/portal:1.0":          {"registry.example", true},
		"registry.example/a/portal" + digest:       {"registry.example/a", true},
		"registry.example/a:2":                     {"registry.example/a", true},
		"registry.example/a:2" + digest:            {"registry.example/a", true},
		"registry.example/ab/portal:2":             {"registry.example/a", false},
		"registry.example.evil/portal:2":           {"registry.example", false},
		"evilregistry.example/portal:2":            {"registry.example", false},
		"registry.example:5000/portal:2":           {"registry.example", false},
		"registry.example:5000/portal:3":           {"registry.example:5000", true},
		"registry.example:5000/portal":             {"registry.example:500", false},
		"evil.example/registry.example/portal:2":   {"registry.example", false},
		"localhost/portal:2":                       {"localhost", true},
		"localhost:5000/portal":                    {"localhost:5000", true},
		"portal:2":                                 {"docker.io", true},
		"portal":                                   {"docker.io/library", true},
		"docker.io/portal:2":                       {"docker.io/library", true},
		"index.docker.io/forecourt/portal:2":       {"docker.io/forecourt", true},
		"forecourt/portal:2":                       {"docker.io/forecourt", true},
		"forecourt/portal:3":                       {"registry.example", false},
		"registry/portal:4":                        {"registry", false},
		"registry.example/forecourt__x/portal-2.0": {"registry.example/forecourt__x", true},
	} {
		t.Run(image, func(t *testing.T) {
			if got := crosses(t, v1alpha1.ClassBounds{AllowedRegistries: []string{row.allowed}}, named(image)); got == row.within {
				t.Errorf("with %s allowed, refused: %v", row.allowed, got)
			}
		})
	}
}

func TestImagesThatNobodyCanPullAreFaults(t *testing.T) {
	for name, image := range map[string]string{
		"an upper-case repository":    "registry.example/Portal:1",
		"a way up":                    "registry.example/a/../b:1",
		"an empty part":               "registry.example//portal",
		"two tags":                    "registry.example/portal:1:2",
		"a short digest":              "registry.example/portal@sha256:abc",
		"a digest of another kind":    "registry.example/portal@md5:" + strings.Repeat("0a", 16),
		"two digests":                 "registry.example/portal" + digest + digest,
		"a tag after the digest":      "registry.example/portal" + digest + ":1",
		"a tag that is too long":      "registry.example/portal:" + strings.Repeat("a", 129),
		"a port that is none":         "registry.example:port/portal:1",
		"a part that ends in a dot":   "registry.example/portal./x:1",
		"a part that begins in a dot": "registry.example/.portal/x:1",
	} {
		t.Run(name, func(t *testing.T) {
			class, portal := smallClass(t), smallPortal(t)
			named(image)(&portal.Spec)
			_, err := settings.Resolve(class, portal)
			if faults, ok := errors.AsType[*settings.Faults](err); !ok || faults.List[0].Path != "spec.image" || faults.List[0].Value != image {
				t.Errorf("%s: %v, want a fault of spec.image", image, err)
			}
			class.Spec.Release.Image = image
			if err := settings.ValidateClass(class); err == nil || !strings.HasPrefix(err.Error(), "spec.release.image: ") {
				t.Errorf("%s: %v, want a fault of spec.release.image", image, err)
			}
		})
	}
}

func TestHostsBelowSuffixes(t *testing.T) {
	for host, within := range map[string]bool{
		"portals.example":             true,
		"us.portals.example":          true,
		"a.b.portals.example":         true,
		"evilportals.example":         false,
		"us.evilportals.example":      false,
		"portals.example.evil":        false,
		"example":                     false,
		"portals.example.com":         false,
		"us-portals.example":          false,
		"portals.example.evil.com":    false,
		"us.portals.localhost":        true,
		"us.portals.localhost:8080":   true,
		"us.notportals.localhost:80":  false,
		"portals.localhost.example":   false,
		"us.portals.example.portals":  false,
		"xn--portals-example-abc.com": false,
	} {
		t.Run(host, func(t *testing.T) {
			bounds := v1alpha1.ClassBounds{HostnameSuffixes: []string{"portals.example", "portals.localhost"}}
			if got := crosses(t, bounds, hosted(host)); got == within {
				t.Errorf("refused: %v", got)
			}
		})
	}
}
