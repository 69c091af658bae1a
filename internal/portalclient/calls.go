// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package portalclient

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"strconv"

	"github.com/forecourt-dev/forecourt/internal/portalapi"
)

// State reads the portal's state. With the ETag of an earlier answer it returns a nil state when nothing has changed.
// The second result is the ETag for the next call.
func (c *Client) State(ctx context.Context, etag string) (*portalapi.State, string, error) {
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	req := request{method: http.MethodGet, path: "/state", header: http.Header{}}
	if etag != "" {
		req.header.Set("If-None-Match", etag)
	}
	response, err := c.send(ctx, req)
	if err != nil {
		return nil, "", err
	}
	defer response.Body.Close()
	if response.StatusCode == http.StatusNotModified {
		return nil, etag, nil
	}
	state := &portalapi.State{}
	if err := decode(response, state); err != nil {
		return nil, "", err
	}
	return state, response.Header.Get("ETag"), nil
}

// PutSettings puts settings in force. An older generation of the same portal is refused with OlderGeneration.
func (c *Client) PutSettings(ctx context.Context, body *portalapi.SettingsRequest) (*portalapi.SettingsResponse, error) {
	out := &portalapi.SettingsResponse{}
	if err := c.call(ctx, http.MethodPut, "/settings", nil, body, out); err != nil {
		return nil, err
	}
	return out, nil
}

// InviteServiceDesk hands over the invitations of the first accounts of the service desk and returns what is in force. It is idempotent.
func (c *Client) InviteServiceDesk(ctx context.Context, body *portalapi.ServiceDeskInvitations) (*portalapi.ServiceDesk, error) {
	out := &portalapi.ServiceDesk{}
	if err := c.call(ctx, http.MethodPut, "/service-desk/invitations", nil, body, out); err != nil {
		return nil, err
	}
	return out, nil
}

// PutTenant declares a tenant and returns what is in force. It is idempotent; an older generation is refused with
// OlderGeneration, a dealer code of another object with HeldByOther.
func (c *Client) PutTenant(ctx context.Context, dealerCode string, body *portalapi.Tenant) (*portalapi.TenantState, error) {
	out := &portalapi.TenantState{}
	if err := c.call(ctx, http.MethodPut, "/tenants/"+url.PathEscape(dealerCode), nil, body, out); err != nil {
		return nil, err
	}
	return out, nil
}

// CloseTenant closes the tenant if it still belongs to uid; otherwise nothing happens. accounts is Retain, Delete or, for
// what the tenant declared last, empty.
func (c *Client) CloseTenant(ctx context.Context, dealerCode, uid, accounts string) error {
	query := url.Values{"uid": {uid}, "accounts": {accounts}}
	return c.call(ctx, http.MethodDelete, "/tenants/"+url.PathEscape(dealerCode), query, nil, nil)
}

// Tenants reads one page of at most limit tenants, closed ones included, with dealer codes after the given one.
func (c *Client) Tenants(ctx context.Context, after string, limit int) (*portalapi.TenantPage, error) {
	query := url.Values{"after": {after}, "limit": {strconv.Itoa(limit)}}
	out := &portalapi.TenantPage{}
	if err := c.call(ctx, http.MethodGet, "/tenants", query, nil, out); err != nil {
		return nil, err
	}
	return out, nil
}

// StartRun asks for an inactivity run in the given mode (empty: the policy's). A run under way is joined: its state is
// returned, whatever its mode.
func (c *Client) StartRun(ctx context.Context, mode string) (*portalapi.Run, error) {
	out := &portalapi.Run{}
	if err := c.call(ctx, http.MethodPost, "/inactivity/runs", nil, portalapi.RunRequest{Mode: mode}, out); err != nil {
		return nil, err
	}
	return out, nil
}

// Run reads one inactivity run.
func (c *Client) Run(ctx context.Context, id string) (*portalapi.Run, error) {
	out := &portalapi.Run{}
	if err := c.call(ctx, http.MethodGet, "/inactivity/runs/"+url.PathEscape(id), nil, nil, out); err != nil {
		return nil, err
	}
	return out, nil
}

// ImportAccounts streams accounts.csv to the portal. There is no time limit but the context's.
func (c *Client) ImportAccounts(ctx context.Context, csv io.Reader, options portalapi.ImportOptions) (*portalapi.ImportResult, error) {
	response, err := c.send(ctx, request{
		method: http.MethodPost,
		path:   "/accounts/imports",
		query:  options.Query(),
		header: http.Header{"Content-Type": {"text/csv; charset=utf-8"}},
		body:   csv,
	})
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	out := &portalapi.ImportResult{}
	if err := decode(response, out); err != nil {
		return nil, err
	}
	return out, nil
}
