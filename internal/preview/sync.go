// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package preview

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/google/uuid"
	"golang.org/x/sync/errgroup"

	"github.com/forecourt-dev/forecourt/internal/invitations"
	"github.com/forecourt-dev/forecourt/internal/manifest"
	"github.com/forecourt-dev/forecourt/internal/portalapi"
	"github.com/forecourt-dev/forecourt/internal/portalclient"
)

// parallel is how many tenants are sent at the same time.
const parallel = 8

// pageSize is how many tenants are listed at a time.
const pageSize = 500

// sync puts settings and tenants in force, as the operator does: only what differs is sent, and what is in no file any more
// is closed.
func (p *portal) sync(ctx context.Context) error {
	client, err := p.client()
	if err != nil {
		return err
	}
	defer client.Close()
	// Files have no generation; the time stands in for it, so that what was read later counts as newer.
	generation := time.Now().Unix()
	if err := p.putSettings(ctx, client, generation); err != nil {
		return err
	}
	if err := p.inviteDesk(ctx, client); err != nil {
		return err
	}
	stored, err := listTenants(ctx, client)
	if err != nil {
		return err
	}
	sending, sendingCtx := errgroup.WithContext(ctx)
	sending.SetLimit(parallel)
	for _, tenant := range p.declared.Tenants {
		code := tenant.Object.Spec.DealerCode
		known := stored[code]
		delete(stored, code)
		body, err := wireTenant(tenant, generation)
		if err != nil {
			return err
		}
		if known.UID == body.UID && !known.Closed && upToDate(known, body) {
			continue
		}
		if known.UID != body.UID {
			body.Supersedes = known.UID
		}
		sending.Go(func() error {
			if _, err := client.PutTenant(sendingCtx, code, body); err != nil {
				return fmt.Errorf("dealership %s: %w", code, err)
			}
			return nil
		})
	}
	if err := sending.Wait(); err != nil {
		return err
	}
	return closeLeftovers(ctx, client, stored)
}

func closeLeftovers(ctx context.Context, client *portalclient.Client, stored map[string]portalapi.TenantState) error {
	for code, tenant := range stored {
		if tenant.Closed {
			continue
		}
		if err := client.CloseTenant(ctx, code, tenant.UID, ""); err != nil {
			return fmt.Errorf("closing dealership %s, which is in no file: %w", code, err)
		}
	}
	return nil
}

// client calls the portal as the operator.
func (p *portal) client() (*portalclient.Client, error) {
	certificate, err := os.ReadFile(p.file(dirInternal, fileCertificate))
	if err != nil {
		return nil, err
	}
	token, err := os.ReadFile(p.file(dirInternal, portalapi.RoleOperator))
	if err != nil {
		return nil, err
	}
	return portalclient.New(portalclient.Options{
		URL: p.internalURL(), CertificatePEM: certificate, Token: string(token),
	})
}

// putSettings sends the settings when the portal, which may have seen them earlier, has others in force.
func (p *portal) putSettings(ctx context.Context, client *portalclient.Client, generation int64) error {
	settings := p.settings()
	wanted, err := settings.Digest()
	if err != nil {
		return err
	}
	state, _, err := client.State(ctx, "")
	if err != nil || state.SettingsDigest == wanted {
		return err
	}
	_, err = client.PutSettings(ctx, &portalapi.SettingsRequest{
		UID: identity(string(p.declared.Effective.UID), p.name()), Generation: generation, Settings: *settings,
	})
	return err
}

// inviteDesk hands over the invitations of the first accounts of the service desk.
func (p *portal) inviteDesk(ctx context.Context, client *portalclient.Client) error {
	if len(p.declared.Invitations) == 0 {
		return nil
	}
	hash, err := invitations.Hash(p.declared.Invitations)
	if err != nil {
		return err
	}
	_, err = client.InviteServiceDesk(ctx, &portalapi.ServiceDeskInvitations{Invitations: p.declared.Invitations, InvitationsHash: hash})
	if err != nil {
		return fmt.Errorf("inviting the service desk: %w", err)
	}
	return nil
}

// listTenants answers the tenants that the portal has, by dealer code.
func listTenants(ctx context.Context, client *portalclient.Client) (map[string]portalapi.TenantState, error) {
	stored := map[string]portalapi.TenantState{}
	for after := ""; ; {
		page, err := client.Tenants(ctx, after, pageSize)
		if err != nil {
			return nil, err
		}
		for _, tenant := range page.Tenants {
			stored[tenant.DealerCode] = tenant
		}
		if after = page.Next; after == "" {
			return stored, nil
		}
	}
}

func wireTenant(tenant *manifest.Tenant, generation int64) (*portalapi.Tenant, error) {
	object := tenant.Object
	body := &portalapi.Tenant{
		UID:        identity(string(object.UID), object.Namespace+"/"+object.Name),
		Generation: generation,
		Spec:       tenant.Spec,
	}
	if len(tenant.Invitations) == 0 {
		return body, nil
	}
	hash, err := invitations.Hash(tenant.Invitations)
	if err != nil {
		return nil, err
	}
	body.Invitations, body.InvitationsHash = tenant.Invitations, hash
	return body, nil
}

// upToDate tells whether the portal has this content in force. A tenant without invitations does not undo earlier ones.
func upToDate(known portalapi.TenantState, wanted *portalapi.Tenant) bool {
	digest, err := wanted.Spec.Digest()
	return err == nil && known.Digest == digest && (wanted.InvitationsHash == "" || known.InvitationsHash == wanted.InvitationsHash)
}

// previewSpace makes the identities of objects without a UID.
var previewSpace = uuid.MustParse("6f0b1f0e-3d0c-4c0e-9a53-0d6d1f3a7c11")

// identity is the object's UID or, for one that was written by hand, a fixed one for its name.
func identity(uid, name string) string {
	if uid != "" {
		return uid
	}
	return uuid.NewSHA1(previewSpace, []byte(name)).String()
}
