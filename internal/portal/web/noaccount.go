// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package web

// noAccountView says whom to ask for an account.
type noAccountView struct{ Desk string }

func (s *site) showNoAccount(x *exchange) (reply, error) {
	t := x.texts()
	return page{name: "noaccount", title: t.get("noAccount.title"), body: noAccountView{Desk: desk(x, t)}}, t.err
}

// desk names the support desk within a sentence.
func desk(x *exchange, t *texts) string {
	if name := x.look.support.DeskName; name != "" {
		return name
	}
	return t.get("support.someone")
}
