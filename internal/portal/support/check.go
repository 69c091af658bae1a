// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package support

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	portalconfig "github.com/forecourt-dev/forecourt/api/portalconfig/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/portal/account"
)

// Field names a field of a message.
type Field string

// Fields of a message.
const (
	FieldName    Field = "name"
	FieldMail    Field = "mail"
	FieldAddress Field = "address"
	FieldPhone   Field = "phone"
	FieldTopic   Field = "topic"
	FieldBody    Field = "body"
)

// Problem says what is wrong with a field.
type Problem string

// Problems.
const (
	Missing Problem = "missing"
	TooLong Problem = "tooLong"
	Invalid Problem = "invalid"
)

// Fault is one thing that is wrong with a message.
type Fault struct {
	Field   Field
	Problem Problem
}

// tidy takes surrounding space and control characters off, and writes lines with \n.
func (m Message) tidy() Message {
	m.Name, m.Mail, m.Phone = line(m.Name), line(m.Mail), line(m.Phone)
	m.Address, m.Body = lines(m.Address), lines(m.Body)
	return m
}

func line(text string) string {
	return strings.TrimSpace(strings.Join(strings.Fields(printable(text)), " "))
}

func lines(text string) string {
	text = strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(text)
	return strings.TrimSpace(printable(text))
}

// printable drops what no mail shows: control characters, marks that turn text around, and what is no UTF-8.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if r == '\n' || !unicode.IsControl(r) && !unicode.Is(unicode.Bidi_Control, r) {
			return r
		}
		if r == '\t' {
			return ' '
		}
		return -1
	}, strings.ToValidUTF8(text, "�"))
}

// check lists what is wrong with a tidy message.
func (m Message) check(settings *portalconfig.Settings) []Fault {
	var faults []Fault
	add := func(field Field, problem Problem) { faults = append(faults, Fault{field, problem}) }
	text := func(field Field, value string, most int, required bool) {
		switch {
		case required && value == "":
			add(field, Missing)
		case utf8.RuneCountInString(value) > most:
			add(field, TooLong)
		}
	}
	text(FieldName, m.Name, MaxName, true)
	if m.Mail == "" {
		add(FieldMail, Missing)
	} else if account.CheckMail(m.Mail) != nil {
		add(FieldMail, Invalid)
	}
	text(FieldAddress, m.Address, MaxAddress, false)
	text(FieldPhone, m.Phone, MaxPhone, m.Kind == NewDealer)
	known := func(topic portalconfig.SupportTopic) bool { return topic.Title == m.Topic }
	if m.Topic != "" && !slices.ContainsFunc(settings.Support.Topics, known) {
		add(FieldTopic, Invalid)
	}
	text(FieldBody, m.Body, MaxBody, true)
	return faults
}
