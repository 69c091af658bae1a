// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"runtime"

	"github.com/spf13/cobra"
)

// build tells scripts which plugin this is.
type build struct {
	Version  string `json:"version"`
	Go       string `json:"go"`
	Platform string `json:"platform"`
}

func newVersion(version string, streams Streams) *cobra.Command {
	var answer output
	command := &cobra.Command{
		Use:   "version",
		Short: "Print the version of the plugin",
		Args:  arguments(0, 0),
		RunE: func(*cobra.Command, []string) error {
			known := build{Version: version, Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH}
			return answer.print(streams, known, func(p *page) { p.line(text("%s", version)) })
		},
	}
	answer.flag(command)
	return command
}
