// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/spf13/cobra"
)

func TestHelpFitsThePage(t *testing.T) {
	var out strings.Builder
	var check func(*cobra.Command)
	check = func(command *cobra.Command) {
		out.Reset()
		if err := command.Help(); err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(out.String()) {
			if line = strings.TrimSuffix(line, "\n"); utf8.RuneCountInString(line) > pageWidth {
				t.Errorf("%s: %d characters: %s", command.CommandPath(), utf8.RuneCountInString(line), line)
			}
		}
		for _, below := range command.Commands() {
			check(below)
		}
	}
	check(newRoot("test", Streams{Out: &out, Err: &out}))
}
