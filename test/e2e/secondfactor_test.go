// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package e2e

import (
	"context"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/pquerna/otp/totp"

	"github.com/forecourt-dev/forecourt/hack/mailcatcher/catcher"
)

const factorPath = "/sign-in/factor"

var mailedCode = regexp.MustCompile(`(?m)^\s*([0-9]{6})\s*$`)

// enrol sets up an authenticator app at the first sign-in, with the code that is mailed, and answers the secret of the app.
func (b *browser) enrol(t *testing.T, mail string) (secret string) {
	t.Helper()
	b.wantText(t, "Enter the code from your mail")
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	letter, err := w.mails.Wait(ctx, func(m catcher.Message) bool { return m.For(mail) && mailedCode.MatchString(m.Text) })
	if err != nil {
		t.Fatal(err)
	}
	b.do(t,
		chromedp.SendKeys("#code", mailedCode.FindStringSubmatch(letter.Text)[1]),
		chromedp.Click("form[action='/sign-in/enrol/code'] button.button"),
	)
	b.wantText(t, "Set up your second factor")
	b.picture(t)
	shown, err := chromedp.Run(b.ctx, chromedp.Text(".secret"))
	if err != nil {
		t.Fatal(err)
	}
	secret = strings.Join(strings.Fields(shown), "")
	b.do(t,
		chromedp.SendKeys("#app-code", appCode(t, secret)),
		chromedp.Click("form[action='/sign-in/enrol/app'] button.button"),
	)
	b.wantText(t, "Recovery codes", "I have kept them")
	b.do(t, chromedp.Click("main a.button"))
	return secret
}

// appCode is what the app shows now.
func appCode(t *testing.T, secret string) string {
	t.Helper()
	code, err := totp.GenerateCode(secret, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return code
}

// secondFactor goes on with a sign-in.
func (u *httpUser) secondFactor(t *testing.T, secret string) {
	t.Helper()
	if to := u.send(t, factorPath, url.Values{"code": {appCode(t, secret)}}); to != "/" {
		t.Fatalf("the second factor leads to %s", to)
	}
}
