// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/url"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
)

// Exit status of the plugin. From 3 on they belong to single commands.
const (
	exitDone   = 0
	exitFailed = 1
	exitUsage  = 2
)

// usageError is a command line that makes no sense.
type usageError struct{ error }

func (e *usageError) Unwrap() error { return e.error }

// exitStatus ends a command that has printed its answer with a status of its own. Nothing more is printed.
type exitStatus int

func (s exitStatus) Error() string { return fmt.Sprintf("exit status %d", int(s)) }

// curable is an error that knows what to do about it; other packages may have such errors too.
type curable interface {
	error
	// Cure is what to do next, as one or two sentences.
	Cure() string
}

// cured is an error with what to do about it.
type cured struct {
	error
	cure string
}

func (e *cured) Unwrap() error { return e.error }

// Cure implements curable.
func (e *cured) Cure() string { return e.cure }

// withCure says what to do about an error.
func withCure(err error, format string, args ...any) error {
	return &cured{error: err, cure: fmt.Sprintf(format, args...)}
}

// nextStep answers what to do about an error, empty when the error says it itself.
func nextStep(err error) string {
	if known, ok := errors.AsType[curable](err); ok {
		return known.Cure()
	}
	switch {
	case errors.Is(err, context.Canceled):
		return ""
	case meta.IsNoMatchError(err) || isUnknownResource(err):
		return "Forecourt is not installed in this cluster, or its definitions are older than this plugin. Check the cluster with " +
			"kubectl config current-context, and install with helm upgrade --install forecourt (see docs/plugin.md)."
	case apierrors.IsUnauthorized(err):
		return "The cluster does not know you: sign in again, then try kubectl auth whoami."
	case apierrors.IsForbidden(err):
		return "Ask your platform team for this right (docs/plugin.md lists what each command needs), " +
			"or name another namespace with -n. kubectl auth can-i --list shows what you may do."
	case apierrors.IsNotFound(err):
		return "Check the name and the namespace: kubectl get regionalportals,dealertenants -A"
	case errors.Is(err, fs.ErrNotExist):
		return "Check the path."
	case errors.Is(err, fs.ErrPermission):
		return "Check the permissions of the file."
	}
	return unreachable(err)
}

// isUnknownResource tells the answer of an API server that has no such kind from the one that has no such object.
func isUnknownResource(err error) bool {
	var status apierrors.APIStatus
	if !apierrors.IsNotFound(err) || !errors.As(err, &status) {
		return false
	}
	details := status.Status().Details
	return details == nil || details.Name == ""
}

// unreachable is the next step when the API server does not answer.
func unreachable(err error) string {
	if _, ok := errors.AsType[x509.UnknownAuthorityError](err); ok {
		return "Something other than the cluster of your kubeconfig answered: check its server and certificate-authority."
	}
	_, isURL := errors.AsType[*url.Error](err)
	_, isNet := errors.AsType[net.Error](err)
	if isURL || isNet || apierrors.IsServiceUnavailable(err) || apierrors.IsTimeout(err) || errors.Is(err, context.DeadlineExceeded) {
		return "Check that the cluster answers: kubectl cluster-info. Another one is named with --context or --kubeconfig."
	}
	return ""
}
