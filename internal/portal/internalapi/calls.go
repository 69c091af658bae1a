// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package internalapi

import (
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/forecourt-dev/forecourt/internal/portal/audit"
	"github.com/forecourt-dev/forecourt/internal/portal/config"
	"github.com/forecourt-dev/forecourt/internal/portal/servicedesk"
	"github.com/forecourt-dev/forecourt/internal/portalapi"
)

// actor is who calls with the operator's token.
func actor(class audit.ActorClass, w http.ResponseWriter) audit.Actor {
	return audit.Actor{Class: class, RequestID: w.Header().Get(referenceHeader)}
}

func (a *api) putSettings(w http.ResponseWriter, r *http.Request) error {
	var body portalapi.SettingsRequest
	if err := decodeBody(w, r, &body); err != nil {
		return err
	}
	if body.UID == "" || body.Generation < 1 {
		return invalid("uid and generation: want those of the portal object")
	}
	if faults := config.CheckSettings(&body.Settings); len(faults) > 0 {
		return invalid("settings: %s", errors.Join(faults...))
	}
	digest, err := a.Policy.Put(r.Context(), body, actor(audit.ActorOperator, w))
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, portalapi.SettingsResponse{Digest: digest})
}

func (a *api) listTenants(w http.ResponseWriter, r *http.Request) error {
	limit := portalapi.MaxTenantsPerPage
	if value := r.URL.Query().Get("limit"); value != "" {
		parsed, err := strconv.Atoi(value)
		if err != nil {
			return invalid("limit %.20q: want a number from 1 to %d", value, portalapi.MaxTenantsPerPage)
		}
		limit = parsed
	}
	page, err := a.Tenants.List(r.Context(), r.URL.Query().Get("after"), limit)
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, page)
}

func (a *api) putTenant(w http.ResponseWriter, r *http.Request) error {
	var body portalapi.Tenant
	if err := decodeBody(w, r, &body); err != nil {
		return err
	}
	state, err := a.Tenants.Put(r.Context(), r.PathValue("code"), &body, actor(audit.ActorOperator, w))
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, state)
}

func (a *api) closeTenant(w http.ResponseWriter, r *http.Request) error {
	query := r.URL.Query()
	err := a.Tenants.Close(r.Context(), r.PathValue("code"), query.Get("uid"), query.Get("accounts"), actor(audit.ActorOperator, w))
	if err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

func (a *api) inviteServiceDesk(w http.ResponseWriter, r *http.Request) error {
	var body portalapi.ServiceDeskInvitations
	if err := decodeBody(w, r, &body); err != nil {
		return err
	}
	state, err := servicedesk.Put(r.Context(), a.DB, &body, actor(audit.ActorOperator, w))
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, state)
}

// importAccounts reads a body of any length; the connection's time limits do not apply to it.
func (a *api) importAccounts(w http.ResponseWriter, r *http.Request) error {
	options, err := portalapi.ParseImportOptions(r.URL.Query())
	if err != nil {
		return invalid("%s", err)
	}
	control := http.NewResponseController(w)
	if err := errors.Join(control.SetReadDeadline(time.Time{}), control.SetWriteDeadline(time.Time{})); err != nil {
		return err
	}
	result, err := a.Imports.Import(r.Context(), r.Body, options, actor(audit.ActorImport, w))
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, result)
}
