// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package web_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/forecourt-dev/forecourt/internal/portal/outbox"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
	"github.com/forecourt-dev/forecourt/internal/portal/store/storetest"
)

// giveUp writes a message that was given up.
func (p *portal) giveUp(message outbox.Message, class string) {
	p.t.Helper()
	if err := p.db.Tx(p.t.Context(), func(tx *store.Tx) error { return outbox.Add(p.t.Context(), tx, message) }); err != nil {
		p.t.Fatal(err)
	}
	storetest.Exec(p.t, p.db, "UPDATE outbox SET dead_at = $1, last_error = $2 WHERE id = (SELECT MAX(id) FROM outbox)", time.Now().UnixMicro(), class)
}

// Who sees which messages that could not be delivered; nobody sees what they said.
func TestUndeliveredMessages(t *testing.T) {
	p := newPortal(t, publicURL)
	robin := p.dealer()
	ann := p.account("ann", "US-04211", "role = 'administrator', name = 'Ann Leader'")
	p.tenant("US-09999", lakeside())
	other := p.account("other", "US-09999", "name = 'Olga Elsewhere'")
	office := p.account("office", "", "name = 'Oskar Office'")
	p.account("desk", "", "role = 'service-desk', name = 'Dana Desk'")
	p.giveUp(outbox.Message{Kind: outbox.PasswordChanged, AccountID: robin, Tenant: "US-04211"}, "Refused")
	p.giveUp(outbox.Message{Kind: outbox.RecoveryCode, Channel: outbox.SMS, AccountID: ann, Tenant: "US-04211"}, "Connection")
	p.giveUp(outbox.Message{Kind: outbox.Invitation, AccountID: other, Tenant: "US-09999"}, "Configuration")
	p.giveUp(outbox.Message{Kind: outbox.PasswordChanged, AccountID: office}, "Refused")
	storetest.Exec(t, p.db, "INSERT INTO support_messages (id, reference, kind, created_at, name, mail, body) VALUES ('m', 'S-1234', 'Support', 1, 'Guest Person', 'guest@example.com', 'Secret words')")
	p.giveUp(outbox.Message{Kind: outbox.SupportMessage, SupportMessageID: "m"}, "Connection")

	leader := p.signedIn("ann").get("/people/messages")
	leader.shows(t, http.StatusOK, "Robin Example", "Notice about the account", "The address was refused", "Ann Leader", "Link or code", "By text message")
	leader.lacks(t, "Olga", "Oskar", "S-1234", "robin@example.com")
	desk := p.signedIn("desk")
	mine := desk.get("/people/messages")
	mine.shows(t, http.StatusOK, "Ann Leader", "Oskar Office", "S-1234", "Message to the support desk")
	mine.lacks(t, "Robin", "Olga", "Guest Person", "Secret words", "guest@example.com")
	desk.get("/people/messages?dealer=US-09999").shows(t, http.StatusOK, "Olga Elsewhere", "Invitation", "A fault of the portal")
	p.signedIn("robin").get("/people/messages").shows(t, http.StatusNotFound)

	p.signedIn("ann").get("/people/"+robin).shows(t, http.StatusOK, "The last message to this person could not be delivered", "By mail")
	storetest.Exec(t, p.db, "UPDATE outbox SET dead_at = NULL, sent_at = $1", time.Now().UnixMicro())
	p.signedIn("ann").get("/people/"+robin).lacks(t, "could not be delivered")
	desk.get("/people/messages").shows(t, http.StatusOK, "Everything was delivered.")
}

// visitMessages opens the pages that tell what could not be delivered.
func (p *portal) visitMessages(language string) map[string]answer {
	p.t.Helper()
	alex, dana := p.signedIn("alex"), p.signedIn("dana")
	speaking(language, alex, dana)
	_, id := p.somebody()
	none := dana.get("/people/messages?dealer=US-NEW")
	p.giveUp(outbox.Message{Kind: outbox.PasswordReset, AccountID: id, Tenant: "US-04211"}, "Refused")
	return map[string]answer{
		"undelivered": alex.get("/people/messages"), "undelivered, desk": dana.get("/people/messages"), "undelivered, none": none,
		"person, undelivered": alex.get("/people/" + id),
	}
}
