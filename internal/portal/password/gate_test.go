// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package password

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
)

// busy is a gate whose slots are all taken.
func busy(t *testing.T, slots int) *gate {
	t.Helper()
	g := newGate(slots)
	for range slots {
		if err := g.enter(t.Context(), ordinary); err != nil {
			t.Fatal(err)
		}
	}
	return g
}

// fill puts as many into a lane as there is room, and answers when all of them wait.
func fill(t *testing.T, g *gate, in lane, enter func()) (wait *sync.WaitGroup) {
	t.Helper()
	wait = &sync.WaitGroup{}
	for range g.room {
		wait.Go(enter)
	}
	for !g.full(in) {
		if t.Context().Err() != nil {
			t.Fatal("the queue never filled")
		}
	}
	return wait
}

func TestTheQueueIsBounded(t *testing.T) {
	for name, in := range map[string]lane{"ordinary": ordinary, "preferred": preferred} {
		t.Run(name, func(t *testing.T) {
			g := busy(t, 2)
			ctx, cancel := context.WithCancel(t.Context())
			var gone, entered atomic.Int32
			wait := fill(t, g, in, func() {
				switch err := g.enter(ctx, in); {
				case errors.Is(err, context.Canceled):
					gone.Add(1)
				case err == nil:
					entered.Add(1)
				}
			})
			if err := g.enter(t.Context(), in); !errors.Is(err, ErrBusy) {
				t.Errorf("behind a full queue want ErrBusy at once, got %v", err)
			}
			cancel()
			wait.Wait()
			if int(gone.Load()) != g.room || entered.Load() != 0 {
				t.Errorf("who goes away leaves the queue: %d of %d left, %d entered", gone.Load(), g.room, entered.Load())
			}
			g.leave()
			if err := g.enter(t.Context(), in); err != nil {
				t.Errorf("a free slot must be usable: %v", err)
			}
		})
	}
}

func TestWaitingEnds(t *testing.T) {
	g := busy(t, 1)
	if err := g.enter(t.Context(), ordinary); !errors.Is(err, ErrBusy) {
		t.Errorf("want ErrBusy after the longest wait, got %v", err)
	}
	if waiting := len(g.waiting[ordinary]); waiting != 0 {
		t.Errorf("%d who gave up are still in the queue", waiting)
	}
}

func TestAFullLaneLeavesRoomInTheOther(t *testing.T) {
	g := busy(t, 1)
	wait := fill(t, g, ordinary, func() {
		if err := g.enter(t.Context(), ordinary); err == nil {
			g.leave()
		}
	})
	turn, err := g.take(preferred)
	if err != nil {
		t.Fatalf("the preferred lane has places of its own: %v", err)
	}
	g.leave()
	<-turn // before all who have waited longer
	if left := len(g.waiting[ordinary]); left != g.room {
		t.Errorf("%d of the others went first", g.room-left)
	}
	g.leave()
	wait.Wait()
}

func TestThePreferredLaneGoesThreeTimesOutOfFour(t *testing.T) {
	g := busy(t, 1)
	turns := map[lane][]chan struct{}{}
	for range 8 {
		for _, in := range []lane{ordinary, preferred} {
			turn, err := g.take(in)
			if err != nil {
				t.Fatal(err)
			}
			turns[in] = append(turns[in], turn)
		}
	}
	var order []lane
	for range 16 {
		g.leave()
		for _, in := range []lane{ordinary, preferred} {
			select {
			case <-turns[in][0]: // the first of the lane, and no other
				order = append(order, in)
				turns[in] = append(turns[in][1:], make(chan struct{}))
			default:
			}
		}
	}
	want := []lane{0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 1, 1, 1, 1, 1, 1}
	if !slices.Equal(order, want) {
		t.Errorf("got the order %v, want %v", order, want)
	}
}

// TestNobodyIsLeftBehind lets many come and give up at once: in the end every slot is free again.
func TestNobodyIsLeftBehind(t *testing.T) {
	g := newGate(2)
	var wait sync.WaitGroup
	for i := range 400 {
		wait.Go(func() {
			ctx, cancel := context.WithCancel(t.Context())
			if i%3 == 0 {
				cancel()
			}
			defer cancel()
			if g.enter(ctx, lane(i%2)) == nil {
				g.leave()
			}
		})
	}
	wait.Wait()
	if g.free != 2 || len(g.waiting[0])+len(g.waiting[1]) != 0 {
		t.Errorf("%d slots are free, %d wait", g.free, len(g.waiting[0])+len(g.waiting[1]))
	}
}

func TestHashesThatGiveWayAreTheSame(t *testing.T) {
	h := NewHasher(pepper)
	before, err := h.Hash(t.Context(), secret)
	if err != nil {
		t.Fatal(err)
	}
	h.GiveWay()
	after, err := h.Hash(t.Context(), secret)
	if err != nil {
		t.Fatal(err)
	}
	for name, hash := range map[string]string{"from before": before, "from after": after} {
		if ok, _, err := h.Verify(t.Context(), secret, hash); err != nil || !ok {
			t.Errorf("a hash %s does not fit: %v", name, err)
		}
		if ok, _, err := h.Preferred().Verify(t.Context(), "another", hash); err != nil || ok {
			t.Errorf("another password fits a hash %s: %v", name, err)
		}
	}
}
