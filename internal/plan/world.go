// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package plan

import (
	"maps"
	"slices"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/api/equality"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
)

// World is what is declared.
type World struct {
	Classes []v1alpha1.PortalClass
	Portals []v1alpha1.RegionalPortal
	Tenants []v1alpha1.DealerTenant
	// Namespaces are the labels of namespaces by name. One that is not here is taken to be admitted wherever labels
	// decide; see Complete.
	Namespaces map[string]labels.Set
	// Complete says that Namespaces holds every namespace: one that is not here has no labels.
	Complete bool
	// At is the time that it is looked at: some of what is declared ends by itself.
	At time.Time

	// hosts are the claims on hosts; Compare finds them.
	hosts *hosts
}

// Overlay answers the world after the files were applied. A file says everything about its object: its spec and our
// annotations replace those of the object, whose identity, age and status stay.
func (w World) Overlay(files World) World {
	return World{
		Classes:    overlay(w.Classes, files.Classes, func(o *v1alpha1.PortalClass) *v1alpha1.PortalClassSpec { return &o.Spec }),
		Portals:    overlay(w.Portals, files.Portals, func(o *v1alpha1.RegionalPortal) *v1alpha1.RegionalPortalSpec { return &o.Spec }),
		Tenants:    overlay(w.Tenants, files.Tenants, func(o *v1alpha1.DealerTenant) *v1alpha1.DealerTenantSpec { return &o.Spec }),
		Namespaces: merged(w.Namespaces, files.Namespaces),
		Complete:   w.Complete,
		At:         w.At,
	}
}

// Replace answers the world after the files took the place of everything in it: what they do not have is deleted.
func (w World) Replace(files World) World {
	return w.Without(w.Without(files)).Overlay(files)
}

// Without answers the world after the objects of the files were deleted.
func (w World) Without(files World) World {
	return World{
		Classes: without(w.Classes, files.Classes), Portals: without(w.Portals, files.Portals), Tenants: without(w.Tenants, files.Tenants),
		Namespaces: w.Namespaces, Complete: w.Complete, At: w.At,
	}
}

// Objects lists everything that is declared.
func (w World) Objects() []client.Object {
	list := make([]client.Object, 0, len(w.Classes)+len(w.Portals)+len(w.Tenants))
	for i := range w.Classes {
		list = append(list, &w.Classes[i])
	}
	for i := range w.Portals {
		list = append(list, &w.Portals[i])
	}
	for i := range w.Tenants {
		list = append(list, &w.Tenants[i])
	}
	return list
}

// object is a pointer to an object of a kind.
type object[T any] interface {
	*T
	metav1.Object
	DeepCopy() *T
}

// last is the age of objects that are not there yet: younger than every other.
var last = metav1.NewTime(time.Date(9999, time.January, 1, 0, 0, 0, 0, time.UTC))

func overlay[T, S any, P object[T]](objects, files []T, spec func(*T) *S) []T {
	result := slices.Clone(objects)
	at := map[types.NamespacedName]int{}
	for i := range result {
		at[keyOf[T, P](&result[i])] = i
	}
	for i := range files {
		file := P(&files[i])
		position, found := at[keyOf[T, P](file)]
		if !found {
			made := file.DeepCopy()
			P(made).SetCreationTimestamp(last)
			result = append(result, *made)
			continue
		}
		laid := P(&result[position]).DeepCopy()
		if wanted := spec(file.DeepCopy()); !equality.Semantic.DeepEqual(spec(laid), wanted) {
			*spec(laid) = *wanted
			P(laid).SetGeneration(P(laid).GetGeneration() + 1)
		}
		P(laid).SetAnnotations(annotations(P(laid).GetAnnotations(), file.GetAnnotations()))
		result[position] = *laid
	}
	return result
}

func without[T any, P object[T]](objects, files []T) []T {
	gone := map[types.NamespacedName]bool{}
	for i := range files {
		gone[keyOf[T, P](&files[i])] = true
	}
	return slices.DeleteFunc(slices.Clone(objects), func(o T) bool { return gone[keyOf[T, P](&o)] })
}

func keyOf[T any, P object[T]](o P) types.NamespacedName {
	return types.NamespacedName{Namespace: o.GetNamespace(), Name: o.GetName()}
}

// annotations replaces ours; those of other tools decide nothing.
func annotations(live, file map[string]string) map[string]string {
	result := maps.Clone(live)
	maps.DeleteFunc(result, func(key, _ string) bool { return isOurs(key) })
	for key, value := range file {
		if result == nil {
			result = map[string]string{}
		}
		result[key] = value
	}
	return result
}

func isOurs(annotation string) bool {
	return strings.HasPrefix(annotation, v1alpha1.GroupVersion.Group+"/")
}

func merged(base, over map[string]labels.Set) map[string]labels.Set {
	result := maps.Clone(base)
	if result == nil {
		result = map[string]labels.Set{}
	}
	maps.Copy(result, over)
	return result
}

// identified answers the world with a UID on every object. An object of a file has none; one of its own is enough to
// tell it from others.
func (w World) identified() World {
	w.Classes, w.Portals, w.Tenants = identify(w.Classes), identify(w.Portals), identify(w.Tenants)
	return w
}

func identify[T any, P object[T]](objects []T) []T {
	objects = slices.Clone(objects)
	for i := range objects {
		if o := P(&objects[i]); o.GetUID() == "" {
			o.SetUID(types.UID("new:" + keyOf[T, P](o).String()))
		}
	}
	return objects
}
