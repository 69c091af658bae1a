// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package bench

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/apply"
	"github.com/forecourt-dev/forecourt/test/controlplane"
	"github.com/forecourt-dev/forecourt/test/portalhost"
)

// site is an API server with the means to start an operator and a bare client against it.
type site struct {
	*testing.B
	plane *controlplane.Plane
	// binary of the operator, built from this tree.
	binary string
	// operatorConfig and adminConfig are kubeconfig files.
	operatorConfig, adminConfig string
	class                       *v1alpha1.PortalClass
	// host runs portals; nil while a benchmark needs none.
	host *portalhost.Host
}

// newSite starts an API server and builds the operator.
func newSite(b *testing.B) *site {
	b.Helper()
	plane, err := controlplane.Start(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := plane.Stop(); err != nil {
			b.Errorf("stopping the control plane: %v", err)
		}
	})
	s := &site{B: b, plane: plane, binary: filepath.Join(plane.Dir(), "operator")}
	build := exec.CommandContext(b.Context(), "go", "build", "-trimpath", "-ldflags", "-s -w", "-o", s.binary, "../../cmd/operator")
	if output, err := build.CombinedOutput(); err != nil {
		b.Fatalf("building the operator: %v\n%s", err, output)
	}
	limited, err := plane.Operator(b.Context(), "forecourt-operator")
	if err != nil {
		b.Fatal(err)
	}
	s.operatorConfig, s.adminConfig = s.kubeconfig("operator", limited), s.kubeconfig("admin", plane.Config)
	s.class = &v1alpha1.PortalClass{
		ObjectMeta: metav1.ObjectMeta{Name: className},
		Spec:       v1alpha1.PortalClassSpec{Release: v1alpha1.PortalRelease{Version: "1.0.0", Image: "forecourt.test/portal:1.0.0"}},
	}
	if err := plane.Admin.Create(b.Context(), s.class); err != nil {
		b.Fatal(err)
	}
	return s
}

// kubeconfig writes a kubeconfig file for a user with a client certificate.
func (s *site) kubeconfig(name string, config *rest.Config) string {
	s.Helper()
	file := filepath.Join(s.plane.Dir(), name+".kubeconfig")
	content := clientcmdapi.NewConfig()
	server := "https://" + strings.TrimPrefix(config.Host, "https://")
	content.Clusters[name] = &clientcmdapi.Cluster{Server: server, CertificateAuthorityData: config.CAData}
	content.AuthInfos[name] = &clientcmdapi.AuthInfo{ClientCertificateData: config.CertData, ClientKeyData: config.KeyData}
	content.Contexts[name] = &clientcmdapi.Context{Cluster: name, AuthInfo: name}
	content.CurrentContext = name
	if err := clientcmd.WriteToFile(*content, file); err != nil {
		s.Fatal(err)
	}
	return file
}

// namespace makes a namespace.
func (s *site) namespace() string {
	s.Helper()
	name, err := s.plane.Namespace(s.Context(), nil)
	if err != nil {
		s.Fatal(err)
	}
	return name
}

func (s *site) mark() controlplane.Mark {
	s.Helper()
	mark, err := s.plane.Mark()
	if err != nil {
		s.Fatal(err)
	}
	return mark
}

// patience is how long anything may take: only a fault gets there.
const patience = 15 * time.Minute

// eventually waits for a condition.
func (s *site) eventually(what string, check func(context.Context) error) {
	s.Helper()
	controlplane.Eventually(s.B, patience, what, check)
}

// stored counts the objects in a namespace and how often etcd has written them.
func (s *site) stored(namespace string) (objects int, writes int64) {
	s.Helper()
	revisions, err := s.plane.Revisions(s.Context())
	if err != nil {
		s.Fatal(err)
	}
	for key, revision := range revisions {
		if strings.Contains(key, "/"+namespace+"/") {
			objects++
			writes += revision.Version
		}
	}
	return objects, writes
}

// sent lists the writes to a namespace since a mark, in order, whoever sent them.
func (s *site) sent(namespace string, since controlplane.Mark) []controlplane.Request {
	s.Helper()
	requests, err := s.plane.Requests(since, func(r controlplane.Request) bool {
		return r.Namespace == namespace && r.IsWrite() && !r.IsBookkeeping()
	})
	if err != nil {
		s.Fatal(err)
	}
	slices.SortFunc(requests, func(x, y controlplane.Request) int { return x.At.Compare(y.At) })
	return requests
}

// clear removes everything from a namespace, as no garbage collector does here.
func (s *site) clear(namespace string) {
	s.Helper()
	claims := &corev1.PersistentVolumeClaimList{}
	if err := s.plane.Admin.List(s.Context(), claims, client.InNamespace(namespace)); err != nil {
		s.Fatal(err)
	}
	err := parallel(s.Context(), 8, len(claims.Items), func(ctx context.Context, i int) error {
		free := client.RawPatch(types.MergePatchType, []byte(`{"metadata":{"finalizers":null}}`))
		return s.plane.Admin.Patch(ctx, &claims.Items[i], free)
	})
	if err != nil {
		s.Fatal(err)
	}
	kinds := append(apply.Kinds(), &corev1.Secret{}, &v1alpha1.DealerTenant{}, &v1alpha1.RegionalPortal{})
	for _, kind := range kinds {
		// The API server ends a request after a minute: of ten thousand objects some may be left then.
		s.eventually(fmt.Sprintf("every %T is deleted", kind), func(ctx context.Context) error {
			return s.plane.Admin.DeleteAllOf(ctx, kind, client.InNamespace(namespace))
		})
	}
}

// shown formats a file's tail for a failure.
func shown(file string) string {
	raw, err := os.ReadFile(file)
	if err != nil {
		return fmt.Sprint(err)
	}
	if len(raw) > 4000 {
		raw = raw[len(raw)-4000:]
	}
	return string(raw)
}
