// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package echo

import (
	"context"
	"errors"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/event"
)

// server answers writes with a version, after what happens meanwhile.
type server struct {
	client.Writer
	version   string
	meanwhile func()
	fails     bool
}

func (s *server) Create(_ context.Context, object client.Object, _ ...client.CreateOption) error {
	if s.meanwhile != nil {
		s.meanwhile()
	}
	if s.fails {
		return errors.New("no answer")
	}
	object.SetResourceVersion(s.version)
	return nil
}

func configMap(version string) *corev1.ConfigMap {
	return &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: "portals", Name: "us", ResourceVersion: version}}
}

func TestOnlyWhatOthersWroteIsTold(t *testing.T) {
	tests := map[string]struct {
		// steps: wN writes and is answered with version N, eN is the event of version N, [ and ] enclose what happens during a
		// write, ! makes it fail.
		steps string
		want  string
	}{
		"the event of our own write is not told":               {"w1 e1", ""},
		"the event may be quicker than the answer":             {"w1[e1]", ""},
		"what nobody of us wrote is told":                      {"e1", "e1"},
		"a change after ours is told":                          {"w1 e1 e2", "e2"},
		"a change during our write is told when it ends":       {"w2[e1] e2", "wake"},
		"a change after ours may be quicker than our answer":   {"w1[e1 e2]", "wake"},
		"two writes come back as two events":                   {"w1 w2 e1 e2", ""},
		"two writes may come back as one event":                {"w1 w2 e2", ""},
		"an event that the watch skipped is not waited for":    {"w1 e2 e3", "e2 e3"},
		"a write that fails owns nothing":                      {"w1![e1]", "wake"},
		"a write that fails and was not heard of says nothing": {"w1!", ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			var told []string
			echo := New(func(client.Object) { told = append(told, "wake") })
			hear := func(version string) {
				if echo.Foreign().Update(event.UpdateEvent{ObjectOld: configMap("0"), ObjectNew: configMap(version)}) {
					told = append(told, "e"+version)
				}
			}
			play(t, echo, test.steps, hear)
			if got := strings.Join(told, " "); got != test.want {
				t.Errorf("Told %q: want %q", got, test.want)
			}
		})
	}
}

// play carries out steps.
func play(t *testing.T, echo *Echo, steps string, hear func(version string)) {
	t.Helper()
	for steps != "" {
		step, rest, _ := strings.Cut(steps, " ")
		if open := strings.Index(step, "["); open >= 0 {
			end := strings.Index(steps, "]")
			step, rest = steps[:end+1], strings.TrimSpace(steps[end+1:])
		}
		steps = rest
		if version, isEvent := strings.CutPrefix(step, "e"); isEvent {
			hear(version)
			continue
		}
		write, during, _ := strings.Cut(strings.TrimSuffix(strings.TrimPrefix(step, "w"), "]"), "[")
		version, fails := strings.CutSuffix(write, "!")
		meanwhile := func() { play(t, echo, during, hear) }
		answer := &server{version: version, fails: fails, meanwhile: meanwhile}
		if err := echo.Writer(answer).Create(t.Context(), configMap("")); (err != nil) != fails {
			t.Fatal(err)
		}
	}
}

func TestNothingIsRememberedOnceAllIsTold(t *testing.T) {
	echo := New(func(client.Object) {})
	hear := func(version string) {
		echo.Foreign().Create(event.CreateEvent{Object: configMap(version)})
	}
	play(t, echo, "w1[e1] w2 e2 w3 e4 w5! w6 w7 e7", hear)
	if len(echo.writes) > 0 {
		t.Errorf("%d objects are remembered: want none", len(echo.writes))
	}
}

func TestDeletionsAreAlwaysTold(t *testing.T) {
	echo := New(func(client.Object) {})
	play(t, echo, "w1", nil)
	if !echo.Foreign().Delete(event.DeleteEvent{Object: configMap("1")}) {
		t.Error("A deletion is not told")
	}
}
