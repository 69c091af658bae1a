// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package controlplane

import (
	"fmt"

	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/envtest"
)

// ServiceAccount returns the configuration of a user with the name and groups of a service account, and that name. It has the
// rights that somebody binds to the account, and no others.
func (p *Plane) ServiceAccount(namespace, account string) (*rest.Config, string, error) {
	name := "system:serviceaccount:" + namespace + ":" + account
	groups := []string{"system:serviceaccounts", "system:serviceaccounts:" + namespace}
	user, err := p.environment.AddUser(envtest.User{Name: name, Groups: groups}, nil)
	if err != nil {
		return nil, "", fmt.Errorf("adding user %s: %w", name, err)
	}
	config := rest.CopyConfig(user.Config())
	config.QPS = -1
	return config, name, nil
}
