// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package render_test

import (
	"testing"

	"sigs.k8s.io/yaml"

	portalconfig "github.com/forecourt-dev/forecourt/api/portalconfig/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/portal/config"
)

// TestThePortalReadsWhatIsRendered gives every rendered ConfigMap to the portal's own checks.
func TestThePortalReadsWhatIsRendered(t *testing.T) {
	for name, scenario := range scenarios {
		t.Run(name, func(t *testing.T) {
			read := 0
			for _, object := range scenario.render(t) {
				if object.GetKind() != "ConfigMap" {
					continue
				}
				data, _ := object.Object["data"].(map[string]any)
				process, settings := portalconfig.Process{}, portalconfig.Settings{}
				decode(t, data[portalconfig.ProcessFile], &process)
				decode(t, data[portalconfig.SettingsFile], &settings)
				for _, err := range append(config.CheckProcess(&process), config.CheckSettings(&settings)...) {
					t.Error(err)
				}
				read++
			}
			if read != 1 {
				t.Errorf("%d ConfigMaps, want 1", read)
			}
		})
	}
}

func decode(t *testing.T, text, into any) {
	t.Helper()
	raw, _ := text.(string)
	if err := yaml.UnmarshalStrict([]byte(raw), into); err != nil {
		t.Fatal(err)
	}
}
