// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"context"
	"fmt"
	"strings"

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
	var subject why.Subject
	var found []string
	for i := range objects.Portals {
		if o := &objects.Portals[i]; kind != kindTenant && o.Name == name && (namespace == "" || o.Namespace == namespace) {
			subject.Portal = o
			found = append(found, "rp/"+name+" -n "+o.Namespace)
		}
	}
	for i := range objects.Tenants {
		if o := &objects.Tenants[i]; kind != kindPortal && o.Name == name && (namespace == "" || o.Namespace == namespace) {
			subject.Tenant = o
			found = append(found, "dt/"+name+" -n "+o.Namespace)
		}
	}
	switch {
	case len(found) == 0:
		return why.Subject{}, withCure(fmt.Errorf("the files hold no RegionalPortal or DealerTenant %q", name), "%s", inFiles(objects, name))
	case len(found) > 1:
		return why.Subject{}, &usageError{fmt.Errorf("%q may be %s: say which", name, strings.Join(found, " or "))}
	}
	if subject.Tenant != nil {
		key := portalKey(subject.Tenant)
		for i := range objects.Portals {
			if o := &objects.Portals[i]; o.Namespace == key.Namespace && o.Name == key.Name {
				subject.Portal = o
			}
		}
		if subject.Portal == nil {
			return why.Subject{}, withCure(fmt.Errorf("the files hold no RegionalPortal %s, which DealerTenant %s belongs to", key, name), "Add its file with -f.")
		}
	}
	if subject.Class = classes.Of(objects.Classes, subject.Portal); subject.Class == nil {
		return why.Subject{}, noClass(subject.Portal, objects.Classes)
	}
	subject.Namespace = objects.Namespaces[subject.Portal.Namespace]
	return subject, nil
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
