// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package sweep

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// cost is what something took: by the clock, and of the processors, which others on a busy machine do not change as much.
type cost struct{ wall, cpu time.Duration }

// meter begins to measure; it answers the cost so far.
func meter() func() cost {
	began, used := time.Now(), processors()
	return func() cost { return cost{time.Since(began), processors() - used} }
}

// over are the quotients of two costs.
func (c cost) over(other cost) (wall, cpu float64) {
	return c.wall.Seconds() / other.wall.Seconds(), float64(c.cpu) / max(float64(other.cpu), 1)
}

// processors is the time that this process and the servers that it has started have used; 0 where the system does not tell.
func processors() time.Duration {
	var own syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &own); err != nil {
		return 0
	}
	total := own.Utime.Nano() + own.Stime.Nano()
	parents := map[int]int{}
	files, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, file := range files {
		var pid, parent int
		var state string
		text, err := os.ReadFile(file)
		_, after, found := strings.Cut(string(text), ") ")
		if err != nil || !found {
			continue // it has ended
		}
		if _, err := fmt.Sscan(string(text), &pid); err != nil {
			continue
		}
		if _, err := fmt.Sscan(after, &state, &parent); err == nil {
			parents[pid] = parent
		}
	}
	for pid := range parents {
		for ancestor := parents[pid]; ancestor > 1; ancestor = parents[ancestor] {
			if ancestor == os.Getpid() {
				var nanoseconds int64
				text, err := os.ReadFile(fmt.Sprintf("/proc/%d/schedstat", pid))
				if err == nil {
					_, _ = fmt.Sscan(string(text), &nanoseconds)
				}
				total += nanoseconds
				break
			}
		}
	}
	return time.Duration(total)
}
