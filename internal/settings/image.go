// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package settings

import (
	"regexp"
	"strings"
)

// image is the name of a container image, taken apart.
type image struct {
	// repository with its registry: a name without one is one of Docker Hub, as for container runtimes.
	repository string
	// digest is empty when the image is named by tag.
	digest string
}

// The parts of an image's name, as registries take them.
var (
	registryName   = regexp.MustCompile(`^[a-z0-9]([-a-z0-9.]*[a-z0-9])?(:[0-9]{1,5})?$`)
	repositoryName = regexp.MustCompile(`^[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*$`)
	tagName        = regexp.MustCompile(`^[A-Za-z0-9_][-A-Za-z0-9_.]{0,127}$`)
	digestName     = regexp.MustCompile(`^sha256:[0-9a-f]{64}$`)
)

const dockerHub = "docker.io"

// parseImage takes the name of an image apart; it is false for what no container runtime would pull.
func parseImage(text string) (image, bool) {
	name, digest, named := strings.Cut(text, "@")
	if named && !digestName.MatchString(digest) {
		return image{}, false
	}
	if colon := strings.LastIndex(name, ":"); colon > strings.LastIndex(name, "/") {
		if !tagName.MatchString(name[colon+1:]) {
			return image{}, false
		}
		name = name[:colon]
	}
	registry, path := splitRegistry(name)
	for part := range strings.SplitSeq(path, "/") {
		if !repositoryName.MatchString(part) {
			return image{}, false
		}
	}
	return image{repository: registry + "/" + path, digest: digest}, registryName.MatchString(registry)
}

// splitRegistry finds the registry of an image's name: the first part is one when it cannot be a folder on Docker Hub.
func splitRegistry(name string) (registry, path string) {
	first, rest, found := strings.Cut(name, "/")
	if !found || (!strings.ContainsAny(first, ".:") && first != "localhost") {
		first, rest = dockerHub, name
	}
	if first == "index.docker.io" {
		first = dockerHub
	}
	if first == dockerHub && !strings.Contains(rest, "/") {
		rest = "library/" + rest
	}
	return first, rest
}

// below says whether an image is of one of the registries, or repositories below a path of them.
func (i image) below(places []string) bool {
	for _, place := range places {
		if i.repository == place || strings.HasPrefix(i.repository, place+"/") {
			return true
		}
	}
	return false
}
