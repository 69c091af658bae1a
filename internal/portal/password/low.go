// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package password

import "runtime"

// GiveWay makes hashes on threads of a low priority from now on, so that whatever else the process does goes first. It takes as many more
// processors of Go's (GOMAXPROCS) as there are slots: a thread of a low priority that has one keeps the others from it.
func (h *Hasher) GiveWay() { h.gate.giveWay.Store(true) }

// run makes a hash; the caller has a slot. A thread that gives way ends with it: nothing else ever runs at that priority. It costs a
// five-hundredth of a hash.
func (g *gate) run(do func()) {
	if !g.giveWay.Load() {
		do()
		return
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		runtime.LockOSThread() // never unlocked: that ends the thread
		giveWay()
		do()
	}()
	<-done
}
