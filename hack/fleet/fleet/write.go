// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package fleet

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"sigs.k8s.io/yaml"
)

// tenantsPerFile keeps files readable in an editor.
const tenantsPerFile = 250

// Write puts the fleet into the directory as plain YAML and CSV: class.yaml and
// namespaces.yaml, and per market portal.yaml, invitations.yaml, tenants-*.yaml
// and accounts.csv. Files of an earlier, larger fleet are removed.
func (f *Fleet) Write(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("making %s: %w", dir, err)
	}
	if err := writeYAML(filepath.Join(dir, "class.yaml"), f.Class); err != nil {
		return err
	}
	namespaces := make([]any, len(f.Markets))
	for i, m := range f.Markets {
		namespaces[i] = m.Namespace
	}
	if err := writeYAML(filepath.Join(dir, "namespaces.yaml"), namespaces...); err != nil {
		return err
	}
	for _, m := range f.Markets {
		if err := m.write(filepath.Join(dir, m.Code)); err != nil {
			return fmt.Errorf("writing market %s: %w", m.Code, err)
		}
	}
	return nil
}

func (m *Market) write(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	if err := writeYAML(filepath.Join(dir, "portal.yaml"), m.Portal); err != nil {
		return err
	}
	if err := writeYAML(filepath.Join(dir, "invitations.yaml"), m.Invitations); err != nil {
		return err
	}
	old, err := filepath.Glob(filepath.Join(dir, "tenants-*.yaml"))
	if err != nil {
		return err
	}
	for _, file := range old {
		if err := os.Remove(file); err != nil {
			return err
		}
	}
	for start := 0; start < len(m.Tenants); start += tenantsPerFile {
		var documents []any
		for _, t := range m.Tenants[start:min(start+tenantsPerFile, len(m.Tenants))] {
			documents = append(documents, t)
		}
		name := fmt.Sprintf("tenants-%04d.yaml", start/tenantsPerFile+1)
		if err := writeYAML(filepath.Join(dir, name), documents...); err != nil {
			return err
		}
	}
	return m.writeAccounts(filepath.Join(dir, "accounts.csv"))
}

func writeYAML(file string, documents ...any) error {
	var out bytes.Buffer
	for i, document := range documents {
		encoded, err := yaml.Marshal(document)
		if err != nil {
			return fmt.Errorf("encoding %s: %w", file, err)
		}
		if i > 0 {
			out.WriteString("---\n")
		}
		out.Write(encoded)
	}
	if err := os.WriteFile(file, out.Bytes(), 0o644); err != nil {
		return fmt.Errorf("writing %s: %w", file, err)
	}
	return nil
}

func (m *Market) writeAccounts(file string) error {
	var out bytes.Buffer
	if err := WriteAccounts(&out, m.Accounts); err != nil {
		return err
	}
	return os.WriteFile(file, out.Bytes(), 0o644)
}

// accountColumns are the columns of accounts.csv that the fleet fills; those that
// the importer also knows and the fleet leaves out are empty for everybody.
var accountColumns = []string{
	"username", "class", "tenant", "name", "mail", "phone", "role", "createdAt", "lastSignInAt",
	"serviceAccount", "exemptUntil", "exemptReason",
}

// WriteAccounts writes the accounts in the format of "portal accounts import".
func WriteAccounts(w io.Writer, accounts []Account) error {
	out := csv.NewWriter(w)
	if err := out.Write(accountColumns); err != nil {
		return fmt.Errorf("writing the header: %w", err)
	}
	for _, a := range accounts {
		row := []string{
			a.Username, "Dealer", a.Tenant, a.Name, a.Mail, a.Phone, a.Role, timestamp(a.CreatedAt), timestamp(a.LastSignInAt),
			flag(a.ServiceAccount), timestamp(a.ExemptUntil), a.ExemptReason,
		}
		if err := out.Write(row); err != nil {
			return fmt.Errorf("writing account %s: %w", a.Username, err)
		}
	}
	out.Flush()
	if err := out.Error(); err != nil {
		return fmt.Errorf("writing the accounts: %w", err)
	}
	return nil
}

// timestamp is empty for a time that is not known.
func timestamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format(time.RFC3339)
}

func flag(set bool) string {
	if !set {
		return ""
	}
	return strconv.FormatBool(set)
}
