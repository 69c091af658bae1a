// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package password

import "syscall"

// niceness of threads that hash: of two threads that want a processor, one that serves pages gets nine tenths.
const niceness = 10

// giveWay lowers the priority of the calling thread; Linux takes 0 for that thread, not for the process. Where it is not allowed, hashes
// run as before.
func giveWay() { _ = syscall.Setpriority(syscall.PRIO_PROCESS, 0, niceness) }
