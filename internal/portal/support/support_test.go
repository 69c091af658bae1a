// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package support_test

import (
	"bytes"
	"errors"
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	portalconfig "github.com/forecourt-dev/forecourt/api/portalconfig/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/portal/sessionkey"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
	"github.com/forecourt-dev/forecourt/internal/portal/store/storetest"
	"github.com/forecourt-dev/forecourt/internal/portal/support"
	"github.com/forecourt-dev/forecourt/internal/portal/throttle"
)

var client = netip.MustParseAddr("192.0.2.1")

func service(db *store.DB, change ...func(*support.Options)) *support.Service {
	options := support.Options{
		DB: db, Throttle: throttle.New(sessionkey.New(bytes.Repeat([]byte{7}, 32))), Mail: true,
		Settings: func() *portalconfig.Settings {
			return &portalconfig.Settings{Support: portalconfig.Support{
				DeskName: "Desk", Mail: "desk@example.com", Topics: []portalconfig.SupportTopic{{Title: "Warranty"}},
			}}
		},
	}
	for _, apply := range change {
		apply(&options)
	}
	return support.New(options)
}

// message is one that is taken; changes make it another one.
func message(change ...func(*support.Message)) support.Message {
	m := support.Message{Kind: support.General, Name: "Robin", Mail: "robin@example.net", Body: "Hello there.", Language: "en-US"}
	for _, apply := range change {
		apply(&m)
	}
	return m
}

func count(t *testing.T, db *store.DB, query string, args ...any) int {
	t.Helper()
	return storetest.Value[int](t, db, query, args...)
}

func send(t *testing.T, s *support.Service, m support.Message, from netip.Addr) string {
	t.Helper()
	reference, faults, err := s.Send(t.Context(), m, from)
	if err != nil || len(faults) > 0 {
		t.Fatalf("sending: faults %v, error %v", faults, err)
	}
	return reference
}

func TestAMessageIsStoredAndQueued(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		reference := send(t, service(db), message(func(m *support.Message) {
			m.Name, m.Body, m.Topic = "  Robin\tExample\x00 ", "One\r\n\r\nTwo\u202e\x07\n", "Warranty"
		}), client)
		if !regexp.MustCompile(`^S-[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}$`).MatchString(reference) {
			t.Errorf("the reference is %q", reference)
		}
		id := storetest.Value[string](t, db, "SELECT id FROM support_messages WHERE reference = $1", reference)
		got, err := support.Get(t.Context(), db, id)
		if err != nil {
			t.Fatal(err)
		}
		want := message(func(m *support.Message) { m.Name, m.Body, m.Topic = "Robin Example", "One\n\nTwo", "Warranty" })
		if diff := cmp.Diff(want, got.Message); diff != "" {
			t.Errorf("stored (-want +got):\n%s", diff)
		}
		queued := storetest.Value[string](t, db, "SELECT kind || '/' || support_message_id || '/' || COALESCE(account_id, 'mailbox') FROM outbox")
		if queued != "SupportMessage/"+id+"/mailbox" {
			t.Errorf("queued %s", queued)
		}
	})
}

func TestFaults(t *testing.T) {
	fault := func(field support.Field, problem support.Problem) []support.Fault {
		return []support.Fault{{Field: field, Problem: problem}}
	}
	tests := map[string]struct {
		change func(*support.Message)
		want   []support.Fault
	}{
		"no name":                  {func(m *support.Message) { m.Name = " \x00 " }, fault(support.FieldName, support.Missing)},
		"a name without end":       {func(m *support.Message) { m.Name = strings.Repeat("x", 101) }, fault(support.FieldName, support.TooLong)},
		"no mail":                  {func(m *support.Message) { m.Mail = "" }, fault(support.FieldMail, support.Missing)},
		"no mail address":          {func(m *support.Message) { m.Mail = "robin" }, fault(support.FieldMail, support.Invalid)},
		"two mail addresses":       {func(m *support.Message) { m.Mail = "a@example.net, b@example.net" }, fault(support.FieldMail, support.Invalid)},
		"a header in the address":  {func(m *support.Message) { m.Mail = "a@example.net\r\nBcc: b@example.net" }, fault(support.FieldMail, support.Invalid)},
		"an address without end":   {func(m *support.Message) { m.Address = strings.Repeat("x", 301) }, fault(support.FieldAddress, support.TooLong)},
		"a phone without end":      {func(m *support.Message) { m.Phone = strings.Repeat("1", 41) }, fault(support.FieldPhone, support.TooLong)},
		"a topic that is made up":  {func(m *support.Message) { m.Topic = "Lottery" }, fault(support.FieldTopic, support.Invalid)},
		"no text":                  {func(m *support.Message) { m.Body = "\n \n" }, fault(support.FieldBody, support.Missing)},
		"a text without end":       {func(m *support.Message) { m.Body = strings.Repeat("界", 2001) }, fault(support.FieldBody, support.TooLong)},
		"an applicant needs phone": {func(m *support.Message) { m.Kind = support.NewDealer }, fault(support.FieldPhone, support.Missing)},
		"everything": {func(m *support.Message) { *m = support.Message{Kind: support.General} }, []support.Fault{
			{Field: support.FieldName, Problem: support.Missing}, {Field: support.FieldMail, Problem: support.Missing}, {Field: support.FieldBody, Problem: support.Missing},
		}},
	}
	db := storetest.Open(t, storetest.SQLite(t))
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			_, got, err := service(db).Send(t.Context(), message(test.change), client)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("faults (-want +got):\n%s", diff)
			}
		})
	}
	if n := count(t, db, "SELECT (SELECT COUNT(*) FROM support_messages) + (SELECT COUNT(*) FROM throttle)"); n != 0 {
		t.Errorf("%d rows for messages that were refused", n)
	}
}

func TestNobodyTakesMessagesWithoutAMailbox(t *testing.T) {
	db := storetest.Open(t, storetest.SQLite(t))
	for name, change := range map[string]func(*support.Options){
		"no mail server": func(o *support.Options) { o.Mail = false },
		"no address of the desk": func(o *support.Options) {
			o.Settings = func() *portalconfig.Settings { return &portalconfig.Settings{} }
		},
	} {
		s := service(db, change)
		if _, _, err := s.Send(t.Context(), message(), client); s.Open() || !errors.Is(err, support.ErrClosed) {
			t.Errorf("%s: open %t, %v", name, s.Open(), err)
		}
	}
}

func TestWhoGetsAMessage(t *testing.T) {
	tests := map[string]struct {
		department string
		prepare    string
		want       []string
		fails      bool
	}{
		"a department with a mailbox":     {"Service", "", []string{"mailbox"}, false},
		"a department without one":        {"Parts", "", []string{"ann", "bob"}, false},
		"no department":                   {"", "", []string{"ann", "bob"}, false},
		"no administrator with a mailbox": {"", "UPDATE accounts SET mail = ''", []string{"mailbox"}, false},
		"no active administrator":         {"", "UPDATE accounts SET status = 'Disabled', disabled_reason = 'Security'", []string{"mailbox"}, false},
		"a department that is made up":    {"Cellar", "", nil, true},
		"a dealership that is suspended":  {"", "UPDATE tenants SET state = 'Suspended'", nil, true},
		"a dealership that is not live":   {"", "UPDATE tenants SET live_at = NULL", nil, true},
	}
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		for name, test := range tests {
			t.Run(name, func(t *testing.T) {
				storetest.Exec(t, db, "DELETE FROM outbox")
				storetest.Exec(t, db, "DELETE FROM accounts")
				storetest.Exec(t, db, "DELETE FROM tenants")
				storetest.Exec(t, db, "DELETE FROM throttle")
				storetest.Tenant(t, db, "D1")
				storetest.Exec(t, db, `UPDATE tenants SET spec = '{"displayName":"Lakeside","departments":[{"name":"Service","mail":"service@example.com"},{"name":"Parts"}]}'`)
				for _, username := range []string{"ann", "bob", "user"} {
					storetest.Account(t, db, username, "D1")
				}
				storetest.Exec(t, db, "UPDATE accounts SET role = 'administrator' WHERE username <> 'user'")
				if test.prepare != "" {
					storetest.Exec(t, db, test.prepare)
				}
				_, _, err := service(db).Send(t.Context(), message(func(m *support.Message) { m.Dealership, m.Department = "D1", test.department }), client)
				if errors.Is(err, support.ErrNoDealership) != test.fails {
					t.Fatalf("error %v", err)
				}
				var got []string
				rows, err := db.QueryContext(t.Context(), "SELECT COALESCE(a.username, 'mailbox') FROM outbox o LEFT JOIN accounts a ON a.id = o.account_id ORDER BY 1")
				if err != nil {
					t.Fatal(err)
				}
				defer rows.Close()
				for rows.Next() {
					var who string
					if err := rows.Scan(&who); err != nil {
						t.Fatal(err)
					}
					got = append(got, who)
				}
				if !slices.Equal(got, test.want) {
					t.Errorf("goes to %v, want %v", got, test.want)
				}
			})
		}
	})
}

// The page names anybody as the writer; only who is signed in gets mail because of it.
func TestOnlySignedInWritersGetAReceipt(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		id := storetest.Account(t, db, "robin", "")
		send(t, service(db), message(), client)
		if n := count(t, db, "SELECT COUNT(*) FROM outbox WHERE kind = 'SupportReceipt'"); n != 0 {
			t.Error("a stranger's form makes the portal mail somebody")
		}
		send(t, service(db), message(func(m *support.Message) { m.AccountID = id }), client)
		if n := count(t, db, "SELECT COUNT(*) FROM outbox WHERE kind = 'SupportReceipt' AND account_id = $1", id); n != 1 {
			t.Errorf("%d receipts for a colleague, want 1", n)
		}
	})
}

func TestLimits(t *testing.T) {
	tests := map[string]struct {
		taken  int
		writer func(i int) (support.Message, netip.Addr)
	}{
		"one client address": {20, func(i int) (support.Message, netip.Addr) {
			return message(func(m *support.Message) { m.Mail = fmt.Sprintf("a%d@example.net", i) }), client
		}},
		"one network of IPv6": {20, func(i int) (support.Message, netip.Addr) {
			return message(func(m *support.Message) { m.Mail = fmt.Sprintf("b%d@example.net", i) }), netip.MustParseAddr(fmt.Sprintf("2001:db8::%x", i+1))
		}},
		"one mail address, however it is written": {5, func(i int) (support.Message, netip.Addr) {
			return message(func(m *support.Message) {
				if i%2 == 0 {
					m.Mail = strings.ToUpper(m.Mail)
				}
			}), netip.AddrFrom4([4]byte{10, 0, 0, byte(i)})
		}},
		"one dealership, from everywhere": {20, func(i int) (support.Message, netip.Addr) {
			return message(func(m *support.Message) { m.Mail, m.Dealership = fmt.Sprintf("c%d@example.net", i), "D1" }), netip.AddrFrom4([4]byte{10, 1, 0, byte(i)})
		}},
		"the desk, from everywhere": {200, func(i int) (support.Message, netip.Addr) {
			return message(func(m *support.Message) { m.Mail = fmt.Sprintf("d%d@example.net", i) }), netip.AddrFrom4([4]byte{10, 2, byte(i >> 8), byte(i)})
		}},
		"the desk by dealerships that nobody leads": {200, func(i int) (support.Message, netip.Addr) {
			return message(func(m *support.Message) {
					m.Mail, m.Dealership = fmt.Sprintf("e%d@example.net", i), fmt.Sprintf("L%d", i%20)
				}),
				netip.AddrFrom4([4]byte{10, 3, byte(i >> 8), byte(i)})
		}},
	}
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		storetest.Tenant(t, db, "D1")
		for i := range 20 {
			storetest.Tenant(t, db, fmt.Sprintf("L%d", i))
		}
		colleague := storetest.Account(t, db, "robin", "D1")
		s := service(db)
		for name, test := range tests {
			t.Run(name, func(t *testing.T) {
				storetest.Exec(t, db, "DELETE FROM throttle")
				for i := range test.taken {
					m, from := test.writer(i)
					send(t, s, m, from)
				}
				before := count(t, db, "SELECT COUNT(*) FROM outbox")
				m, from := test.writer(test.taken)
				_, _, err := s.Send(t.Context(), m, from)
				limit, ok := errors.AsType[*support.LimitError](err)
				if !ok || limit.Wait <= 0 || limit.Wait > time.Hour {
					t.Fatalf("message %d: %v, want a wait within the hour", test.taken+1, err)
				}
				if after := count(t, db, "SELECT COUNT(*) FROM outbox"); after != before {
					t.Error("a message beyond the limit is queued")
				}
				send(t, s, message(func(m *support.Message) { m.AccountID, m.Dealership = colleague, "D1" }), from)
			})
		}
	})
}

func TestParallelMessagesDoNotOutrunTheLimit(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		s := service(db)
		var all sync.WaitGroup
		for range 24 {
			all.Go(func() {
				_, _, err := s.Send(t.Context(), message(), client)
				if _, limited := errors.AsType[*support.LimitError](err); err != nil && !limited {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if n := count(t, db, "SELECT COUNT(*) FROM support_messages"); n != 5 {
			t.Errorf("%d messages of one writer were taken, want 5", n)
		}
	})
}

func TestMessagesAreDeletedAfterNinetyDays(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		s := service(db)
		for i, days := range []int{91, 89} {
			reference := send(t, s, message(func(m *support.Message) { m.Mail = fmt.Sprintf("p%d@example.net", i) }), client)
			storetest.Exec(t, db, "UPDATE support_messages SET created_at = $2 WHERE reference = $1", reference, time.Now().AddDate(0, 0, -days).UnixMicro())
		}
		if err := support.Prune(t.Context(), db); err != nil {
			t.Fatal(err)
		}
		if n := count(t, db, "SELECT COUNT(*) FROM support_messages"); n != 1 {
			t.Errorf("%d messages are left, want the one of 89 days", n)
		}
		if n := count(t, db, "SELECT COUNT(*) FROM outbox"); n != 1 {
			t.Errorf("%d are queued, want 1: what is deleted is not sent", n)
		}
	})
}
