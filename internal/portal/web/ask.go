// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package web

import (
	"encoding/binary"
	"errors"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/forecourt-dev/forecourt/internal/portal/account"
)

// proofLife is how long somebody who gave the right password may ask for reactivation without giving it again.
const proofLife = 15 * time.Minute

// proof says that the visitor of a flow gave an account's password a moment ago. It is good for nothing but to ask for the
// reactivation of that account.
func (f *forms) proof(flow string, accountID uuid.UUID) string {
	raw := binary.BigEndian.AppendUint64(accountID[:], uint64(f.now().Add(proofLife).Unix())) //nolint:gosec // not before 1970
	payload := encoding.EncodeToString(raw)
	return payload + "." + f.sign("asks for reactivation", flow+" "+payload)
}

// proved answers the account of a proof; ok is false when it is too old, of another flow or made up.
func (f *forms) proved(flow, proof string) (accountID string, ok bool) {
	payload, mac, _ := strings.Cut(proof, ".")
	raw, err := encoding.DecodeString(payload)
	if err != nil || len(raw) != len(uuid.UUID{})+8 || !f.matches(mac, "asks for reactivation", flow+" "+payload) {
		return "", false
	}
	ends := time.Unix(int64(binary.BigEndian.Uint64(raw[len(uuid.UUID{}):])), 0) //nolint:gosec // written by proof
	return uuid.UUID(raw[:len(uuid.UUID{})]).String(), f.now().Before(ends)
}

// proofFor lets the owner of a disabled account, who has just given its password, ask for its reactivation.
func (s *site) proofFor(x *exchange, a *account.Account) (string, error) {
	id, err := uuid.Parse(a.ID)
	if err != nil {
		return "", err
	}
	return s.forms.proof(s.flowOf(x), id), nil
}

// askedView confirms a request for reactivation.
type askedView struct {
	// Nobody is true when there is no administrator and nobody at the service desk who can be mailed.
	Nobody bool
	Desk   string
}

// askForReactivation tells those who can help. Asking again on the same day changes nothing and looks the same.
func (s *site) askForReactivation(x *exchange) (reply, error) {
	flow, _ := s.forms.flow(x.r)
	id, ok := s.forms.proved(flow, x.value("proof"))
	if !ok {
		return nil, faultForm
	}
	asked, err := s.people.Ask(x.r.Context(), id, x.reference)
	if errors.Is(err, account.ErrConflict) { // somebody was faster: the sign-in tells how things are now
		return redirect{"/sign-in"}, nil
	}
	if err != nil {
		return nil, err
	}
	if !asked {
		return redirect{"/sign-in/asked?notice=nobody"}, nil
	}
	return redirect{"/sign-in/asked"}, nil
}

func (s *site) showAsked(x *exchange) (reply, error) {
	t := x.texts()
	view := askedView{Nobody: x.r.URL.Query().Get("notice") == "nobody", Desk: desk(x, t)}
	return page{name: "asked", title: t.get("asked.title"), body: view}, t.err
}
