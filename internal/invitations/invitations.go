// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

// Package invitations reads invitations.csv, the list of a dealership's first administrators. Errors name lines and
// columns and never repeat what is written there: it is personal data.
package invitations

import (
	"bytes"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/forecourt-dev/forecourt/internal/portalapi"
)

// SecretKey is the key of the file in the Secret.
const SecretKey = "invitations.csv"

// Max is the most invitations of a dealership: they are for its first administrators only.
const Max = 100

// maxField is the longest value in bytes; a mail address has at most 254.
const maxField = 254

// columns in the order in which they are documented; the header may have another.
var columns = []string{"username", "name", "mail", "phone"}

// Parse reads invitations.csv: UTF-8 with a header row that names username, name, mail and, if wanted, phone, in any order.
func Parse(raw []byte) ([]portalapi.Invitation, error) {
	if !utf8.Valid(raw) {
		return nil, errors.New(SecretKey + ": not UTF-8: save the file as UTF-8")
	}
	reader := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(raw, []byte("\ufeff"))))
	header, err := reader.Read()
	if err != nil {
		return nil, fmt.Errorf("%s: no header row: begin the file with %s", SecretKey, strings.Join(columns, ","))
	}
	if err := checkHeader(header); err != nil {
		return nil, err
	}
	var list []portalapi.Invitation
	for {
		record, err := reader.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		line, _ := reader.FieldPos(0)
		if err != nil {
			return nil, malformed(err)
		}
		invitation, err := parseRecord(header, record, line)
		if err != nil {
			return nil, err
		}
		list = append(list, invitation)
	}
	return list, checkList(list)
}

// Hash identifies invitations by their content.
func Hash(list []portalapi.Invitation) (string, error) {
	raw, err := json.Marshal(list)
	if err != nil {
		return "", fmt.Errorf("encoding invitations: %w", err)
	}
	sum := sha256.Sum256(raw)
	return hex.EncodeToString(sum[:]), nil
}

func checkHeader(header []string) error {
	for i, column := range header {
		if !slices.Contains(columns, column) {
			return fmt.Errorf("%s: column %d of the header is unknown: use %s", SecretKey, i+1, strings.Join(columns, ", "))
		}
		if slices.Index(header, column) != i {
			return fmt.Errorf("%s: column %s is there twice: remove one", SecretKey, column)
		}
	}
	for _, column := range columns[:3] {
		if !slices.Contains(header, column) {
			return fmt.Errorf("%s: column %s is missing: add it to the header", SecretKey, column)
		}
	}
	return nil
}

func parseRecord(header, record []string, line int) (portalapi.Invitation, error) {
	values := map[string]string{}
	for i, column := range header {
		value := strings.TrimSpace(record[i])
		switch {
		case value == "" && column != "phone":
			return portalapi.Invitation{}, fmt.Errorf("%s: line %d: %s is empty: fill it in", SecretKey, line, column)
		case len(value) > maxField:
			return portalapi.Invitation{}, fmt.Errorf("%s: line %d: %s is longer than %d bytes: shorten it", SecretKey, line, column, maxField)
		}
		values[column] = value
	}
	return portalapi.Invitation{
		Username: values["username"], Name: values["name"], Mail: values["mail"], Phone: values["phone"],
	}, nil
}

func checkList(list []portalapi.Invitation) error {
	switch {
	case len(list) == 0:
		return errors.New(SecretKey + ": no line after the header: list at least one administrator")
	case len(list) > Max:
		return fmt.Errorf("%s: %d lines: at most %d administrators can be invited this way", SecretKey, len(list), Max)
	}
	return nil
}

// malformed tells where the file is not CSV, without its text.
func malformed(err error) error {
	if parse, ok := errors.AsType[*csv.ParseError](err); ok {
		return fmt.Errorf("%s: line %d: %w: mend the quotes or the number of fields", SecretKey, parse.Line, parse.Err)
	}
	return fmt.Errorf("%s: %w", SecretKey, err)
}
