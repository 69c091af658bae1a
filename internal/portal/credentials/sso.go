// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package credentials

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/forecourt-dev/forecourt/internal/keys"
	"github.com/forecourt-dev/forecourt/internal/portal/config"
	"github.com/forecourt-dev/forecourt/internal/portal/sso"
)

// Provider says whether the provider of single sign-on takes client secrets.
type Provider interface {
	// Check asks the provider.
	Check(ctx context.Context, secrets sso.Secrets) sso.Verdict
	// Target changes when the answer may have changed.
	Target() string
}

// remark is what a check tells about a credential that is in force all the same.
type remark struct {
	text string
	// open is true when nobody knows whether the credential works.
	open bool
}

func (r *remark) Error() string { return r.text }

// lookAtSSO reads the client secrets. They are used at once, whether they work or not: only the provider can tell.
func (w *Watcher) lookAtSSO() (string, func(context.Context) error, error) {
	secrets, err := w.readSSO()
	if err != nil {
		return "", nil, err
	}
	w.mu.Lock()
	w.sso = secrets
	w.mu.Unlock()
	mounted := keys.Fingerprint("sso", []byte(secrets.Secret+"\x00"+secrets.Previous+"\x00"+w.Provider().Target()))
	return mounted, func(ctx context.Context) error {
		switch w.Provider().Check(ctx, secrets) {
		case sso.Taken:
			return nil
		case sso.PreviousTaken:
			return &remark{text: "the provider still takes the previous client secret only"}
		case sso.NoneTaken:
			return errors.New("the provider refuses it")
		default:
			return &remark{text: "the provider does not answer", open: true}
		}
	}, nil
}

// readSSO reads both files at one version of their volumes. The previous secret may be missing.
func (w *Watcher) readSSO() (sso.Secrets, error) {
	files := config.NewSnapshot()
	read := func(path string) (string, error) {
		content, err := files.Read(path)
		return strings.TrimSpace(string(content)), err
	}
	var secrets sso.Secrets
	var err error
	if secrets.Secret, err = read(w.Process.SSO.ClientSecretFile); err != nil {
		return sso.Secrets{}, fmt.Errorf("reading sso.clientSecretFile: %w", err)
	}
	if secrets.Secret == "" {
		return sso.Secrets{}, errors.New("sso.clientSecretFile is empty")
	}
	if path := w.Process.SSO.PreviousClientSecretFile; path != "" {
		secrets.Previous, err = read(path)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return sso.Secrets{}, fmt.Errorf("reading sso.previousClientSecretFile: %w", err)
		}
	}
	return secrets, nil
}

// SSO answers the client secrets in force; false when there are none.
func (w *Watcher) SSO() (sso.Secrets, bool) {
	w.mu.RLock()
	defer w.mu.RUnlock()
	return w.sso, w.sso.Secret != ""
}
