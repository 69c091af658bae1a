// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package password

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// For each slot so many more wait in each lane, for so long.
const (
	queuePerSlot = 16
	queueWait    = 2 * time.Second
)

// lane is one of the queues in front of the slots.
type lane int

const (
	preferred lane = iota
	ordinary
	lanesOfGate
)

// preferredShare is how many of the preferred lane go before one of the other, while both wait.
const preferredShare = 3

// gate lets a few through at a time.
type gate struct {
	mu   sync.Mutex
	free int
	room int
	// waiting are those in the lanes, who have come first first. A closed channel has been given a slot.
	waiting [lanesOfGate][]chan struct{}
	// inARow is how many of the preferred lane went while others waited.
	inARow int
	// giveWay is true when hashes give way to everything else.
	giveWay atomic.Bool
}

func newGate(slots int) *gate { return &gate{free: slots, room: slots * queuePerSlot} }

// full tells whether nobody else may wait in the lane.
func (g *gate) full(in lane) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.free == 0 && len(g.waiting[in]) >= g.room
}

// enter waits for a slot, which leave gives back; ErrBusy when there is no room to wait, or it takes too long.
func (g *gate) enter(ctx context.Context, in lane) error {
	turn, err := g.take(in)
	if err != nil || turn == nil {
		return err
	}
	timer := time.NewTimer(queueWait)
	defer timer.Stop()
	select {
	case <-turn:
		return nil
	case <-timer.C:
		err = ErrBusy
	case <-ctx.Done():
		err = ctx.Err()
	}
	if g.giveUp(in, turn) {
		return err
	}
	return nil // the slot came at the same moment
}

// take takes a free slot, or a place in the lane, whose turn it will be.
func (g *gate) take(in lane) (turn chan struct{}, err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	switch {
	case g.free > 0:
		g.free--
		return nil, nil
	case len(g.waiting[in]) >= g.room:
		return nil, ErrBusy
	}
	turn = make(chan struct{})
	g.waiting[in] = append(g.waiting[in], turn)
	return turn, nil
}

// giveUp leaves the lane; false when the slot was given meanwhile.
func (g *gate) giveUp(in lane, turn chan struct{}) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	i := slices.Index(g.waiting[in], turn)
	if i < 0 {
		return false
	}
	g.waiting[in] = slices.Delete(g.waiting[in], i, i+1)
	return true
}

// leave gives the slot to whoever is next.
func (g *gate) leave() {
	g.mu.Lock()
	defer g.mu.Unlock()
	next := g.next()
	if len(g.waiting[next]) == 0 {
		g.free++
		return
	}
	close(g.waiting[next][0])
	g.waiting[next] = g.waiting[next][1:]
}

// next is the lane whose turn it is.
func (g *gate) next() lane {
	if len(g.waiting[ordinary]) == 0 {
		g.inARow = 0
		return preferred
	}
	if len(g.waiting[preferred]) > 0 && g.inARow < preferredShare {
		g.inARow++
		return preferred
	}
	g.inARow = 0
	return ordinary
}
