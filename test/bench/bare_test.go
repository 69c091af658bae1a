// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package bench

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/client-go/util/workqueue"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/apply"
	"github.com/forecourt-dev/forecourt/internal/keys"
	"github.com/forecourt-dev/forecourt/internal/render"
	"github.com/forecourt-dev/forecourt/internal/settings"
	"github.com/forecourt-dev/forecourt/test/controlplane"
)

// orderVariable holds what a bare client shall do.
const orderVariable = "FORECOURT_BENCH_ORDER"

// order to a bare client.
type order struct {
	Kubeconfig, Namespace string
	// Portals to write with their children and statuses, or Tenants whose statuses to write.
	Portals, Tenants int
	// Workers is how many objects are written at the same time.
	Workers int
	// Portal and Tenant are examples of what the operator wrote, for their statuses.
	Portal *v1alpha1.RegionalPortal
	Tenant *v1alpha1.DealerTenant
}

// bare runs an order in a process of its own and returns the processor time of its writes.
func (s *site) bare(o *order) time.Duration {
	s.Helper()
	o.Kubeconfig = s.adminConfig
	text, err := json.Marshal(o)
	if err != nil {
		s.Fatal(err)
	}
	command := exec.CommandContext(s.Context(), os.Args[0])
	command.Env = append(os.Environ(), orderVariable+"="+string(text))
	output := &strings.Builder{}
	command.Stdout, command.Stderr = output, os.Stderr
	if err := command.Run(); err != nil {
		s.Fatalf("the bare client: %v", err)
	}
	used, err := time.ParseDuration(strings.TrimSpace(output.String()))
	if err != nil {
		s.Fatal(err)
	}
	return used
}

// obey carries out an order and prints the processor time that the writes took; preparations are free.
func obey(ctx context.Context, text string, output io.Writer) error {
	o := &order{}
	if err := json.Unmarshal([]byte(text), o); err != nil {
		return fmt.Errorf("reading the order: %w", err)
	}
	config, err := clientcmd.BuildConfigFromFlags("", o.Kubeconfig)
	if err != nil {
		return err
	}
	config.QPS = -1
	writer, err := client.New(config, client.Options{Scheme: controlplane.NewScheme()})
	if err != nil {
		return err
	}
	write, count, err := o.prepare(ctx, writer)
	if err != nil {
		return err
	}
	before := used()
	if err := parallel(ctx, o.Workers, count, write); err != nil {
		return err
	}
	_, err = fmt.Fprintln(output, used()-before)
	return err
}

// prepare makes everything that can be made before the clock starts.
func (o *order) prepare(ctx context.Context, writer client.Client) (func(context.Context, int) error, int, error) {
	if o.Tenants > 0 {
		list := &v1alpha1.DealerTenantList{}
		if err := writer.List(ctx, list, client.InNamespace(o.Namespace)); err != nil {
			return nil, 0, err
		}
		return func(ctx context.Context, i int) error { return o.tenant(ctx, writer, &list.Items[i]) }, len(list.Items), nil
	}
	class := &v1alpha1.PortalClass{}
	if err := writer.Get(ctx, client.ObjectKey{Name: className}, class); err != nil {
		return nil, 0, err
	}
	families := make([]*family, o.Portals)
	for i := range families {
		made, err := newFamily(class, portal(o.Namespace, i), writer.Scheme())
		if err != nil {
			return nil, 0, err
		}
		families[i] = made
	}
	return func(ctx context.Context, i int) error { return families[i].write(ctx, writer, o.Portal.Status) }, o.Portals, nil
}

// tenant writes a status like the example's.
func (o *order) tenant(ctx context.Context, writer client.Client, tenant *v1alpha1.DealerTenant) error {
	before := tenant.DeepCopy()
	tenant.Status = o.Tenant.Status
	return writer.Status().Patch(ctx, tenant, client.MergeFromWithOptions(before, client.MergeFromWithOptimisticLock{}))
}

// family is a portal with the children that the operator would give it.
type family struct {
	portal   *v1alpha1.RegionalPortal
	children []client.Object
}

// stand-ins of the same length for what only the operator knows.
var (
	someUID    = types.UID("00000000-0000-4000-8000-000000000000")
	someDigest = strings.Repeat("0", 64)
)

func newFamily(class *v1alpha1.PortalClass, portal *v1alpha1.RegionalPortal, scheme *runtime.Scheme) (*family, error) {
	effective, problem := settings.Judge(class, portal, nil)
	if problem != nil {
		return nil, errors.New(problem.Message)
	}
	rendered, err := render.Children(render.Input{Effective: effective, Owner: render.Owner{Name: portal.Name, Namespace: portal.Namespace, UID: someUID}})
	if err != nil {
		return nil, err
	}
	f := &family{portal: portal}
	for _, child := range rendered {
		made, err := scheme.New(child.GroupVersionKind())
		if err != nil {
			return nil, err
		}
		if err := runtime.DefaultUnstructuredConverter.FromUnstructured(child.Object, made); err != nil {
			return nil, err
		}
		object, _ := made.(client.Object)
		if secret, ok := made.(*corev1.Secret); ok {
			if secret.Data, err = secretData(portal, secret.Name); err != nil {
				return nil, err
			}
		}
		f.children = append(f.children, object)
	}
	return f, nil
}

func secretData(portal *v1alpha1.RegionalPortal, name string) (map[string][]byte, error) {
	if name == render.Names(portal.Name).Keys {
		return keys.Portal(), nil
	}
	return keys.Internal(render.ServerName(portal.Namespace, portal.Name), time.Now())
}

// write creates the portal, then its children, then patches its status.
func (f *family) write(ctx context.Context, writer client.Client, status v1alpha1.RegionalPortalStatus) error {
	if err := writer.Create(ctx, f.portal); err != nil {
		return err
	}
	for _, child := range f.children {
		annotations := child.GetAnnotations()
		if annotations == nil {
			annotations = map[string]string{}
		}
		annotations[apply.AnnotationOwnerUID] = string(f.portal.UID)
		annotations[apply.AnnotationDigest] = string(f.portal.UID) + ":" + someDigest
		child.SetAnnotations(annotations)
		owners := child.GetOwnerReferences()
		for i := range owners {
			owners[i].UID = f.portal.UID
		}
		child.SetOwnerReferences(owners)
		if err := writer.Create(ctx, child, client.FieldOwner(apply.Manager)); err != nil {
			return err
		}
	}
	before := f.portal.DeepCopy()
	f.portal.Status = status
	return writer.Status().Patch(ctx, f.portal, client.MergeFromWithOptions(before, client.MergeFromWithOptimisticLock{}))
}

// parallel calls do for 0 to count-1 from several goroutines, and returns all errors.
func parallel(ctx context.Context, workers, count int, do func(context.Context, int) error) error {
	var mu sync.Mutex
	var faults []error
	workqueue.ParallelizeUntil(ctx, workers, count, func(i int) {
		if err := do(ctx, i); err != nil {
			mu.Lock()
			faults = append(faults, err)
			mu.Unlock()
		}
	})
	return errors.Join(faults...)
}

// used is the processor time of this process so far.
func used() time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		return 0
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// className is the class of all portals.
const className = "standard"

// portal is one of many small portals with an Embedded database.
func portal(namespace string, number int) *v1alpha1.RegionalPortal {
	name := fmt.Sprintf("p%05d", number)
	return &v1alpha1.RegionalPortal{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name},
		Spec: v1alpha1.RegionalPortalSpec{
			ClassName: className, Market: "US", Audience: v1alpha1.AudienceDealer, DisplayName: "Dealer portal",
			Brands:  []v1alpha1.Brand{{Name: "aurora", DisplayName: "Aurora"}, {Name: "borealis", DisplayName: "Borealis"}},
			Locales: []string{"en-US"}, TimeZone: "America/Chicago", Hostname: name + "." + namespace + ".example",
		},
	}
}
