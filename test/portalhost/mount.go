// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package portalhost

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/yaml"

	portalconfig "github.com/forecourt-dev/forecourt/api/portalconfig/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/portal/server/servertest"
)

// volumesDir holds the volumes of a namespace's claims.
const volumesDir = "_volumes"

// mount lays out the files of a pod below a fresh directory, and returns the configuration directory that its server is
// told. Paths and addresses in process.yaml become this machine's.
func (p *pod) mount(ctx context.Context, spec *corev1.PodSpec) (string, error) {
	if err := os.RemoveAll(p.dir); err != nil {
		return "", fmt.Errorf("clearing the pod's files: %w", err)
	}
	sources := map[string]string{}
	for i := range spec.Volumes {
		dir, err := p.volume(ctx, &spec.Volumes[i])
		if err != nil {
			return "", fmt.Errorf("volume %s: %w", spec.Volumes[i].Name, err)
		}
		sources[spec.Volumes[i].Name] = dir
	}
	mounts := map[string]string{}
	container := spec.Containers[0]
	for _, mount := range container.VolumeMounts {
		dir, ok := sources[mount.Name]
		if !ok {
			return "", fmt.Errorf("container %s mounts %s, which is no volume", container.Name, mount.Name)
		}
		mounts[mount.MountPath] = dir
	}
	if len(container.Args) != 3 || container.Args[0] != "serve" || container.Args[1] != "--config" {
		return "", fmt.Errorf("container %s runs %q, want serve --config DIR", container.Name, container.Args)
	}
	config, ok := mounts[container.Args[2]]
	if !ok {
		return "", fmt.Errorf("%s is not mounted", container.Args[2])
	}
	return config, p.localise(filepath.Join(config, portalconfig.ProcessFile), mounts)
}

// volume returns the directory with a volume's content.
func (p *pod) volume(ctx context.Context, volume *corev1.Volume) (string, error) {
	dir := filepath.Join(p.dir, volume.Name)
	switch {
	case volume.ConfigMap != nil:
		config := &corev1.ConfigMap{}
		if err := p.client.Get(ctx, p.beside(volume.ConfigMap.Name), config); err != nil {
			return "", err
		}
		data := map[string][]byte{}
		for key, value := range config.Data {
			data[key] = []byte(value)
		}
		return dir, write(dir, data, volume.ConfigMap.Items)
	case volume.Secret != nil:
		secret := &corev1.Secret{}
		if err := p.client.Get(ctx, p.beside(volume.Secret.SecretName), secret); err != nil {
			return "", err
		}
		data, err := chosen(secret.Data, volume.Secret.Items)
		if err != nil {
			return "", err
		}
		return dir, servertest.Volume{Dir: dir}.Mount(data)
	case volume.PersistentVolumeClaim != nil:
		claim := &corev1.PersistentVolumeClaim{}
		if err := p.client.Get(ctx, p.beside(volume.PersistentVolumeClaim.ClaimName), claim); err != nil {
			return "", err
		}
		dir = filepath.Join(filepath.Dir(p.dir), volumesDir, claim.Name)
		return dir, os.MkdirAll(dir, 0o700)
	case volume.EmptyDir != nil:
		return dir, os.MkdirAll(dir, 0o700)
	}
	return "", fmt.Errorf("unknown kind of volume")
}

func (p *pod) beside(name string) types.NamespacedName {
	return types.NamespacedName{Namespace: p.key.Namespace, Name: name}
}

// write puts every key into a file, or only the listed ones.
func write(dir string, data map[string][]byte, items []corev1.KeyToPath) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("making a volume: %w", err)
	}
	files, err := chosen(data, items)
	if err != nil {
		return err
	}
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			return fmt.Errorf("writing a volume: %w", err)
		}
	}
	return nil
}

// chosen are the files of every key, or only of the listed ones.
func chosen(data map[string][]byte, items []corev1.KeyToPath) (map[string][]byte, error) {
	if len(items) == 0 {
		return data, nil
	}
	files := map[string][]byte{}
	for _, item := range items {
		content, ok := data[item.Key]
		if !ok {
			return nil, fmt.Errorf("there is no key %s", item.Key)
		}
		files[item.Path] = content
	}
	return files, nil
}

// remount brings the mounted Secrets of the pod's process up to date, while it runs.
func (p *pod) remount(ctx context.Context) error {
	p.mu.Lock()
	wanted := p.wanted
	p.mu.Unlock()
	if wanted == nil {
		return nil
	}
	volumes := wanted.Spec.Template.Spec.Volumes
	for i := range volumes {
		if volumes[i].Secret == nil {
			continue
		}
		if _, err := os.Stat(filepath.Join(p.dir, volumes[i].Name)); err != nil {
			continue // no process has it mounted
		}
		if _, err := p.volume(ctx, &volumes[i]); err != nil {
			return fmt.Errorf("volume %s: %w", volumes[i].Name, err)
		}
	}
	return nil
}

// localise rewrites process.yaml: every path below a mount, and the three addresses.
func (p *pod) localise(file string, mounts map[string]string) error {
	raw, err := os.ReadFile(file)
	if err != nil {
		return fmt.Errorf("reading the wiring: %w", err)
	}
	wiring := &portalconfig.Process{}
	if err := yaml.UnmarshalStrict(raw, wiring); err != nil {
		return fmt.Errorf("reading the wiring: %w", err)
	}
	relocate(reflect.ValueOf(wiring).Elem(), mounts)
	wiring.Listen = portalconfig.Listen{Public: p.public, Internal: p.internal, Metrics: p.metrics}
	if raw, err = yaml.Marshal(wiring); err != nil {
		return fmt.Errorf("writing the wiring: %w", err)
	}
	if err := os.WriteFile(file, raw, 0o600); err != nil {
		return fmt.Errorf("writing the wiring: %w", err)
	}
	return nil
}

// relocate replaces every string that is a path at or below a mount.
func relocate(value reflect.Value, mounts map[string]string) {
	switch value.Kind() {
	case reflect.Pointer:
		if !value.IsNil() {
			relocate(value.Elem(), mounts)
		}
	case reflect.Struct:
		for i := range value.NumField() {
			relocate(value.Field(i), mounts)
		}
	case reflect.String:
		best := ""
		for path := range mounts {
			if (value.String() == path || strings.HasPrefix(value.String(), path+"/")) && len(path) > len(best) {
				best = path
			}
		}
		if best != "" {
			value.SetString(mounts[best] + strings.TrimPrefix(value.String(), best))
		}
	default:
	}
}
