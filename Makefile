# Copyright 2026 The Forecourt Authors.
# SPDX-License-Identifier: Apache-2.0

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

export CGO_ENABLED ?= 0
VERSION ?= dev
TOOL := hack/tools/tool
LOCALCLUSTER := go run -C hack/localcluster .
TEST_FLAGS ?= -timeout 40m
E2E_FLAGS ?= -timeout 40m

##@ Start here

.PHONY: help
help: ## Show this list
	@awk 'BEGIN {FS = ":.*## "} /^##@ / {printf "\n%s\n", substr($$0, 5)} /^[a-z0-9-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: demo
demo: ## A cluster, three portals and their dealers on this machine (root, Linux)
	@go run ./hack/demo up

.PHONY: demo-down
demo-down: ## Remove everything that demo started
	@go run ./hack/demo down

.PHONY: preview
preview: ## The portals of FILES="a.yaml b.yaml" in one process, without a cluster
	@test -n "$(FILES)" || { echo 'Usage: make preview FILES="class.yaml portal.yaml …"' >&2; exit 2; }
	@go run ./cmd/kubectl-forecourt preview $(foreach file,$(FILES),-f $(file))

##@ Build

.PHONY: build
build: ## Binaries for this machine, in bin/
	go build -trimpath -ldflags '-s -w -X main.version=$(VERSION)' -o bin/ ./cmd/...

.PHONY: images
images: ## Images of operator and portal, in dist/images/ (needs no Docker)
	@go run ./hack/images --version $(VERSION)

.PHONY: release
release: ## Archives of the plugin, checksums and krew manifest in dist/release/, for VERSION=0.1.0
	@go run ./hack/release --version $(VERSION)

.PHONY: chart
chart: manifests ## The Helm chart's derived files, from config/
	go run ./hack/chartsync

.PHONY: docs
docs: manifests ## The references of the APIs in docs/api.md and docs/openapi.json, from the definitions
	go run ./hack/apidocs
	go run ./hack/openapi

.PHONY: generate
generate: ## Deep-copy code of the API types
	$$($(TOOL) controller-gen) object:headerFile=hack/boilerplate.go.txt paths=./api/...

.PHONY: manifests
manifests: ## CustomResourceDefinitions and RBAC from the markers
	$$($(TOOL) controller-gen) crd paths=./api/v1alpha1/... output:crd:dir=config/crd/bases
	$$($(TOOL) controller-gen) rbac:roleName=forecourt-operator paths=./controllers/... paths=./cmd/operator/... output:rbac:dir=config/rbac

##@ Check

.PHONY: test
test: ## Every test except end to end; installs what it needs
	@hack/ensure-debian.sh postgresql chromium fonts-dejavu-core haproxy
	@command -v npm >/dev/null || hack/ensure-debian.sh npm
	@$(TOOL) axe >/dev/null
	@assets=$${KUBEBUILDER_ASSETS:-$$($(LOCALCLUSTER) assets)}; \
	export KUBEBUILDER_ASSETS="$$assets"; \
	status=0; \
	go run ./hack/testsum $(TEST_FLAGS) ./... || status=1; \
	go run ./hack/testsum -C hack/localcluster $(TEST_FLAGS) ./... || status=1; \
	exit $$status

.PHONY: e2e
e2e: ## A real cluster and a real browser (root, Linux); installs what it needs
	@hack/ensure-debian.sh postgresql chromium fonts-dejavu-core haproxy iproute2 iptables
	@$(LOCALCLUSTER) build
	@go run ./hack/testsum -C hack/localcluster -tags e2e $(E2E_FLAGS) ./e2e/...
	@helm=$$($(TOOL) helm); export HELM="$$helm"; \
	go run ./hack/testsum -tags e2e $(E2E_FLAGS) ./test/e2e/...

.PHONY: bench
bench: ## Benchmarks, with the counts that they report; RECORD=1 renews docs/benchmarks.md
	@hack/ensure-debian.sh postgresql
	@assets=$${KUBEBUILDER_ASSETS:-$$($(LOCALCLUSTER) assets)}; \
	export KUBEBUILDER_ASSETS="$$assets"; \
	export FORECOURT_BENCH_RECORD="$(if $(RECORD),$(CURDIR)/docs/benchmarks.md)"; \
	go test -run '^$$' -bench . -benchmem -p 1 -timeout 2h ./...

.PHONY: lint
lint: ## Linters, each with its reason in .golangci.yml and .golangci-kal.yml
	@lint=$$($(TOOL) golangci-lint); \
	status=0; \
	$$lint run --allow-parallel-runners ./... || status=1; \
	$$lint run --allow-parallel-runners --build-tags e2e ./test/e2e/... || status=1; \
	$$lint run --allow-parallel-runners --config .golangci-kal.yml ./api/v1alpha1/... || status=1; \
	exit $$status

.PHONY: walls
walls: ## The walls between packages, through every import
	@go run ./hack/walls

.PHONY: verify
verify: generate chart docs ## Regenerate, fail on a dirty tree, lint, walls
	go mod tidy -diff
	@dirty=$$(git status --porcelain); \
	if [[ -n $$dirty ]]; then \
	  git --no-pager diff; \
	  echo "The tree is not clean after regenerating; commit or revert these files:" >&2; echo "$$dirty" >&2; exit 1; \
	fi
	@$(MAKE) walls lint
