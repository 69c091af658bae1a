// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package credentials

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/forecourt-dev/forecourt/internal/keys"
	"github.com/forecourt-dev/forecourt/internal/portal/config"
	"github.com/forecourt-dev/forecourt/internal/portal/sms"
	"github.com/forecourt-dev/forecourt/internal/portalapi"
)

// lookAtKeys reads session keys and peppers.
func (w *Watcher) lookAtKeys() (string, func(context.Context) error, error) {
	loaded, err := config.LoadKeys(w.Process.Keys)
	if err != nil {
		return "", nil, err
	}
	mounted := fmt.Sprint(loaded.Fingerprints, loaded.Seals)
	return mounted, func(context.Context) error {
		if err := w.Use(loaded); err != nil {
			return err
		}
		w.mu.Lock()
		defer w.mu.Unlock()
		w.keys = loaded
		return nil
	}, nil
}

// lookAtInternal reads tokens and certificate of the internal API.
func (w *Watcher) lookAtInternal() (string, func(context.Context) error, error) {
	loaded, err := config.LoadInternalKeys(w.Process.Keys)
	if err != nil {
		return "", nil, err
	}
	mounted := fmt.Sprint(loaded.Fingerprints)
	return mounted, func(context.Context) error {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.internal = loaded
		return nil
	}, nil
}

// lookAtDatabase reads the connection string.
func (w *Watcher) lookAtDatabase() (string, func(context.Context) error, error) {
	dsn, err := readText("database.postgresql.dsnFile", w.Process.Database.PostgreSQL.DSNFile)
	if err != nil {
		return "", nil, err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.dsn == "" {
		w.dsn = dsn // with which the database was opened
	}
	return keys.Fingerprint("database", []byte(dsn)), func(ctx context.Context) error {
		if err := w.DB.Reconnect(ctx, dsn); err != nil {
			return err
		}
		w.mu.Lock()
		defer w.mu.Unlock()
		w.dsn = dsn
		return nil
	}, nil
}

// lookAtMail reads the login at the mail server. It is used at once, whether it works or not: nothing but the next delivery, or
// this check, can tell, and an old login is worth nothing more.
func (w *Watcher) lookAtMail() (string, func(context.Context) error, error) {
	files := config.NewSnapshot()
	login := Login{}
	for _, file := range []struct {
		name, path string
		into       *string
	}{
		{"mail.usernameFile", w.Process.Mail.UsernameFile, &login.Username},
		{"mail.passwordFile", w.Process.Mail.PasswordFile, &login.Password},
	} {
		content, err := files.Read(file.path)
		if err != nil {
			return "", nil, fmt.Errorf("reading %s: %w", file.name, err)
		}
		*file.into = strings.TrimSpace(string(content))
	}
	w.mu.Lock()
	w.login = login
	w.mu.Unlock()
	return keys.Fingerprint("mail", []byte(login.Username+"\x00"+login.Password)), func(ctx context.Context) error {
		if class := w.CheckMail(ctx, login); class != "" {
			return errors.New("the mail server cannot be used with it: " + class)
		}
		return nil
	}, nil
}

// lookAtSMS reads where the gateway for text messages is and what signs the requests. Whether it works, only the next message can tell: a
// gateway has no way to try it without sending one.
func (w *Watcher) lookAtSMS() (string, func(context.Context) error, error) {
	files := config.NewSnapshot()
	address, err := files.Read(w.Process.SMS.URLFile)
	if err != nil {
		return "", nil, fmt.Errorf("reading sms.urlFile: %w", err)
	}
	secret, err := files.Read(w.Process.SMS.SecretFile)
	if err != nil {
		return "", nil, fmt.Errorf("reading sms.secretFile: %w", err)
	}
	endpoint, err := sms.ParseEndpoint(string(address), string(secret))
	if err != nil {
		return "", nil, err
	}
	return keys.Fingerprint("sms", []byte(endpoint.URL.String()+"\x00"+string(endpoint.Secret))), func(context.Context) error {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.gateway = endpoint
		return nil
	}, nil
}

// describe answers a credential's fingerprints. The caller holds the lock.
func (w *Watcher) describe(name string) portalapi.Credential {
	said := portalapi.Credential{Name: name}
	switch name {
	case portalapi.CredentialDatabase:
		said.Fingerprint = w.keyed(name, w.dsn)
	case portalapi.CredentialSSO:
		said.Fingerprint = w.keyed(name, w.sso.Secret)
		if w.sso.Previous != "" {
			said.Accepted = append(said.Accepted, w.keyed(name, w.sso.Previous))
		}
	case portalapi.CredentialSMS:
		if w.gateway.URL != nil {
			said.Fingerprint = w.keyed(name, w.gateway.URL.String()+"\x00"+string(w.gateway.Secret))
		}
	case portalapi.CredentialMail:
		said.Fingerprint = w.keyed(name, w.login.Username+"\x00"+w.login.Password)
	default:
		kind := keys.Kind(name)
		prints := w.internal.Fingerprints[kind]
		if kind.OfPods() {
			prints = w.keys.Fingerprints[kind]
		}
		said.Fingerprint = prints.InUse
		if prints.Next != "" {
			said.Accepted = append(said.Accepted, prints.Next)
		}
		said.Accepted = append(said.Accepted, prints.Previous...)
	}
	return said
}

// readText reads a file of one line.
func readText(name, path string) (string, error) {
	content, err := config.NewSnapshot().Read(path)
	if err != nil {
		return "", fmt.Errorf("reading %s: %w", name, err)
	}
	return strings.TrimSpace(string(content)), nil
}
