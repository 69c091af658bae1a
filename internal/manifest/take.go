// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package manifest

import (
	"context"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/settings"
)

// Kinds that others refer to.
const (
	kindClass  = "PortalClass"
	kindPortal = "RegionalPortal"
)

// take judges one document and keeps its object for assembling.
func (l *loader) take(ctx context.Context, document Document) {
	object := document.Object
	if !l.acceptKind(document) {
		return
	}
	if judge := l.kinds[object.GetAPIVersion()+" "+object.GetKind()]; judge != nil {
		if faults := judge.check(ctx, object, l.namespace); len(faults) > 0 {
			l.fault(document, faults...)
			l.seen[describe(object)] = document
			l.brokenClass = l.brokenClass || object.GetKind() == kindClass
			return
		}
	} else if object.GetKind() == "Secret" && object.GetNamespace() == "" {
		object.SetNamespace(l.namespace)
	}
	name := describe(object)
	if first, found := l.seen[name]; found {
		l.fault(document, settings.Fault{Path: "metadata.name", Value: object.GetName(),
			Problem: "the same object is in " + first.File + " already", Cure: "remove one of them"})
		return
	}
	l.seen[name] = document
	l.keep(document)
}

// acceptKind refuses what Forecourt does not read.
func (l *loader) acceptKind(document Document) bool {
	object := document.Object
	if l.kinds[object.GetAPIVersion()+" "+object.GetKind()] != nil {
		return true
	}
	if kind := object.GetKind(); object.GetAPIVersion() == "v1" && (kind == "Secret" || kind == "Namespace") {
		return true
	}
	fault := settings.Fault{Path: "kind", Value: object.GetKind(), Problem: "not a kind that Forecourt reads",
		Cure: "use PortalClass, RegionalPortal or DealerTenant of " + v1alpha1.GroupVersion.String() + ", or Secret or Namespace of v1"}
	if l.kinds[v1alpha1.GroupVersion.String()+" "+object.GetKind()] != nil {
		fault = settings.Fault{Path: "apiVersion", Value: object.GetAPIVersion(), Problem: "unknown version", Cure: "use " + v1alpha1.GroupVersion.String()}
	}
	l.fault(document, fault)
	return false
}

// keep decodes an accepted object. Errors of decoding could repeat what a Secret holds, so they are not shown.
func (l *loader) keep(document Document) {
	var err error
	switch object := document.Object; object.GetKind() {
	case kindClass:
		err = keepItem(document, &l.classes)
	case kindPortal:
		err = keepItem(document, &l.portals)
	case "DealerTenant":
		err = keepItem(document, &l.tenants)
	case "Secret":
		secret := &corev1.Secret{}
		err = decode(object, secret)
		l.secrets[types.NamespacedName{Namespace: object.GetNamespace(), Name: object.GetName()}] = secret
	case "Namespace":
		namespace := &corev1.Namespace{}
		err = decode(object, namespace)
		metav1.SetMetaDataLabel(&namespace.ObjectMeta, corev1.LabelMetadataName, namespace.Name) // as the API server does
		l.namespaces[object.GetName()] = namespace
	}
	if err != nil {
		l.fault(document, settings.Fault{Path: "kind", Value: document.Object.GetKind(), Problem: "the object does not have the fields of its kind",
			Cure: "compare it with kubectl explain"})
	}
}

func keepItem[T any](document Document, items *[]item[T]) error {
	object := new(T)
	if err := decode(document.Object, object); err != nil {
		return err
	}
	*items = append(*items, item[T]{document: document, object: object})
	return nil
}

func decode(from *unstructured.Unstructured, into any) error {
	return runtime.DefaultUnstructuredConverter.FromUnstructured(from.Object, into)
}
