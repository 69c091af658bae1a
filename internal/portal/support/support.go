// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

// Package support takes what people write to the support desk or to a dealership. A message is stored and queued in one transaction; the
// mailer carries it to the desk's mailbox, to a department's, or to a dealership's administrators. Nobody's mailbox can be flooded through it,
// and nobody but a signed-in writer gets a mail because a form names him.
package support

import (
	"context"
	"crypto/rand"
	"encoding/base32"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	portalconfig "github.com/forecourt-dev/forecourt/api/portalconfig/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
	"github.com/forecourt-dev/forecourt/internal/portal/tenant"
	"github.com/forecourt-dev/forecourt/internal/portal/throttle"
)

// Kind says what a message is.
type Kind string

// Kinds of messages.
const (
	// General is any question or remark.
	General Kind = "Support"
	// NewDealer is an application of somebody who wants to become a dealer.
	NewDealer Kind = "NewDealer"
)

// Message is what somebody writes..
type Message struct {
	Kind Kind
	// AccountID of a signed-in writer; empty for others.
	AccountID string
	// Name and Mail of the writer, at most MaxName characters and a bare address.
	Name, Mail string
	// Address (MaxAddress characters) and Phone (MaxPhone) may be empty.
	Address, Phone string
	// Topic is the title of one of the desk's topics, or empty.
	Topic string
	// Dealership is the dealer code of whom it is for; empty for the desk. Department is one of the dealership's, or empty.
	Dealership, Department string
	// Body is the text, at most MaxBody characters.
	Body string
	// Language of the writer as a BCP 47 tag.
	Language string
}

// Limits of the fields, in characters.
const (
	MaxName    = 100
	MaxAddress = 300
	MaxPhone   = 40
	MaxBody    = 2000
)

// Limits of messages in an hour. Those of people who are signed in do not count for the limits of the others, so that a flood of strangers
// never keeps colleagues from writing.
const (
	perClient          = 20
	perWriter          = 5
	perAccount         = 10
	deskFromStrangers  = 200
	dealerFromStranger = 20
	dealerFromAccounts = 60
)

// LimitError says that too many messages were written.
type LimitError struct{ Wait time.Duration }

// Error implements error.
func (e *LimitError) Error() string { return "too many messages: wait " + e.Wait.String() }

// Errors of Send.
var (
	// ErrNoDealership : there is no such dealership that the public may see, or it has no such department.
	ErrNoDealership = errors.New("no such dealership or department")
	// ErrClosed : nobody would get the message, because there is no mail server or the desk has no address.
	ErrClosed = errors.New("messages cannot be sent from here")
)

// Options are what a Service works with.
type Options struct {
	DB       *store.DB
	Throttle *throttle.Throttle
	// Settings answers the settings in force.
	Settings func() *portalconfig.Settings
	// Mail is true when the portal has a mail server.
	Mail bool
}

// Service takes messages.
type Service struct{ Options }

// New makes a service.
func New(options Options) *Service { return &Service{options} }

// Open says whether messages can be sent: the portal has a mail server, and the desk an address.
func (s *Service) Open() bool { return s.Mail && s.Settings().Support.Mail != "" }

// Send stores and queues a message from a client address and answers its reference number. Faults lists what is wrong with the message; then
// nothing was stored.
func (s *Service) Send(ctx context.Context, m Message, from netip.Addr) (reference string, faults []Fault, err error) {
	if !s.Open() {
		return "", nil, ErrClosed
	}
	m = m.tidy()
	if faults := m.check(s.Settings()); len(faults) > 0 {
		return "", faults, nil
	}
	err = s.DB.Tx(ctx, func(tx *store.Tx) error {
		to, err := destinationOf(ctx, tx, m)
		if err != nil {
			return err
		}
		wait, err := throttle.Spend(ctx, tx, s.budgets(m, to, from)...)
		if err != nil {
			return err
		}
		if wait > 0 {
			return &LimitError{Wait: wait}
		}
		id, stored, err := keepMessage(ctx, tx, m)
		if err != nil {
			return err
		}
		reference = stored
		return queue(ctx, tx, id, m, to)
	})
	if err != nil {
		return "", nil, err
	}
	return reference, nil, nil
}

// budgets are the limits that a message counts for.
func (s *Service) budgets(m Message, to destination, from netip.Addr) []throttle.Budget {
	into := func(who string, perHour int) throttle.Budget {
		return s.Throttle.ValueBudget("support to "+who, m.Dealership, perHour)
	}
	if m.AccountID != "" {
		list := []throttle.Budget{s.Throttle.ValueBudget("support account", m.AccountID, perAccount)}
		if m.Dealership != "" {
			list = append(list, into("dealership from accounts", dealerFromAccounts))
		}
		return list
	}
	list := []throttle.Budget{
		s.Throttle.AddressBudget("support", from, perClient),
		s.Throttle.ValueBudget("support mail", strings.ToLower(m.Mail), perWriter),
	}
	if m.Dealership != "" {
		list = append(list, into("dealership", dealerFromStranger))
	}
	if to.desk { // whichever dealership was written to: ten thousand of them without administrators are one mailbox
		list = append(list, s.Throttle.ValueBudget("support to desk", "", deskFromStrangers))
	}
	return list
}

// keepMessage stores a message under a new reference number.
func keepMessage(ctx context.Context, tx *store.Tx, m Message) (id, reference string, err error) {
	now, err := tx.Now(ctx)
	if err != nil {
		return "", "", err
	}
	named, err := uuid.NewV7()
	if err != nil {
		return "", "", fmt.Errorf("naming a message: %w", err)
	}
	reference = newReference()
	_, err = tx.ExecContext(ctx, `
INSERT INTO support_messages (id, reference, kind, created_at, account_id, name, mail, address, phone, topic, tenant, department, body, language)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`,
		named.String(), reference, string(m.Kind), now.UnixMicro(), optional(m.AccountID), m.Name, m.Mail, m.Address, m.Phone, m.Topic,
		optional(m.Dealership), m.Department, m.Body, m.Language)
	if err != nil {
		return "", "", fmt.Errorf("storing a message: %w", err)
	}
	return named.String(), reference, nil
}

func optional(text string) any {
	if text == "" {
		return nil
	}
	return text
}

// newReference makes the number by which writer and desk name a message: 40 random bits in letters and digits that are not mistaken for each
// other when they are spoken. The S tells it from the reference numbers of faults.
func newReference() string {
	var raw [5]byte
	_, _ = rand.Read(raw[:]) // never fails
	text := base32.NewEncoding("0123456789ABCDEFGHJKMNPQRSTVWXYZ").EncodeToString(raw[:])
	return fmt.Sprintf("S-%s-%s", text[:4], text[4:])
}

// destination is who gets a message.
type destination struct {
	// administrators of the dealership, by account id; empty when the message goes to a mailbox.
	administrators []string
	// desk : it goes to the desk's mailbox.
	desk bool
}

// destinationOf finds who gets a message: the department's mailbox or the desk's, which the mailer looks up, or the administrators of the
// dealership. Where there are none the desk gets it.
func destinationOf(ctx context.Context, tx *store.Tx, m Message) (destination, error) {
	if m.Dealership == "" {
		return destination{desk: true}, nil
	}
	to, err := tenant.GetPublic(ctx, tx, m.Dealership)
	if errors.Is(err, tenant.ErrNotFound) {
		return destination{}, ErrNoDealership
	}
	if err != nil {
		return destination{}, err
	}
	if m.Department != "" {
		i := slices.IndexFunc(to.Spec.Departments, func(d department) bool { return d.Name == m.Department })
		if i < 0 {
			return destination{}, ErrNoDealership
		}
		if to.Spec.Departments[i].Mail != "" {
			return destination{}, nil
		}
	}
	list, err := administrators(ctx, tx, m.Dealership)
	return destination{administrators: list, desk: len(list) == 0}, err
}
