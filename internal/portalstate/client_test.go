// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package portalstate_test

import (
	"testing"
	"time"

	"github.com/forecourt-dev/forecourt/internal/keys"
	"github.com/forecourt-dev/forecourt/internal/portalapi"
	"github.com/forecourt-dev/forecourt/internal/portalclient"
)

// options of a client that no test calls.
func options(t *testing.T) portalclient.Options {
	t.Helper()
	data, err := keys.Internal("us.portals.svc", time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return portalclient.Options{URL: "https://127.0.0.1:1", CertificatePEM: data[keys.TLSCert], Token: string(data[portalapi.RoleOperator])}
}
