// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package exposure

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/forecourt-dev/forecourt/test/controlplane"
	"github.com/forecourt-dev/forecourt/test/world"
)

// rule leads requests of a host below a path to a Service.
type rule struct {
	host, path, service string
	port                int64
}

// rulesOfIngress and rulesOfRoute read what a controller reads.
func rulesOfIngress(route *networkingv1.Ingress) []rule {
	var rules []rule
	for _, r := range route.Spec.Rules {
		for _, path := range r.HTTP.Paths {
			rules = append(rules, rule{r.Host, path.Path, path.Backend.Service.Name, int64(path.Backend.Service.Port.Number)})
		}
	}
	return rules
}

func rulesOfRoute(route *unstructured.Unstructured) []rule {
	var rules []rule
	hosts, _, _ := unstructured.NestedStringSlice(route.Object, "spec", "hostnames")
	list, _, _ := unstructured.NestedSlice(route.Object, "spec", "rules")
	for _, item := range list {
		match, backend := first(item, "matches"), first(item, "backendRefs")
		path, _, _ := unstructured.NestedString(match, "path", "value")
		port, _, _ := unstructured.NestedInt64(backend, "port")
		for _, host := range hosts {
			rules = append(rules, rule{host, path, fmt.Sprint(backend["name"]), port})
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

// proxy runs HAProxy with these rules and the certificate of a Secret, and returns its address.
func proxy(w *world.World, rules []rule, certificate map[string][]byte) string {
	w.Helper()
	dir := w.TempDir()
	pem := append(append([]byte{}, certificate["tls.crt"]...), certificate["tls.key"]...)
	if err := os.WriteFile(filepath.Join(dir, "edge.pem"), pem, 0o600); err != nil {
		w.Fatal(err)
	}
	address := freeAddress(w)
	file := filepath.Join(dir, "haproxy.cfg")
	if err := os.WriteFile(file, []byte(configuration(w, address, dir, rules)), 0o600); err != nil {
		w.Fatal(err)
	}
	output := &bytes.Buffer{}
	ctx, cancel := context.WithCancel(context.WithoutCancel(w.Context()))
	command := exec.CommandContext(ctx, haproxy(w), "-db", "-f", file)
	command.Stdout, command.Stderr = output, output
	if err := command.Start(); err != nil {
		w.Fatal(err)
	}
	w.Cleanup(func() {
		cancel()
		_ = command.Wait()
		if w.Failed() {
			w.Logf("HAProxy said:\n%s", output)
		}
	})
	controlplane.Eventually(w.T, world.Within, "HAProxy listens", func(ctx context.Context) error {
		connection, err := (&net.Dialer{Timeout: time.Second}).DialContext(ctx, "tcp", address)
		if err == nil {
			err = connection.Close()
		}
		return err
	})
	return address
}

// configuration leads every host to the portal behind its Service, and others nowhere. It appends the client's address, as
// controllers do.
func configuration(w *world.World, address, dir string, rules []rule) string {
	w.Helper()
	var front, back strings.Builder
	fmt.Fprintf(&front, "defaults\n  mode http\n  timeout connect 5s\n  timeout client 60s\n  timeout server 60s\n\nfrontend edge\n  bind %s ssl crt %s\n  option forwardfor\n",
		address, filepath.Join(dir, "edge.pem"))
	for i, r := range rules {
		service := &corev1.Service{ObjectMeta: metav1.ObjectMeta{Namespace: w.Namespace, Name: r.service}}
		w.Read(service)
		if service.Spec.Ports[0].Port != int32(r.port) || service.Spec.Ports[0].Name != "http" {
			w.Fatalf("the route leads to port %d of Service %s, which offers the pages at %v", r.port, r.service, service.Spec.Ports[0])
		}
		server, err := w.Host.PublicAddress(w.Key(r.service))
		if err != nil {
			w.Fatal(err)
		}
		fmt.Fprintf(&front, "  use_backend b%d if { req.hdr(host),field(1,:) -i %s } { path_beg %s }\n", i, r.host, r.path)
		fmt.Fprintf(&back, "\nbackend b%d\n  server portal %s\n", i, server)
	}
	return front.String() + "  default_backend none\n" + back.String() + "\nbackend none\n  http-request return status 404 content-type text/plain string nobody\n"
}

func freeAddress(w *world.World) string {
	w.Helper()
	listener, err := (&net.ListenConfig{}).Listen(w.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		w.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().String()
}

// haproxy is Debian's package, which make test installs.
func haproxy(w *world.World) string {
	w.Helper()
	for _, path := range []string{"/usr/sbin/haproxy", "/usr/local/sbin/haproxy"} {
		if _, err := os.Stat(path); err == nil {
			return path
		}
	}
	path, err := exec.LookPath("haproxy")
	if err != nil {
		w.Fatal("haproxy is not installed: hack/ensure-debian.sh haproxy")
	}
	return path
}
