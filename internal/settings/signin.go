// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package settings

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"

	"k8s.io/apimachinery/pkg/util/validation"

	portalconfig "github.com/forecourt-dev/forecourt/api/portalconfig/v1alpha1"
	"github.com/forecourt-dev/forecourt/api/v1alpha1"
)

// Built-in defaults of sign-in that the portal has, too: settings.yaml leaves them out.
const (
	defaultSecondFactor = v1alpha1.SecondFactorAdminsOnly
	defaultLinkMinutes  = 30
	defaultCodeMinutes  = 10
	defaultGroupsClaim  = "groups"
)

// loneMinLength is the floor for passwords that nothing stands beside (NIST SP 800-63B-4, 3.1.1.2).
const loneMinLength = 15

// Paths of the policy for sign-in.
const (
	pathMinLength    = "auth.password.minLength"
	pathSecondFactor = "auth.secondFactor"
	pathChannels     = "auth.recovery.channels"
	pathSSO          = "auth.sso."
	pathIssuerURL    = pathSSO + "issuerURL"
)

// SSOSecrets are the keys of Secrets with the portal's client secrets for its provider.
type SSOSecrets struct {
	// Client is in use, Previous was before; nil when there is no exchange.
	Client   v1alpha1.SecretKeyRef
	Previous *v1alpha1.SecretKeyRef
}

// SMS is the gateway for text messages.
type SMS struct {
	// SecretName names the Secret with keys url and secret.
	SecretName string
}

// stricterFactors is the order of the policies, from lax to strict.
var stricterFactors = []v1alpha1.SecondFactorPolicy{
	v1alpha1.SecondFactorOff, v1alpha1.SecondFactorOptional, v1alpha1.SecondFactorAdminsOnly, v1alpha1.SecondFactorRequired,
}

// laxerFactor says whether a policy asks fewer people than another.
func laxerFactor(policy, than v1alpha1.SecondFactorPolicy) bool {
	return slices.Index(stricterFactors, policy) < slices.Index(stricterFactors, than)
}

// builtinSignIn adds what a class or portal that speaks of single sign-on leaves open.
func builtinSignIn(says, class, portal *spec) {
	speaks := func(s *spec) bool { return s.Auth != nil && s.Auth.SSO != nil }
	if speaks(class) || speaks(portal) {
		says.Auth.SSO = &v1alpha1.SSOSettings{GroupsClaim: defaultGroupsClaim, PasswordSignIn: v1alpha1.CorporatePasswordsBreakGlassOnly}
	}
}

// secondFactor is the policy as the portal gets it: empty for the built-in one.
func (m *merged) secondFactor() string {
	if m.Auth.SecondFactor == defaultSecondFactor {
		return ""
	}
	return string(m.Auth.SecondFactor)
}

// SecondFactor is the policy in force, which Settings leave out when it is the built-in one.
func (e *Effective) SecondFactor() v1alpha1.SecondFactorPolicy {
	return or(v1alpha1.SecondFactorPolicy(e.Settings.Auth.SecondFactor), defaultSecondFactor)
}

// recovery is what the portal gets: nil for the built-in one.
func (m *merged) recovery() *portalconfig.Recovery {
	r := m.Auth.Recovery
	if slices.Equal(r.Channels, builtin().Auth.Recovery.Channels) && *r.LinkMinutes == defaultLinkMinutes && *r.CodeMinutes == defaultCodeMinutes {
		return nil
	}
	channels := make([]string, 0, len(r.Channels))
	for _, channel := range r.Channels {
		channels = append(channels, string(channel))
	}
	return &portalconfig.Recovery{Channels: channels, LinkMinutes: *r.LinkMinutes, CodeMinutes: *r.CodeMinutes}
}

// sso is what the portal gets of the provider; nil without one.
func (m *merged) sso() *portalconfig.SSO {
	s := m.Auth.SSO
	if s == nil {
		return nil
	}
	return &portalconfig.SSO{
		IssuerURL:         s.IssuerURL,
		ClientID:          s.ClientID,
		GroupsClaim:       s.GroupsClaim,
		ServiceDeskGroups: s.ServiceDeskGroups,
		UserGroups:        s.UserGroups,
		Domains:           s.Domains,
		AcceptedACR:       s.AcceptedACR,
		PasswordSignIn:    string(s.PasswordSignIn),
	}
}

func (m *merged) ssoSecrets() *SSOSecrets {
	s := m.Auth.SSO
	if s == nil || s.ClientSecretRef == nil {
		return nil
	}
	return &SSOSecrets{Client: *s.ClientSecretRef, Previous: s.PreviousClientSecretRef}
}

func (m *merged) sms() *SMS {
	if m.Notify == nil || m.Notify.SMS == nil {
		return nil
	}
	return &SMS{SecretName: m.Notify.SMS.WebhookSecretRef.Name}
}

// signIn puts the bounds of sign-in in force.
func (b *bounder) signIn(bounds *v1alpha1.AuthBounds) {
	auth := b.Auth
	b.atLeast(pathMinLength, &auth.Password.MinLength, "bounds.auth.minPasswordLength", bounds.MinPasswordLength)
	b.atMost("auth.session.idleMinutes", &auth.Session.IdleMinutes, "bounds.auth.maxIdleMinutes", bounds.MaxIdleMinutes)
	b.atMost("auth.session.absoluteHours", &auth.Session.AbsoluteHours, "bounds.auth.maxSessionHours", bounds.MaxSessionHours)
	if floor := bounds.SecondFactor; floor != "" && laxerFactor(auth.SecondFactor, floor) {
		if b.cross(pathSecondFactor, string(auth.SecondFactor), string(floor), "bounds.auth.secondFactor", string(floor)) {
			auth.SecondFactor = floor
		}
	}
	if allowed := bounds.AllowedIssuers; len(allowed) > 0 && auth.SSO != nil && auth.SSO.IssuerURL != "" && !slices.Contains(allowed, auth.SSO.IssuerURL) {
		b.refuse(pathIssuerURL, auth.SSO.IssuerURL, "bounds.auth.allowedIssuers", allowed)
	}
}

// passwords checks that short passwords do not stand alone, after the bounds are in force.
func (c *checker) passwords() {
	length, factor := *c.Auth.Password.MinLength, c.Auth.SecondFactor
	if length < loneMinLength && factor != v1alpha1.SecondFactorRequired {
		c.fault(pathMinLength, number(length), fmt.Sprintf("below %d is only for auth.secondFactor Required, which is %s", loneMinLength, factor),
			fmt.Sprintf("raise it to at least %d, or set auth.secondFactor to Required", loneMinLength))
	}
}

// signInNames checks what class and portal say of other objects and of the provider, each for itself.
func (c *checker) signInNames() {
	if sms := c.sms(); sms != nil {
		c.objectName("notify.sms.webhookSecretRef.name", sms.SecretName)
	}
	sso := c.Auth.SSO
	if sso == nil {
		return
	}
	c.secretKey(pathSSO+"clientSecretRef", sso.ClientSecretRef)
	c.secretKey(pathSSO+"previousClientSecretRef", sso.PreviousClientSecretRef)
	if sso.IssuerURL != "" {
		c.webURL(pathIssuerURL, sso.IssuerURL)
	}
}

// signIn checks what class and portal say together; the schema sees each alone.
func (c *checker) signIn() {
	if slices.Contains(c.Auth.Recovery.Channels, v1alpha1.RecoverySMS) && c.sms() == nil {
		c.fault(pathChannels, Text(c.Auth.Recovery.Channels), "SMS needs a gateway for text messages", "set notify.sms, here or in the class, or remove SMS")
	}
	sso := c.Auth.SSO
	if sso == nil {
		return
	}
	needed := func(field string, missing bool, cure string) {
		if missing {
			c.fault(pathSSO+field, "", "needed for single sign-on", cure+", here or in the class")
		}
	}
	needed("issuerURL", sso.IssuerURL == "", "name the provider")
	needed("clientID", sso.ClientID == "", "give what the provider knows the portal by")
	needed("clientSecretRef", sso.ClientSecretRef == nil, "name a key of a Secret beside the portal")
	needed("serviceDeskGroups", len(sso.ServiceDeskGroups)+len(sso.UserGroups) == 0, "name groups whose people may sign in here or in userGroups")
	if previous := sso.PreviousClientSecretRef; previous != nil && sso.ClientSecretRef != nil && *previous == *sso.ClientSecretRef {
		c.fault(pathSSO+"previousClientSecretRef", previous.Name+"/"+previous.Key, "the same as clientSecretRef", "name the secret that was in use before, or remove it")
	}
}

// secretKey checks the reference to one key of a Secret.
func (c *checker) secretKey(path string, ref *v1alpha1.SecretKeyRef) {
	if ref == nil {
		return
	}
	c.objectName(path+".name", ref.Name)
	if len(validation.IsConfigMapKey(ref.Key)) > 0 {
		c.fault(path+".key", ref.Key, "not a key of a Secret", "use letters, digits, -, _ and .")
	}
}

// webURL checks an address that the schema has found to begin with https://.
func (c *checker) webURL(path, text string) {
	at, err := url.Parse(text)
	if err == nil && at.Scheme == "https" && at.Hostname() != "" && at.User == nil && isPort(at.Port()) {
		return
	}
	c.fault(path, text, "not an address of a page", "use an address such as https://www.example.com/page")
}

// isPort says whether the port of an address is one; none is the usual one.
func isPort(text string) bool {
	if text == "" {
		return true
	}
	number, err := strconv.Atoi(text)
	return err == nil && number >= 1 && number <= 65535
}
