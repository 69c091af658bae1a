// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package manifest

import (
	"fmt"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/forecourt-dev/forecourt/internal/settings"
)

// unpack answers the objects of a list, such as kubectl get prints, in the place of the list; another document is answered as it is.
// The objects of a list stand in one document, and so share its number.
func unpack(document Document) (documents []Document, faults []Fault) {
	if !document.Object.IsList() {
		return []Document{document}, nil
	}
	items, _ := document.Object.Object["items"].([]any) // IsList looked
	for i, item := range items {
		one := document
		content, isObject := item.(map[string]any)
		if !isObject {
			one.Object = nil
			faults = append(faults, Fault{Document: one, Fault: settings.Fault{
				Path: fmt.Sprintf("items[%d]", i), Value: fmt.Sprint(item), Problem: "not an object", Cure: "use objects with apiVersion, kind and metadata",
			}})
			continue
		}
		one.Object = &unstructured.Unstructured{Object: content}
		documents = append(documents, one)
	}
	return documents, faults
}
