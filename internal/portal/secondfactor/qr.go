// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package secondfactor

import (
	"fmt"
	"strings"

	"rsc.io/qr"
)

// QR is a QR code as the parts of an SVG image.
type QR struct {
	// Size is the width and height of the image in modules, its margin included.
	Size int
	// Path draws the dark modules.
	Path string
}

// quiet is the margin in modules that readers need (ISO/IEC 18004).
const quiet = 4

// QR is the setup for a camera.
func (s Setup) QR() (QR, error) {
	code, err := qr.Encode(s.URI, qr.M)
	if err != nil {
		return QR{}, fmt.Errorf("drawing a QR code: %w", err)
	}
	var path strings.Builder
	for y := range code.Size {
		for x := 0; x < code.Size; x++ {
			from := x
			for x < code.Size && code.Black(x, y) {
				x++
			}
			if x > from {
				fmt.Fprintf(&path, "M%d %dh%dv1h-%dz", from+quiet, y+quiet, x-from, x-from)
			}
		}
	}
	return QR{Size: code.Size + 2*quiet, Path: path.String()}, nil
}
