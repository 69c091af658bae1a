// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package password

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestPolicy(t *testing.T) {
	policy := Policy{MinLength: 15, BlockCommon: true}
	words := []string{"r.miller", "Robin Miller", "robin.miller@harbor-motors.example", "US-1001", "Harbor Motors", "Forecourt United States", "Astra"}
	tests := map[string]struct {
		password string
		want     Fault
	}{
		"a phrase nobody else has":              {secret, None},
		"a random string":                       {"kT9#vLq2!mXz7@Wp", None},
		"fifteen emoji":                         {strings.Repeat("🚗🌲🍎", 5) + "!", None},
		"spaces only where they belong":         {"  spaces  are  fine  ", None},
		"the longest":                           {strings.Repeat("abcdefgh ijklmno", 8), None},
		"one code point too few":                {"fourteen chars", TooShort},
		"few code points in many bytes":         {"🚗🌲🍎🚕🌳🍐", TooShort},
		"decomposed accents count once":         {"e\u0301e\u0301e\u0301e\u0301e\u0301e\u0301e\u0301e\u0301", TooShort},
		"empty":                                 {"", TooShort},
		"one code point too many":               {strings.Repeat("abcdefgh ijklmno", 8) + "x", TooLong},
		"not UTF-8":                             {"a quiet garage \xff\xfe", Malformed},
		"a word twice":                          {"passwordpassword", Common},
		"a word twice in capitals":              {"PasswordPassword", Common},
		"a word with substitutions":             {"P4ssw0rdP@ssw0rd", Common},
		"a word and a long number":              {"administrator123456", Common},
		"two words that everybody takes":        {"welcomedealership", Common},
		"keyboard rows":                         {"qwertyuiopasdfghjkl", Common},
		"the digits":                            {"123456789012345", Common},
		"the digits backwards":                  {"987654321098765", Common},
		"the alphabet":                          {"abcdefghijklmnopq", Common},
		"one sign":                              {"aaaaaaaaaaaaaaaa", Common},
		"four signs again and again":            {"a1b!a1b!a1b!a1b!", Common},
		"a saying":                              {"correct horse battery staple", Common},
		"the dealership and a year":             {"Harbor-Motors-2026", Context},
		"the name and a number":                 {"RobinMiller123456", Context},
		"the dealer code and the portal":        {"US-1001-Forecourt!", Context},
		"the brand, padded":                     {"astra-astra-astra-99", Context},
		"the name within a phrase of one's own": {"robin planted three lemon trees", None},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if got := policy.Check(test.password, words...); got != test.want {
				t.Errorf("%q: want %q, got %q", test.password, test.want, got)
			}
		})
	}
}

func TestWithoutTheBlockListOnlyTheLengthCounts(t *testing.T) {
	policy := Policy{MinLength: 15}
	if got := policy.Check("passwordpassword"); got != None {
		t.Errorf("got %q", got)
	}
	if got := policy.Check("password"); got != TooShort {
		t.Errorf("got %q", got)
	}
}

func TestBlockList(t *testing.T) {
	lines := strings.Split(strings.TrimSuffix(blocklist, "\n"), "\n")
	if len(lines) < 3000 {
		t.Errorf("%d entries: want at least 3000 that satisfy the length rule", len(lines))
	}
	if !slices.IsSorted(lines) {
		t.Error("the list is not sorted, so that the search misses entries")
	}
	for _, line := range lines {
		if utf8.RuneCountInString(line) < 15 || line != fold(line) {
			t.Errorf("%q is too short or not folded", line)
		}
		if !listed(line) {
			t.Errorf("%q is not found", line)
		}
	}
	for _, other := range []string{"", "!", "zzzzzzzzzzzzzzzzzzzzzz", secret, lines[0] + "x", lines[len(lines)-1] + "x"} {
		if listed(other) {
			t.Errorf("%q is found and not on the list", other)
		}
	}
}
