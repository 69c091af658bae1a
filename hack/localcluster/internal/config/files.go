// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package config

import (
	"bytes"
	"embed"
	"fmt"
	"strings"
	"text/template"
)

//go:embed files/*.tmpl
var templates embed.FS

// kubeconfigs lists the clients of the API server inside the cluster. Each has
// a certificate of the same name.
var kubeconfigs = []string{"kube-controller-manager", "kube-scheduler", "kubelet", "kube-proxy", "provisioner"}

// Files returns the contents of the files in FilesDir, by path below it.
func (c Cluster) Files() (map[string]string, error) {
	out := map[string]string{}
	for _, name := range []string{"containerd.toml", "kubelet.yaml", "kube-proxy.yaml", "cni/10-forecourt.conflist", "audit-policy.yaml"} {
		text, err := c.render(name[strings.LastIndex(name, "/")+1:])
		if err != nil {
			return nil, err
		}
		out[name] = text
	}
	for _, client := range kubeconfigs {
		cert := PKIDir + "/" + client
		text, err := c.Kubeconfig(Credentials{
			Authority:   "certificate-authority: " + PKIDir + "/ca.crt",
			Certificate: "client-certificate: " + cert + ".crt",
			Key:         "client-key: " + cert + ".key",
		})
		if err != nil {
			return nil, err
		}
		out[client+".kubeconfig"] = text
	}
	return out, nil
}

// Manifests returns the objects that every cluster starts with, as YAML.
func (c Cluster) Manifests() (string, error) {
	return c.render("manifests.yaml")
}

// Credentials are three lines of a kubeconfig, each naming a file or holding data.
type Credentials struct {
	Authority, Certificate, Key string
}

// Kubeconfig returns a kubeconfig for the API server with the credentials.
func (c Cluster) Kubeconfig(credentials Credentials) (string, error) {
	return execute("kubeconfig", map[string]any{"Cluster": c, "Credentials": credentials})
}

func (c Cluster) render(name string) (string, error) {
	return execute(name, map[string]any{
		"Cluster":          c,
		"PKIDir":           PKIDir,
		"BinDir":           BinDir,
		"CNIDir":           cniDir,
		"ContainerdSocket": ContainerdSocket,
		"FilesDir":         FilesDir,
		"PauseImage":       PauseImage,
		"CoreDNSImage":     CoreDNSImage,
		"Provisioner":      Provisioner,
	})
}

func execute(name string, data any) (string, error) {
	t, err := template.New(name+".tmpl").Option("missingkey=error").ParseFS(templates, "files/"+name+".tmpl")
	if err != nil {
		return "", fmt.Errorf("parsing template %s: %w", name, err)
	}
	var out bytes.Buffer
	if err := t.Execute(&out, data); err != nil {
		return "", fmt.Errorf("rendering %s: %w", name, err)
	}
	return out.String(), nil
}
