// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package regionalportal_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
	"github.com/forecourt-dev/forecourt/test/controlplane"
	"github.com/forecourt-dev/forecourt/test/pgtest"
	"github.com/forecourt-dev/forecourt/test/world"
)

// onPostgreSQL makes a portal whose database is on a server, and the Secret with its connection string.
func onPostgreSQL(w *world.World) (*v1alpha1.RegionalPortal, *corev1.Secret) {
	w.Helper()
	secret := &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Namespace: w.Namespace, Name: "database"}, Data: map[string][]byte{"dsn": []byte(pgtest.New(w.T))},
	}
	w.Create(secret)
	portal := w.Portal("us")
	portal.Spec.Database = &v1alpha1.DatabaseSpec{
		Type:       v1alpha1.DatabasePostgreSQL,
		PostgreSQL: &v1alpha1.PostgreSQLDatabase{SecretRef: v1alpha1.SecretKeyRef{Name: "database", Key: "dsn"}},
	}
	w.Create(portal)
	w.Ready(portal)
	return portal, secret
}

// probing waits for a condition while the readiness probe is asked and mounted Secrets follow, as on a node.
func probing(w *world.World, portal *v1alpha1.RegionalPortal, kind, want string) metav1.Condition {
	w.Helper()
	var found metav1.Condition
	controlplane.Eventually(w.T, world.Within, kind+" is "+want, func(ctx context.Context) error {
		key := client.ObjectKeyFromObject(portal)
		if err := w.Host.Probe(key); err != nil {
			return err
		}
		_ = w.Host.Remount(ctx, key) // what changes meanwhile is mounted the next time
		if err := w.Plane.Admin.Get(ctx, key, portal); err != nil {
			return err
		}
		condition := meta.FindStatusCondition(portal.Status.Conditions, kind)
		if condition == nil || string(condition.Status)+"/"+condition.Reason != want {
			return fmt.Errorf("%+v", portal.Status.Conditions)
		}
		found = *condition
		return nil
	})
	return found
}

// admit lets connections to a database in, or ends all of them and lets none in.
func admit(t *testing.T, dsn string, open bool) {
	t.Helper()
	config, err := pgx.ParseConfig(dsn)
	if err != nil {
		t.Fatal(err)
	}
	name := config.Database
	config.Database = "postgres"
	connection, err := pgx.ConnectConfig(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	defer connection.Close(t.Context())
	if _, err := connection.Exec(t.Context(), fmt.Sprintf("ALTER DATABASE %s WITH ALLOW_CONNECTIONS %v", name, open)); err != nil {
		t.Fatal(err)
	}
	if !open {
		if _, err := connection.Exec(t.Context(), "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", name); err != nil {
			t.Fatal(err)
		}
	}
}

// TestADatabaseThatIsDownIsToldThoughNoPodIsReady asks pods that are not ready.
func TestADatabaseThatIsDownIsToldThoughNoPodIsReady(t *testing.T) {
	w := cluster.New(t)
	portal, secret := onPostgreSQL(w)
	dsn := string(secret.Data["dsn"])
	admit(t, dsn, false)
	probing(w, portal, v1alpha1.ConditionWorkloadAvailable, "False/"+v1alpha1.ReasonProgressing)
	probing(w, portal, v1alpha1.ConditionDatabaseReady, "False/"+v1alpha1.ReasonDatabaseUnavailable)
	if portal.Status.ReadyReplicas != 0 {
		t.Errorf("%d pods are ready without their database", portal.Status.ReadyReplicas)
	}
	admit(t, dsn, true)
	probing(w, portal, v1alpha1.ConditionDatabaseReady, "True/"+v1alpha1.ReasonAsExpected)
	w.Ready(portal)
}

// TestAConnectionStringThatCannotBeUsedIsTold changes the Secret that the spec names, without a restart of the pods.
func TestAConnectionStringThatCannotBeUsedIsTold(t *testing.T) {
	w := cluster.New(t)
	portal, secret := onPostgreSQL(w)
	good := secret.Data["dsn"]
	world.Change(w, secret, func(s *corev1.Secret) { s.Data["dsn"] = []byte("postgres://portal:hunter2@127.0.0.1:1/portal") })
	told := probing(w, portal, v1alpha1.ConditionDatabaseReady, "False/"+v1alpha1.ReasonCredentialFailing)
	if !strings.Contains(told.Message, "the server does not answer") || strings.Contains(told.Message, "hunter2") {
		t.Errorf("message %q", told.Message)
	}
	if portal.Status.ReadyReplicas == 0 {
		t.Error("the pods do not go on with the connection that they have")
	}
	world.Change(w, secret, func(s *corev1.Secret) { s.Data["dsn"] = good })
	probing(w, portal, v1alpha1.ConditionDatabaseReady, "True/"+v1alpha1.ReasonAsExpected)
}
