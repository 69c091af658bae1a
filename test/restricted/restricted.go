// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

// Package restricted judges the pods of rendered objects: by Kubernetes' own policy of the level restricted, and by what the
// project promises beyond it.
package restricted

import (
	"errors"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/pod-security-admission/api"
	"k8s.io/pod-security-admission/policy"
)

// Judge judges pods. It is made with New.
type Judge struct {
	evaluator policy.Evaluator
}

// New makes a judge of the newest version of the policy.
func New() (*Judge, error) {
	evaluator, err := policy.NewEvaluator(policy.DefaultChecks(), nil)
	if err != nil {
		return nil, fmt.Errorf("preparing the policy: %w", err)
	}
	return &Judge{evaluator: evaluator}, nil
}

// Pods judges the pods that objects make. It answers how many templates it has looked at, and everything that is wrong.
func (j *Judge) Pods(objects []*unstructured.Unstructured) (int, error) {
	pods, faults := 0, []error(nil)
	level := api.LevelVersion{Level: api.LevelRestricted, Version: api.LatestVersion()}
	for _, object := range objects {
		template, err := templateOf(object)
		if err != nil {
			return pods, err
		}
		if template == nil {
			continue
		}
		pods++
		result := policy.AggregateCheckResults(j.evaluator.EvaluatePod(level, &template.ObjectMeta, &template.Spec))
		if !result.Allowed {
			faults = append(faults, fmt.Errorf("%s: %s", object.GetKind(), result.ForbiddenDetail()))
		}
		if err := beyond(&template.Spec); err != nil {
			faults = append(faults, fmt.Errorf("%s: %w", object.GetKind(), err))
		}
	}
	return pods, errors.Join(faults...)
}

// templateOf answers the pod template of a Deployment or CronJob, nil for other kinds.
func templateOf(object *unstructured.Unstructured) (*corev1.PodTemplateSpec, error) {
	paths := map[string][]string{
		"Deployment": {"spec", "template"},
		"CronJob":    {"spec", "jobTemplate", "spec", "template"},
	}
	path, found := paths[object.GetKind()]
	if !found {
		return nil, nil
	}
	content, _, err := unstructured.NestedMap(object.Object, path...)
	if err != nil {
		return nil, err
	}
	template := &corev1.PodTemplateSpec{}
	return template, runtime.DefaultUnstructuredConverter.FromUnstructured(content, template)
}

// beyond checks what the policy does not ask for and the project promises.
func beyond(pod *corev1.PodSpec) error {
	if pod.AutomountServiceAccountToken == nil || *pod.AutomountServiceAccountToken {
		return fmt.Errorf("a service account token is mounted")
	}
	if pod.EnableServiceLinks == nil || *pod.EnableServiceLinks {
		return fmt.Errorf("service links are on")
	}
	for _, volume := range pod.Volumes {
		if volume.EmptyDir != nil && volume.EmptyDir.SizeLimit == nil {
			return fmt.Errorf("volume %s may fill the node", volume.Name)
		}
	}
	for _, container := range append(pod.InitContainers, pod.Containers...) {
		if security := container.SecurityContext; security.ReadOnlyRootFilesystem == nil || !*security.ReadOnlyRootFilesystem {
			return fmt.Errorf("container %s may write to its image", container.Name)
		}
		if container.Resources.Limits.Memory().IsZero() || container.Resources.Requests.Cpu().IsZero() {
			return fmt.Errorf("container %s has no memory limit or CPU request", container.Name)
		}
		for _, mount := range container.VolumeMounts {
			if mount.SubPath != "" {
				return fmt.Errorf("mount %s has a subPath and would never be reloaded", mount.Name)
			}
		}
	}
	return nil
}
