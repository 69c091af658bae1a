// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package internalapi

import (
	"net/url"
	"slices"
	"strings"
	"testing"
)

func TestHorizons(t *testing.T) {
	tests := map[string]struct {
		text string
		want []int32
		// says is what the refusal says
		says string
	}{
		"none are the portal's own":  {"", []int32{7, 30, 90}, ""},
		"one":                        {"1", []int32{1}, ""},
		"several with spaces":        {"1, 30,3660", []int32{1, 30, 3660}, ""},
		"a word":                     {"soon", nil, `"soon" is no number of days`},
		"nothing between commas":     {"7,,30", nil, `"" is no number of days`},
		"zero":                       {"0", nil, `"0" is no number of days`},
		"more than ten years":        {"3661", nil, "from 1 to 3660"},
		"not in rising order":        {"30,7", nil, "7 does not come after 30: list the days in rising order"},
		"the same twice":             {"7,7", nil, "7 does not come after 7"},
		"more than anybody can read": {strings.Repeat("1,", 12) + "2", nil, "days has 13 values: use at most 12"},
		"a number that is too large": {"99999999999", nil, "from 1 to 3660"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := horizons(test.text)
			if !slices.Equal(got, test.want) || (err != nil) != (test.says != "") || err != nil && !strings.Contains(err.Error(), test.says) {
				t.Errorf("horizons(%q) = %v, %v, want %v and %q", test.text, got, err, test.want, test.says)
			}
		})
	}
}

func TestNumbersOfQueries(t *testing.T) {
	tests := map[string]struct {
		text string
		want int
		ok   bool
	}{
		"absent":     {"", 20, true},
		"zero":       {"0", 20, true},
		"the least":  {"1", 1, true},
		"the most":   {"60", 60, true},
		"too many":   {"61", 0, false},
		"negative":   {"-1", 0, false},
		"a fraction": {"1.5", 0, false},
		"a word":     {"many", 0, false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := number(url.Values{"n": {test.text}}, "n", 20, 60)
			if got != test.want || (err == nil) != test.ok {
				t.Errorf("number(%q) = %d, %v, want %d", test.text, got, err, test.want)
			}
		})
	}
}

func TestRequests(t *testing.T) {
	if err := checkRequest(strings.Repeat("x", maxRequest)); err != nil {
		t.Errorf("the longest request: %v", err)
	}
	if err := checkRequest(strings.Repeat("x", maxRequest+1)); err == nil {
		t.Error("a request that is too long was not refused")
	}
	if err := neededRequest(""); err == nil {
		t.Error("no request was not refused")
	}
}
