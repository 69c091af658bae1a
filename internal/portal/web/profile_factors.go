// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package web

import (
	"cmp"
	"context"
	"errors"

	"github.com/forecourt-dev/forecourt/internal/portal/account"
	"github.com/forecourt-dev/forecourt/internal/portal/flow"
	"github.com/forecourt-dev/forecourt/internal/portal/secondfactor"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
)

const factorsPath = "/profile/factors"

func (s *site) factorsRoutes() map[string]signedInHandler {
	return map[string]signedInHandler{
		"GET " + factorsPath:                       s.showFactors,
		"POST " + factorsPath + "/app":             s.proven(s.beginApp),
		"GET " + factorsPath + "/app":              s.proven(s.showApp),
		"POST " + factorsPath + "/app/code":        s.proven(s.finishApp),
		"GET " + factorsPath + "/passkey":          s.proven(s.showNewPasskey),
		"POST " + factorsPath + "/passkey":         s.proven(s.finishPasskey),
		"POST " + factorsPath + "/passkey/options": s.proven(s.newPasskeyOptions),
		"POST " + factorsPath + "/codes":           s.proven(s.renewCodes),
		"POST " + factorsPath + "/{id}/remove":     s.proven(s.removeFactor),
	}
}

// factorLine is one second factor in the list.
type factorLine struct {
	ID, Name, Kind, Added, LastUsed string
	// Removable is false for the last one while the policy asks for one.
	Removable bool
}

// factorsView lists one's own second factors.
type factorsView struct {
	FormToken, Notice, Problem string
	Factors                    []factorLine
	// Lead says what the policy asks for, Codes how many recovery codes are left.
	Lead, Codes string
	// Offered says that factors can be added, Full that there are as many as there may be.
	Offered, Full, Required bool
}

var factorNotices = map[string]string{
	"added": "factors.added", "removed": "factors.removed",
}

func (s *site) showFactors(x *exchange, v *viewer) (reply, error) { return s.factorsPage(x, v, "") }

// factorsPage lists factors; the key of a problem says why the last change was not made.
func (s *site) factorsPage(x *exchange, v *viewer, problemKey string) (reply, error) {
	ctx := x.r.Context()
	var state secondfactor.State
	var demand secondfactor.Demand
	err := s.db.Read(ctx, func(tx *store.Tx) (err error) {
		if state, err = s.signIns.Factors.Of(ctx, tx, v.account.ID); err != nil {
			return err
		}
		demand, err = s.signIns.Factors.DemandOf(ctx, tx, v.account)
		return err
	})
	if err != nil {
		return nil, err
	}
	t := x.texts()
	view := factorsView{
		FormToken: s.forms.sessionToken(v.session.ID), Offered: demand.Offered, Full: len(state.Factors) >= secondfactor.MaxFactors,
		Required: demand.Required, Lead: t.get(leadKey(demand)),
	}
	if problemKey == "" {
		view.Notice = x.notice(t, factorNotices)
	} else {
		view.Problem = t.get(problemKey)
	}
	for _, factor := range state.Factors {
		view.Factors = append(view.Factors, s.factorLine(x, t, factor, len(state.Factors) > 1 || !demand.Required))
	}
	if state.Any() {
		view.Codes = t.count("factors.codesLeft", state.Codes)
	}
	return page{
		status: statusOf(view.Problem != ""), name: "factors", title: t.get("factors.title"), problem: view.Problem != "",
		viewer: s.bar(x.look, v, "profile.factors"), body: view,
	}, t.err
}

func leadKey(demand secondfactor.Demand) string {
	switch {
	case demand.Required:
		return "factors.leadRequired"
	case demand.Offered:
		return "factors.leadOptional"
	default:
		return "factors.leadOff"
	}
}

func (s *site) factorLine(x *exchange, t *texts, factor secondfactor.Factor, removable bool) factorLine {
	kind := t.get("factors.app")
	if factor.Kind == secondfactor.Passkey {
		kind = t.get("factors.passkey")
	}
	return factorLine{
		ID: factor.ID, Name: cmp.Or(factor.Name, kind), Kind: kind, Removable: removable,
		Added: x.locale.DateTime(factor.CreatedAt, x.look.zone), LastUsed: x.locale.DateTime(factor.LastUsedAt, x.look.zone),
	}
}

// visitOf is the visit for steps of somebody who is signed in: it ends with the session.
func visitOf(v *viewer) string { return flow.Hash("session\x00" + v.session.ID) }

// inFactors runs a change of one's own factors in one transaction and answers what people can do something about as a page.
func (s *site) inFactors(x *exchange, v *viewer, do func(context.Context, *store.Tx) (reply, error)) (reply, error) {
	ctx := x.r.Context()
	var answer reply
	err := s.db.Tx(ctx, func(tx *store.Tx) (err error) {
		answer, err = do(ctx, tx)
		return err
	})
	switch {
	case errors.Is(err, flow.ErrNone), errors.Is(err, secondfactor.ErrNotFound): // over, or gone already: the list shows what there is
		return redirect{factorsPath}, nil
	case errors.Is(err, secondfactor.ErrNotOffered):
		return s.factorsPage(x, v, "factors.leadOff")
	case errors.Is(err, secondfactor.ErrTooMany):
		return s.factorsPage(x, v, "factors.full")
	case errors.Is(err, secondfactor.ErrLast):
		return s.factorsPage(x, v, "factors.last")
	case err != nil:
		return nil, err
	}
	return answer, nil
}

// beginApp makes the secret for an app.
func (s *site) beginApp(x *exchange, v *viewer) (reply, error) {
	return s.inFactors(x, v, func(ctx context.Context, tx *store.Tx) (reply, error) {
		return redirect{factorsPath + "/app"}, s.signIns.Factors.BeginTOTP(ctx, tx, visitOf(v), v.account.ID)
	})
}

func (s *site) showApp(x *exchange, v *viewer) (reply, error) { return s.appPage(x, v, "") }

func (s *site) appPage(x *exchange, v *viewer, fault string) (reply, error) {
	ctx := x.r.Context()
	var setup *secondfactor.Setup
	err := s.db.Read(ctx, func(tx *store.Tx) (err error) {
		setup, err = s.signIns.Factors.SetupOf(ctx, tx, visitOf(v), v.account)
		return err
	})
	if errors.Is(err, flow.ErrNone) {
		return redirect{factorsPath}, nil
	}
	if err != nil {
		return nil, err
	}
	view := setupView{FormToken: s.forms.sessionToken(v.session.ID), Action: factorsPath + "/app/code", Fault: fault, Name: x.value("name")}
	if err := view.show(setup); err != nil {
		return nil, err
	}
	t := x.texts()
	return page{
		status: statusOf(fault != ""), name: "factorapp", title: t.get("factors.addApp"), problem: fault != "",
		viewer: s.bar(x.look, v, "profile.factors"), body: view,
	}, t.err
}

// finishApp adds the app that made the first code.
func (s *site) finishApp(x *exchange, v *viewer) (reply, error) {
	given := secondfactor.Given{Code: x.value("code"), Name: x.value("name")}
	wrong := false
	answer, err := s.inFactors(x, v, func(ctx context.Context, tx *store.Tx) (reply, error) {
		ok, err := s.signIns.Factors.FinishTOTP(ctx, tx, visitOf(v), v.account, given, v.actor(x))
		if wrong = !ok; err != nil || wrong {
			return nil, err
		}
		return s.afterAdding(x, v, tx)
	})
	if err != nil || !wrong || answer != nil {
		return answer, err
	}
	t := x.texts()
	fault := t.get("setup.wrong")
	if t.err != nil {
		return nil, t.err
	}
	return s.appPage(x, v, fault)
}

// afterAdding goes back to the list, or shows the recovery codes that come with the first factor.
func (s *site) afterAdding(x *exchange, v *viewer, tx *store.Tx) (reply, error) {
	ctx := x.r.Context()
	state, err := s.signIns.Factors.Of(ctx, tx, v.account.ID)
	if err != nil {
		return nil, err
	}
	if len(state.Factors) > 1 || state.Codes > 0 {
		return redirect{factorsPath + "?notice=added"}, nil
	}
	return s.newCodes(x, v, tx)
}

func (s *site) newCodes(x *exchange, v *viewer, tx *store.Tx) (reply, error) {
	codes, err := s.signIns.Factors.NewCodes(x.r.Context(), tx, v.account, v.actor(x))
	if err != nil {
		return nil, err
	}
	return recoveryCodesPage(x, codes, factorsPath, s.bar(x.look, v, "profile.factors"))
}

// renewCodes replaces the recovery codes.
func (s *site) renewCodes(x *exchange, v *viewer) (reply, error) {
	return s.inFactors(x, v, func(ctx context.Context, tx *store.Tx) (reply, error) {
		if err := account.Hold(ctx, tx, v.account.ID); err != nil {
			return nil, err
		}
		if has, err := s.signIns.Factors.Has(ctx, tx, v.account.ID); err != nil || !has {
			return redirect{factorsPath}, err
		}
		return s.newCodes(x, v, tx)
	})
}

// newPasskeyView is the page on which a passkey is added.
type newPasskeyView struct{ Passkey passkeyView }

func (s *site) showNewPasskey(x *exchange, v *viewer) (reply, error) {
	return s.newPasskeyPage(x, v, "")
}

func (s *site) newPasskeyPage(x *exchange, v *viewer, faultKey string) (reply, error) {
	t := x.texts()
	view := newPasskeyView{Passkey: passkeyView{
		FormToken: s.forms.sessionToken(v.session.ID), Action: factorsPath + "/passkey", Make: true, Label: t.get("factor.makePasskey"),
	}}
	if faultKey != "" {
		view.Passkey.Fault = t.get(faultKey)
	}
	return page{
		status: statusOf(faultKey != ""), name: "factorpasskey", title: t.get("factors.addPasskey"), problem: faultKey != "",
		viewer: s.bar(x.look, v, "profile.factors"), body: view,
	}, t.err
}

// newPasskeyOptions answers what the browser needs to make a passkey.
func (s *site) newPasskeyOptions(x *exchange, v *viewer) (reply, error) {
	return s.inFactors(x, v, func(ctx context.Context, tx *store.Tx) (reply, error) {
		options, err := s.signIns.Factors.BeginPasskey(ctx, tx, visitOf(v), v.account)
		return document(options), err
	})
}

// finishPasskey adds the passkey that the browser made.
func (s *site) finishPasskey(x *exchange, v *viewer) (reply, error) {
	given := secondfactor.Given{Passkey: []byte(x.value("passkey")), Name: x.value("name")}
	wrong := false
	answer, err := s.inFactors(x, v, func(ctx context.Context, tx *store.Tx) (reply, error) {
		ok, err := s.signIns.Factors.FinishPasskey(ctx, tx, visitOf(v), v.account, given, v.actor(x))
		if wrong = !ok; err != nil || wrong {
			return nil, err
		}
		return s.afterAdding(x, v, tx)
	})
	if err != nil || !wrong || answer != nil {
		return answer, err
	}
	return s.newPasskeyPage(x, v, "factor.passkeyNotMade")
}

// removeFactor removes one of one's own factors.
func (s *site) removeFactor(x *exchange, v *viewer) (reply, error) {
	return s.inFactors(x, v, func(ctx context.Context, tx *store.Tx) (reply, error) {
		return redirect{factorsPath + "?notice=removed"}, s.signIns.Factors.Remove(ctx, tx, v.account, x.r.PathValue("id"), v.actor(x))
	})
}
