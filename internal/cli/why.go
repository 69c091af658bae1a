// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/classes"
	"github.com/forecourt-dev/forecourt/internal/settings"
	"github.com/forecourt-dev/forecourt/internal/why"
)

// newWhy makes the command why. On a cluster it needs to get the RegionalPortal (and the DealerTenant) that it is asked about, and to
// get, or without className to list, PortalClasses. Where it may get the portal's namespace, it also says whether the class admits
// it. With files it needs no cluster.
func newWhy(streams Streams) *cobra.Command {
	var access connection
	var answer output
	var files []string
	command := &cobra.Command{
		Use:   "why PORTAL|TENANT [PATH]",
		Short: "Say why a value is in force: who set it, who did not, and which bound changed it",
		Long: `Say for every setting of a portal or a tenant which value is in force, where it came from and which bound changed or refuses it.
With a path, such as inactivity.months, the whole story of the value is told: also what does not count and why, which bounds
it keeps to, and why a value that nobody set is as it is. The path of a group, such as inactivity, shows the group.

A name is looked up among RegionalPortals and DealerTenants; rp/NAME and dt/NAME tell which is meant. With -f everything is
read from files, without a cluster. It works for portals with values that are refused or cannot be used, too.

On a cluster it needs to get the portal (and the tenant), and to get or list PortalClasses.`,
		Example: `  kubectl forecourt why us-dealers -n dealers-us
  kubectl forecourt why us-dealers inactivity.months
  kubectl forecourt why dt/springfield inactivity -o yaml
  kubectl forecourt why us-dealers replicas -f class.yaml -f portal.yaml`,
		Args:              arguments(1, 2),
		ValidArgsFunction: completePaths(access.completeTargets(kindPortal, kindTenant)),
		RunE: func(command *cobra.Command, args []string) error {
			subject, err := access.subject(command.Context(), streams, files, args[0])
			if err != nil {
				return err
			}
			report, err := why.Explain(subject)
			if err != nil {
				return fmt.Errorf("explaining the settings: %w", err)
			}
			path := ""
			if len(args) > 1 {
				path = args[1]
			}
			narrowed, one := report.At(path)
			if narrowed == nil {
				return withCure(fmt.Errorf("%s has no setting %q", &report.Object, path), "%s", didYouMean(path, report.Paths(), "Some that there are"))
			}
			return answer.print(streams, narrowed, func(p *page) { drawWhy(p, narrowed, one) })
		},
	}
	command.Flags().StringArrayVarP(&files, "file", "f", nil, "file or folder with YAML to read instead of the cluster, - for standard input; may be repeated")
	access.flags(command)
	answer.flag(command)
	return command
}

// completePaths completes the second argument with the paths of the object that the first one names.
func completePaths(targets complete) complete {
	return func(command *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
		if len(args) != 1 {
			return targets(command, args, typed)
		}
		kind, _, err := parseTarget(args[0])
		if err != nil {
			return nil, cobra.ShellCompDirectiveError
		}
		paths, err := why.Known(kind == kindTenant)
		if err != nil {
			return nil, cobra.ShellCompDirectiveError
		}
		return startingWith(typed, paths), cobra.ShellCompDirectiveNoFileComp
	}
}

// subject reads what the name means, from files or from the cluster.
func (c *connection) subject(ctx context.Context, streams Streams, files []string, name string) (why.Subject, error) {
	if len(files) > 0 {
		return c.subjectOfFiles(ctx, streams, files, name)
	}
	cluster, err := c.open(streams)
	if err != nil {
		return why.Subject{}, err
	}
	found, err := cluster.find(ctx, name)
	if err != nil {
		return why.Subject{}, err
	}
	if found.tenant != nil {
		if found.portal, err = cluster.portalOf(ctx, found.tenant); err != nil {
			return why.Subject{}, err
		}
	}
	class, err := cluster.classOf(ctx, found.portal)
	if err != nil {
		return why.Subject{}, err
	}
	subject := why.Subject{Class: class, Portal: found.portal, Tenant: found.tenant, At: time.Now()}
	subject.Namespace, err = cluster.labelsOf(ctx, class, found.portal.Namespace)
	return subject, err
}

// portalOf reads the portal that a tenant belongs to.
func (c *cluster) portalOf(ctx context.Context, tenant *v1alpha1.DealerTenant) (*v1alpha1.RegionalPortal, error) {
	key, portal := portalKey(tenant), &v1alpha1.RegionalPortal{}
	err := c.Get(ctx, key, portal)
	if apierrors.IsNotFound(err) && !isUnknownResource(err) {
		err := fmt.Errorf("DealerTenant %s/%s belongs to RegionalPortal %s, which does not exist", tenant.Namespace, tenant.Name, key)
		return nil, withCure(err, "Create the portal, or create the tenant anew with another spec.portalRef.")
	}
	if err != nil {
		return nil, fmt.Errorf("reading RegionalPortal %s of DealerTenant %s: %w", key, tenant.Name, err)
	}
	return portal, nil
}

// portalKey names the portal that a tenant belongs to.
func portalKey(tenant *v1alpha1.DealerTenant) client.ObjectKey {
	key := client.ObjectKey{Namespace: tenant.Spec.PortalRef.Namespace, Name: tenant.Spec.PortalRef.Name}
	if key.Namespace == "" {
		key.Namespace = tenant.Namespace
	}
	return key
}

// classOf reads the class of a portal.
func (c *cluster) classOf(ctx context.Context, portal *v1alpha1.RegionalPortal) (*v1alpha1.PortalClass, error) {
	class, err := classes.Find(ctx, c.Client, portal.Spec.ClassName)
	if err != nil || class != nil {
		return class, err
	}
	list := &v1alpha1.PortalClassList{}
	if err := c.List(ctx, list); err != nil {
		list.Items = nil // only for suggestions
	}
	return nil, noClass(portal, list.Items)
}

// noClass is the error for a portal whose class is not among all.
func noClass(portal *v1alpha1.RegionalPortal, all []v1alpha1.PortalClass) error {
	names := make([]string, len(all))
	for i := range all {
		names[i] = all[i].Name
	}
	known := "There is no PortalClass at all: create one."
	if len(names) > 0 {
		known = didYouMean(portal.Spec.ClassName, names, "There are")
	}
	if portal.Spec.ClassName == "" {
		return withCure(fmt.Errorf("RegionalPortal %s names no class, and no PortalClass is the default", portal.Name),
			"Set spec.className, or the annotation %s: \"true\" on a PortalClass. %s", v1alpha1.AnnotationDefaultClass, known)
	}
	return withCure(fmt.Errorf("RegionalPortal %s: spec.className: there is no PortalClass %q", portal.Name, portal.Spec.ClassName), "%s", known)
}

// labelsOf reads the labels of a namespace where the class asks for them; nil when one may not.
func (c *cluster) labelsOf(ctx context.Context, class *v1alpha1.PortalClass, namespace string) (labels.Set, error) {
	if !settings.SelectsNamespaces(class) {
		return nil, nil
	}
	object := &metav1.PartialObjectMetadata{}
	object.SetGroupVersionKind(corev1.SchemeGroupVersion.WithKind("Namespace"))
	err := c.Get(ctx, client.ObjectKey{Name: namespace}, object)
	if apierrors.IsForbidden(err) || apierrors.IsNotFound(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading namespace %s: %w", namespace, err)
	}
	return labels.Merge(labels.Set{}, object.Labels), nil
}
