// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"time"
)

// report prints where to look and what to try.
func (d *demo) report(ctx context.Context) error {
	link, err := d.invitationLink(ctx)
	if err != nil {
		return err
	}
	us := d.generated.Markets[0]
	fmt.Printf("\nForecourt is up after %s.\n\nPortals\n", time.Since(d.started).Round(time.Second))
	for _, m := range d.generated.Markets {
		fmt.Printf("  http://%s  %d dealerships, %d accounts\n", m.Portal.Spec.Hostname, len(m.Tenants), len(m.Accounts))
	}
	fmt.Printf(`
Mail catcher
  http://%s

Sign in as a dealership's first administrator
  %s of %s was invited. Choose a password at
  %s
  then sign in as %s. Administrators need a second factor: the code that comes first is in the mail catcher,
  and any authenticator app takes the key that the page shows.

Try next
  export KUBECONFIG=%s
  kubectl get regionalportals -A
  kubectl get dealertenants -n %s | head
  kubectl describe regionalportal %s -n %s
  kubectl patch regionalportal %s -n %s --type merge -p '{"spec":{"support":{"hours":"Mon-Sat 7:00-20:00 CT"}}}'
  kubectl delete deployment %s -n %s    # and watch it come back
  make demo-down
`, loopback(d.mailPort), us.Invited.Name, us.Tenants[0].Spec.DisplayName, link, us.Invited.Username, d.kubeconfig,
		us.Portal.Namespace, us.Portal.Name, us.Portal.Namespace, us.Portal.Name, us.Portal.Namespace, us.Portal.Name, us.Portal.Namespace)
	return nil
}

// invitationLink waits for the sample administrator's invitation in the mail catcher.
func (d *demo) invitationLink(ctx context.Context) (string, error) {
	invited := d.generated.Markets[0].Invited
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	tick := time.NewTicker(500 * time.Millisecond)
	defer tick.Stop()
	for {
		link, err := d.newestLink(ctx, invited.Mail)
		if err != nil {
			return "", err
		}
		if link != "" {
			return link, nil
		}
		select {
		case <-ctx.Done():
			// Started again on a cluster that has sent the invitation before.
			return "(the invitation was mailed at the first start; it is used or no longer in the mail catcher)", nil
		case <-tick.C:
		}
	}
}

func (d *demo) newestLink(ctx context.Context, mail string) (string, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+loopback(d.mailPort)+"/api/messages?to="+url.QueryEscape(mail), nil)
	if err != nil {
		return "", fmt.Errorf("asking the mail catcher: %w", err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		if errors.Is(err, context.DeadlineExceeded) {
			return "", nil
		}
		return "", fmt.Errorf("asking the mail catcher: %w", err)
	}
	defer response.Body.Close()
	var messages []struct {
		Links []string `json:"links"`
	}
	if err := json.NewDecoder(response.Body).Decode(&messages); err != nil {
		return "", fmt.Errorf("reading the mail catcher's answer: %w", err)
	}
	for _, m := range messages {
		if len(m.Links) > 0 {
			return m.Links[0], nil
		}
	}
	return "", nil
}

// down removes everything that up started. On a cluster of the user's own only what was installed goes.
func down(ctx context.Context, o options) error {
	if err := (process{file: o.path("serve.pid")}).stop(); err != nil {
		return fmt.Errorf("stopping the local port: %w", err)
	}
	if o.kubeconfig != "" {
		if err := uninstall(ctx, o); err != nil {
			return err
		}
	}
	if err := chooseCluster(ctx, o).down(ctx); err != nil {
		return err
	}
	if err := os.RemoveAll(o.state); err != nil {
		return fmt.Errorf("removing the demo's folder: %w", err)
	}
	fmt.Fprintln(os.Stderr, "The demo is gone.")
	return nil
}

func uninstall(ctx context.Context, o options) error {
	kubectl, err := findKubectl(ctx)
	if err != nil {
		return err
	}
	remove := exec.CommandContext(ctx, kubectl, "--kubeconfig", o.kubeconfig, "delete", "--ignore-not-found",
		"namespace", "dealers-us", "dealers-ca", "dealers-jp", systemNamespace)
	if err := show(remove); err != nil {
		return err
	}
	return show(exec.CommandContext(ctx, kubectl, "--kubeconfig", o.kubeconfig, "delete", "--ignore-not-found", "crd",
		"portalclasses.portals.forecourt.dev", "regionalportals.portals.forecourt.dev", "dealertenants.portals.forecourt.dev"))
}
