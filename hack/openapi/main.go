// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

// Command openapi writes docs/openapi.json, the OpenAPI document of the portal's JSON API, as every portal serves it.
package main

import (
	"fmt"
	"os"

	"github.com/forecourt-dev/forecourt/internal/portal/jsonapi"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "openapi:", err)
		os.Exit(1)
	}
}

func run() error {
	api, err := jsonapi.New(jsonapi.Options{})
	if err != nil {
		return err
	}
	if err := os.WriteFile("docs/openapi.json", api.Document(), 0o644); err != nil {
		return fmt.Errorf("writing the document: %w", err)
	}
	return nil
}
