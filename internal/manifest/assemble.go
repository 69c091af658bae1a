// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package manifest

import (
	"errors"
	"fmt"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/types"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/invitations"
	"github.com/forecourt-dev/forecourt/internal/portalapi"
	"github.com/forecourt-dev/forecourt/internal/settings"
)

// assemble puts classes, portals and tenants together as the operator does.
func (l *loader) assemble() *Set {
	classes := l.assembleClasses()
	set := &Set{}
	byName := map[types.NamespacedName]*Portal{}
	for _, found := range l.portals {
		class := l.classOf(found, classes)
		if class == nil || !l.admitted(found, class) {
			continue
		}
		effective, err := settings.Resolve(class, found.object)
		if err != nil {
			l.faultsOf(found.document, err)
			continue
		}
		portal := &Portal{Document: found.document, Object: found.object, Effective: effective}
		l.inviteDesk(portal)
		byName[effective.Portal] = portal
		set.Portals = append(set.Portals, portal)
	}
	for _, found := range l.tenants {
		if portal := l.portalOf(found, byName); portal != nil {
			l.attach(found, portal)
		}
	}
	return set
}

// admitted applies the class's allowedNamespaces. A namespace that is in no file is taken to be admitted.
func (l *loader) admitted(found item[v1alpha1.RegionalPortal], class *v1alpha1.PortalClass) bool {
	name := found.object.Namespace
	namespace := l.namespaces[name]
	if namespace == nil || settings.Usable(class, name, namespace.Labels) == nil {
		return true
	}
	l.fault(found.document, settings.Fault{Path: "metadata.namespace", Value: name,
		Problem: fmt.Sprintf("PortalClass %s takes no portals from this namespace", class.Name),
		Cure:    "give the namespace the labels of the class's spec.allowedNamespaces, or name another class"})
	return false
}

// faultsOf notes the faults of an error of package settings.
func (l *loader) faultsOf(document Document, err error) {
	var faults *settings.Faults
	if errors.As(err, &faults) {
		l.fault(document, faults.List...)
		return
	}
	l.fault(document, settings.Fault{Path: "spec", Problem: err.Error(), Cure: "mend the object"})
}

// assembleClasses answers the usable classes by name; the default one is also there under the empty name.
func (l *loader) assembleClasses() map[string]*v1alpha1.PortalClass {
	classes := map[string]*v1alpha1.PortalClass{}
	for _, found := range l.classes {
		class := found.object
		classes[class.Name] = class
		if err := settings.ValidateClass(class); err != nil {
			l.faultsOf(found.document, err)
			continue
		}
		if class.Annotations[v1alpha1.AnnotationDefaultClass] != "true" {
			continue
		}
		if first := classes[""]; first != nil {
			l.fault(found.document, settings.Fault{
				Path: "metadata.annotations[" + v1alpha1.AnnotationDefaultClass + "]", Value: "true",
				Problem: "PortalClass " + first.Name + " is the default already", Cure: "leave the annotation on one class only",
			})
			continue
		}
		classes[""] = class
	}
	return classes
}

func (l *loader) classOf(found item[v1alpha1.RegionalPortal], classes map[string]*v1alpha1.PortalClass) *v1alpha1.PortalClass {
	name := found.object.Spec.ClassName
	class := classes[name]
	_, broken := l.seen[kindClass+" "+name]
	if name == "" {
		broken = l.brokenClass
	}
	if class == nil && !broken {
		fault := settings.Fault{Path: "spec.className", Value: name, Problem: "no such PortalClass in the files",
			Cure: "add the file of the class, or name another"}
		if name == "" {
			fault.Problem = "no class is named, and no PortalClass in the files is the default"
			fault.Cure = "set className, or add a class with the annotation " + v1alpha1.AnnotationDefaultClass + ": \"true\""
		}
		l.fault(found.document, fault)
	}
	return class
}

// portalOf answers the portal that a tenant attaches to; nil when it is in no file or unusable.
func (l *loader) portalOf(found item[v1alpha1.DealerTenant], portals map[types.NamespacedName]*Portal) *Portal {
	tenant := found.object
	ref := types.NamespacedName{Namespace: tenant.Spec.PortalRef.Namespace, Name: tenant.Spec.PortalRef.Name}
	if ref.Namespace == "" {
		ref.Namespace = tenant.Namespace
	}
	portal := portals[ref]
	if _, known := l.seen[kindPortal+" "+ref.String()]; !known {
		l.fault(found.document, settings.Fault{Path: "spec.portalRef", Value: ref.String(), Problem: "no such RegionalPortal in the files",
			Cure: "add the file of the portal, or name another"})
	}
	if portal == nil || !l.allowed(found, portal) {
		return nil
	}
	return portal
}

// allowed applies the portal's tenants.allowFrom. A namespace whose labels are in no file is judged by its name only.
func (l *loader) allowed(found item[v1alpha1.DealerTenant], portal *Portal) bool {
	namespace, tenants := found.object.Namespace, portal.Effective.Tenants
	if namespace == portal.Object.Namespace || tenants.From == v1alpha1.FromAll {
		return true
	}
	if tenants.From == v1alpha1.FromSelector {
		selector, err := metav1.LabelSelectorAsSelector(tenants.Selector)
		if object := l.namespaces[namespace]; err == nil && (object == nil || selector.Matches(labels.Set(object.Labels))) {
			return true
		}
	}
	l.fault(found.document, settings.Fault{Path: "metadata.namespace", Value: namespace,
		Problem: fmt.Sprintf("RegionalPortal %s admits no tenants of this namespace", portal.Effective.Portal),
		Cure:    "move the tenant, or extend the portal's spec.tenants.allowFrom"})
	return false
}

// attach judges a tenant against its portal and adds it.
func (l *loader) attach(found item[v1alpha1.DealerTenant], portal *Portal) {
	spec, verdict := settings.Tenant(portal.Effective, found.object)
	if verdict.Faults != nil {
		l.fault(found.document, verdict.Faults.List...)
		return
	}
	for _, other := range portal.Tenants {
		if other.Object.Spec.DealerCode == found.object.Spec.DealerCode {
			l.fault(found.document, settings.Fault{Path: "spec.dealerCode", Value: found.object.Spec.DealerCode,
				Problem: "DealerTenant " + other.Object.Namespace + "/" + other.Object.Name + " has this code already", Cure: "use another code"})
			return
		}
	}
	if limit := portal.Effective.Tenants.Max; limit > 0 && len(portal.Tenants) >= int(limit) {
		l.fault(found.document, settings.Fault{Path: "spec.portalRef", Value: portal.Effective.Portal.String(),
			Problem: fmt.Sprintf("the portal takes at most %d tenants", limit), Cure: "raise the portal's spec.tenants.max"})
		return
	}
	tenant := &Tenant{Document: found.document, Object: found.object, Spec: spec, Clamped: verdict.Clamped}
	l.invite(tenant)
	portal.Tenants = append(portal.Tenants, tenant)
}

// invite reads the tenant's invitations when their Secret is in the files.
func (l *loader) invite(tenant *Tenant) {
	if declared := tenant.Object.Spec.Invitations; declared != nil {
		tenant.Invitations, tenant.MissingSecret = l.invitations(tenant.Document, "spec.invitations", tenant.Object.Namespace, declared)
	}
}

// inviteDesk does the same for the first accounts of a portal's service desk.
func (l *loader) inviteDesk(portal *Portal) {
	if declared := portal.Object.Spec.ServiceDesk; declared != nil {
		portal.Invitations, portal.MissingSecret = l.invitations(portal.Document, "spec.serviceDesk.invitations", portal.Object.Namespace, &declared.Invitations)
	}
}

// invitations reads the Secret that stands at a path of a document; missing is its name when it is in no file.
func (l *loader) invitations(
	of Document, path, namespace string, declared *v1alpha1.InvitationsSpec,
) (list []portalapi.Invitation, missing string) {
	name := declared.SecretRef.Name
	secret := l.secrets[types.NamespacedName{Namespace: namespace, Name: name}]
	if secret == nil {
		return nil, name
	}
	raw, found := secret.Data[invitations.SecretKey]
	if text, written := secret.StringData[invitations.SecretKey]; written {
		raw, found = []byte(text), true
	}
	fault := settings.Fault{Path: path + ".secretRef.name", Value: name}
	if !found {
		fault.Problem, fault.Cure = "the Secret has no key "+invitations.SecretKey, "add it"
		l.fault(of, fault)
		return nil, ""
	}
	list, err := invitations.Parse(raw)
	if err != nil {
		fault.Problem, fault.Cure = "the Secret is malformed", err.Error()
		l.fault(of, fault)
		return nil, ""
	}
	return list, ""
}
