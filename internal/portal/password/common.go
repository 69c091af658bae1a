// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package password

import (
	_ "embed"
	"strings"
	"unicode"

	"golang.org/x/text/cases"
)

//go:generate go run ./genblocklist

// blocklist is one case-folded password per line, sorted; genblocklist says how it is made.
//
//go:embed blocklist.txt
var blocklist string

// common tells whether a password is on the list or has next to nothing in it: one to four characters again and again, or a run along
// the alphabet or the digits.
func common(password string) bool {
	folded := fold(password)
	return listed(folded) || listed(unleet(folded)) || repeats(folded) || run(folded)
}

// listed searches the sorted lines.
func listed(line string) bool {
	low, high := 0, len(blocklist)
	for low < high {
		middle := low + (high-low)/2
		start := strings.LastIndexByte(blocklist[:middle], '\n') + 1
		end := start + strings.IndexByte(blocklist[start:], '\n')
		switch entry := blocklist[start:end]; {
		case entry == line:
			return true
		case entry < line:
			low = end + 1
		default:
			high = start
		}
	}
	return false
}

var leet = strings.NewReplacer("0", "o", "1", "i", "3", "e", "4", "a", "5", "s", "7", "t", "@", "a", "$", "s", "!", "i")

// unleet undoes the usual substitutions of letters.
func unleet(folded string) string { return leet.Replace(folded) }

// repeats tells whether a unit of one to four characters fills the whole password.
func repeats(folded string) bool {
	runes := []rune(folded)
	for unit := 1; unit <= 4 && unit*3 <= len(runes); unit++ {
		same := true
		for i := unit; i < len(runes) && same; i++ {
			same = runes[i] == runes[i-unit]
		}
		if same {
			return true
		}
	}
	return false
}

// run tells whether every character follows the one before it by the same small step, with 0 after 9.
func run(folded string) bool {
	runes := []rune(folded)
	if len(runes) < 3 {
		return false
	}
	for _, step := range []rune{1, -1} {
		follows := true
		for i := 1; i < len(runes) && follows; i++ {
			wraps := unicode.IsDigit(runes[i]) && unicode.IsDigit(runes[i-1]) && (runes[i]-runes[i-1]+10-step)%10 == 0
			follows = runes[i]-runes[i-1] == step || wraps
		}
		if follows {
			return true
		}
	}
	return false
}

// minContextWord is the length from which on a context word counts; shorter ones occur by chance.
const minContextWord = 3

// minRest is how many letters must remain when all context words are taken out.
const minRest = 6

// fromContext tells whether little is left of a password without the context words and everything that is no letter.
func fromContext(password string, words []string) bool {
	folded := fold(password)
	rest := folded
	for _, phrase := range words {
		for _, word := range contextWords(phrase) {
			rest = strings.ReplaceAll(rest, word, " ")
		}
	}
	if rest == folded {
		return false
	}
	letters := 0
	for _, r := range rest {
		if unicode.IsLetter(r) {
			letters++
		}
	}
	return letters < minRest
}

// contextWords are a phrase without its spaces and each of its words, the longest first.
func contextWords(phrase string) []string {
	folded := fold(phrase)
	parts := strings.FieldsFunc(folded, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	candidates := append([]string{folded, strings.Join(parts, "")}, parts...)
	var words []string
	for _, candidate := range candidates {
		if len([]rune(candidate)) >= minContextWord {
			words = append(words, candidate)
		}
	}
	return words
}

func fold(text string) string { return cases.Fold().String(text) }
