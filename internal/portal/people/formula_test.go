// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package people

import (
	"regexp"
	"testing"
)

func TestNoCellIsAFormulaHoweverCellsAreSeparated(t *testing.T) {
	formula := regexp.MustCompile(`(^|;)[ "]*[=+@－＠-]`)
	for _, cell := range []string{
		"=1+1", " =1", "'=1", "''-1", "+49", "@x", "－1", "Ann;=1+1;b", "Ann; -1", `Ann;"=1"`, "Ann;'=1", "a;=1;=2;;=3", "=1;=2", ";", "Ann; Bob", "O'Hara;'s", "",
	} {
		written := escapeFormula(cell)
		if formula.MatchString(written) {
			t.Errorf("%q is written as %q, in which a spreadsheet finds a formula", cell, written)
		}
		if read := unescapeFormula(written); read != cell {
			t.Errorf("%q comes back as %q", cell, read)
		}
	}
}
