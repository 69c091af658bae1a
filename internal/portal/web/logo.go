// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package web

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"strings"
	"sync"
	"time"
)

const (
	// maxLogo is the most bytes of a logo: it is part of every page.
	maxLogo = 32 << 10
	// lookAtLogo is how often the file is looked at, at most.
	lookAtLogo = 2 * time.Second
)

// svgPolicy keeps an image from doing anything but being drawn, should somebody open it by itself.
const svgPolicy = "default-src 'none'; style-src 'unsafe-inline'; sandbox"

// logo serves the image of a mounted file from memory, and reads it again when it was replaced.
type logo struct {
	file   string
	logger *slog.Logger

	mu     sync.Mutex
	looked time.Time
	// stamp is the state of the file when it was read.
	stamp string
	image asset
	kind  string
}

func newLogo(file string, logger *slog.Logger) *logo { return &logo{file: file, logger: logger} }

// current answers the image and the ending of its name; false when there is none that can be shown.
func (l *logo) current(now time.Time) (image asset, kind string, ok bool) {
	if l.file == "" {
		return asset{}, "", false
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if since := now.Sub(l.looked); l.looked.IsZero() || since < 0 || since >= lookAtLogo {
		l.looked = now
		l.look()
	}
	return l.image, l.kind, l.kind != ""
}

// look reads the file if it is not the one that was read.
func (l *logo) look() {
	stamp := "none"
	if info, err := os.Stat(l.file); err == nil {
		stamp = fmt.Sprint(info.ModTime().UnixNano(), info.Size())
	}
	if stamp == l.stamp {
		return
	}
	l.stamp, l.image, l.kind = stamp, asset{}, ""
	image, kind, err := readLogo(l.file)
	if err != nil {
		l.logger.Warn("Logo is not shown", "err", err)
		return
	}
	l.image, l.kind = image, kind
}

// readLogo reads an image and tells by its content what it is.
func readLogo(file string) (image asset, kind string, err error) {
	opened, err := os.Open(file)
	if err != nil {
		return asset{}, "", fmt.Errorf("reading the logo: %w", err)
	}
	defer opened.Close()
	raw, err := io.ReadAll(io.LimitReader(opened, maxLogo+1))
	switch {
	case err != nil:
		return asset{}, "", fmt.Errorf("reading the logo: %w", err)
	case len(raw) > maxLogo:
		return asset{}, "", fmt.Errorf("the logo has more than %d bytes: make it smaller", maxLogo)
	}
	switch sniffed := http.DetectContentType(raw); {
	case sniffed == "image/png":
		return newAsset(sniffed, raw), "png", nil
	case sniffed == "image/webp":
		return newAsset(sniffed, raw), "webp", nil
	case isSVG(raw):
		return newAsset(typeIcon, raw), "svg", nil
	}
	return asset{}, "", errors.New("the logo is no SVG, PNG or WebP image: convert it")
}

// isSVG says whether a text is an XML document whose root is svg.
func isSVG(raw []byte) bool {
	decoder := xml.NewDecoder(bytes.NewReader(raw))
	for {
		token, err := decoder.Token()
		if err != nil {
			return false
		}
		if root, ok := token.(xml.StartElement); ok {
			return root.Name.Local == "svg"
		}
	}
}

// url is the address of the image; empty when there is none.
func (l *logo) url(now time.Time) string {
	image, kind, ok := l.current(now)
	if !ok {
		return ""
	}
	return "/assets/logo." + image.hash + "." + kind
}

// logoReply sends a logo.
type logoReply struct{ assetReply }

func (r logoReply) write(x *exchange) {
	x.w.Header().Set("Content-Security-Policy", svgPolicy)
	r.assetReply.write(x)
}

// find answers the image for a name such as logo.0123456789abcdef.svg. A page of a moment ago may name one that was replaced: it gets what
// there is, but must not keep it.
func (l *logo) find(name string, now time.Time) (reply, bool) {
	if !strings.HasPrefix(name, "logo.") {
		return nil, false
	}
	image, kind, ok := l.current(now)
	if !ok {
		return nil, false
	}
	return logoReply{assetReply{asset: image, exact: name == "logo."+image.hash+"."+kind}}, true
}
