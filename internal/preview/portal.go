// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package preview

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"
	"sigs.k8s.io/yaml"

	portalconfig "github.com/forecourt-dev/forecourt/api/portalconfig/v1alpha1"
	"github.com/forecourt-dev/forecourt/api/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/keys"
	"github.com/forecourt-dev/forecourt/internal/manifest"
	"github.com/forecourt-dev/forecourt/internal/portal/server"
	"github.com/forecourt-dev/forecourt/internal/portalapi"
	"github.com/forecourt-dev/forecourt/internal/render"
)

// Folders and files of a portal below the data folder.
const (
	dirConfig       = "config"
	dirKeys         = "keys"
	dirInternal     = "internal"
	fileDatabase    = "portal.db"
	fileCertificate = keys.TLSCert
	fileImportToken = portalapi.RoleImport
)

// portal is one portal of a preview.
type portal struct {
	declared *manifest.Portal
	dir      string
	// host is the name without port under which browsers reach it; aliases are those that it sends there.
	host      string
	aliases   []string
	publicURL string
	// port of the pages; empty for 80.
	port      string
	addresses server.Addresses
}

func newPortal(declared *manifest.Portal, dir, port string) *portal {
	p := &portal{
		declared: declared, dir: filepath.Join(dir, declared.Object.Namespace, declared.Object.Name),
		host: localName(declared.Object.Spec.Hostname),
	}
	for _, alias := range declared.Object.Spec.Aliases {
		if name := localName(alias); name != p.host && !slices.Contains(p.aliases, name) {
			p.aliases = append(p.aliases, name)
		}
	}
	if port != "80" {
		p.port = ":" + port
	}
	p.publicURL = "http://" + p.host + p.port
	return p
}

// localName is the name below .localhost, without port, that stands in for a host.
func localName(host string) string {
	host, _, _ = strings.Cut(host, ":")
	if !strings.HasSuffix(host, ".localhost") {
		host += ".localhost"
	}
	return host
}

func (p *portal) name() string {
	return p.declared.Effective.Portal.String()
}

// file is the path of a file below the portal's folder.
func (p *portal) file(elements ...string) string {
	return filepath.Join(append([]string{p.dir}, elements...)...)
}

func (p *portal) internalURL() string {
	return "https://" + p.addresses.Internal
}

// notes say where the preview differs from what is declared.
func (p *portal) notes() []string {
	var notes []string
	if p.declared.Effective.Database.Type == v1alpha1.DatabasePostgreSQL {
		notes = append(notes, "an embedded database stands in for PostgreSQL")
	}
	if e := p.declared.Effective; e.SSO != nil || e.SMS != nil || e.Logo != nil {
		notes = append(notes, "single sign-on, text messages and the logo are left out: what they need is in the cluster")
	}
	if name := p.declared.MissingSecret; name != "" {
		notes = append(notes, "the Secret "+name+" with invitations of the service desk is in no file: nobody is invited there")
	}
	missing := 0
	for _, tenant := range p.declared.Tenants {
		if tenant.MissingSecret != "" {
			missing++
		}
		if tenant.Clamped != "" {
			notes = append(notes, fmt.Sprintf("DealerTenant %s/%s: %s", tenant.Object.Namespace, tenant.Object.Name, tenant.Clamped))
		}
	}
	if missing > 0 {
		notes = append(notes, fmt.Sprintf("%d dealerships name a Secret with invitations that is in no file: nobody is invited there", missing))
	}
	return notes
}

// prepare writes the portal's files: keys when it is new, and always the configuration.
func (p *portal) prepare(mailAddress string) error {
	for _, name := range []string{dirConfig, dirKeys, dirInternal} {
		if err := os.MkdirAll(p.file(name), 0o700); err != nil {
			return err
		}
	}
	if err := p.prepareKeys(); err != nil {
		return err
	}
	process, err := p.process(mailAddress)
	if err != nil {
		return err
	}
	if err := writeYAML(p.file(dirConfig, portalconfig.ProcessFile), process); err != nil {
		return err
	}
	return writeYAML(p.file(dirConfig, portalconfig.SettingsFile), p.settings())
}

// settings are what the operator would put in force, without what needs Secrets of the cluster: single sign-on and text messages.
func (p *portal) settings() *portalconfig.Settings {
	settings := p.declared.Effective.Settings
	settings.Auth.SSO = nil
	if recovery := settings.Auth.Recovery; recovery != nil {
		byMail := *recovery
		byMail.Channels = []string{portalconfig.ChannelMail}
		settings.Auth.Recovery = &byMail
	}
	return &settings
}

// prepareKeys makes the keys of a new portal. With a database there must be keys: new ones would make every password
// useless.
func (p *portal) prepareKeys() error {
	_, err := os.Stat(p.file(dirKeys, keys.Pepper))
	if err == nil {
		return nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if _, err := os.Stat(p.file(fileDatabase)); err == nil {
		return fmt.Errorf("%s has a database and no keys: restore the folder %s, or remove the whole folder", p.dir, dirKeys)
	}
	internal, err := keys.Internal("localhost", time.Now())
	if err != nil {
		return err
	}
	if err := writeAll(p.file(dirInternal), internal); err != nil {
		return err
	}
	return writeAll(p.file(dirKeys), keys.Portal())
}

// process is the wiring that the operator would render, moved to this machine.
func (p *portal) process(mailAddress string) (*portalconfig.Process, error) {
	host, port, err := net.SplitHostPort(mailAddress)
	if err != nil {
		return nil, err
	}
	number, err := strconv.ParseInt(port, 10, 32)
	if err != nil {
		return nil, err
	}
	from := "portal@" + p.host
	if mail := p.declared.Effective.Mail; mail != nil {
		from = mail.From
	}
	process := render.Process(p.declared.Effective)
	process.PublicURL, process.Aliases = p.publicURL, nil
	for _, alias := range p.aliases {
		process.Aliases = append(process.Aliases, alias+p.port)
	}
	process.TrustedProxyHops = 0
	process.Listen = portalconfig.Listen{Public: "127.0.0.1:0", Internal: "127.0.0.1:0", Metrics: "127.0.0.1:0"}
	process.Database = portalconfig.Database{SQLite: &portalconfig.SQLite{Path: p.file(fileDatabase)}}
	process.Keys = portalconfig.Keys{
		SessionKeyFile: p.file(dirKeys, keys.Session),
		PepperFile:     p.file(dirKeys, keys.Pepper),
		TLSCertFile:    p.file(dirInternal, keys.TLSCert),
		TLSKeyFile:     p.file(dirInternal, keys.TLSKey),
		TokenDir:       p.file(dirInternal),
	}
	process.Mail = &portalconfig.Mail{Host: host, Port: int32(number), From: from, TLS: string(v1alpha1.MailTLSNone)}
	process.SMS, process.SSO, process.LogoFile = nil, nil, "" // they are in the cluster
	return &process, nil
}

// start runs the portal in the group and waits until it serves.
func (p *portal) start(ctx context.Context, running *errgroup.Group, logs io.Writer) error {
	if err := server.Migrate(ctx, p.file(dirConfig)); err != nil {
		return fmt.Errorf("migrating the database of RegionalPortal %s: %w", p.name(), err)
	}
	started, ended := make(chan server.Addresses, 1), make(chan error, 1)
	running.Go(func() error {
		err := server.Run(ctx, server.Options{
			ConfigDir: p.file(dirConfig), Log: logs, Started: func(at server.Addresses) { started <- at },
		})
		if err != nil {
			err = fmt.Errorf("running RegionalPortal %s: %w", p.name(), err)
		}
		ended <- err
		return err
	})
	select {
	case p.addresses = <-started:
		return nil
	case err := <-ended:
		return errors.Join(err, ctx.Err())
	}
}

func writeAll(dir string, files map[string][]byte) error {
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			return err
		}
	}
	return nil
}

func writeYAML(path string, value any) error {
	raw, err := yaml.Marshal(value)
	if err != nil {
		return fmt.Errorf("encoding %s: %w", filepath.Base(path), err)
	}
	return os.WriteFile(path, raw, 0o600)
}
