// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package catcher

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"regexp"
	"strings"
	"time"
)

// Message is one received mail.
type Message struct {
	// ID counts up from 1 in the order of arrival.
	ID int64 `json:"id"`
	// ReceivedAt is when it arrived, UTC.
	ReceivedAt time.Time `json:"receivedAt"`
	// From and Subject are the decoded header fields.
	From    string `json:"from"`
	Subject string `json:"subject"`
	// To are the addresses it was delivered to (the envelope, not the header).
	To []string `json:"to"`
	// Text and HTML are the decoded bodies; either may be empty.
	Text string `json:"text"`
	HTML string `json:"html,omitempty"`
	// Links are the web addresses in Text, in order, each once.
	Links []string `json:"links"`
}

// For tells whether the message was delivered to the address, without regard to case.
func (m Message) For(address string) bool {
	for _, to := range m.To {
		if strings.EqualFold(to, address) {
			return true
		}
	}
	return false
}

// parse reads the header fields and the bodies of a mail; attachments are left out.
func parse(raw []byte) (Message, error) {
	parsed, err := mail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		return Message{}, fmt.Errorf("reading the header: %w", err)
	}
	m := Message{From: decodeHeader(parsed.Header.Get("From")), Subject: decodeHeader(parsed.Header.Get("Subject")), Links: []string{}}
	err = m.readPart(parsed.Header.Get("Content-Type"), parsed.Header.Get("Content-Transfer-Encoding"), parsed.Body, 0)
	if err != nil {
		return Message{}, err
	}
	m.Links = links(m.Text)
	return m, nil
}

// maxDepth bounds how far multipart bodies may be nested.
const maxDepth = 5

func (m *Message) readPart(contentType, encoding string, body io.Reader, depth int) error {
	mediaType, params, err := mime.ParseMediaType(contentType)
	if err != nil {
		mediaType = "text/plain"
	}
	if strings.HasPrefix(mediaType, "multipart/") {
		if depth == maxDepth {
			return fmt.Errorf("the body is nested more than %d deep", maxDepth)
		}
		return m.readParts(multipart.NewReader(body, params["boundary"]), depth)
	}
	switch strings.ToLower(encoding) {
	case "quoted-printable":
		body = quotedprintable.NewReader(body)
	case "base64":
		body = base64.NewDecoder(base64.StdEncoding, body)
	}
	content, err := io.ReadAll(body)
	if err != nil {
		return fmt.Errorf("reading the %s body: %w", mediaType, err)
	}
	text := strings.ToValidUTF8(strings.ReplaceAll(string(content), "\r\n", "\n"), "\uFFFD")
	switch {
	case mediaType == "text/plain" && m.Text == "":
		m.Text = text
	case mediaType == "text/html" && m.HTML == "":
		m.HTML = text
	}
	return nil
}

func (m *Message) readParts(parts *multipart.Reader, depth int) error {
	for {
		part, err := parts.NextRawPart()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("reading the parts: %w", err)
		}
		err = m.readPart(part.Header.Get("Content-Type"), part.Header.Get("Content-Transfer-Encoding"), part, depth+1)
		if err != nil {
			return err
		}
	}
}

func decodeHeader(value string) string {
	decoded, err := new(mime.WordDecoder).DecodeHeader(value)
	if err != nil {
		return value // shown as it came
	}
	return decoded
}

// address finds web addresses in plain text; punctuation that ends a sentence
// does not belong to one.
var address = regexp.MustCompile(`https?://[^\s<>"]*[^\s<>".,;:!?)\]']`)

func links(text string) []string {
	found := []string{}
	seen := map[string]bool{}
	for _, link := range address.FindAllString(text, -1) {
		if !seen[link] {
			seen[link] = true
			found = append(found, link)
		}
	}
	return found
}
