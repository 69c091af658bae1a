// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package portalapi

import (
	"fmt"
	"net/url"
	"strconv"
)

// ImportOptions are the query parameters of POST accounts/imports.
type ImportOptions struct {
	// DryRun checks and counts, and changes nothing.
	DryRun bool
	// SkipInvalid applies the valid lines although others are not.
	SkipInvalid bool
	// AllowRoleChange lets a role rise.
	AllowRoleChange bool
	// TrustAddresses counts mail addresses as confirmed.
	TrustAddresses bool
}

// importFlags lists the parameters by name.
func (o *ImportOptions) importFlags() map[string]*bool {
	return map[string]*bool{
		"dryRun":          &o.DryRun,
		"skipInvalid":     &o.SkipInvalid,
		"allowRoleChange": &o.AllowRoleChange,
		"trustAddresses":  &o.TrustAddresses,
	}
}

// Query returns the options as query parameters; false ones are left out.
func (o ImportOptions) Query() url.Values {
	query := url.Values{}
	for name, flag := range o.importFlags() {
		if *flag {
			query.Set(name, "true")
		}
	}
	return query
}

// ParseImportOptions reads query parameters. Unknown parameters and values other than true and false are refused.
func ParseImportOptions(query url.Values) (ImportOptions, error) {
	var options ImportOptions
	flags := options.importFlags()
	for name, values := range query {
		flag, known := flags[name]
		if !known {
			return ImportOptions{}, fmt.Errorf("query parameter %q is unknown: use dryRun, skipInvalid, allowRoleChange or trustAddresses", name)
		}
		value, err := strconv.ParseBool(values[0])
		if err != nil {
			return ImportOptions{}, fmt.Errorf("query parameter %s: %q: want true or false", name, values[0])
		}
		*flag = value
	}
	return options, nil
}
