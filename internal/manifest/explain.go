// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package manifest

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/forecourt-dev/forecourt/internal/settings"
	"github.com/forecourt-dev/forecourt/internal/spelling"
)

// explain turns an error of the API server's validation into a fault with a cure.
func (k *kind) explain(err *field.Error, content map[string]any) settings.Fault {
	node := find(k.schema, err.Field)
	fault := settings.Fault{Path: err.Field, Value: short(lookup(content, err.Field)), Problem: err.Detail, Cure: describes(err.Field, node)}
	switch err.Type {
	case field.ErrorTypeRequired:
		fault.Problem = "required"
		fault.Cure = "add it: " + fault.Cure
	case field.ErrorTypeNotSupported:
		fault.Problem = "not an allowed value"
		fault.Cure = "use one of " + strings.TrimPrefix(err.Detail, "supported values: ")
	case field.ErrorTypeDuplicate:
		fault.Problem = "there twice"
		fault.Cure = "remove one of them"
	case field.ErrorTypeTooMany:
		fault.Problem = "too many: " + err.Detail
		fault.Cure = "remove some"
	case field.ErrorTypeTooLong:
		fault.Problem = "too long: " + err.Detail
		fault.Cure = "shorten it"
	}
	fault.Problem = strings.TrimPrefix(fault.Problem, err.Field+" in body ")
	if fault.Problem == "" {
		fault.Problem = strings.ToLower(err.Type.String())
	}
	return fault
}

// describes answers what the API says about a field: the first sentence of its description.
func describes(path string, node *schema.Structural) string {
	if node == nil || node.Description == "" {
		return "see the documentation of " + path
	}
	text := strings.Join(strings.Fields(node.Description), " ")
	if sentence, _, found := strings.Cut(text, ". "); found {
		return sentence
	}
	return strings.TrimSuffix(text, ".")
}

// suggest says which fields there are in place of an unknown one.
func (k *kind) suggest(path string) string {
	cut := strings.LastIndexByte(path, '.')
	parent, wrong := k.schema, path
	if cut >= 0 {
		parent, wrong = find(k.schema, path[:cut]), path[cut+1:]
	}
	if parent == nil || len(parent.Properties) == 0 {
		return "remove it"
	}
	names := make([]string, 0, len(parent.Properties))
	for name := range parent.Properties {
		names = append(names, name)
	}
	slices.Sort(names)
	closest := slices.MinFunc(names, func(a, b string) int { return spelling.Distance(wrong, a) - spelling.Distance(wrong, b) })
	if spelling.Near(wrong, spelling.Distance(wrong, closest)) {
		return fmt.Sprintf("did you mean %s?", closest)
	}
	return "remove it; known here: " + strings.Join(names, ", ")
}

// steps splits a path such as spec.brands[0].name or spec.nodeSelector[a.b/c].
func steps(path string) []string {
	var found []string
	for path != "" {
		if path[0] == '[' {
			inner, rest, _ := strings.Cut(path[1:], "]")
			found = append(found, "["+inner)
			path = strings.TrimPrefix(rest, ".")
			continue
		}
		end := strings.IndexAny(path, ".[")
		if end < 0 {
			end = len(path)
		}
		found = append(found, path[:end])
		path = strings.TrimPrefix(path[end:], ".")
	}
	return found
}

// find answers the schema at a path, nil when there is none.
func find(node *schema.Structural, path string) *schema.Structural {
	for _, step := range steps(path) {
		switch {
		case node == nil:
			return nil
		case step[0] != '[':
			next, found := node.Properties[step]
			if !found {
				return nil
			}
			node = &next
		case node.Items != nil:
			node = node.Items
		case node.AdditionalProperties != nil:
			node = node.AdditionalProperties.Structural
		default:
			return nil
		}
	}
	return node
}

// lookup answers the value at a path, nil when there is none.
func lookup(value any, path string) any {
	for _, step := range steps(path) {
		switch holder := value.(type) {
		case map[string]any:
			value = holder[strings.TrimPrefix(step, "[")]
		case []any:
			index, err := strconv.Atoi(strings.TrimPrefix(step, "["))
			if err != nil || index < 0 || index >= len(holder) {
				return nil
			}
			value = holder[index]
		default:
			return nil
		}
	}
	return value
}

// longest value in characters that a fault repeats.
const longest = 60

// short gives a value for a message: objects by their fields, lists by their number.
func short(value any) string {
	switch value := value.(type) {
	case nil:
		return ""
	case map[string]any:
		keys := make([]string, 0, len(value))
		for key := range value {
			keys = append(keys, key)
		}
		slices.Sort(keys)
		return shorten("{" + strings.Join(keys, ", ") + "}")
	case []any:
		return fmt.Sprintf("[%d items]", len(value))
	default:
		return shorten(fmt.Sprint(value))
	}
}

func shorten(text string) string {
	if letters := []rune(text); len(letters) > longest {
		return string(letters[:longest-1]) + "…"
	}
	return text
}
