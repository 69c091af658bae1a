// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package web

import (
	"time"

	"github.com/forecourt-dev/forecourt/internal/portal/account"
)

// linkDays is how long activation links are good.
const linkDays = int(account.ActivationLifetime / (24 * time.Hour))

// noAccountView says whom to ask for an account.
type noAccountView struct {
	Desk string
	// LinkDays is how long invitations are good.
	LinkDays int
}

func (s *site) showNoAccount(x *exchange) (reply, error) {
	t := x.texts()
	return page{name: "noaccount", title: t.get("noAccount.title"), body: noAccountView{Desk: desk(x, t), LinkDays: linkDays}}, t.err
}

// desk names the support desk within a sentence.
func desk(x *exchange, t *texts) string {
	if name := x.support().DeskName; name != "" {
		return name
	}
	return t.get("support.someone")
}
