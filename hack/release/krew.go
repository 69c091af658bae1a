// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"

	"sigs.k8s.io/yaml"
)

// plugin is a manifest for krew, the plugin manager of kubectl: https://krew.sigs.k8s.io/docs/developer-guide/plugin-manifest/
type plugin struct {
	APIVersion string         `json:"apiVersion"`
	Kind       string         `json:"kind"`
	Metadata   pluginMetadata `json:"metadata"`
	Spec       pluginSpec     `json:"spec"`
}

type pluginMetadata struct {
	Name string `json:"name"`
}

type pluginSpec struct {
	Version          string           `json:"version"`
	Homepage         string           `json:"homepage"`
	ShortDescription string           `json:"shortDescription"`
	Description      string           `json:"description"`
	Caveats          string           `json:"caveats"`
	Platforms        []pluginPlatform `json:"platforms"`
}

type pluginPlatform struct {
	Selector pluginSelector `json:"selector"`
	URI      string         `json:"uri"`
	SHA256   string         `json:"sha256"`
	Bin      string         `json:"bin"`
	Files    []pluginFile   `json:"files"`
}

type pluginSelector struct {
	MatchLabels map[string]string `json:"matchLabels"`
}

type pluginFile struct {
	From string `json:"from"`
	To   string `json:"to"`
}

// krewManifest says where krew finds the archives and what they must be.
func krewManifest(o options, archives []archive) ([]byte, error) {
	p := plugin{
		APIVersion: "krew.googlecontainertools.github.com/v1alpha2", Kind: "Plugin", Metadata: pluginMetadata{Name: "forecourt"},
		Spec: pluginSpec{
			Version:          "v" + o.version,
			Homepage:         "https://github.com/forecourt-dev/forecourt",
			ShortDescription: "Look at Forecourt's portals before and while they run",
			Description: `Forecourt runs a car maker's portals, market by market, from Kubernetes YAML.
This plugin says what is healthy, since when, why not and who can fix it; shows
what a change would do before it is applied and where every value comes from;
forecasts, starts, approves and undoes sweeps of unused accounts; imports
accounts; and runs portals on this machine without a cluster.
`,
			Caveats: `Names of portals and tenants are completed once kubectl finds the program
kubectl_complete-forecourt in the PATH; this prints it:
  kubectl forecourt completion kubectl
`,
		},
	}
	for _, a := range archives {
		p.Spec.Platforms = append(p.Spec.Platforms, pluginPlatform{
			Selector: pluginSelector{MatchLabels: map[string]string{"os": a.platform.os, "arch": a.platform.arch}},
			URI:      fmt.Sprintf("%s/v%s/%s", o.url, o.version, a.name),
			SHA256:   a.sum(),
			Bin:      fileProgram,
			Files:    []pluginFile{{From: fileProgram, To: "."}, {From: fileLicense, To: "."}},
		})
	}
	raw, err := yaml.Marshal(p)
	if err != nil {
		return nil, fmt.Errorf("encoding the manifest for krew: %w", err)
	}
	return raw, nil
}
