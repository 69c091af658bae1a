// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

// Package references reads the Secrets and ConfigMaps that specs name, for the operator and the plugin alike.
package references

import (
	"context"
	"fmt"
	"maps"
	"slices"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// Keys lists the keys with content of a Secret or ConfigMap, in order. Errors of the cluster are given as they are: the caller tells a
// missing object from one that may not be read.
func Keys(ctx context.Context, cluster client.Reader, kind string, key client.ObjectKey) ([]string, error) {
	switch kind {
	case "Secret":
		secret := &corev1.Secret{}
		if err := cluster.Get(ctx, key, secret); err != nil {
			return nil, err
		}
		return filled(secret.Data), nil
	case "ConfigMap":
		config := &corev1.ConfigMap{}
		if err := cluster.Get(ctx, key, config); err != nil {
			return nil, err
		}
		return slices.Sorted(slices.Values(slices.Concat(filled(config.Data), filled(config.BinaryData)))), nil
	default:
		return nil, fmt.Errorf("reading %s %s: specs name no such kind", kind, key)
	}
}

func filled[T ~string | ~[]byte](data map[string]T) []string {
	keys := make([]string, 0, len(data))
	for _, key := range slices.Sorted(maps.Keys(data)) {
		if len(data[key]) > 0 {
			keys = append(keys, key)
		}
	}
	return keys
}
