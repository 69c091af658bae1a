// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package password

import "testing"

func TestPasswordsMoveToTheNewPepper(t *testing.T) {
	next := Pepper{ID: "k2", Key: []byte("another key of thirty-two bytes!")}
	h := NewHasher(pepper)
	old, err := h.Hash(t.Context(), "correct horse")
	if err != nil {
		t.Fatal(err)
	}
	h.Use(pepper, next)
	if ok, stale := verify(t, h, "correct horse", old); !ok || stale {
		t.Errorf("a pepper that comes next changes nothing: ok %v, stale %v", ok, stale)
	}
	h.Use(next, pepper)
	if ok, stale := verify(t, h, "correct horse", old); !ok || !stale {
		t.Errorf("a password of the old pepper must fit and be renewed: ok %v, stale %v", ok, stale)
	}
	if ok, _ := verify(t, h, "wrong horse", old); ok {
		t.Error("any password fits")
	}
	fresh, err := h.Hash(t.Context(), "correct horse")
	if err != nil {
		t.Fatal(err)
	}
	h.Use(next)
	if ok, stale := verify(t, h, "correct horse", fresh); !ok || stale {
		t.Errorf("a password of the pepper in use: ok %v, stale %v", ok, stale)
	}
	if ok, _ := verify(t, h, "correct horse", old); ok {
		t.Error("a password of a pepper that is gone fits")
	}
}
