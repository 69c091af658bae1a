// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package cli_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/forecourt-dev/forecourt/test/controlplane"
	"github.com/forecourt-dev/forecourt/test/world"
)

// portals is a cluster in which portals run; plane is its API server. Tests keep apart by namespaces.
var (
	portals *world.Cluster
	plane   *controlplane.Plane
)

func TestMain(m *testing.M) {
	os.Exit(world.Main(m, func(c *world.Cluster) { portals, plane = c, c.Plane }))
}

// inCluster runs a command line as administrator of the plane, in a namespace.
func inCluster(t *testing.T, namespace string, args ...string) (status int, stdout, stderr string) {
	t.Helper()
	return run(t, "", append(args, "--kubeconfig", kubeconfig(t, plane.Config, namespace))...)
}

// kubeconfig writes a kubeconfig with one context, "test", in a namespace.
func kubeconfig(t *testing.T, config *rest.Config, namespace string) string {
	t.Helper()
	const name = "test"
	raw := clientcmdapi.NewConfig()
	raw.Clusters[name] = &clientcmdapi.Cluster{Server: config.Host, CertificateAuthorityData: config.CAData}
	raw.AuthInfos[name] = &clientcmdapi.AuthInfo{ClientCertificateData: config.CertData, ClientKeyData: config.KeyData}
	raw.Contexts[name] = &clientcmdapi.Context{Cluster: name, AuthInfo: name, Namespace: namespace}
	raw.CurrentContext = name
	if !strings.Contains(raw.Clusters[name].Server, "://") {
		raw.Clusters[name].Server = "https://" + config.Host
	}
	file := filepath.Join(t.TempDir(), "kubeconfig")
	if err := clientcmd.WriteToFile(*raw, file); err != nil {
		t.Fatal(err)
	}
	return file
}

// newNamespace makes a namespace of the test's own.
func newNamespace(t *testing.T) string {
	t.Helper()
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{GenerateName: "cli-"}}
	create(t, namespace)
	return namespace.Name
}

// create creates objects; a status they carry is written too.
func create(t *testing.T, objects ...client.Object) {
	t.Helper()
	for _, object := range objects {
		if err := plane.Admin.Create(t.Context(), object); err != nil {
			t.Fatalf("creating %T %s: %v", object, object.GetName(), err)
		}
	}
}
