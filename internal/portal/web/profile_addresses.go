// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package web

import (
	"errors"
	"net/http"
	"strings"

	"github.com/nyaruka/phonenumbers"

	"github.com/forecourt-dev/forecourt/internal/portal/account"
	"github.com/forecourt-dev/forecourt/internal/portal/address"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
)

func (s *site) addressRoutes() map[string]signedInHandler {
	return map[string]signedInHandler{
		"GET /profile/addresses":                s.showAddresses,
		"GET /profile/addresses/{slot}":         s.proven(s.showAddress),
		"POST /profile/addresses/{slot}":        s.proven(s.askForAddress),
		"GET /profile/addresses/{slot}/code":    s.showAddressCode,
		"POST /profile/addresses/{slot}/code":   s.proven(s.confirmAddress),
		"POST /profile/addresses/{slot}/again":  s.proven(s.addressCodeAgain),
		"POST /profile/addresses/{slot}/cancel": s.cancelAddress,
		"POST /profile/addresses/{slot}/remove": s.proven(s.removeAddress),
	}
}

// slots are the addresses by the word in the page's path, with the keys of their texts.
var slots = map[string]struct {
	slot       address.Slot
	label, use string
}{
	"mail":        {address.Mail, "address.mail", "address.mailUse"},
	"second-mail": {address.SecondMail, "address.secondMail", "address.secondMailUse"},
	"phone":       {address.Phone, "address.phone", "address.phoneUse"},
}

// addressView is one address of an account.
type addressView struct {
	Word, Label, Use string
	// Value is empty where there is none, Confirmed true when it counts.
	Value     string
	Confirmed bool
	// Waiting is the address that waits for its confirmation.
	Waiting string
	// Changeable is false where no code can be sent to, Removable for the first one.
	Changeable, Removable bool
}

// addressesView is the list of one's own addresses.
type addressesView struct {
	FormToken, Notice string
	List              []addressView
}

var addressNotices = map[string]string{
	"confirmed": "address.confirmed", "removed": "address.removed", "canceled": "address.canceled", "over": "address.over",
}

// addresses answers what an account has.
func (s *site) addresses(t *texts, a *account.Account) []addressView {
	shown := a.Phone
	if shown != "" {
		shown = showPhone("", a.Phone, s.market).Shown
	}
	return []addressView{
		{Word: "mail", Label: t.get("address.mail"), Use: t.get("address.mailUse"), Value: a.Mail, Confirmed: !a.MailConfirmedAt.IsZero()},
		{
			Word: "second-mail", Label: t.get("address.secondMail"), Use: t.get("address.secondMailUse"), Value: a.SecondMail,
			Confirmed: !a.SecondMailConfirmedAt.IsZero(), Removable: a.SecondMail != "",
		},
		{
			Word: "phone", Label: t.get("address.phone"), Use: t.get("address.phoneUse"), Value: shown,
			Confirmed: !a.PhoneConfirmedAt.IsZero(), Removable: a.Phone != "",
		},
	}
}

func (s *site) showAddresses(x *exchange, v *viewer) (reply, error) {
	waiting, err := address.List(x.r.Context(), s.db, v.account.ID)
	if err != nil {
		return nil, err
	}
	t := x.texts()
	view := addressesView{
		FormToken: s.forms.sessionToken(v.session.ID), Notice: x.notice(t, addressNotices), List: s.addresses(t, v.account),
	}
	for i := range view.List {
		slot := slots[view.List[i].Word].slot
		view.List[i].Waiting = s.shownAddress(slot, waiting[slot].Value)
		view.List[i].Changeable = s.reaches(slot)
	}
	return page{name: "addresses", title: t.get("profile.addresses"), viewer: s.bar(x.look, v, "profile.addresses"), body: view}, t.err
}

// shownAddress writes numbers the way people of the market do.
func (s *site) shownAddress(slot address.Slot, value string) string {
	if slot == address.Phone && value != "" {
		return showPhone("", value, s.market).Shown
	}
	return value
}

// reaches tells whether the portal can send a code to an address of a slot.
func (s *site) reaches(slot address.Slot) bool {
	if slot == address.Phone {
		return s.recovery.SMS
	}
	return s.recovery.Mail
}

// addressFormView is the form for another address.
type addressFormView struct {
	FormToken, Action, Title, Use, Label, Hint, Value, Fault string
	Phone                                                    bool
}

func (s *site) showAddress(x *exchange, v *viewer) (reply, error) { return s.addressForm(x, v, "", "") }

// addressForm asks for an address; given is what was typed, and the key of the text that says what is wrong with it.
func (s *site) addressForm(x *exchange, v *viewer, given, faultKey string) (reply, error) {
	word := x.r.PathValue("slot")
	of, ok := slots[word]
	if !ok || !s.reaches(of.slot) {
		return nil, faultNotFound
	}
	t := x.texts()
	view := addressFormView{
		FormToken: s.forms.sessionToken(v.session.ID), Action: "/profile/addresses/" + word, Title: t.get(of.label), Use: t.get(of.use),
		Label: t.get("address.newMail"), Hint: t.get("address.hint"), Value: given, Phone: of.slot == address.Phone,
	}
	if view.Phone {
		view.Label, view.Hint = t.get("address.newPhone"), t.get("address.phoneHint")
	}
	status := http.StatusOK
	if faultKey != "" {
		status, view.Fault = http.StatusUnprocessableEntity, t.get(faultKey)
	}
	return page{
		status: status, name: "address", title: view.Title, problem: faultKey != "", viewer: s.bar(x.look, v, "profile.addresses"), body: view,
	}, t.err
}

// askForAddress checks an address and has a code sent there.
func (s *site) askForAddress(x *exchange, v *viewer) (reply, error) {
	of, ok := slots[x.r.PathValue("slot")]
	if !ok || !s.reaches(of.slot) {
		return nil, faultNotFound
	}
	given := strings.TrimSpace(x.value("address"))
	value, faultKey := s.readAddress(of.slot, given)
	if faultKey != "" {
		return s.addressForm(x, v, given, faultKey)
	}
	err := s.db.Tx(x.r.Context(), func(tx *store.Tx) error { return address.Ask(x.r.Context(), tx, v.account, of.slot, value) })
	switch {
	case errors.Is(err, address.ErrSame):
		return s.addressForm(x, v, given, "address.same")
	case errors.Is(err, address.ErrTooSoon):
		return s.addressForm(x, v, given, "address.tooSoon")
	case err != nil:
		return nil, err
	}
	return redirect{codePage(x, "")}, nil
}

// readAddress takes a mail address as it is typed, and a number as people of the market write it. It answers the key of a text when it is
// neither.
func (s *site) readAddress(slot address.Slot, given string) (value, faultKey string) {
	if slot != address.Phone {
		if account.CheckMail(given) != nil {
			return "", "address.noMail"
		}
		return given, ""
	}
	parsed, err := phonenumbers.Parse(given, strings.ToUpper(s.market))
	if err != nil || !phonenumbers.IsValidNumber(parsed) {
		return "", "address.noPhone"
	}
	return phonenumbers.Format(parsed, phonenumbers.E164), ""
}

// codePage is the page that takes the code for the slot of the request.
func codePage(x *exchange, notice string) string {
	to := "/profile/addresses/" + x.r.PathValue("slot") + "/code"
	if notice != "" {
		to += "?notice=" + notice
	}
	return to
}

// addressCodeView is the form for the code that was sent to an address.
type addressCodeView struct {
	FormToken, Notice, Action, Lead, Fault string
	// Over : no code is good any more.
	Over bool
}

var codeNotices = map[string]string{"again": "address.sentAgain", "soon": "address.tooSoon"}

func (s *site) showAddressCode(x *exchange, v *viewer) (reply, error) {
	return s.addressCodePage(x, v, "")
}

func (s *site) addressCodePage(x *exchange, v *viewer, fault string) (reply, error) {
	of, ok := slots[x.r.PathValue("slot")]
	if !ok {
		return nil, faultNotFound
	}
	waiting, err := address.List(x.r.Context(), s.db, v.account.ID)
	if err != nil {
		return nil, err
	}
	one, ok := waiting[of.slot]
	if !ok {
		return redirect{"/profile/addresses?notice=over"}, nil
	}
	t := x.texts()
	view := addressCodeView{
		FormToken: s.forms.sessionToken(v.session.ID), Notice: x.notice(t, codeNotices), Action: "/profile/addresses/" + x.r.PathValue("slot"),
		Lead: t.get("address.codeLead", "address", s.shownAddress(of.slot, one.Value), "minutes", address.Minutes), Fault: fault, Over: one.Left == 0,
	}
	status := http.StatusOK
	if fault != "" {
		status, view.Notice = http.StatusUnprocessableEntity, ""
	}
	return page{
		status: status, name: "addresscode", title: t.get("address.codeTitle"), problem: fault != "", viewer: s.bar(x.look, v, "profile.addresses"),
		body: view,
	}, t.err
}

// confirmAddress takes the code.
func (s *site) confirmAddress(x *exchange, v *viewer) (reply, error) {
	of, ok := slots[x.r.PathValue("slot")]
	if !ok {
		return nil, faultNotFound
	}
	code := strings.Join(strings.Fields(x.value("code")), "")
	var right bool
	var left int
	err := s.db.Tx(x.r.Context(), func(tx *store.Tx) (err error) {
		right, left, err = s.book.Confirm(x.r.Context(), tx, v.account, of.slot, code, v.actor(x))
		return err
	})
	t := x.texts()
	switch {
	case errors.Is(err, address.ErrNone) || err == nil && !right && left == 0:
		return s.addressCodePage(x, v, t.get("address.codeOver"))
	case err != nil:
		return nil, err
	case !right:
		return s.addressCodePage(x, v, t.count("address.codeWrong", left))
	}
	return redirect{"/profile/addresses?notice=confirmed"}, nil
}

func (s *site) addressCodeAgain(x *exchange, v *viewer) (reply, error) {
	of, ok := slots[x.r.PathValue("slot")]
	if !ok {
		return nil, faultNotFound
	}
	err := s.db.Tx(x.r.Context(), func(tx *store.Tx) error { return address.Again(x.r.Context(), tx, v.account, of.slot) })
	switch {
	case errors.Is(err, address.ErrTooSoon):
		return redirect{codePage(x, "soon")}, nil
	case errors.Is(err, address.ErrNone):
		return redirect{"/profile/addresses?notice=over"}, nil
	case err != nil:
		return nil, err
	}
	return redirect{codePage(x, "again")}, nil
}

func (s *site) cancelAddress(x *exchange, v *viewer) (reply, error) {
	of, ok := slots[x.r.PathValue("slot")]
	if !ok {
		return nil, faultNotFound
	}
	err := s.db.Tx(x.r.Context(), func(tx *store.Tx) error { return address.Cancel(x.r.Context(), tx, v.account.ID, of.slot) })
	if err != nil {
		return nil, err
	}
	return redirect{"/profile/addresses?notice=canceled"}, nil
}

func (s *site) removeAddress(x *exchange, v *viewer) (reply, error) {
	of, ok := slots[x.r.PathValue("slot")]
	if !ok || of.slot == address.Mail {
		return nil, faultNotFound
	}
	err := s.db.Tx(x.r.Context(), func(tx *store.Tx) error { return address.Remove(x.r.Context(), tx, v.account, of.slot, v.actor(x)) })
	if err != nil {
		return nil, err
	}
	return redirect{"/profile/addresses?notice=removed"}, nil
}
