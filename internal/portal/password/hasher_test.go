// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package password

import (
	"encoding/base64"
	"strings"
	"testing"

	"golang.org/x/crypto/argon2"
)

const secret = "a quiet garage in spring"

var pepper = Pepper{ID: "k1", Key: []byte("0123456789abcdef0123456789abcdef")}

func verify(t *testing.T, h *Hasher, password, encoded string) (ok, stale bool) {
	t.Helper()
	ok, stale, err := h.Verify(t.Context(), password, encoded)
	if err != nil {
		t.Fatal(err)
	}
	return ok, stale
}

func TestHashes(t *testing.T) {
	h := NewHasher(pepper)
	encoded, err := h.Hash(t.Context(), secret)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(encoded, "$argon2id$v=19$m=19456,t=2,p=1,keyid=k1$") {
		t.Errorf("parameters and the pepper's id must be in the hash: %s", encoded)
	}
	if again, _ := h.Hash(t.Context(), secret); again == encoded {
		t.Error("two hashes of one password must differ")
	}
	if ok, stale := verify(t, h, secret, encoded); !ok || stale {
		t.Errorf("the password must fit a fresh hash: ok %v, stale %v", ok, stale)
	}
	if ok, _ := verify(t, h, secret+" ", encoded); ok {
		t.Error("another password fits")
	}
	if ok, _ := verify(t, NewHasher(Pepper{ID: "k1", Key: []byte("another key of thirty-two bytes!")}), secret, encoded); ok {
		t.Error("the password fits without the pepper's key")
	}
	if ok, _ := verify(t, NewHasher(Pepper{ID: "k2", Key: pepper.Key}), secret, encoded); ok {
		t.Error("the password fits with a pepper of another id")
	}
	if ok, _ := verify(t, h, secret, ""); ok {
		t.Error("a password fits no hash")
	}
}

func TestPasswordsAreNormalised(t *testing.T) {
	h := NewHasher(pepper)
	composed, decomposed := "caf\u00e9 au lait at seven", "cafe\u0301 au lait at seven"
	encoded, err := h.Hash(t.Context(), decomposed)
	if err != nil {
		t.Fatal(err)
	}
	if ok, _ := verify(t, h, composed, encoded); !ok {
		t.Error("both forms of an accent are the same password")
	}
}

func TestImportedHashes(t *testing.T) {
	salt := []byte("somesalt12345678")
	bare := argon{memory: 65536, time: 3, lanes: 4, salt: salt, key: argon2.IDKey([]byte(secret), salt, 3, 65536, 4, 32)}
	weak := argon{memory: 4096, time: 3, lanes: 1, salt: salt, key: argon2.IDKey([]byte(secret), salt, 3, 4096, 1, 32)}
	hashes := map[string]string{
		"strong argon2id without a pepper": bare.String(),
		"weak argon2id":                    weak.String(),
		"bcrypt":                           "$2b$04$Ax7WrXfQ/gxBeHo885ejDe5eTBnc3D4OVgXnm9G0nM0I7P4x7AmwG",
		"PBKDF2 with a base64 salt":        "$pbkdf2-sha256$29000$c29tZXNhbHQxMjM0NTY3OA$wt.NYttKXsPCCAPQ8K6OwHr85NgM4W1wdWCvNqszcYo",
		"PBKDF2 with a text salt":          "pbkdf2_sha256$29000$somesalt12345678$wt+NYttKXsPCCAPQ8K6OwHr85NgM4W1wdWCvNqszcYo=",
		"PBKDF2 with SHA-512": "$pbkdf2-sha512$i=29000$c29tZXNhbHQxMjM0NTY3OA" +
			"$p0ugbZcXHd8KT7lqoFlk7uwL7NA3ePp5iLQ60TeVIXwrNuWVwwcINDcp6c1TpSkmCUH2l3D19rJQUo6mobIQoQ",
	}
	h := NewHasher(pepper)
	for name, encoded := range hashes {
		t.Run(name, func(t *testing.T) {
			if err := CheckHash(encoded); err != nil {
				t.Fatal(err)
			}
			if ok, stale := verify(t, h, secret, encoded); !ok || !stale {
				t.Errorf("must fit and be renewed: ok %v, stale %v", ok, stale)
			}
			if ok, _ := verify(t, h, "not the password", encoded); ok {
				t.Error("another password fits")
			}
		})
	}
}

func TestHashesThatAreRefused(t *testing.T) {
	key := base64.RawStdEncoding.EncodeToString(make([]byte, 32))
	hashes := map[string]string{
		"nothing":                     "",
		"a plain password":            "hunter2hunter2",
		"MD5 crypt":                   "$1$abcdefgh$yV5lMkSyFHLu1pUTp5Nk31",
		"argon2i":                     "$argon2i$v=19$m=65536,t=2,p=4$c29tZXNhbHQ$" + key,
		"argon2id of an old version":  "$argon2id$v=16$m=65536,t=2,p=4$c29tZXNhbHQ$" + key,
		"argon2id with a gigabyte":    "$argon2id$v=19$m=1048576,t=2,p=1$c29tZXNhbHQ$" + key,
		"argon2id with many passes":   "$argon2id$v=19$m=65536,t=999,p=1$c29tZXNhbHQ$" + key,
		"argon2id without memory":     "$argon2id$v=19$m=1,t=1,p=1$c29tZXNhbHQ$" + key,
		"argon2id without lanes":      "$argon2id$v=19$m=65536,t=1,p=0$c29tZXNhbHQ$" + key,
		"argon2id with a short salt":  "$argon2id$v=19$m=65536,t=2,p=1$c29t$" + key,
		"argon2id with a short key":   "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$c29tZXNhbHQ",
		"argon2id with text after it": "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$" + key + "\n",
		"bcrypt that is cut":          "$2b$12$abcdefghijklmnopqrstuv",
		"bcrypt that takes minutes":   "$2b$20$" + strings.Repeat("a", 53),
		"PBKDF2 with few rounds":      "pbkdf2_sha256$10$somesalt12345678$" + key,
		"PBKDF2 that takes minutes":   "pbkdf2_sha256$999999999$somesalt12345678$" + key,
		"PBKDF2 with MD5":             "pbkdf2_md5$29000$somesalt12345678$" + key,
		"PBKDF2 with a hidden salt":   "pbkdf2_sha256$29000$somesalt\x00\xff$" + key,
		"PBKDF2 without rounds":       "$pbkdf2-sha256$$c29tZXNhbHQ$" + key,
	}
	for name, encoded := range hashes {
		t.Run(name, func(t *testing.T) {
			err := CheckHash(encoded)
			if err == nil {
				t.Fatal("must be refused")
			}
			if encoded != "" && strings.Contains(err.Error(), encoded) {
				t.Errorf("the error quotes the hash: %v", err)
			}
		})
	}
}

func BenchmarkHash(b *testing.B) {
	h := NewHasher(pepper)
	for b.Loop() {
		if _, err := h.Hash(b.Context(), secret); err != nil {
			b.Fatal(err)
		}
	}
}
