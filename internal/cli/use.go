// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// arguments checks that a command gets at least and at most so many arguments.
func arguments(least, most int) cobra.PositionalArgs {
	return func(command *cobra.Command, args []string) error {
		switch {
		case len(args) < least:
			return &usageError{fmt.Errorf("too few arguments: %s", command.UseLine())}
		case len(args) > most && command.HasAvailableSubCommands():
			return unknownCommand(command, args[most])
		case len(args) > most:
			return &usageError{fmt.Errorf("unexpected argument %q", args[most])}
		}
		return nil
	}
}

// unknownCommand names the commands that somebody may have meant.
func unknownCommand(parent *cobra.Command, wrong string) error {
	var known []string
	for _, command := range parent.Commands() {
		if command.IsAvailableCommand() {
			known = append(known, command.Name())
		}
	}
	return &usageError{fmt.Errorf("unknown command %q. %s", wrong, didYouMean(wrong, known, "There are"))}
}

// wantedValues says what flags of a type want. The libraries' own words are those of a programmer.
var wantedValues = map[string]string{
	"int": "a whole number", "int32": "a whole number", "int64": "a whole number", "int32Slice": "whole numbers, such as 7,30,90",
	"duration": "a duration, such as 30s or 5m", "bool": "true or false",
}

// misusedFlag says what a flag wants. A flag that is unknown because its command is mistyped is not what is wrong.
func misusedFlag(command *cobra.Command, err error) error {
	if _, ok := errors.AsType[*pflag.NotExistError](err); ok && command.HasAvailableSubCommands() && command.Flags().NArg() > 0 {
		return unknownCommand(command, command.Flags().Arg(0))
	}
	if invalid, ok := errors.AsType[*pflag.InvalidValueError](err); ok {
		if wanted := wantedValues[invalid.GetFlag().Value.Type()]; wanted != "" {
			return &usageError{fmt.Errorf("--%s %q: want %s", invalid.GetFlag().Name, invalid.GetValue(), wanted)}
		}
	}
	return &usageError{err}
}
