// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

// Command genblocklist writes ../blocklist.txt: passwords of 15 and more characters that people choose first.
//
// Method (public domain: nothing but the rules and the words below goes in). People who must reach a length take something short that they
// know and stretch it. So every base word is repeated until it is long enough; followed by a digit sequence, a year or a
// row of the same sign; put before and after another frequent word; and joined into the phrases that everybody knows. Rows and columns
// of the keyboard and runs of digits are taken forwards, backwards and twice. The list is case-folded and sorted.
package main

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"unicode/utf8"
)

// least is the shortest password that any portal accepts: shorter entries would never be looked up.
const least = 15

func main() {
	if err := os.WriteFile("blocklist.txt", []byte(strings.Join(list(), "\n")+"\n"), 0o644); err != nil {
		fmt.Fprintln(os.Stderr, "genblocklist:", err)
		os.Exit(1)
	}
}

// list makes every entry, sorted and without doubles.
func list() []string {
	var all []string
	for _, word := range words {
		all = append(all, stretched(word), word+stretched(word))
		for _, tail := range tails {
			all = append(all, word+tail, tail+word, word+word+tail)
		}
	}
	for _, first := range frequent {
		for _, second := range frequent {
			all = append(all, first+second, first+second+"1", first+second+"123", first+second+"!", first+"and"+second)
		}
	}
	for _, row := range rows {
		all = append(all, stretched(row), row+row, row+backwards(row), backwards(row)+backwards(row), stretched(backwards(row)))
	}
	for _, phrase := range phrases {
		joined := strings.ReplaceAll(phrase, " ", "")
		for _, tail := range []string{"", "1", "123", "!", "."} {
			all = append(all, phrase+tail, joined+tail, strings.ReplaceAll(phrase, " ", "-")+tail, strings.ReplaceAll(phrase, " ", "_")+tail)
		}
	}
	all = slices.DeleteFunc(all, func(entry string) bool { return utf8.RuneCountInString(entry) < least })
	slices.Sort(all)
	return slices.Compact(all)
}

// stretched repeats a word until it is long enough.
func stretched(word string) string {
	return strings.Repeat(word, (least+len(word)-1)/len(word))
}

func backwards(text string) string {
	runes := []rune(text)
	slices.Reverse(runes)
	return string(runes)
}
