// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package canary

import (
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	eventsv1 "k8s.io/api/events/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/apiutil"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/render"
)

// encode is an object as anybody with the right to read it sees it.
func encode(t *testing.T, object client.Object) string {
	t.Helper()
	raw, err := json.Marshal(object)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// origin names the spec that an object or event comes from, as kind and name.
func origin(object client.Object) string {
	switch typed := object.(type) {
	case *eventsv1.Event:
		return typed.Regarding.Kind + "/" + typed.Regarding.Name
	case *corev1.Event:
		return typed.InvolvedObject.Kind + "/" + typed.InvolvedObject.Name
	}
	if portal := object.GetLabels()[render.LabelPortal]; portal != "" {
		return "RegionalPortal/" + portal
	}
	return kindOf(object) + "/" + object.GetName()
}

func kindOf(object client.Object) string {
	if _, ok := object.(*v1alpha1.DealerTenant); ok {
		return "DealerTenant"
	}
	return "RegionalPortal"
}

func (in *intruder) kind(object client.Object) schema.GroupVersionKind {
	in.Helper()
	kind, err := apiutil.GVKForObject(object, in.Plane.Scheme)
	if err != nil {
		in.Fatal(err)
	}
	return kind
}

func encodeBase64(text string) string {
	return base64.StdEncoding.EncodeToString([]byte(text))
}

// around is the surroundings of a word in a text.
func around(text, word string) string {
	at := strings.Index(text, word)
	return text[max(0, at-150):min(len(text), at+150)]
}
