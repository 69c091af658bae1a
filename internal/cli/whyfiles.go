// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"context"
	"fmt"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/classes"
	"github.com/forecourt-dev/forecourt/internal/manifest"
	"github.com/forecourt-dev/forecourt/internal/why"
)

// subjectOfFiles finds in files what a name means, in every namespace unless one is given. What the API server would not take is
// listed and left out.
func (c *connection) subjectOfFiles(ctx context.Context, streams Streams, files []string, argument string) (why.Subject, error) {
	kind, name, err := parseTarget(argument)
	if err != nil {
		return why.Subject{}, err
	}
	given := c.overrides.Context.Namespace
	namespace := given
	if namespace == "" {
		namespace = "default"
	}
	objects, faults, err := manifest.Read(ctx, files, streams.In, namespace)
	if err != nil {
		return why.Subject{}, err
	}
	for _, fault := range faults {
		fmt.Fprintln(streams.Err, fault)
	}
	subject, err := pickSubject(objects, kind, name, given)
	if err != nil && len(faults) > 0 {
		return why.Subject{}, errFaults // what is looked for may be among what was left out
	}
	return subject, err
}

// pickSubject puts together what a name means among objects.
func pickSubject(objects *manifest.Objects, kind, name, namespace string) (why.Subject, error) {
	var portals []*v1alpha1.RegionalPortal
	var tenants []*v1alpha1.DealerTenant
	if kind != kindTenant {
		portals = named(objects.Portals, name, namespace)
	}
	if kind != kindPortal {
		tenants = named(objects.Tenants, name, namespace)
	}
	if len(portals)+len(tenants) > 1 {
		return why.Subject{}, &usageError{fmt.Errorf("the files hold several objects %q: say which with rp/%[1]s or dt/%[1]s, and -n", name)}
	}
	var subject why.Subject
	switch {
	case len(portals) == 1:
		subject.Portal = portals[0]
	case len(tenants) == 1:
		subject.Tenant = tenants[0]
		key := portalKey(subject.Tenant)
		if portals = named(objects.Portals, key.Name, key.Namespace); len(portals) == 0 {
			return why.Subject{}, withCure(fmt.Errorf("the files hold no RegionalPortal %s, which DealerTenant %s belongs to", key, name), "Add its file with -f.")
		}
		subject.Portal = portals[0]
	default:
		return why.Subject{}, withCure(fmt.Errorf("the files hold no RegionalPortal or DealerTenant %q", name), "%s", inFiles(objects, name))
	}
	if subject.Class = classes.Of(objects.Classes, subject.Portal); subject.Class == nil {
		return why.Subject{}, noClass(subject.Portal, objects.Classes)
	}
	subject.Namespace, subject.At = objects.Namespaces[subject.Portal.Namespace], time.Now()
	return subject, nil
}

// named are the objects with a name, in a namespace or, when it is empty, in any.
func named[T any, P interface {
	*T
	metav1.Object
}](objects []T, name, namespace string) []P {
	var found []P
	for i := range objects {
		if o := P(&objects[i]); o.GetName() == name && (namespace == "" || o.GetNamespace() == namespace) {
			found = append(found, o)
		}
	}
	return found
}

// inFiles suggests names that the files hold.
func inFiles(objects *manifest.Objects, wrong string) string {
	var known []string
	for i := range objects.Portals {
		known = append(known, objects.Portals[i].Name)
	}
	for i := range objects.Tenants {
		known = append(known, objects.Tenants[i].Name)
	}
	if len(known) == 0 {
		return "They hold none at all: name the files of the portal and its class with -f."
	}
	return didYouMean(wrong, known, "There are")
}
