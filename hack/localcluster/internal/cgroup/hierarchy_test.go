// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package cgroup

import (
	"reflect"
	"testing"
)

const controllers = "#subsys_name\thierarchy\tnum_cgroups\tenabled\ncpu\t1\t1\t1\ncpuacct\t2\t1\t1\nmemory\t4\t10\t1\n"

func TestParse(t *testing.T) {
	for name, test := range map[string]struct {
		mountInfo   string
		want        []Hierarchy
		wantUnified bool
	}{
		"cgroup v2": {
			mountInfo: "30 23 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate,memory_recursiveprot\n" +
				"31 23 0:27 / /tmp rw - tmpfs tmpfs rw\n",
			want:        []Hierarchy{{MountPoint: "/sys/fs/cgroup", Type: "cgroup2"}},
			wantUnified: true,
		},
		"the hybrid of v1 and v2": {
			mountInfo: "29 23 0:25 / /sys/fs/cgroup rw - tmpfs tmpfs rw,mode=755\n" +
				"30 29 0:26 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct,clone_children\n" +
				"31 29 0:27 / /sys/fs/cgroup/systemd rw,nosuid - cgroup cgroup rw,xattr,name=systemd\n" +
				"32 29 0:28 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n",
			want: []Hierarchy{
				{MountPoint: "/sys/fs/cgroup/cpu,cpuacct", Type: "cgroup", Options: []string{"cpu", "cpuacct"}},
				{MountPoint: "/sys/fs/cgroup/systemd", Type: "cgroup", Options: []string{"none", "name=systemd"}},
				{MountPoint: "/sys/fs/cgroup/unified", Type: "cgroup2"},
			},
		},
		"a hierarchy mounted elsewhere": {
			mountInfo: "30 29 0:26 / /mnt/cg rw - cgroup cgroup rw,memory\n",
		},
		"nothing to understand": {mountInfo: "\n30 29\n"},
	} {
		t.Run(name, func(t *testing.T) {
			got := parse(test.mountInfo, controllers)
			if !reflect.DeepEqual(got, test.want) {
				t.Errorf("got %+v, want %+v", got, test.want)
			}
			if Unified(got) != test.wantUnified {
				t.Errorf("got unified %t, want %t", Unified(got), test.wantUnified)
			}
		})
	}
}
