// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package web

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"net/http"
	"strings"

	"github.com/forecourt-dev/forecourt/internal/portal/web/accent"
)

//go:embed assets/site.css assets/site.js
var assetFiles embed.FS

const (
	typeStyle  = "text/css; charset=utf-8"
	typeScript = "text/javascript; charset=utf-8"
	typeIcon   = "image/svg+xml"
)

// asset is a file that browsers keep: its name changes with its content.
type asset struct {
	contentType string
	body        []byte
	hash        string
}

func newAsset(contentType string, body []byte) asset {
	sum := sha256.Sum256(body)
	return asset{contentType: contentType, body: body, hash: hex.EncodeToString(sum[:8])}
}

// assetURLs are the addresses that a page refers to.
type assetURLs struct {
	Style, Script, Accent, Icon string
	// Logo of the portal; empty when it has none.
	Logo string
}

// assets answers the embedded files and what is made from an accent colour.
type assets struct {
	style, script asset
}

func loadAssets() (*assets, error) {
	style, err := assetFiles.ReadFile("assets/site.css")
	if err != nil {
		return nil, fmt.Errorf("reading the stylesheet: %w", err)
	}
	script, err := assetFiles.ReadFile("assets/site.js")
	if err != nil {
		return nil, fmt.Errorf("reading the script: %w", err)
	}
	return &assets{style: newAsset(typeStyle, style), script: newAsset(typeScript, script)}, nil
}

// urls answers the addresses for an accent colour.
func (a *assets) urls(c accent.Color) assetURLs {
	return assetURLs{
		Style:  "/assets/site." + a.style.hash + ".css",
		Script: "/assets/site." + a.script.hash + ".js",
		Accent: "/assets/accent-" + c.Hex() + "." + newAsset(typeStyle, accent.Stylesheet(c)).hash + ".css",
		Icon:   "/assets/icon-" + c.Hex() + "." + newAsset(typeIcon, accent.Icon(c)).hash + ".svg",
	}
}

// find answers the asset with a name such as site.0123456789abcdef.css, and whether the hash in the name is that of the content.
// Another hash comes from a page of an older or newer replica: it gets what there is, but must not keep it.
func (a *assets) find(name string) (found asset, exact, ok bool) {
	parts := strings.Split(name, ".")
	if len(parts) != 3 {
		return asset{}, false, false
	}
	stem, hash, extension := parts[0], parts[1], parts[2]
	kind, hex, _ := strings.Cut(stem, "-")
	switch {
	case stem == "site" && extension == "css":
		found = a.style
	case stem == "site" && extension == "js":
		found = a.script
	case kind == "accent" && extension == "css", kind == "icon" && extension == "svg":
		c, err := accent.Parse("#" + hex)
		if err != nil || c.Hex() != hex {
			return asset{}, false, false
		}
		if kind == "accent" {
			found = newAsset(typeStyle, accent.Stylesheet(c))
		} else {
			found = newAsset(typeIcon, accent.Icon(c))
		}
	default:
		return asset{}, false, false
	}
	return found, found.hash == hash, true
}

// assetReply sends an asset.
type assetReply struct {
	asset
	exact bool
}

func (a assetReply) write(x *exchange) {
	header := x.w.Header()
	header.Set("Content-Type", a.contentType)
	if a.exact {
		header.Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	x.w.WriteHeader(http.StatusOK)
	x.send(a.body)
}

func (s *site) showAsset(x *exchange) (reply, error) {
	if image, ok := s.logo.find(x.r.PathValue("name"), x.now()); ok {
		return image, nil
	}
	found, exact, ok := s.assets.find(x.r.PathValue("name"))
	if !ok {
		return nil, faultNotFound
	}
	return assetReply{asset: found, exact: exact}, nil
}
