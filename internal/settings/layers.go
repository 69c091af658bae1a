// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package settings

import (
	"reflect"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
)

// spec is what a layer says: a RegionalPortalSpec that leaves unset what the layer does not speak of.
type spec = v1alpha1.RegionalPortalSpec

// layer is a place where values are set.
type layer struct {
	source v1alpha1.ValueSource
	spec   *spec
}

// merged is what all layers say together.
type merged struct {
	spec
	// layers from the lowest to the highest.
	layers []layer
	// origin says for the path of each value which layer it came from.
	origin map[string]v1alpha1.ValueSource
}

// merge lays the layers over each other, field by field. Lists, maps and selectors are one value: the upper layer replaces
// the lower. The layers are not changed.
func merge(layers ...layer) *merged {
	m := &merged{layers: layers, origin: map[string]v1alpha1.ValueSource{}}
	base := reflect.ValueOf(&m.spec).Elem()
	for _, l := range layers {
		m.overlay(base, reflect.ValueOf(l.spec.DeepCopy()).Elem(), "", l.source)
	}
	return m
}

// overlay sets every field of base that over sets, going down into structs, and notes where the values came from.
func (m *merged) overlay(base, over reflect.Value, path string, from v1alpha1.ValueSource) {
	for i := range over.NumField() {
		value, target := over.Field(i), base.Field(i)
		if value.IsZero() {
			continue
		}
		name := join(path, over.Type().Field(i))
		if !descends(value.Type()) {
			target.Set(value)
			m.origin[name] = from
			continue
		}
		if value.Kind() == reflect.Pointer {
			if target.IsNil() {
				target.Set(reflect.New(value.Type().Elem()))
			}
			value, target = value.Elem(), target.Elem()
		}
		m.overlay(target, value, name, from)
	}
}

// leaf is a value that a spec can hold: the path of its field and the way there, field by field.
type leaf struct {
	path string
	way  []int
}

// leavesOf lists what specs of a type can hold, in the order of the API.
func leavesOf(t reflect.Type, path string, way ...int) []leaf {
	var found []leaf
	for i := range t.NumField() {
		field := t.Field(i)
		name, there := join(path, field), append(slices.Clone(way), i)
		switch inner := field.Type; {
		case !descends(inner):
			found = append(found, leaf{name, there})
		case inner.Kind() == reflect.Pointer:
			found = append(found, leavesOf(inner.Elem(), name, there...)...)
		default:
			found = append(found, leavesOf(inner, name, there...)...)
		}
	}
	return found
}

// in is the value in a spec; set is false when the spec does not say it.
func (l leaf) in(v reflect.Value) (value reflect.Value, set bool) {
	for _, i := range l.way {
		if v.Kind() == reflect.Pointer {
			if v.IsNil() {
				return reflect.Value{}, false
			}
			v = v.Elem()
		}
		v = v.Field(i)
	}
	return v, !v.IsZero()
}

// whole are structs that are one value.
var whole = []reflect.Type{reflect.TypeFor[resource.Quantity](), reflect.TypeFor[metav1.LabelSelector](), reflect.TypeFor[metav1.Time]()}

// descends tells whether a field of this type is merged field by field: a struct of the API, not a quantity, a selector or a time.
func descends(t reflect.Type) bool {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return t.Kind() == reflect.Struct && !slices.Contains(whole, t)
}

// join appends the name of a field in JSON to a path; an inlined struct adds none.
func join(path string, field reflect.StructField) string {
	name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
	if path == "" || name == "" {
		return path + name
	}
	return path + "." + name
}

// classLayer is what a class says to its portals.
func classLayer(class *v1alpha1.PortalClass) layer {
	says := &spec{Image: class.Spec.Release.Image, ImageVersion: class.Spec.Release.Version}
	if class.Spec.Defaults != nil {
		says.PortalSettings = *class.Spec.Defaults
	}
	return layer{v1alpha1.SourceClass, says}
}

// builtinLayer is what holds when neither class nor portal says anything. Some of it depends on what they say elsewhere: an
// Embedded database has a size, a mail server a port.
func builtinLayer(class, portal *spec, uid types.UID) layer {
	says := &spec{
		PortalSettings: *builtin(),
		Database:       &v1alpha1.DatabaseSpec{Type: v1alpha1.DatabaseEmbedded},
		Support:        &v1alpha1.SupportSpec{DeskName: defaultDeskName},
		Tenants:        &v1alpha1.TenantsSpec{AllowFrom: &v1alpha1.NamespaceSelector{From: v1alpha1.FromSame}},
		DeletionPolicy: v1alpha1.DeletionRetain,

		DeletionProtection: v1alpha1.DeletionProtectionNone,
	}
	if embedded(portal) {
		says.Database.Embedded = &v1alpha1.EmbeddedDatabase{Size: quantity(defaultSize)}
	} else {
		says.Database.PostgreSQL = &v1alpha1.PostgreSQLDatabase{MaxConnections: new(int32(defaultMaxConnections))}
	}
	builtinPods(says, class, portal)
	builtinSignIn(says, class, portal)
	if sendsMail(class) || sendsMail(portal) {
		says.Notify = &v1alpha1.NotifySettings{Mail: v1alpha1.MailSettings{Port: new(int32(defaultMailPort)), TLS: v1alpha1.MailTLSRequired}}
	}
	says.Exposure.TLS = builtinTLS(class, portal)
	says.Inactivity.Schedule = builtinSchedule(uid)
	return layer{v1alpha1.SourceBuiltIn, says}
}

// sendsMail says whether a layer speaks of a mail server.
func sendsMail(says *spec) bool {
	return says.Notify != nil && says.Notify.Mail != (v1alpha1.MailSettings{})
}

// embedded says whether a portal brings its own database.
func embedded(portal *spec) bool {
	return portal.Database == nil || portal.Database.PostgreSQL == nil
}

// layersOf are all layers of a portal.
func layersOf(class *v1alpha1.PortalClass, portal *v1alpha1.RegionalPortal) []layer {
	says := classLayer(class)
	fitClass(says.spec, &portal.Spec)
	return []layer{
		builtinLayer(says.spec, &portal.Spec, portal.UID),
		says,
		{v1alpha1.SourcePortal, fitBoost(&portal.Spec)},
	}
}
