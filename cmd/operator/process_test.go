// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	coordinationv1 "k8s.io/api/coordination/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
	"github.com/forecourt-dev/forecourt/test/controlplane"
)

const within = 90 * time.Second

var plane *controlplane.Plane

func TestMain(m *testing.M) {
	os.Exit(controlplane.Main(m, func(p *controlplane.Plane) { plane = p }))
}

// TestTheProgramRunsWithTheShippedRBAC starts the real program twice: it must elect itself, reconcile, show health and metrics,
// and hand over its lease at once when it is told to end.
func TestTheProgramRunsWithTheShippedRBAC(t *testing.T) {
	binary := filepath.Join(t.TempDir(), "operator")
	if output, err := exec.Command("go", "build", "-o", binary, ".").CombinedOutput(); err != nil {
		t.Fatalf("building: %v\n%s", err, output)
	}
	kubeconfig := writeKubeconfig(t)
	class := &v1alpha1.PortalClass{
		ObjectMeta: metav1.ObjectMeta{Name: "standard"},
		Spec:       v1alpha1.PortalClassSpec{Release: v1alpha1.PortalRelease{Version: "1.0.0", Image: "forecourt.test/portal:1.0.0"}},
	}
	if err := plane.Admin.Create(t.Context(), class); err != nil {
		t.Fatal(err)
	}
	for _, incarnation := range []string{"first", "second"} {
		health, metrics := freeAddress(t), freeAddress(t)
		log := &bytes.Buffer{}
		command := exec.Command(binary, "--leader-namespace="+controlplane.OperatorNamespace, "--health-address="+health, "--metrics-address="+metrics)
		command.Env = append(os.Environ(), "KUBECONFIG="+kubeconfig)
		command.Stderr = log
		if err := command.Start(); err != nil {
			t.Fatal(err)
		}
		ended := make(chan error, 1)
		go func() { ended <- command.Wait() }()
		t.Cleanup(func() {
			_ = command.Process.Kill()
			if t.Failed() {
				t.Logf("Log of the %s operator:\n%s", incarnation, log)
			}
		})
		awaitPage(t, "http://"+health+"/healthz", "ok")
		awaitPage(t, "http://"+health+"/readyz", "ok")
		awaitLease(t, true)
		awaitPage(t, "http://"+metrics+"/metrics", `forecourt_portals{ready="True"} 0`)
		controlplane.Eventually(t, within, "the class is looked at", func(ctx context.Context) error {
			if err := plane.Admin.Get(ctx, client.ObjectKeyFromObject(class), class); err != nil || class.Status.ObservedGeneration != class.Generation {
				return fmt.Errorf("observed generation %d of %d, %w", class.Status.ObservedGeneration, class.Generation, err)
			}
			return nil
		})
		if err := command.Process.Signal(syscall.SIGTERM); err != nil {
			t.Fatal(err)
		}
		select {
		case err := <-ended:
			if err != nil {
				t.Errorf("The %s operator ended with %v", incarnation, err)
			}
		case <-time.After(within):
			t.Fatalf("The %s operator does not end", incarnation)
		}
		awaitLease(t, false)
	}
}

// awaitLease waits until the lease is held, or given back.
func awaitLease(t *testing.T, held bool) {
	t.Helper()
	lease := &coordinationv1.Lease{ObjectMeta: metav1.ObjectMeta{Namespace: controlplane.OperatorNamespace, Name: "forecourt-operator"}}
	controlplane.Eventually(t, within, fmt.Sprintf("the lease is held: %v", held), func(ctx context.Context) error {
		if err := plane.Admin.Get(ctx, client.ObjectKeyFromObject(lease), lease); err != nil {
			return err
		}
		holder := lease.Spec.HolderIdentity
		if got := holder != nil && *holder != ""; got != held {
			return fmt.Errorf("held: %v", got)
		}
		return nil
	})
}

func awaitPage(t *testing.T, url, want string) {
	t.Helper()
	controlplane.Eventually(t, within, url, func(ctx context.Context) error {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
		if err != nil {
			return err
		}
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			return err
		}
		defer response.Body.Close()
		body, err := io.ReadAll(response.Body)
		if err != nil || !strings.Contains(string(body), want) {
			return errors.Join(err, fmt.Errorf("%s without %q", response.Status, want))
		}
		return nil
	})
}

func freeAddress(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().String()
}

// writeKubeconfig writes the way to the cluster as the operator's user.
func writeKubeconfig(t *testing.T) string {
	t.Helper()
	operator, err := plane.Operator(t.Context(), "forecourt-operator")
	if err != nil {
		t.Fatal(err)
	}
	if err := rest.LoadTLSFiles(operator); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "kubeconfig")
	err = clientcmd.WriteToFile(clientcmdapi.Config{
		CurrentContext: "test",
		Contexts:       map[string]*clientcmdapi.Context{"test": {Cluster: "test", AuthInfo: "test"}},
		Clusters:       map[string]*clientcmdapi.Cluster{"test": {Server: operator.Host, CertificateAuthorityData: operator.CAData}},
		AuthInfos: map[string]*clientcmdapi.AuthInfo{"test": {
			ClientCertificateData: operator.CertData, ClientKeyData: operator.KeyData, Token: operator.BearerToken,
		}},
	}, file)
	if err != nil {
		t.Fatal(err)
	}
	return file
}
