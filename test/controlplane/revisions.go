// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package controlplane

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// registry is the prefix of all keys of the API server in etcd.
const registry = "/registry/"

// bookkeeping are keys that change by themselves or that no write budget counts.
var bookkeeping = []string{"leases/", "events/", "masterleases/", "ranges/", "peerserverleases/"}

// Revisions is how often each object has been written, as etcd counts it: per key, since when and how often.
type Revisions map[string]Revision

// Revision of one key.
type Revision struct {
	// Created is the revision at which the key was made; another one means another object.
	Created int64
	// Version counts the writes since then; the creation is the first.
	Version int64
}

// Revisions asks etcd itself, so that no cache and no log can hide a write. Leases and events are left out.
func (p *Plane) Revisions(ctx context.Context) (Revisions, error) {
	answer, err := p.askEtcd(ctx, map[string]any{
		"key":       base64.StdEncoding.EncodeToString([]byte(registry)),
		"range_end": base64.StdEncoding.EncodeToString([]byte("/registry0")),
		"keys_only": true,
	})
	if err != nil {
		return nil, err
	}
	revisions := Revisions{}
	for _, kv := range answer.KVs {
		key := strings.TrimPrefix(string(kv.Key), registry)
		if slices.ContainsFunc(bookkeeping, func(prefix string) bool { return strings.HasPrefix(key, prefix) }) {
			continue
		}
		created, _ := strconv.ParseInt(kv.CreateRevision, 10, 64)
		version, _ := strconv.ParseInt(kv.Version, 10, 64)
		revisions[key] = Revision{Created: created, Version: version}
	}
	return revisions, nil
}

// Revision is the number of writes that etcd has taken so far, those of leases and events included. Asking costs next to nothing.
func (p *Plane) Revision(ctx context.Context) (int64, error) {
	answer, err := p.askEtcd(ctx, map[string]any{"key": base64.StdEncoding.EncodeToString([]byte(registry)), "count_only": true})
	if err != nil {
		return 0, err
	}
	return strconv.ParseInt(answer.Header.Revision, 10, 64)
}

// etcdAnswer is what etcd says to a range request.
type etcdAnswer struct {
	Header struct {
		Revision string `json:"revision"`
	} `json:"header"`
	KVs []struct {
		Key            []byte `json:"key"`
		CreateRevision string `json:"create_revision"`
		Version        string `json:"version"`
	} `json:"kvs"`
}

// askEtcd sends a range request.
func (p *Plane) askEtcd(ctx context.Context, question map[string]any) (*etcdAnswer, error) {
	body, err := json.Marshal(question)
	if err != nil {
		return nil, fmt.Errorf("encoding the question to etcd: %w", err)
	}
	url := p.environment.ControlPlane.Etcd.URL.String() + "/v3/kv/range"
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("asking etcd: %w", err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, fmt.Errorf("asking etcd: %w", err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("asking etcd: %s", response.Status)
	}
	answer := &etcdAnswer{}
	if err := json.NewDecoder(response.Body).Decode(answer); err != nil {
		return nil, fmt.Errorf("reading etcd's answer: %w", err)
	}
	return answer, nil
}

// Since counts the writes per key between two looks. A deletion counts one, a new object its version.
func (r Revisions) Since(before Revisions) map[string]int64 {
	writes := map[string]int64{}
	for key, now := range r {
		then, existed := before[key]
		switch {
		case existed && then.Created == now.Created:
			writes[key] = now.Version - then.Version
		case existed:
			writes[key] = now.Version + 1
		default:
			writes[key] = now.Version
		}
	}
	for key := range before {
		if _, exists := r[key]; !exists {
			writes[key] = 1
		}
	}
	maps.DeleteFunc(writes, func(_ string, count int64) bool { return count == 0 })
	return writes
}
