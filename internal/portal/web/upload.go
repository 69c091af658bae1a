// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package web

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
)

// maxUpload is the most bytes of a form with a file that are read. Such forms stay in memory.
const maxUpload = 1<<20 + maxForm

// uploadRoutes are the forms that may have a file.
var uploadRoutes = []string{"POST /people/import"}

// takesFile says whether the request's form may have a file.
func (x *exchange) takesFile() bool { return slices.Contains(uploadRoutes, x.r.Pattern) }

// upload reads a form with a file: bounded like any other, only with more room.
func (x *exchange) upload() error {
	x.r.Body = http.MaxBytesReader(x.w, x.r.Body, maxUpload)
	err := x.r.ParseMultipartForm(maxUpload) //nolint:gosec // bounded by the line before
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return fmt.Errorf("reading a form: %w", err)
	}
	if err != nil {
		return faultBadRequest
	}
	return nil
}

// file answers the content of a form's file; empty when none was chosen.
func (x *exchange) file(name string) (string, error) {
	if x.r.MultipartForm == nil || len(x.r.MultipartForm.File[name]) == 0 {
		return "", nil
	}
	opened, err := x.r.MultipartForm.File[name][0].Open()
	if err != nil {
		return "", fmt.Errorf("opening a file of a form: %w", err)
	}
	defer opened.Close()
	content, err := io.ReadAll(opened)
	if err != nil {
		return "", fmt.Errorf("reading a file of a form: %w", err)
	}
	return string(content), nil
}
