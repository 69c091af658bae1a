// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package dashboards_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/forecourt-dev/forecourt/test/monitoring"
)

// board is what is read of a dashboard.
type board struct {
	UID        string  `json:"uid"`
	Title      string  `json:"title"`
	Panels     []panel `json:"panels"`
	Templating struct {
		List []struct {
			Name       string `json:"name"`
			Type       string `json:"type"`
			Definition string `json:"definition"`
		} `json:"list"`
	} `json:"templating"`
}

type panel struct {
	ID      int    `json:"id"`
	Type    string `json:"type"`
	Title   string `json:"title"`
	GridPos struct{ X, Y, W, H int }
	Targets []struct {
		Expr         string `json:"expr"`
		LegendFormat string `json:"legendFormat"`
		Instant      bool   `json:"instant"`
	} `json:"targets"`
	FieldConfig struct {
		Defaults struct {
			Unit string `json:"unit"`
		} `json:"defaults"`
	} `json:"fieldConfig"`
}

// boards are the shipped dashboards by file name.
func boards(t *testing.T) map[string]board {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(monitoring.Root, "config", "monitoring", "dashboards", "*.json"))
	if err != nil || len(files) != 4 {
		t.Fatalf("%d dashboards, want 4 (%v)", len(files), err)
	}
	found := map[string]board{}
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var one board
		if err := json.Unmarshal(raw, &one); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		found[filepath.Base(file)] = one
	}
	return found
}

// TestDashboardsAreWellFormed looks at what Grafana takes without a word and shows badly.
func TestDashboardsAreWellFormed(t *testing.T) {
	uids := map[string]string{}
	for file, one := range boards(t) {
		if other := uids[one.UID]; one.UID == "" || one.Title == "" || other != "" {
			t.Errorf("%s: title %q, uid %q, which %s has too", file, one.Title, one.UID, other)
		}
		uids[one.UID] = file
		if list := one.Templating.List; len(list) == 0 || list[0].Name != "datasource" || list[0].Type != "datasource" {
			t.Errorf("%s does not ask for its data source first", file)
		}
		ids, taken := map[int]bool{}, map[[2]int]string{}
		for _, p := range one.Panels {
			if ids[p.ID] || p.Title == "" {
				t.Errorf("%s: panel %d %q: want a title and an id of its own", file, p.ID, p.Title)
			}
			ids[p.ID] = true
			if p.Type != "row" && (len(p.Targets) == 0 || p.FieldConfig.Defaults.Unit == "") {
				t.Errorf("%s: %q has %d queries and unit %q", file, p.Title, len(p.Targets), p.FieldConfig.Defaults.Unit)
			}
			for x := p.GridPos.X; x < p.GridPos.X+p.GridPos.W; x++ {
				for y := p.GridPos.Y; y < p.GridPos.Y+p.GridPos.H; y++ {
					if other := taken[[2]int{x, y}]; other != "" || x >= 24 {
						t.Fatalf("%s: %q lies on %q or outside", file, p.Title, other)
					}
					taken[[2]int{x, y}] = p.Title
				}
			}
		}
	}
}

// filled puts values in the place of a dashboard's variables, as Grafana does.
func filled(text, namespace, portal string) string {
	return strings.NewReplacer("$__rate_interval", "2m", "$namespace", namespace, "$portal", portal).Replace(text)
}
