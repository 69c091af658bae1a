// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

// Package v1alpha1 contains the API of Forecourt: PortalClass, RegionalPortal and DealerTenant.
//
// Optional fields are pointers or empty and have no schema default: the effective default is documented on the
// field and applied by the operator, so that "unset" stays visible and GitOps tools see no drift.
//
// +kubebuilder:object:generate=true
// +groupName=portals.forecourt.dev
package v1alpha1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// GroupVersion is the group and version of all kinds in this package.
var GroupVersion = schema.GroupVersion{Group: "portals.forecourt.dev", Version: "v1alpha1"}

// SchemeBuilder collects the functions that add this package's kinds to a scheme.
var SchemeBuilder = runtime.NewSchemeBuilder(addKnownTypes)

// AddToScheme adds the kinds of this package to a scheme.
var AddToScheme = SchemeBuilder.AddToScheme

func addKnownTypes(scheme *runtime.Scheme) error {
	scheme.AddKnownTypes(GroupVersion,
		&PortalClass{}, &PortalClassList{},
		&RegionalPortal{}, &RegionalPortalList{},
		&DealerTenant{}, &DealerTenantList{},
	)
	metav1.AddToGroupVersion(scheme, GroupVersion)
	return nil
}
