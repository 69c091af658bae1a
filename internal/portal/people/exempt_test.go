// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package people_test

import (
	"testing"
	"time"

	portalconfig "github.com/forecourt-dev/forecourt/api/portalconfig/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/portal/people"
)

func TestLastDayOfExemptions(t *testing.T) {
	zone, err := time.LoadLocation("America/Chicago")
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		today time.Time
		days  int32
		want  string
	}{
		"settings without a limit":      {time.Date(2026, 1, 5, 23, 30, 0, 0, zone), 0, "2027-01-05"},
		"a limit":                       {time.Date(2026, 1, 5, 0, 0, 0, 0, zone), 90, "2026-04-05"},
		"over the change to summertime": {time.Date(2026, 3, 7, 23, 59, 0, 0, zone), 1, "2026-03-08"},
	} {
		t.Run(name, func(t *testing.T) {
			service := people.NewService(nil, func() portalconfig.Inactivity { return portalconfig.Inactivity{MaxExemptionDays: test.days} })
			if got := service.LastDay(test.today).Format(time.DateOnly); got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}
