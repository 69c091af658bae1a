// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
)

// TestNextStep covers what a test cluster cannot be made to answer; TestErrorsOfTheConnection has the rest.
func TestNextStep(t *testing.T) {
	portals := schema.GroupResource{Group: v1alpha1.GroupVersion.Group, Resource: "regionalportals"}
	noResource := &apierrors.StatusError{ErrStatus: metav1.Status{Reason: metav1.StatusReasonNotFound, Details: &metav1.StatusDetails{}}}
	for name, test := range map[string]struct {
		err  error
		want string
	}{
		"the definitions are not installed":  {&meta.NoKindMatchError{GroupKind: schema.GroupKind{Group: portals.Group, Kind: "RegionalPortal"}}, "Forecourt is not installed"},
		"the definitions were just removed":  {noResource, "Forecourt is not installed"},
		"the object is not there":            {apierrors.NewNotFound(portals, "us"), "Check the name and the namespace"},
		"the session has expired":            {apierrors.NewUnauthorized("expired"), "sign in again"},
		"the API server has no time":         {apierrors.NewServiceUnavailable("later"), "kubectl cluster-info"},
		"the answer takes too long":          {context.DeadlineExceeded, "kubectl cluster-info"},
		"the user gave up":                   {context.Canceled, ""},
		"an error that knows its own cure":   {withCure(apierrors.NewUnauthorized("expired"), "Do %s.", "this"), "Do this."},
		"an error of which nothing is known": {errors.New("odd"), ""},
	} {
		t.Run(name, func(t *testing.T) {
			got := nextStep(fmt.Errorf("doing something: %w", test.err))
			if test.want == "" && got != "" || !strings.Contains(got, test.want) {
				t.Errorf("next step %q, want %q", got, test.want)
			}
		})
	}
}
