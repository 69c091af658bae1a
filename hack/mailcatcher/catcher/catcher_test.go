// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package catcher

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/smtp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	gomail "github.com/wneessen/go-mail"
)

func start(t *testing.T, o Options) *Server {
	t.Helper()
	s, err := Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// send delivers a mail with both bodies, as the portal does.
func send(t *testing.T, s *Server, to, subject, text string) {
	t.Helper()
	m := gomail.NewMsg()
	if err := m.From("portal@example.test"); err != nil {
		t.Fatal(err)
	}
	if err := m.To(to); err != nil {
		t.Fatal(err)
	}
	m.Subject(subject)
	m.SetBodyString(gomail.TypeTextPlain, text)
	m.AddAlternativeString(gomail.TypeTextHTML, "<p>"+text+"</p>")
	var host, port string
	if parts := strings.Split(s.SMTPAddress, ":"); len(parts) == 2 {
		host, port = parts[0], parts[1]
	}
	var number int
	if _, err := fmt.Sscan(port, &number); err != nil {
		t.Fatal(err)
	}
	client, err := gomail.NewClient(host, gomail.WithPort(number), gomail.WithTLSPolicy(gomail.NoTLS))
	if err != nil {
		t.Fatal(err)
	}
	if err := client.DialAndSendWithContext(t.Context(), m); err != nil {
		t.Fatal(err)
	}
}

func get(t *testing.T, url string) (*http.Response, string) {
	t.Helper()
	response, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response, string(body)
}

func TestMailIsShownAndServedAsJSON(t *testing.T) {
	s := start(t, Options{})
	text := "Willkommen, Jörg!\nOpen http://us.localhost:8080/activate?token=abc&x=1.\n<b>not bold</b>\n"
	send(t, s, "Joe@dealer.test", "Grüße aus dem Portal", text)
	send(t, s, "other@dealer.test", "Another", "nothing")

	_, body := get(t, s.URL()+"/api/messages?to=joe@dealer.test")
	var got []Message
	if err := json.Unmarshal([]byte(body), &got); err != nil {
		t.Fatal(err)
	}
	want := []Message{{
		ID: 1, From: "<portal@example.test>", Subject: "Grüße aus dem Portal", To: []string{"Joe@dealer.test"},
		Text: text, HTML: "<p>" + text + "</p>", Links: []string{"http://us.localhost:8080/activate?token=abc&x=1"},
	}}
	trim := cmpopts.AcyclicTransformer("trim", strings.TrimSpace)
	if diff := cmp.Diff(want, got, trim, cmpopts.IgnoreFields(Message{}, "ReceivedAt")); diff != "" {
		t.Error(diff)
	}

	_, page := get(t, s.URL()+"/")
	if !strings.Contains(page, "Grüße aus dem Portal") || !strings.Contains(page, "2 messages") {
		t.Errorf("the list lacks the message:\n%s", page)
	}
	_, page = get(t, s.URL()+"/messages/1")
	for _, want := range []string{`<a href="http://us.localhost:8080/activate?token=abc&amp;x=1"`, "&lt;b&gt;not bold"} {
		if !strings.Contains(page, want) {
			t.Errorf("the message page lacks %s:\n%s", want, page)
		}
	}
	response, frame := get(t, s.URL()+"/messages/1/html")
	if policy := response.Header.Get("Content-Security-Policy"); !strings.HasPrefix(policy, "sandbox ") || !strings.Contains(frame, "<p>Willkommen") {
		t.Errorf("HTML bodies must be served whole in a sandbox; policy %q:\n%s", policy, frame)
	}
}

func TestOldMessagesMakeRoom(t *testing.T) {
	tests := map[string]struct {
		maxMessages int
		maxBytes    int64
		want        []int64
	}{
		"within both limits":            {maxMessages: 3, maxBytes: 600_000, want: []int64{3, 2, 1}},
		"beyond the number of messages": {maxMessages: 2, maxBytes: 600_000, want: []int64{3, 2}},
		"beyond the bytes":              {maxMessages: 3, maxBytes: 599_999, want: []int64{3, 2}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			box := newMailbox(test.maxMessages, test.maxBytes)
			for range 3 {
				box.add(Message{To: []string{"a@b.test"}}, 200_000)
			}
			var got []int64
			for _, m := range box.list("A@B.test") {
				got = append(got, m.ID)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestAMessageThatIsTooLargeIsRefused(t *testing.T) {
	s := start(t, Options{MaxBytes: 1 << 20})
	body := "Subject: large\r\n\r\n" + strings.Repeat("x\r\n", 1<<16)
	err := smtp.SendMail(s.SMTPAddress, nil, "a@b.test", []string{"c@d.test"}, []byte(body))
	if err == nil || !strings.Contains(err.Error(), "552") {
		t.Errorf("got %v, want a refusal with 552", err)
	}
	if got := s.Messages(""); len(got) != 0 {
		t.Errorf("%d messages were kept", len(got))
	}
}

func TestWaitAnswersWhatArrivesLater(t *testing.T) {
	s := start(t, Options{})
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	found := make(chan Message, 1)
	go func() {
		m, err := s.Wait(ctx, func(m Message) bool { return m.For("late@dealer.test") })
		if err != nil {
			t.Error(err)
		}
		found <- m
	}()
	send(t, s, "early@dealer.test", "No", "no")
	send(t, s, "late@dealer.test", "Yes", "yes")
	if m := <-found; m.Subject != "Yes" {
		t.Errorf("got %q", m.Subject)
	}

	ended, stop := context.WithCancel(ctx)
	stop()
	if _, err := s.Wait(ended, func(Message) bool { return false }); err == nil {
		t.Error("waiting for what never comes must end with the context")
	}
}

func TestOnlyLocalPagesMayRead(t *testing.T) {
	s := start(t, Options{})
	send(t, s, "a@dealer.test", "Kept", "kept")
	tests := map[string]struct {
		method, path, host, site string
		want                     int
	}{
		"by address":   {http.MethodGet, "/", "", "", http.StatusOK},
		"as localhost": {http.MethodGet, "/", "mail.localhost:8025", "", http.StatusOK},
		"a name that somebody points at this place": {http.MethodGet, "/api/messages", "rebound.example", "", http.StatusMisdirectedRequest},
		"a form on another site":                    {http.MethodPost, "/clear", "", "cross-site", http.StatusForbidden},
		"an unknown message":                        {http.MethodGet, "/messages/99", "", "", http.StatusNotFound},
		"a message number that is none":             {http.MethodGet, "/api/messages/x", "", "", http.StatusNotFound},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			request, err := http.NewRequestWithContext(t.Context(), test.method, s.URL()+test.path, nil)
			if err != nil {
				t.Fatal(err)
			}
			request.Host = test.host
			request.Header.Set("Sec-Fetch-Site", test.site)
			response, err := http.DefaultClient.Do(request)
			if err != nil {
				t.Fatal(err)
			}
			response.Body.Close()
			if response.StatusCode != test.want {
				t.Errorf("status %d, want %d", response.StatusCode, test.want)
			}
			if response.Header.Get("Content-Security-Policy") == "" {
				t.Error("no Content-Security-Policy")
			}
		})
	}
	if len(s.Messages("")) != 1 {
		t.Error("the message is gone")
	}
}

func TestClearEmptiesTheBox(t *testing.T) {
	s := start(t, Options{})
	send(t, s, "a@dealer.test", "Gone soon", "text")
	request, err := http.NewRequestWithContext(t.Context(), http.MethodDelete, s.URL()+"/api/messages", nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if _, body := get(t, s.URL()+"/api/messages"); strings.TrimSpace(body) != "[]" {
		t.Errorf("got %s, want an empty list", body)
	}
}
