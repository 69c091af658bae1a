// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package settings

import (
	"fmt"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
)

// Unusable is the error for a class that a portal cannot use, whatever the portal says: its children stay as they are.
type Unusable struct {
	// Reason is one of the reasons of the portal's condition ClassAccepted.
	Reason string
	// Message names class, problem and cure.
	Message string
}

// Error gives the message.
func (u *Unusable) Error() string { return u.Message }

// Usable checks whether portals in a namespace with these labels can use a class: its own values must be valid, and its
// spec.allowedNamespaces must admit the namespace. Two classes that want to be the default are both usable by name. The error
// is an *Unusable.
func Usable(class *v1alpha1.PortalClass, namespace string, namespaceLabels labels.Set) error {
	if err := ValidateClass(class); err != nil {
		return &Unusable{Reason: v1alpha1.ReasonClassInvalid, Message: fmt.Sprintf("PortalClass %s: %s", class.Name, err)}
	}
	if !admits(class, namespaceLabels) {
		return &Unusable{
			Reason: v1alpha1.ReasonNamespaceNotAllowed,
			Message: fmt.Sprintf("PortalClass %s takes no portals from namespace %s: its spec.allowedNamespaces wants namespaces with %s; "+
				"name another class, or ask the owner of the class",
				class.Name, namespace, metav1.FormatLabelSelector(allowedSelector(class))),
		}
	}
	return nil
}

// SelectsNamespaces says whether it depends on labels which namespaces may use a class.
func SelectsNamespaces(class *v1alpha1.PortalClass) bool {
	return class.Spec.AllowedNamespaces != nil && class.Spec.AllowedNamespaces.From == v1alpha1.FromSelector
}

// admits says whether a class lets namespaces with these labels have portals. A selector that cannot be read admits none.
func admits(class *v1alpha1.PortalClass, namespace labels.Set) bool {
	if !SelectsNamespaces(class) {
		return true
	}
	selector, err := metav1.LabelSelectorAsSelector(allowedSelector(class))
	return err == nil && selector.Matches(namespace)
}

func allowedSelector(class *v1alpha1.PortalClass) *metav1.LabelSelector {
	if class.Spec.AllowedNamespaces == nil {
		return nil
	}
	return class.Spec.AllowedNamespaces.Selector
}
