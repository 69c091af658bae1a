// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

// Package haproxy runs Debian's HAProxy in front of portals, configured from nothing but the Ingress and HTTPRoute objects that the
// operator made, as an ingress controller or a Gateway would do it.
package haproxy

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/forecourt-dev/forecourt/test/controlplane"
)

// Rule leads requests of a host below a path to a port of a Service.
type Rule struct {
	Host, Path, Service string
	Port                int64
}

// RulesOfIngress reads what a controller reads.
func RulesOfIngress(route *networkingv1.Ingress) []Rule {
	var rules []Rule
	for _, r := range route.Spec.Rules {
		for _, path := range r.HTTP.Paths {
			rules = append(rules, Rule{r.Host, path.Path, path.Backend.Service.Name, int64(path.Backend.Service.Port.Number)})
		}
	}
	return rules
}

// RulesOfRoute reads what a Gateway reads of an HTTPRoute.
func RulesOfRoute(route *unstructured.Unstructured) []Rule {
	var rules []Rule
	hosts, _, _ := unstructured.NestedStringSlice(route.Object, "spec", "hostnames")
	list, _, _ := unstructured.NestedSlice(route.Object, "spec", "rules")
	for _, item := range list {
		match, backend := first(item, "matches"), first(item, "backendRefs")
		path, _, _ := unstructured.NestedString(match, "path", "value")
		port, _, _ := unstructured.NestedInt64(backend, "port")
		for _, host := range hosts {
			rules = append(rules, Rule{host, path, fmt.Sprint(backend["name"]), port})
		}
	}
	return rules
}

func first(item any, field string) map[string]any {
	fields, _ := item.(map[string]any)
	list, _ := fields[field].([]any)
	if len(list) == 0 {
		return nil
	}
	found, _ := list[0].(map[string]any)
	return found
}

// startWithin is how long HAProxy may take to listen.
const startWithin = time.Minute

// Start runs HAProxy with the certificate of a Secret until the test ends, and returns its address. backend answers where the pods behind a
// rule's Service are reached, as HOST:PORT.
func Start(t *testing.T, rules []Rule, certificate map[string][]byte, backend func(Rule) (string, error)) string {
	t.Helper()
	dir := t.TempDir()
	pem := append(append([]byte{}, certificate["tls.crt"]...), certificate["tls.key"]...)
	if err := os.WriteFile(filepath.Join(dir, "edge.pem"), pem, 0o600); err != nil {
		t.Fatal(err)
	}
	address := freeAddress(t)
	content, err := configuration(address, filepath.Join(dir, "edge.pem"), rules, backend)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "haproxy.cfg")
	if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	output := &bytes.Buffer{}
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	command := exec.CommandContext(ctx, program(t), "-db", "-f", file)
	command.Stdout, command.Stderr = output, output
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cancel()
		_ = command.Wait()
		if t.Failed() {
			t.Logf("HAProxy said:\n%s", output)
		}
	})
	controlplane.Eventually(t, startWithin, "HAProxy listens", func(ctx context.Context) error {
		connection, err := (&net.Dialer{Timeout: time.Second}).DialContext(ctx, "tcp", address)
		if err == nil {
			err = connection.Close()
		}
		return err
	})
	return address
}

// configuration leads every host to its Service, and others nowhere. It appends the client's address, as controllers do.
func configuration(address, certificate string, rules []Rule, backend func(Rule) (string, error)) (string, error) {
	var front, back strings.Builder
	fmt.Fprintf(&front, "defaults\n  mode http\n  timeout connect 5s\n  timeout client 60s\n  timeout server 60s\n\nfrontend edge\n  bind %s ssl crt %s\n  option forwardfor\n",
		address, certificate)
	for i, r := range rules {
		server, err := backend(r)
		if err != nil {
			return "", fmt.Errorf("finding Service %s: %w", r.Service, err)
		}
		fmt.Fprintf(&front, "  use_backend b%d if { req.hdr(host),field(1,:) -i %s } { path_beg %s }\n", i, r.Host, r.Path)
		fmt.Fprintf(&back, "\nbackend b%d\n  server portal %s\n", i, server)
	}
	return front.String() + "  default_backend none\n" + back.String() + "\nbackend none\n  http-request return status 404 content-type text/plain string nobody\n", nil
}

func freeAddress(t *testing.T) string {
	t.Helper()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().String()
}

// program is Debian's package haproxy.
func program(t *testing.T) string {
	t.Helper()
	for _, path := range []string{"/usr/sbin/haproxy", "/usr/local/sbin/haproxy"} {
		if _, err := os.Stat(path); err == nil {
			return path
		}
	}
	path, err := exec.LookPath("haproxy")
	if err != nil {
		t.Fatal("haproxy is not installed: hack/ensure-debian.sh haproxy")
	}
	return path
}
