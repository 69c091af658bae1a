// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"
	"golang.org/x/term"
	"sigs.k8s.io/yaml"
)

// Formats of an answer.
const (
	formatTable = "table"
	formatJSON  = "json"
	formatYAML  = "yaml"
)

// formats in the order in which they are offered.
var formats = []string{formatTable, formatJSON, formatYAML}

// output is the flag -o, and prints an answer in the format that it names.
type output struct {
	format string
}

// flag adds -o to a command.
func (o *output) flag(command *cobra.Command) {
	o.format = formatTable
	command.Flags().VarP(o, "output", "o", "table, json or yaml")
	_ = command.RegisterFlagCompletionFunc("output", cobra.FixedCompletions(formats, cobra.ShellCompDirectiveNoFileComp)) // the flag exists
}

// String, Set and Type implement pflag.Value.
func (o *output) String() string { return o.format }

// Set implements pflag.Value.
func (o *output) Set(value string) error {
	for _, format := range formats {
		if value == format {
			o.format = value
			return nil
		}
	}
	return errors.New("use table, json or yaml")
}

// Type implements pflag.Value.
func (o *output) Type() string { return "format" }

// print prints a value: as JSON or YAML by its JSON tags, or as draw draws it for people.
func (o *output) print(streams Streams, value any, draw func(*page)) error {
	var text []byte
	switch o.format {
	case formatJSON:
		raw, err := json.MarshalIndent(value, "", "  ")
		if err != nil {
			return fmt.Errorf("encoding the answer: %w", err)
		}
		text = append(raw, '\n')
	case formatYAML:
		raw, err := yaml.Marshal(value)
		if err != nil {
			return fmt.Errorf("encoding the answer: %w", err)
		}
		text = raw
	default:
		p := &page{colour: colourful(streams, os.Getenv)}
		draw(p)
		text = p.text.Bytes()
	}
	if _, err := streams.Out.Write(text); err != nil {
		return fmt.Errorf("writing the answer: %w", err)
	}
	return nil
}

// colourful says whether the reader sees colours: a terminal, unless the environment asks for none (no-color.org).
func colourful(streams Streams, getenv func(string) string) bool {
	file, isFile := streams.Out.(*os.File)
	return isFile && getenv("NO_COLOR") == "" && getenv("TERM") != "dumb" && term.IsTerminal(int(file.Fd()))
}
