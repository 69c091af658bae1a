// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package regionalportal

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/keys"
	"github.com/forecourt-dev/forecourt/internal/portalapi"
	"github.com/forecourt-dev/forecourt/internal/portalstate"
	"github.com/forecourt-dev/forecourt/internal/precious"
	"github.com/forecourt-dev/forecourt/internal/render"
)

// ofRelease is a pass over a healthy portal whose pods are of release 0.1.0 and answer as they did: an upgrade of the operator restarts none.
func ofRelease(t *testing.T) *scope {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("..", "..", "internal", "portalclient", "testdata", "released", "0.1.0", "state.json"))
	if err != nil {
		t.Fatal(err)
	}
	s := healthy()
	ran := s.state.LastRun
	s.state = &portalapi.State{}
	if err := json.Unmarshal(raw, s.state); err != nil {
		t.Fatal(err)
	}
	s.state.LastRun.StartedAt, s.inForce, s.wanted, s.answered = ran.StartedAt, s.state.SettingsDigest, s.state.SettingsDigest, true
	s.known = portalstate.NewTracker().Portal(types.NamespacedName{Namespace: "dealers", Name: "us"}, "uid")
	names := render.Names("us")
	for name, kinds := range map[string][]keys.Kind{names.Keys: {keys.SessionKey, keys.PepperKey}, names.Internal: {keys.Tokens, keys.Certificate}} {
		s.precious = append(s.precious, precious.Object{Kind: "Secret", Name: name, Meta: &metav1.ObjectMeta{Name: name, ResourceVersion: "7"}})
		s.known.NoteSecret(name, keys.Summarize("7", keyData(t), kinds...))
	}
	return s
}

// keyData is what both key Secrets hold.
func keyData(t *testing.T) map[string][]byte {
	t.Helper()
	data, err := keys.Internal("us.dealers.svc", noon)
	if err != nil {
		t.Fatal(err)
	}
	for entry, value := range keys.Portal() {
		data[entry] = value
	}
	return data
}

func TestPodsOfAnEarlierReleaseAreAsReadyAsBefore(t *testing.T) {
	told := func(s *scope) map[string]string {
		list := map[string]string{}
		for _, condition := range s.compute().Conditions {
			list[condition.Type] = string(condition.Status) + "/" + condition.Reason + ": " + condition.Message
		}
		return list
	}
	if diff := cmp.Diff(told(healthy()), told(ofRelease(t))); diff != "" {
		t.Errorf("Pods that do not tell about their keys give other conditions (-today's +release 0.1.0's):\n%s", diff)
	}
}

func TestPodsOfAnEarlierReleaseKeepTheirKeys(t *testing.T) {
	for _, kind := range keys.Kinds() {
		t.Run(string(kind), func(t *testing.T) {
			s, data := ofRelease(t), keyData(t)
			asked := &rotationRequest{value: string(kind) + "/spring", kind: kind, name: "spring"}
			if _, begins := s.begins(kind, data, keys.Record{}, asked); begins {
				t.Error("A rotation begins that these pods would never report to follow")
			}
			if len(s.rotations) != 1 || s.rotations[0].Outcome != v1alpha1.KeyRotationWaiting || !strings.Contains(s.rotations[0].Message, "an image that can rotate keys") {
				t.Errorf("Rotations %+v, want one that waits and says for what", s.rotations)
			}
			s.now = noon.AddDate(100, 0, 0)
			if _, begins := s.begins(kind, data, keys.Record{}, nil); begins {
				t.Error("A certificate that ends is replaced, which these pods would not notice")
			}
		})
	}
}

// TestARotationRestsWhilePodsOfAnEarlierReleaseRun : a portal may go back to an earlier release in the middle of one.
func TestARotationRestsWhilePodsOfAnEarlierReleaseRun(t *testing.T) {
	for _, kind := range keys.Kinds() {
		t.Run(string(kind), func(t *testing.T) {
			s := ofRelease(t)
			offered, record, err := keys.Begin(kind, keyData(t), keys.Record{}, "spring", "us.dealers.svc", noon)
			if err != nil {
				t.Fatal(err)
			}
			overlaps := keys.DefaultOverlaps()
			replaced, err := overlaps.Advance(kind, offered, record, keys.Report{Complete: true}, noon.AddDate(0, 0, 1))
			if err != nil || replaced.Step != keys.Replaced {
				t.Fatalf("%+v, %v", replaced, err)
			}
			for step, data := range map[keys.Step]map[string][]byte{keys.Offered: offered, keys.Replaced: replaced.Data} {
				verdict, err := overlaps.Advance(kind, data, record, s.report(kind), noon.AddDate(1, 0, 0))
				if err != nil || verdict.Data != nil || verdict.Waits == "" {
					t.Errorf("%s: goes on to %s, waits for %q, %v: want that it waits for the pods", step, verdict.Step, verdict.Waits, err)
				}
			}
		})
	}
}
