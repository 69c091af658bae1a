// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
)

// fitHelp keeps the help of a command and of those below it within the page.
func fitHelp(command *cobra.Command) {
	command.SetUsageTemplate(strings.ReplaceAll(command.UsageTemplate(), ".FlagUsages ", fmt.Sprintf(".FlagUsagesWrapped %d ", pageWidth)))
	var fold func(*cobra.Command)
	fold = func(command *cobra.Command) {
		paragraphs := strings.Split(command.Long, "\n\n")
		for i, text := range paragraphs {
			paragraphs[i] = strings.Join(wrap(text, pageWidth), "\n")
		}
		command.Long = strings.Join(paragraphs, "\n\n")
		for _, below := range command.Commands() {
			fold(below)
		}
	}
	fold(command)
}
