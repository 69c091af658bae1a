// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package password

import (
	"crypto/pbkdf2"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"hash"
	"regexp"
	"strconv"
	"strings"

	"golang.org/x/crypto/argon2"
	"golang.org/x/crypto/bcrypt"
)

// Bounds of what an imported hash may cost: a sign-in must not take seconds, and several at once must fit into a small
// pod's memory.
const (
	maxMemoryKiB  = 65536
	maxPasses     = 16
	maxLanes      = 8
	maxBcryptCost = 14
	maxIterations = 5_000_000
	minIterations = 1000
)

// stored is a hash in one of the accepted formats.
type stored interface {
	// fits tells whether the hash is of this password.
	fits(password string, rack *rack) bool
	// stale tells whether a new hash would be stronger, or would use the pepper in use.
	stale(pepper Pepper) bool
}

// CheckHash refuses what is no hash in an accepted format, or one that would take too long to verify: argon2id in the PHC format, bcrypt,
// and PBKDF2 with SHA-256 or SHA-512 in the forms $pbkdf2-sha256$ROUNDS$SALT$HASH and pbkdf2_sha256$ROUNDS$SALT$HASH. The
// error never quotes the hash.
func CheckHash(encoded string) error {
	_, err := parse(encoded)
	return err
}

func parse(encoded string) (stored, error) {
	switch {
	case strings.HasPrefix(encoded, "$argon2id$"):
		return parseArgon(encoded)
	case strings.HasPrefix(encoded, "$2a$"), strings.HasPrefix(encoded, "$2b$"), strings.HasPrefix(encoded, "$2y$"):
		return parseBcrypt(encoded)
	case strings.HasPrefix(encoded, "$pbkdf2-"), strings.HasPrefix(encoded, "pbkdf2_"):
		return parsePBKDF2(encoded)
	default:
		return nil, errors.New("unknown hash format: use argon2id (PHC), bcrypt or PBKDF2")
	}
}

// String is the PHC string format.
func (a argon) String() string {
	key := ""
	if a.keyID != "" {
		key = ",keyid=" + a.keyID
	}
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d%s$%s$%s", argon2.Version, a.memory, a.time, a.lanes, key,
		base64.RawStdEncoding.EncodeToString(a.salt), base64.RawStdEncoding.EncodeToString(a.key))
}

var argonPattern = regexp.MustCompile(`^\$argon2id\$v=19\$m=(\d{1,7}),t=(\d{1,3}),p=(\d{1,3})(?:,keyid=([A-Za-z0-9_-]+))?\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$`)

func parseArgon(encoded string) (stored, error) {
	match := argonPattern.FindStringSubmatch(encoded)
	if match == nil {
		return nil, errors.New("malformed argon2id hash: want $argon2id$v=19$m=…,t=…,p=…$SALT$HASH in base64 without padding")
	}
	memory, passes, lanes := number(match[1]), number(match[2]), number(match[3])
	if memory < 8*lanes || memory > maxMemoryKiB || passes < 1 || passes > maxPasses || lanes < 1 || lanes > maxLanes {
		return nil, fmt.Errorf("argon2id hash out of bounds: m is at most %d, t at most %d, p at most %d", maxMemoryKiB, maxPasses, maxLanes)
	}
	salt, err := decode(match[5], 8, 64)
	if err != nil {
		return nil, fmt.Errorf("malformed argon2id salt: %w", err)
	}
	key, err := decode(match[6], 16, 64)
	if err != nil {
		return nil, fmt.Errorf("malformed argon2id hash: %w", err)
	}
	return argon{memory: uint32(memory), time: uint32(passes), lanes: uint8(lanes), keyID: match[4], salt: salt, key: key}, nil //nolint:gosec // bounded above
}

// bcryptHash is a hash as bcrypt writes it.
type bcryptHash []byte

func parseBcrypt(encoded string) (stored, error) {
	cost, err := bcrypt.Cost([]byte(encoded))
	if err != nil || len(encoded) != 60 {
		return nil, errors.New("malformed bcrypt hash: want 60 characters, $2b$COST$ first")
	}
	if cost > maxBcryptCost {
		return nil, fmt.Errorf("bcrypt cost %d is out of bounds: at most %d", cost, maxBcryptCost)
	}
	return bcryptHash(encoded), nil
}

func (b bcryptHash) fits(password string, _ *rack) bool {
	return bcrypt.CompareHashAndPassword(b, []byte(password)) == nil
}

func (b bcryptHash) stale(Pepper) bool { return true }

// derived is a PBKDF2 hash.
type derived struct {
	digest    func() hash.Hash
	rounds    int
	salt, key []byte
}

var pbkdf2Pattern = regexp.MustCompile(`^(?:\$pbkdf2-|pbkdf2_)(sha256|sha512)\$(?:i=)?(\d{1,9})(?:,l=\d+)?\$([!-#%-~]+)\$([A-Za-z0-9+/.]+=*)$`)

// parsePBKDF2 reads both common forms: with a leading dollar sign the salt is base64 ('.' for '+' is accepted), without one it is
// the text itself.
func parsePBKDF2(encoded string) (stored, error) {
	match := pbkdf2Pattern.FindStringSubmatch(encoded)
	if match == nil {
		return nil, errors.New("malformed PBKDF2 hash: want $pbkdf2-sha256$ROUNDS$SALT$HASH or pbkdf2_sha256$ROUNDS$SALT$HASH")
	}
	d := derived{digest: sha256.New, rounds: number(match[2]), salt: []byte(match[3])}
	if match[1] == "sha512" {
		d.digest = sha512.New
	}
	if d.rounds < minIterations || d.rounds > maxIterations {
		return nil, fmt.Errorf("%d rounds of PBKDF2 are out of bounds: %d to %d", d.rounds, minIterations, maxIterations)
	}
	var err error
	if strings.HasPrefix(encoded, "$") {
		if d.salt, err = decode(match[3], 8, 128); err != nil {
			return nil, fmt.Errorf("malformed PBKDF2 salt: %w", err)
		}
	}
	if d.key, err = decode(match[4], 16, 64); err != nil {
		return nil, fmt.Errorf("malformed PBKDF2 hash: %w", err)
	}
	return d, nil
}

func (d derived) fits(password string, _ *rack) bool {
	key, err := pbkdf2.Key(d.digest, password, d.salt, d.rounds, len(d.key))
	return err == nil && subtle.ConstantTimeCompare(key, d.key) == 1
}

func (d derived) stale(Pepper) bool { return true }

// decode reads base64, with or without padding, of a bounded length in bytes.
func decode(text string, least, most int) ([]byte, error) {
	raw, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(strings.ReplaceAll(text, ".", "+"), "="))
	if err != nil {
		return nil, errors.New("this is no base64")
	}
	if len(raw) < least || len(raw) > most {
		return nil, fmt.Errorf("%d bytes; want %d to %d", len(raw), least, most)
	}
	return raw, nil
}

// number reads digits that a pattern has matched.
func number(digits string) int {
	n, _ := strconv.Atoi(digits)
	return n
}
