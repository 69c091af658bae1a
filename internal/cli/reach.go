// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"context"
	"errors"
	"fmt"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/forecourt-dev/forecourt/internal/portalapi"
	"github.com/forecourt-dev/forecourt/internal/portalclient"
	"github.com/forecourt-dev/forecourt/internal/portalreach"
)

// reach returns a client of the internal API of a portal of the namespace, as one of portalapi's roles: NAME or rp/NAME.
// Close of the client ends its tunnel. Errors of its calls go through explainCall.
func (c *cluster) reach(ctx context.Context, argument, role string) (*portalclient.Client, error) {
	kind, name, err := parseTarget(argument)
	if err != nil {
		return nil, err
	}
	if kind == kindTenant {
		return nil, &usageError{fmt.Errorf("%q is a DealerTenant: name its portal", argument)}
	}
	portal, err := c.portal(ctx, name)
	if err != nil {
		return nil, err
	}
	return portalreach.Cluster{Config: c.config, Reader: c}.Portal(ctx, client.ObjectKeyFromObject(portal), role)
}

// explainCall says what to do about an error of a call to a portal.
func (c *cluster) explainCall(err error, argument string) error {
	if _, known := errors.AsType[curable](err); known || err == nil {
		return err
	}
	_, name, parseErr := parseTarget(argument)
	if parseErr != nil {
		return err
	}
	see := fmt.Sprintf("kubectl forecourt status rp/%s -n %s", name, c.namespace)
	switch portalclient.Code(err) {
	case portalapi.CodeInvalid, portalapi.CodeNotFound, portalapi.CodeTooLarge:
		return withCure(err, "Correct what the message names, then try again.")
	case portalapi.CodeUnauthorized:
		return withCure(err, "The portal's pods hold other tokens than its internal Secret; they read it anew within two minutes. "+
			"If it stays, restart them: kubectl rollout restart deployment -n %s -l app.kubernetes.io/instance=%s", c.namespace, name)
	case portalapi.CodeUnavailable:
		return withCure(err, "The portal's database does not answer. See more: %s", see)
	}
	if portalclient.Unreachable(err) {
		return withCure(err, "The portal did not answer. See how it is: %s", see)
	}
	return err
}
