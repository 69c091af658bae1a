// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package render

import (
	"fmt"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	metaac "k8s.io/client-go/applyconfigurations/meta/v1"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/settings"
)

// Owner is the RegionalPortal that the children belong to.
type Owner struct {
	Name      string
	Namespace string
	// UID is empty when the portal was read from a file; the children then name no owner.
	UID types.UID
}

// OwnerOf answers the owner of a portal's children.
func OwnerOf(portal *v1alpha1.RegionalPortal) Owner {
	return Owner{Name: portal.Name, Namespace: portal.Namespace, UID: portal.UID}
}

// Input is all that the children depend on.
type Input struct {
	Effective *settings.Effective
	Owner     Owner
	// At is the time that the children are for: a boost ends by itself.
	At time.Time
}

// Children renders the children of a portal in creation order, which is safe at every moment: accounts and network rules
// before what they guard, secrets and configuration before the pods that mount them. The two key Secrets come without
// data: it is made once, when they are created. An error means that an object could not be encoded.
func Children(in Input) ([]*unstructured.Unstructured, error) {
	process, err := processFile(in.Effective)
	if err != nil {
		return nil, err
	}
	settingsFile, err := settingsFile(in.Effective)
	if err != nil {
		return nil, err
	}
	b := &builder{
		Effective: in.Effective, owner: in.Owner, names: Names(in.Owner.Name), process: process, settings: settingsFile,
		scale: in.Effective.Scale(in.At),
	}
	var children []*unstructured.Unstructured
	for _, child := range layoutOf(in.Effective.Release.Version) {
		object := child(b)
		if object == nil {
			continue
		}
		content, err := runtime.DefaultUnstructuredConverter.ToUnstructured(object)
		if err != nil {
			return nil, fmt.Errorf("encoding %T: %w", object, err)
		}
		children = append(children, &unstructured.Unstructured{Object: content})
	}
	return children, nil
}

// builder is what the functions of a layout work from.
type builder struct {
	*settings.Effective
	owner             Owner
	names             ChildNames
	process, settings string
	// scale is how many pods there shall be.
	scale settings.Scale
}

// child renders one object as an apply configuration, or nil when the portal has none.
type child func(*builder) any

// layoutOf selects the layout that a release was made for, so that a new operator alone changes no pod.
// There is one layout so far.
func layoutOf(string) []child {
	return []child{
		(*builder).serviceAccount,
		(*builder).networkPolicy,
		(*builder).keysSecret,
		(*builder).internalSecret,
		(*builder).configMap,
		(*builder).service,
		(*builder).unreadyService,
		(*builder).volumeClaim,
		(*builder).deployment,
		(*builder).disruptionBudget,
		(*builder).autoscaler,
		(*builder).certificate,
		(*builder).ingressRoute,
		(*builder).httpRoute,
		(*builder).inactivityCronJob,
	}
}

// labels are those of a child that belongs to the serving pods.
func (b *builder) labels() map[string]string {
	return Labels(b.owner.Name, ComponentPortal)
}

// ownerReference makes the child go with its portal. It does not block the portal's deletion, which would need the right
// to change finalizers.
func (b *builder) ownerReference() []*metaac.OwnerReferenceApplyConfiguration {
	if b.owner.UID == "" {
		return nil
	}
	return []*metaac.OwnerReferenceApplyConfiguration{
		metaac.OwnerReference().
			WithAPIVersion(v1alpha1.GroupVersion.String()).
			WithKind("RegionalPortal").
			WithName(b.owner.Name).
			WithUID(b.owner.UID).
			WithController(true).
			WithBlockOwnerDeletion(false),
	}
}

// retained tells whether the child outlives its portal: it then names the portal in an annotation only.
func (b *builder) retained() bool {
	return b.DeletionPolicy == v1alpha1.DeletionRetain
}

// retainedAnnotations mark a child that outlives its portal.
func (b *builder) retainedAnnotations() map[string]string {
	if !b.retained() || b.owner.UID == "" {
		return nil
	}
	return map[string]string{AnnotationOwnerUID: string(b.owner.UID)}
}

// retainedOwner is the owner reference of a child that goes with its portal only with deletionPolicy Delete.
func (b *builder) retainedOwner() []*metaac.OwnerReferenceApplyConfiguration {
	if b.retained() {
		return nil
	}
	return b.ownerReference()
}

// podSelector selects the pods of a component.
func (b *builder) podSelector(component string) *metaac.LabelSelectorApplyConfiguration {
	return metaac.LabelSelector().WithMatchLabels(PodLabels(b.owner.Name, component))
}

// selectorOf copies a user's label selector.
func selectorOf(selector *metav1.LabelSelector) *metaac.LabelSelectorApplyConfiguration {
	if selector == nil {
		return nil
	}
	copied := metaac.LabelSelector().WithMatchLabels(selector.MatchLabels)
	for _, expression := range selector.MatchExpressions {
		copied.WithMatchExpressions(metaac.LabelSelectorRequirement().
			WithKey(expression.Key).WithOperator(expression.Operator).WithValues(expression.Values...))
	}
	return copied
}
