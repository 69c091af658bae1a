// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/tools/clientcmd"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
	"github.com/forecourt-dev/forecourt/hack/fleet/fleet"
)

// applyFleet writes the fleet as plain files, so that they can be read and changed, and applies them with kubectl.
func (d *demo) applyFleet(ctx context.Context) error {
	options := fleet.DefaultOptions(time.Now().UTC().Truncate(24 * time.Hour))
	if d.small {
		options.Shrink()
	}
	options.Port, options.SMTP = d.port, d.smtp
	options.Image = d.imagePrefix + "/portal:" + imageTag
	generated, err := fleet.Generate(options)
	if err != nil {
		return fmt.Errorf("generating the fleet: %w", err)
	}
	if err := generated.Write(d.fleet); err != nil {
		return err
	}
	d.generated = generated
	for _, paths := range [][]string{{"namespaces.yaml", "class.yaml"}, marketFolders(generated)} {
		args := []string{"apply", "--server-side", "--field-manager", "demo"}
		for _, path := range paths {
			args = append(args, "-f", filepath.Join(d.fleet, path))
		}
		if err := quiet(d.kube(ctx, args...)); err != nil {
			return err
		}
	}
	return nil
}

func marketFolders(f *fleet.Fleet) []string {
	var out []string
	for _, m := range f.Markets {
		out = append(out, m.Code)
	}
	return out
}

// quiet runs a command and shows its output only when it fails.
func quiet(cmd *exec.Cmd) error {
	out, err := cmd.CombinedOutput()
	if err != nil {
		return fmt.Errorf("running %v: %w\n%s", cmd.Args, err, out)
	}
	return nil
}

// connect returns a client for the demo's cluster.
func (d *demo) connect() (client.Client, error) {
	config, err := clientcmd.BuildConfigFromFlags("", d.kubeconfig)
	if err != nil {
		return nil, fmt.Errorf("reading the kubeconfig: %w", err)
	}
	scheme := runtime.NewScheme()
	if err := errors.Join(clientgoscheme.AddToScheme(scheme), v1alpha1.AddToScheme(scheme)); err != nil {
		return nil, fmt.Errorf("building the scheme: %w", err)
	}
	c, err := client.New(config, client.Options{Scheme: scheme})
	if err != nil {
		return nil, fmt.Errorf("making a client: %w", err)
	}
	return c, nil
}

// readyTimeout bounds the wait for the whole fleet.
const readyTimeout = 15 * time.Minute

func (d *demo) waitReady(ctx context.Context) error {
	c, err := d.connect()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, readyTimeout)
	defer cancel()
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	last := ""
	for {
		progress, done, err := readiness(ctx, c)
		if err != nil {
			return err
		}
		if progress != last {
			fmt.Fprintf(os.Stderr, "      %s\n", progress)
			last = progress
		}
		if done {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("not everything became Ready (%s); kubectl get rp,dt -A shows why: %w", last, ctx.Err())
		case <-tick.C:
		}
	}
}

func readiness(ctx context.Context, c client.Reader) (string, bool, error) {
	var portals v1alpha1.RegionalPortalList
	var tenants v1alpha1.DealerTenantList
	if err := errors.Join(c.List(ctx, &portals), c.List(ctx, &tenants)); err != nil {
		return "", false, fmt.Errorf("listing portals and tenants: %w", err)
	}
	readyPortals, readyTenants := 0, 0
	for i := range portals.Items {
		if current(portals.Items[i].Generation, portals.Items[i].Status.ObservedGeneration, portals.Items[i].Status.Conditions) {
			readyPortals++
		}
	}
	for i := range tenants.Items {
		if current(tenants.Items[i].Generation, tenants.Items[i].Status.ObservedGeneration, tenants.Items[i].Status.Conditions) {
			readyTenants++
		}
	}
	done := readyPortals == len(portals.Items) && readyTenants == len(tenants.Items)
	return fmt.Sprintf("%d of %d portals and %d of %d dealerships are Ready", readyPortals, len(portals.Items), readyTenants, len(tenants.Items)), done, nil
}

func current(generation, observed int64, conditions []metav1.Condition) bool {
	return generation == observed && meta.IsStatusConditionTrue(conditions, v1alpha1.ConditionReady)
}

// importAccounts runs "kubectl forecourt accounts import" for each market, as somebody in charge would.
func (d *demo) importAccounts(ctx context.Context) error {
	binary := d.path("kubectl-forecourt")
	if err := show(exec.CommandContext(ctx, "go", "build", "-o", binary, "./cmd/kubectl-forecourt")); err != nil {
		return err
	}
	for _, m := range d.generated.Markets {
		err := show(exec.CommandContext(ctx, binary, "accounts", "import", filepath.Join(d.fleet, m.Code, "accounts.csv"),
			"--portal", m.Portal.Name, "--namespace", m.Portal.Namespace, "--kubeconfig", d.kubeconfig))
		if err != nil {
			return fmt.Errorf("importing the accounts of %s: %w", m.Portal.Name, err)
		}
	}
	return nil
}

// sweep starts one run of the United States portal's inactivity CronJob in Observe and shows its counts.
func (d *demo) sweep(ctx context.Context) error {
	portal := d.generated.Markets[0].Portal
	job := fmt.Sprintf("%s-sweep-%d", portal.Name, time.Now().Unix())
	if err := quiet(d.kube(ctx, "-n", portal.Namespace, "create", "job", job, "--from=cronjob/"+portal.Name+"-inactivity")); err != nil {
		return err
	}
	if err := quiet(d.kube(ctx, "-n", portal.Namespace, "wait", "--for=condition=complete", "--timeout=3m", "job/"+job)); err != nil {
		return err
	}
	return show(d.kube(ctx, "-n", portal.Namespace, "logs", "job/"+job))
}
