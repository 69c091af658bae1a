// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package bench

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/forecourt-dev/forecourt/test/controlplane"
)

// operator is the shipped program, running.
type operator struct {
	*site
	command *exec.Cmd
	metrics string
	log     string
}

// shippedLimit is what an operator makes of the memory limit of its Deployment, 512 MiB. Here is no container that would tell it.
const shippedLimit = "GOMEMLIMIT=483183820"

// startOperator starts the operator as it is shipped, but without election, and waits until its workers run.
func (s *site) startOperator(arguments ...string) *operator {
	s.Helper()
	return s.startOperatorWith(nil, arguments...)
}

// startOperatorWith is startOperator with more in the environment.
func (s *site) startOperatorWith(environment []string, arguments ...string) *operator {
	s.Helper()
	o := &operator{site: s, metrics: freeAddress(s), log: filepath.Join(s.plane.Dir(), "operator.log")}
	output, err := os.Create(o.log)
	if err != nil {
		s.Fatal(err)
	}
	defer output.Close()
	arguments = append([]string{"--leader-elect=false", "--metrics-address=" + o.metrics, "--health-address=0"}, arguments...)
	o.command = exec.Command(s.binary, arguments...) // stopped by a signal, as in a cluster
	o.command.Env = append(os.Environ(), "KUBECONFIG="+s.operatorConfig, shippedLimit)
	o.command.Env = append(o.command.Env, environment...)
	o.command.Stderr = output
	if err := o.command.Start(); err != nil {
		s.Fatal(err)
	}
	s.Cleanup(o.stop)
	s.eventually("the operator's workers start", func(context.Context) error {
		if o.ended() {
			o.Fatalf("the operator ended\n%s", shown(o.log))
		}
		raw, err := os.ReadFile(o.log)
		if started := strings.Count(string(raw), "Starting workers"); err != nil || started < 3 {
			return fmt.Errorf("%d controllers work: %w\n%s", started, err, shown(o.log))
		}
		return nil
	})
	return o
}

// ended says whether the program is gone: a process that nobody has waited for is a zombie then.
func (o *operator) ended() bool {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", o.command.Process.Pid))
	_, after, _ := strings.Cut(string(raw), ") ")
	return err != nil || strings.HasPrefix(after, "Z")
}

// stop ends the operator and waits for it.
func (o *operator) stop() {
	if o.command.ProcessState != nil {
		return
	}
	_ = o.command.Process.Signal(syscall.SIGTERM)
	if err := o.command.Wait(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		o.Errorf("the operator ended: %v\n%s", err, shown(o.log))
	}
}

// ticks per second of the kernel's accounting in /proc.
const ticks = 100

// cpu is the processor time that the process has used so far.
func (o *operator) cpu() time.Duration {
	o.Helper()
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", o.command.Process.Pid))
	if err != nil {
		o.Fatal(err)
	}
	_, after, _ := strings.Cut(string(raw), ") ") // the name may hold anything
	fields := strings.Fields(after)
	user, _ := strconv.Atoi(fields[11])
	system, _ := strconv.Atoi(fields[12])
	return time.Duration(user+system) * time.Second / ticks
}

// resident is the memory that the process occupies, in bytes.
func (o *operator) resident() int64 {
	o.Helper()
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", o.command.Process.Pid))
	if err != nil {
		o.Fatal(err)
	}
	_, after, _ := strings.Cut(string(raw), "VmRSS:")
	kib, _ := strconv.ParseInt(strings.Fields(after)[0], 10, 64)
	return kib << 10
}

// memory of a process, in bytes.
type memory struct{ live, resident int64 }

// minus is what one has more than the other.
func (m memory) minus(other memory) memory {
	return memory{live: m.live - other.live, resident: m.resident - other.resident}
}

// live is what an operator that has just read everything has in use, in bytes, as its last garbage collection found it. This one collects
// whenever a tenth has been added, so that the figure is never an old one, and that of a heap without garbage.
func (s *site) live(arguments ...string) int64 {
	s.Helper()
	o := s.startOperatorWith([]string{"GOGC=10"}, arguments...)
	defer o.stop()
	controlplane.Quiet(s.B, quiet/4)
	return int64(o.metric("go_gc_heap_live_bytes"))
}

// metric reads one of the operator's own metrics; those of one name are added up.
func (o *operator) metric(name string) float64 {
	o.Helper()
	request, err := http.NewRequestWithContext(o.Context(), http.MethodGet, "http://"+o.metrics+"/metrics", nil)
	if err != nil {
		o.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		o.Fatal(err)
	}
	defer response.Body.Close()
	sum, found := 0.0, false
	for scanner := bufio.NewScanner(response.Body); scanner.Scan(); {
		key, value, _ := strings.Cut(scanner.Text(), " ")
		if bare, _, _ := strings.Cut(key, "{"); bare == name {
			number, err := strconv.ParseFloat(value, 64)
			if err != nil {
				o.Fatal(err)
			}
			sum, found = sum+number, true
		}
	}
	if !found {
		o.Fatalf("the operator has no metric %s", name)
	}
	return sum
}

func freeAddress(s *site) string {
	s.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		s.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().String()
}
