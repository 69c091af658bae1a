// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"syscall"
	"time"

	"golang.org/x/sync/errgroup"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/tools/clientcmd"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
	"github.com/forecourt-dev/forecourt/hack/demo/router"
	"github.com/forecourt-dev/forecourt/hack/mailcatcher/catcher"
)

// serve runs the one local port and the mail catcher until it is told to end.
func serve(ctx context.Context, o options) error {
	config, err := clientcmd.BuildConfigFromFlags("", o.kubeconfig)
	if err != nil {
		return fmt.Errorf("reading the kubeconfig: %w", err)
	}
	scheme := runtime.NewScheme()
	if err := v1alpha1.AddToScheme(scheme); err != nil {
		return fmt.Errorf("building the scheme: %w", err)
	}
	reader, err := client.New(config, client.Options{Scheme: scheme})
	if err != nil {
		return fmt.Errorf("making a client: %w", err)
	}
	handler, err := router.New(config, reader)
	if err != nil {
		return fmt.Errorf("making the router: %w", err)
	}
	mails, err := catcher.Start(ctx, catcher.Options{SMTPAddress: o.smtp, HTTPAddress: loopback(o.mailPort)})
	if err != nil {
		return fmt.Errorf("starting the mail catcher: %w", err)
	}
	server := &http.Server{Addr: loopback(o.port), Handler: handler, ReadHeaderTimeout: 10 * time.Second}
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return mails.Run(ctx) })
	group.Go(func() error {
		if err := server.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
			return fmt.Errorf("serving %s: %w", server.Addr, err)
		}
		return nil
	})
	group.Go(func() error {
		<-ctx.Done()
		return server.Close()
	})
	return group.Wait()
}

func loopback(port int) string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(port)) }

// startServing runs "demo serve" in the background and waits until its ports answer.
func startServing(ctx context.Context, o options) error {
	background := process{file: o.path("serve.pid")}
	if err := background.stop(); err != nil {
		return fmt.Errorf("stopping the previous local port: %w", err)
	}
	self, err := os.Executable()
	if err != nil {
		return fmt.Errorf("finding this program: %w", err)
	}
	// "go run" removes its binary at the end; the background process needs one that stays.
	binary := o.path("demo")
	if err := copyFile(self, binary); err != nil {
		return err
	}
	log, err := os.Create(o.path("serve.log"))
	if err != nil {
		return fmt.Errorf("making the log: %w", err)
	}
	defer log.Close()
	cmd := exec.CommandContext(context.WithoutCancel(ctx), binary, "serve", "--kubeconfig", o.kubeconfig, "--smtp", o.smtp,
		"--port", strconv.Itoa(o.port), "--mail-port", strconv.Itoa(o.mailPort))
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("starting the local port: %w", err)
	}
	if err := background.record(cmd.Process.Pid); err != nil {
		return err
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	return waitForPorts(ctx, ended, log.Name(), loopback(o.port), loopback(o.mailPort), o.smtp)
}

func waitForPorts(ctx context.Context, ended <-chan error, log string, addresses ...string) error {
	ctx, cancel := context.WithTimeout(ctx, 15*time.Second)
	defer cancel()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		if allAnswer(ctx, addresses) {
			return nil
		}
		select {
		case err := <-ended:
			return fmt.Errorf("the local port ended at once (%w); see %s", err, log)
		case <-ctx.Done():
			return fmt.Errorf("the local ports %v do not answer; see %s", addresses, log)
		case <-tick.C:
		}
	}
}

func allAnswer(ctx context.Context, addresses []string) bool {
	var d net.Dialer
	for _, address := range addresses {
		conn, err := d.DialContext(ctx, "tcp", address)
		if err != nil {
			return false
		}
		conn.Close()
	}
	return true
}

func copyFile(from, to string) error {
	raw, err := os.ReadFile(from)
	if err != nil {
		return fmt.Errorf("reading %s: %w", from, err)
	}
	if err := os.Remove(to); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("replacing %s: %w", to, err)
	}
	if err := os.WriteFile(to, raw, 0o700); err != nil {
		return fmt.Errorf("writing %s: %w", to, err)
	}
	return nil
}
