// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

// Package throttle slows down guessing. Every attempt is counted before the password is verified, in one statement, so that
// parallel attempts cannot outrun the count. Waiting is per account and grows; failures per client address are limited per
// hour; names without an account share a fixed number of keyed buckets that behave like accounts. Attempts during a wait do not
// prolong it, and a day without failures forgets.
//
// After Ceiling failures a counter is shut until somebody vouches for the owner, or he opens it with a link from his mail (NIST SP
// 800-63B-4, 3.2.2). Nobody can lock him out by that: browsers that the account knows have a counter each, which only they can fill
// (the scheme of the device cookies of OWASP), and do not count for their address, which others may share.
//
// While the key of the counters is rotated, every attempt counts under both keys, and the longer wait holds: the counters under
// the new key have seen as much as the old ones when those are forgotten, so that a rotation pardons nobody.
package throttle

import (
	"encoding/binary"
	"encoding/hex"
	"net/netip"
	"strconv"
	"time"

	portalconfig "github.com/forecourt-dev/forecourt/api/portalconfig/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/portal/sessionkey"
)

const (
	// firstDelay is the wait after the first failure that causes one; it doubles with each further one.
	firstDelay = 30 * time.Second
	// forgetAfter is the time without a failure after which an account's failures are forgotten.
	forgetAfter = 24 * time.Hour
	// window is the time in which failures per address are counted.
	window = time.Hour
	// buckets is the number of counters that names without an account share.
	buckets = 1 << 16
	// forgetNames is how long a shut counter of a name without an account is kept without a look at it.
	forgetNames = 365 * 24 * time.Hour
	// askAgain is the wait that is named while a counter is shut: a link can be asked for that often.
	askAgain = time.Hour
)

// Ceiling is the most failures in a row of one counter: none is verified beyond them (NIST SP 800-63B-4, 3.2.2).
const Ceiling = 100

// Limits of guessing.
type Limits struct {
	// DelayFrom is the consecutive failure that causes the first wait.
	DelayFrom int
	// MaxDelay caps the wait.
	MaxDelay time.Duration
	// PerAddress is the most failures of one client address in an hour.
	PerAddress int
}

// LimitsOf reads the limits of a policy.
func LimitsOf(auth portalconfig.Auth) Limits {
	return Limits{
		DelayFrom:  int(auth.ThrottleDelayFromFailure),
		MaxDelay:   time.Duration(auth.ThrottleMaxDelayMinutes) * time.Minute,
		PerAddress: int(auth.ThrottlePerAddressPerHour),
	}
}

// Throttle names counters. Addresses and unknown names are stored only as keyed hashes.
type Throttle struct{ keys *sessionkey.Ring }

// New makes a throttle whose counters are keyed with secrets that all replicas share.
func New(keys *sessionkey.Ring) *Throttle { return &Throttle{keys: keys} }

// Counters are those of one attempt: one for its account or name, one for its address. The second of each is empty but while the
// key is rotated; the first is the one that knows what happened before.
type Counters struct{ account, address [2]string }

// For names the counters of an attempt. accountID is empty for a name without an account.
func (t *Throttle) For(accountID, foldedName string, address netip.Addr) Counters {
	keys := t.keys.Keys()
	c := Counters{account: [2]string{nameKey(keys.InUse, foldedName)}, address: [2]string{addressKey(keys.InUse, address)}}
	if rotating := len(keys.Previous) > 0; rotating {
		c.account = [2]string{nameKey(keys.Previous, foldedName), c.account[0]}
		c.address = [2]string{addressKey(keys.Previous, address), c.address[0]}
	}
	if accountID != "" {
		c.account = accountKeys(accountID, c.account[1] != "")
	}
	return c
}

// ForDevice names the counter of an attempt with a browser that the account knows.
func (t *Throttle) ForDevice(deviceID string) Counters {
	return Counters{account: pair("device:"+deviceID, len(t.keys.Keys().Previous) > 0)}
}

// ForAsking names the counter of the links that a client address asks for.
func (t *Throttle) ForAsking(address netip.Addr) Counters {
	c := t.For("", "", address)
	for i, key := range c.address {
		if key != "" {
			c.address[i] = "asking-" + key
		}
	}
	return Counters{address: c.address}
}

// ForCode names the counters of an attempt to enter a code that was mailed to an account. The right password does not reset them.
func (t *Throttle) ForCode(accountID string, address netip.Addr) Counters {
	c := t.For(accountID, "", address)
	c.account = [2]string{"code:" + accountID}
	return c
}

// ForFactor names the counters of an attempt to give an account's second factor. Neither the right password nor a mailed code resets them.
func (t *Throttle) ForFactor(accountID string, address netip.Addr) Counters {
	c := t.For(accountID, "", address)
	c.account = [2]string{"factor:" + accountID}
	return c
}

// accountKeys name the counters of an account. They are not keyed; the second one only costs the same work as that of a name
// without an account.
func accountKeys(accountID string, rotating bool) [2]string {
	return pair("account:"+accountID, rotating)
}

func pair(key string, rotating bool) [2]string {
	keys := [2]string{key}
	if rotating {
		keys[1] = key + rotatingSuffix
	}
	return keys
}

const rotatingSuffix = "/rotating"

// nameKey and addressKey tell under which key they count, so that counters of two keys never meet.
func nameKey(key []byte, foldedName string) string {
	return "name:" + keyID(key) + ":" + strconv.FormatUint(binary.BigEndian.Uint64(mac(key, "name", foldedName))%buckets, 10)
}

func addressKey(key []byte, address netip.Addr) string {
	return "address:" + hex.EncodeToString(mac(key, "address", network(address))[:16])
}

func keyID(key []byte) string { return hex.EncodeToString(mac(key, "key", "")[:2]) }

// network is the address, or the /64 of an IPv6 address: one customer has all of it.
func network(address netip.Addr) string {
	address = address.Unmap().WithZone("")
	if prefix, err := address.Prefix(64); err == nil && address.Is6() {
		return prefix.String()
	}
	return address.String()
}

func mac(key []byte, purpose, value string) []byte {
	return sessionkey.MAC(key, "throttle\x00"+purpose+"\x00"+value)
}
