// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package controlplane

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	auditv1 "k8s.io/apiserver/pkg/apis/audit/v1"
)

const auditPolicy = `apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
- level: Metadata
`

// configureAudit makes the API server write every request to a file before it answers.
func (p *Plane) configureAudit() error {
	policy := filepath.Join(p.dir, "audit-policy.yaml")
	if err := os.WriteFile(policy, []byte(auditPolicy), 0o600); err != nil {
		return fmt.Errorf("writing the audit policy: %w", err)
	}
	p.environment.ControlPlane.GetAPIServer().Configure().
		Set("audit-policy-file", policy).
		Set("audit-log-path", p.auditPath()).
		Set("audit-log-mode", "blocking")
	return nil
}

func (p *Plane) auditPath() string {
	return filepath.Join(p.dir, "audit.log")
}

// Request is one request in the audit log.
type Request struct {
	// User and Agent of the sender.
	User, Agent string
	// Verb is create, update, patch, delete, get, list, watch or deletecollection.
	Verb string
	// Group, Resource and Subresource of what was asked for, for example apps, deployments, status.
	Group, Resource, Subresource string
	// Namespace and Name of the object; Name is empty for lists.
	Namespace, Name string
	// Status is the HTTP status of the answer.
	Status int32
	// Denied is true when the sender had no right to ask. Admission answers with the same status.
	Denied bool
	// At is when the request came in.
	At time.Time
}

// String is one line for test output.
func (r Request) String() string {
	resource := r.Resource
	if r.Subresource != "" {
		resource += "/" + r.Subresource
	}
	return fmt.Sprintf("%s %s %s/%s: %d", r.Verb, resource, r.Namespace, r.Name, r.Status)
}

// IsWrite reports whether the request was meant to change something, whether it succeeded or not.
func (r Request) IsWrite() bool {
	return slices.Contains([]string{"create", "update", "patch", "delete", "deletecollection"}, r.Verb)
}

// IsBookkeeping reports whether the request concerns leases or events, which no write budget counts.
func (r Request) IsBookkeeping() bool {
	return r.Resource == "leases" || r.Resource == "events" ||
		strings.HasPrefix(r.Resource, "selfsubject") || strings.HasPrefix(r.Resource, "subjectaccess")
}

// Mark is a place in the audit log.
type Mark struct {
	offset int64
}

// Mark returns the current end of the audit log.
func (p *Plane) Mark() (Mark, error) {
	info, err := os.Stat(p.auditPath())
	if errors.Is(err, os.ErrNotExist) {
		return Mark{}, nil
	}
	if err != nil {
		return Mark{}, fmt.Errorf("reading the audit log: %w", err)
	}
	return Mark{offset: info.Size()}, nil
}

// Requests returns the finished requests since a mark that the filter keeps, in order.
func (p *Plane) Requests(since Mark, keep func(Request) bool) ([]Request, error) {
	file, err := os.Open(p.auditPath())
	if err != nil {
		return nil, fmt.Errorf("reading the audit log: %w", err)
	}
	defer file.Close()
	if _, err := file.Seek(max(since.offset-1, 0), io.SeekStart); err != nil {
		return nil, fmt.Errorf("reading the audit log: %w", err)
	}
	var requests []Request
	reader := bufio.NewReaderSize(file, 1<<16)
	if since.offset > 0 { // a line that was being written at the mark is from before it
		if _, err := reader.ReadBytes('\n'); err != nil && !errors.Is(err, io.EOF) {
			return nil, fmt.Errorf("reading the audit log: %w", err)
		}
	}
	for {
		line, err := reader.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			return requests, nil // A line without its end is still being written.
		}
		if err != nil {
			return nil, fmt.Errorf("reading the audit log: %w", err)
		}
		request, err := parseRequest(line)
		if err != nil {
			return nil, err
		}
		if keep(request) {
			requests = append(requests, request)
		}
	}
}

func parseRequest(line []byte) (Request, error) {
	var event auditv1.Event
	if err := json.Unmarshal(line, &event); err != nil {
		return Request{}, fmt.Errorf("reading the audit log: %w", err)
	}
	request := Request{User: event.User.Username, Agent: event.UserAgent, Verb: event.Verb, At: event.RequestReceivedTimestamp.Time}
	if ref := event.ObjectRef; ref != nil {
		request.Group, request.Resource, request.Subresource = ref.APIGroup, ref.Resource, ref.Subresource
		request.Namespace, request.Name = ref.Namespace, ref.Name
	}
	request.Denied = event.Annotations["authorization.k8s.io/decision"] == "forbid"
	if event.ResponseStatus != nil {
		request.Status = event.ResponseStatus.Code
	}
	return request, nil
}

// OperatorWrites returns the writes of the operator's user since a mark, without leases and events. Failed ones are
// included: sending them was a cost.
func (p *Plane) OperatorWrites(since Mark) ([]Request, error) {
	return p.Requests(since, func(r Request) bool {
		return r.User == p.operatorID && r.IsWrite() && !r.IsBookkeeping()
	})
}
