// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

// Package portalreach calls the internal API of a portal from outside the cluster: with a token and the certificate from the
// portal's internal Secret, through a tunnel to one of its pods. The rights of the caller in the cluster decide who can.
package portalreach

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/forecourt-dev/forecourt/internal/keys"
	"github.com/forecourt-dev/forecourt/internal/portalclient"
	"github.com/forecourt-dev/forecourt/internal/render"
	"github.com/forecourt-dev/forecourt/internal/tunnel"
)

// Cluster is where the portal runs, and as whom it is reached.
type Cluster struct {
	// Config of the connection; it opens the tunnels.
	Config *rest.Config
	// Reader reads the portal's Secret and lists its pods.
	Reader client.Reader
}

// Portal returns a client of a portal's internal API as one of portalapi's roles. It needs the rights to get the portal's
// internal Secret, to list pods, and to create pods/portforward. The tunnel is opened with the first call; Close of the
// client ends it.
func (c Cluster) Portal(ctx context.Context, portal types.NamespacedName, role string) (*portalclient.Client, error) {
	name := render.Names(portal.Name).Internal
	secret := &corev1.Secret{}
	if err := c.Reader.Get(ctx, client.ObjectKey{Namespace: portal.Namespace, Name: name}, secret); err != nil {
		return nil, explainSecret(fmt.Errorf("reading Secret %s/%s: %w", portal.Namespace, name, err), portal, name)
	}
	dialer, err := tunnel.NewDialer(c.Config, c.Reader)
	if err != nil {
		return nil, err
	}
	caller, err := portalclient.New(portalclient.Options{
		URL:            render.InternalURL(portal.Namespace, portal.Name),
		CertificatePEM: secret.Data[keys.TLSCert],
		Token:          firstToken(secret.Data[role]),
		Dial: func(ctx context.Context) (net.Conn, error) {
			conn, err := dialer.DialPods(ctx, portal.Namespace, render.PodLabels(portal.Name, render.ComponentPortal), render.PortInternal)
			return conn, explainDial(err, portal)
		},
	})
	if err != nil {
		return nil, fmt.Errorf("using Secret %s/%s: %w", portal.Namespace, name, err)
	}
	return caller, nil
}

// firstToken answers the first of the tokens that are valid while one is rotated.
func firstToken(stored []byte) string {
	for token := range strings.FieldsSeq(string(stored)) {
		return token
	}
	return ""
}

// fault is an error that says what to do about it.
type fault struct {
	error
	cure string
}

func (f *fault) Unwrap() error { return f.error }

// Cure is what to do next.
func (f *fault) Cure() string { return f.cure }

func explainSecret(err error, portal types.NamespacedName, secret string) error {
	switch {
	case apierrors.IsNotFound(err):
		return &fault{err, fmt.Sprintf("The operator makes it with the portal. See what keeps the portal back: kubectl forecourt status rp/%s -n %s",
			portal.Name, portal.Namespace)}
	case apierrors.IsForbidden(err):
		return &fault{err, fmt.Sprintf("You need the right to get this one Secret (docs/plugin.md has the role): "+
			"kubectl auth can-i get secret/%s -n %s", secret, portal.Namespace)}
	}
	return err
}

func explainDial(err error, portal types.NamespacedName) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, tunnel.ErrNoReadyPod):
		return &fault{fmt.Errorf("portal %s: %w", portal, err), fmt.Sprintf("The portal does not run. See why: kubectl forecourt status rp/%s -n %s",
			portal.Name, portal.Namespace)}
	case errors.Is(err, context.Canceled):
		return err
	}
	return &fault{err, fmt.Sprintf("You need the rights to list pods and to create pods/portforward (docs/plugin.md has the role): "+
		"kubectl auth can-i create pods --subresource=portforward -n %s", portal.Namespace)}
}
