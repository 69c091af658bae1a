// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/forecourt-dev/forecourt/internal/portalclient"
)

// remote holds the flags of commands that call a running portal.
type remote struct {
	url, ca, tokenFile, output string
}

// flags adds the flags to a command.
func (r *remote) flags(cmd *cobra.Command) {
	cmd.Flags().StringVar(&r.url, "url", "", "internal API of the portal, https://HOST:PORT")
	cmd.Flags().StringVar(&r.ca, "ca", "", "file with the portal's certificate")
	cmd.Flags().StringVar(&r.tokenFile, "token-file", "", "file with the token of a role")
	cmd.Flags().StringVarP(&r.output, "output", "o", "", outputUsage)
	require(cmd, "url", "ca", "token-file")
}

// client connects to the portal that the flags name.
func (r *remote) client() (*portalclient.Client, error) {
	if err := checkOutput(r.output); err != nil {
		return nil, err
	}
	certificate, err := os.ReadFile(r.ca)
	if err != nil {
		return nil, fmt.Errorf("reading --ca: %w", err)
	}
	token, err := os.ReadFile(r.tokenFile)
	if err != nil {
		return nil, fmt.Errorf("reading --token-file: %w", err)
	}
	// While a token is rotated, the file has the new one first.
	first, _, _ := strings.Cut(strings.TrimSpace(string(token)), "\n")
	return portalclient.New(portalclient.Options{URL: r.url, CertificatePEM: certificate, Token: strings.TrimSpace(first)})
}

// print writes a result as JSON, or as the given text.
func (r *remote) print(out io.Writer, result any, text string) error {
	return printResult(out, r.output, result, text)
}

const outputUsage = "json, or nothing for text"

// checkOutput refuses a format that nobody writes.
func checkOutput(output string) error {
	if output != "" && output != "json" {
		return usageError{fmt.Errorf("--output %q: use json, or leave it out", output)}
	}
	return nil
}

// printResult writes a result as JSON, or as the given text.
func printResult(out io.Writer, output string, result any, text string) error {
	if output != "json" {
		fmt.Fprint(out, text)
		return nil
	}
	encoder := json.NewEncoder(out)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(result); err != nil {
		return fmt.Errorf("writing the result: %w", err)
	}
	return nil
}
