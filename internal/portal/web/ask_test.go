// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package web

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/forecourt-dev/forecourt/internal/portal/sessionkey"
)

func TestProof(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	f := &forms{keys: sessionkey.New(bytes.Repeat([]byte{7}, 32)), https: true, now: func() time.Time { return now }}
	id := uuid.MustParse("019b143a-7c1e-7d52-9a1b-0c5d5e6f7a8b")
	proof := f.proof("flow", id)
	payload, mac, _ := strings.Cut(proof, ".")
	other := &forms{keys: sessionkey.New(bytes.Repeat([]byte{8}, 32)), now: f.now}
	for name, test := range map[string]struct {
		flow, proof string
		later       time.Duration
		ok          bool
	}{
		"as it was made":           {flow: "flow", proof: proof, ok: true},
		"a second before its end":  {flow: "flow", proof: proof, later: proofLife - time.Second, ok: true},
		"at its end":               {flow: "flow", proof: proof, later: proofLife},
		"of another flow":          {flow: "other", proof: proof},
		"without a flow":           {flow: "", proof: proof},
		"empty":                    {flow: "flow", proof: ""},
		"without a signature":      {flow: "flow", proof: payload},
		"of another account":       {flow: "flow", proof: f.proof("other", uuid.New())},
		"with another payload":     {flow: "flow", proof: "B" + payload[1:] + "." + mac},
		"with a payload too short": {flow: "flow", proof: payload[:20] + "." + f.sign("asks for reactivation", "flow "+payload[:20])},
		"of another portal":        {flow: "flow", proof: other.proof("flow", id)},
		"a form token":             {flow: "flow", proof: payload + "." + f.flowToken("flow")},
	} {
		t.Run(name, func(t *testing.T) {
			late := &forms{keys: f.keys, https: true, now: func() time.Time { return now.Add(test.later) }}
			if got, ok := late.proved(test.flow, test.proof); ok != test.ok || (ok && got != id.String()) {
				t.Errorf("got %q, %t; want %t", got, ok, test.ok)
			}
		})
	}
}
