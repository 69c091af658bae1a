// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package apply

import (
	"errors"
	"fmt"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// ConflictError says that a child's name is taken by an object that is not ours.
type ConflictError struct {
	// Kind, Namespace and Name of the object.
	Kind, Namespace, Name string
	// Holder is the UID of the owner that the object names, empty when it names none.
	Holder types.UID
	// Retained is true when that owner left the object behind on purpose: it has no controller and can be adopted.
	Retained bool
}

// Error names the object and the cure.
func (e *ConflictError) Error() string {
	if e.Retained {
		return fmt.Sprintf("%s %q was retained by an earlier owner with UID %s: adopt it or remove it", e.Kind, e.Namespace+"/"+e.Name, e.Holder)
	}
	return fmt.Sprintf("%s %q exists and belongs to somebody else: remove it or choose another name", e.Kind, e.Namespace+"/"+e.Name)
}

func newConflictError(want *unstructured.Unstructured, live client.Object) *ConflictError {
	holder := OwnerUID(live)
	return &ConflictError{
		Kind: want.GetKind(), Namespace: want.GetNamespace(), Name: want.GetName(),
		Holder: holder, Retained: holder != "" && len(live.GetOwnerReferences()) == 0,
	}
}

// RefusedError says that the API server will not take an object as it is: a value is invalid or cannot change any more.
// Trying again without a change of the settings is of no use.
type RefusedError struct {
	// Kind, Namespace and Name of the object.
	Kind, Namespace, Name string
	// Problem as the API server put it, shortened to what fits a condition.
	Problem string
}

// Error names the object and the problem.
func (e *RefusedError) Error() string {
	return fmt.Sprintf("%s %q was refused by the API server: %s", e.Kind, e.Namespace+"/"+e.Name, e.Problem)
}

// refused turns an answer that no retry will change into a RefusedError and wraps all others.
func refused(doing string, want *unstructured.Unstructured, err error) error {
	if !apierrors.IsInvalid(err) {
		return fmt.Errorf("%s %s: %w", doing, describe(want), err)
	}
	return &RefusedError{Kind: want.GetKind(), Namespace: want.GetNamespace(), Name: want.GetName(), Problem: problem(err)}
}

// maxProblem is the most characters of the API server's text that are kept.
const maxProblem = 300

// problem lists the causes; the server's own text repeats the object and may hold a dump of it.
func problem(err error) string {
	var status apierrors.APIStatus
	if !errors.As(err, &status) {
		return firstLine(err.Error())
	}
	details := status.Status().Details
	if details == nil || len(details.Causes) == 0 {
		return firstLine(status.Status().Message)
	}
	causes := make([]string, 0, len(details.Causes))
	for _, cause := range details.Causes {
		causes = append(causes, cause.Field+": "+firstLine(cause.Message))
	}
	return strings.Join(causes, "; ")
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	if runes := []rune(line); len(runes) > maxProblem {
		return string(runes[:maxProblem]) + "…"
	}
	return line
}
