// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package secondfactor_test

import (
	"bytes"
	"net/url"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	portalconfig "github.com/forecourt-dev/forecourt/api/portalconfig/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/portal/account"
	"github.com/forecourt-dev/forecourt/internal/portal/audit"
	"github.com/forecourt-dev/forecourt/internal/portal/password"
	"github.com/forecourt-dev/forecourt/internal/portal/secondfactor"
	"github.com/forecourt-dev/forecourt/internal/portal/sessionkey"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
	"github.com/forecourt-dev/forecourt/internal/portal/store/storetest"
)

const visit = "visit"

func pepper(id string) password.Pepper {
	return password.Pepper{ID: id, Key: bytes.Repeat([]byte(id[:1]), 32)}
}

// world is a portal's database with Robin, who works at a dealership, and Dana of the service desk.
type world struct {
	*testing.T
	db       *store.DB
	ring     *secondfactor.Ring
	service  *secondfactor.Service
	settings *portalconfig.Settings
	robin    *account.Account
}

func newWorld(t *testing.T, db *store.DB) *world {
	t.Helper()
	w := &world{T: t, db: db, ring: secondfactor.NewRing(pepper("a")), settings: &portalconfig.Settings{
		DisplayName: "Northstar & Sons", Auth: portalconfig.Auth{SecondFactor: portalconfig.SecondFactorOptional},
	}}
	var err error
	w.service, err = secondfactor.New(secondfactor.Options{
		Ring: w.ring, Keys: sessionkey.New([]byte("key")), PublicURL: &url.URL{Scheme: "https", Host: "us.dealers.example"},
		Settings: func() *portalconfig.Settings { return w.settings },
	})
	if err != nil {
		t.Fatal(err)
	}
	storetest.Tenant(t, db, "D1")
	w.robin = w.account(storetest.Account(t, db, "robin", "D1"))
	return w
}

func (w *world) account(id string) *account.Account {
	w.Helper()
	a, err := account.ByID(w.Context(), w.db, id)
	if err != nil {
		w.Fatal(err)
	}
	return a
}

// tx runs a change that must not fail.
func (w *world) tx(do func(tx *store.Tx) error) {
	w.Helper()
	if err := w.db.Tx(w.Context(), do); err != nil {
		w.Fatal(err)
	}
}

func by(a *account.Account) audit.Actor { return audit.Actor{Class: audit.ActorAccount, ID: a.ID} }

// code is what an app with the secret shows now, so many steps away.
func (w *world) code(secret string, steps int) string {
	w.Helper()
	now := storetest.Value[int64](w, w.db, "SELECT "+w.db.NowSQL())
	code, err := totp.GenerateCode(secret, time.UnixMicro(now).Add(time.Duration(steps)*30*time.Second))
	if err != nil {
		w.Fatal(err)
	}
	return code
}

// app adds an authenticator app and answers its secret. The step of its first code is forgotten.
func (w *world) app(a *account.Account) (secret string) {
	w.Helper()
	w.tx(func(tx *store.Tx) error {
		if err := w.service.BeginTOTP(w.Context(), tx, visit, a.ID); err != nil {
			return err
		}
		setup, err := w.service.SetupOf(w.Context(), tx, visit, a)
		if err != nil {
			return err
		}
		secret = setup.Secret
		ok, err := w.service.FinishTOTP(w.Context(), tx, visit, a, secondfactor.Given{Code: w.code(secret, 0), Name: "My  phone\n"}, by(a))
		if !ok {
			w.Errorf("the app's first code is refused")
		}
		return err
	})
	storetest.Exec(w, w.db, "UPDATE second_factors SET last_step = 0 WHERE account_id = $1", a.ID)
	return secret
}

// verify gives a code.
func (w *world) verify(a *account.Account, code string) (method string, ok bool) {
	w.Helper()
	w.tx(func(tx *store.Tx) (err error) {
		if err := account.Hold(w.Context(), tx, a.ID); err != nil {
			return err
		}
		method, ok, err = w.service.Verify(w.Context(), tx, visit, a, secondfactor.Given{Code: code}, by(a))
		return err
	})
	return method, ok
}

func (w *world) codes(a *account.Account) (codes []string) {
	w.Helper()
	w.tx(func(tx *store.Tx) (err error) {
		codes, err = w.service.NewCodes(w.Context(), tx, a, by(a))
		return err
	})
	return codes
}

func (w *world) state(a *account.Account) secondfactor.State {
	w.Helper()
	state, err := w.service.Of(w.Context(), w.db, a.ID)
	if err != nil {
		w.Fatal(err)
	}
	return state
}

// events are the names and reasons in the audit trail, in order.
func (w *world) events() []string {
	w.Helper()
	rows, err := w.db.QueryContext(w.Context(), "SELECT event || ' ' || reason FROM audit_events ORDER BY at, id")
	if err != nil {
		w.Fatal(err)
	}
	defer rows.Close()
	var list []string
	for rows.Next() {
		var one string
		if err := rows.Scan(&one); err != nil {
			w.Fatal(err)
		}
		list = append(list, one)
	}
	if err := rows.Err(); err != nil {
		w.Fatal(err)
	}
	return list
}

func (w *world) queued(kind string) int {
	w.Helper()
	return storetest.Value[int](w, w.db, "SELECT COUNT(*) FROM outbox WHERE kind = $1", kind)
}
