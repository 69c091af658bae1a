// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// podBlocks are the fields of the pod that values may fill; they are left out
// when the value is empty.
var podBlocks = []string{"affinity", "imagePullSecrets", "nodeSelector", "tolerations"}

// flagValues are the operator's flags that values set.
var flagValues = map[string]string{
	"--leader-elect":    "@@.Values.leaderElection@@",
	"--log-level":       "@@.Values.logLevel@@",
	"--metrics-address": ":@@.Values.metrics.port@@",
}

// withValues puts the places of the values into the operator's Deployment.
func withValues(deployment *unstructured.Unstructured) error {
	if err := intoNamespace(deployment); err != nil {
		return err
	}
	spec, err := mapAt(deployment.Object, "spec")
	if err != nil {
		return err
	}
	spec["replicas"] = "@@.Values.replicas@@"
	template, err := mapAt(spec, "template")
	if err != nil {
		return err
	}
	metadata, err := mapAt(template, "metadata")
	if err != nil {
		return err
	}
	metadata["annotations"] = "@@block .Values.podAnnotations@@"
	pod, err := mapAt(template, "spec")
	if err != nil {
		return err
	}
	for _, name := range podBlocks {
		pod[name] = "@@block .Values." + name + "@@"
	}
	pod["priorityClassName"] = "@@scalar .Values.priorityClassName@@"
	containers, ok := pod["containers"].([]any)
	if !ok || len(containers) != 1 {
		return fmt.Errorf("the Deployment must have exactly one container")
	}
	container, ok := containers[0].(map[string]any)
	if !ok {
		return fmt.Errorf("the container is no map")
	}
	return containerWithValues(container)
}

func containerWithValues(container map[string]any) error {
	container["image"] = `@@include "forecourt.image" .@@`
	container["imagePullPolicy"] = "@@.Values.image.pullPolicy@@"
	container["resources"] = "@@block .Values.resources@@"
	args, ok := container["args"].([]any)
	if !ok {
		return fmt.Errorf("the container has no args")
	}
	set := 0
	for i, arg := range args {
		name, _, _ := strings.Cut(fmt.Sprint(arg), "=")
		if value, found := flagValues[name]; found {
			args[i] = name + "=" + value
			set++
		}
	}
	if set != len(flagValues) {
		return fmt.Errorf("the Deployment sets %d of the %d flags that the chart has values for", set, len(flagValues))
	}
	container["args"] = append(args, `@@items (include "forecourt.watched" . | fromYamlArray)@@`, "@@items .Values.extraArgs@@")
	ports, ok := container["ports"].([]any)
	if !ok {
		return fmt.Errorf("the container has no ports")
	}
	for _, p := range ports {
		if port, ok := p.(map[string]any); ok && port["name"] == "metrics" {
			port["containerPort"] = "@@.Values.metrics.port@@"
		}
	}
	return nil
}

func mapAt(object map[string]any, key string) (map[string]any, error) {
	found, ok := object[key].(map[string]any)
	if !ok {
		return nil, fmt.Errorf("%s is missing", key)
	}
	return found, nil
}
