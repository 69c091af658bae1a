// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package config

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"k8s.io/client-go/tools/clientcmd"
	"sigs.k8s.io/yaml"

	"github.com/forecourt-dev/forecourt/hack/localcluster/internal/netplan"
)

func example(t *testing.T) Cluster {
	t.Helper()
	plan, err := netplan.Choose(nil)
	if err != nil {
		t.Fatal(err)
	}
	return Cluster{Name: "forecourt", Plan: plan, CgroupV1: true}
}

func TestFilesAreWellFormed(t *testing.T) {
	files, err := example(t).Files()
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range files {
		var into any
		var err error
		switch {
		case strings.HasSuffix(name, ".conflist"):
			err = json.Unmarshal([]byte(text), &into)
		case strings.HasSuffix(name, ".kubeconfig"):
			_, err = clientcmd.Load([]byte(text))
		case strings.HasSuffix(name, ".yaml"):
			err = yaml.UnmarshalStrict([]byte(text), &into)
		}
		if err != nil {
			t.Errorf("%s: %v\n%s", name, err, text)
		}
		if strings.Contains(text, "<no value>") {
			t.Errorf("%s has a gap:\n%s", name, text)
		}
	}
}

func TestEveryFileThatIsNamedIsThere(t *testing.T) {
	c := example(t)
	c.Audit = true
	files, err := c.Files()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range c.Processes() {
		for _, arg := range p.Args {
			_, path, found := strings.Cut(arg, FilesDir+"/")
			if _, there := files[path]; found && !there {
				t.Errorf("%s names the file %s, which is not made", p.Name, path)
			}
		}
	}
}

func TestKubeletAcceptsCgroupV1OnlyWhereItIs(t *testing.T) {
	for name, v1 := range map[string]bool{"on cgroup v1": true, "on cgroup v2": false} {
		t.Run(name, func(t *testing.T) {
			c := example(t)
			c.CgroupV1 = v1
			files, err := c.Files()
			if err != nil {
				t.Fatal(err)
			}
			if got := strings.Contains(files["kubelet.yaml"], "failCgroupV1: false"); got != v1 {
				t.Errorf("got failCgroupV1: false %t, want %t", got, v1)
			}
		})
	}
}

func TestAuditIsOptional(t *testing.T) {
	for name, audit := range map[string]bool{"asked for": true, "not asked for": false} {
		t.Run(name, func(t *testing.T) {
			c := example(t)
			c.Audit = audit
			got := slices.ContainsFunc(c.apiServerArgs(), func(arg string) bool { return strings.HasPrefix(arg, "--audit-") })
			if got != audit {
				t.Errorf("got audit flags %t, want %t", got, audit)
			}
		})
	}
}

func TestManifestsAreObjects(t *testing.T) {
	text, err := example(t).Manifests()
	if err != nil {
		t.Fatal(err)
	}
	var kinds []string
	for document := range strings.SplitSeq(text, "\n---\n") {
		var object struct {
			Kind     string
			Metadata struct{ Name string }
		}
		if err := yaml.Unmarshal([]byte(document), &object); err != nil {
			t.Fatalf("%v\n%s", err, document)
		}
		if object.Kind == "" || object.Metadata.Name == "" {
			t.Errorf("an object without kind or name:\n%s", document)
		}
		kinds = append(kinds, object.Kind)
	}
	for _, kind := range []string{"StorageClass", "Deployment", "Service"} {
		if !slices.Contains(kinds, kind) {
			t.Errorf("got kinds %v, want a %s", kinds, kind)
		}
	}
}
