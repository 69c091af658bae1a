// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package exposure

import (
	"fmt"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/forecourt-dev/forecourt/test/haproxy"
	"github.com/forecourt-dev/forecourt/test/world"
)

// proxy runs HAProxy with these rules and the certificate of a Secret, and returns its address.
func proxy(w *world.World, rules []haproxy.Rule, certificate map[string][]byte) string {
	w.Helper()
	return haproxy.Start(w.T, rules, certificate, func(r haproxy.Rule) (string, error) {
		service := &corev1.Service{ObjectMeta: metav1.ObjectMeta{Namespace: w.Namespace, Name: r.Service}}
		w.Read(service)
		if service.Spec.Ports[0].Port != int32(r.Port) || service.Spec.Ports[0].Name != "http" {
			return "", fmt.Errorf("the route leads to port %d, the pages are offered at %v", r.Port, service.Spec.Ports[0])
		}
		return w.Host.PublicAddress(w.Key(r.Service))
	})
}
