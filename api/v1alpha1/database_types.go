// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

import "k8s.io/apimachinery/pkg/api/resource"

// DatabaseType is the kind of database.
// +kubebuilder:validation:Enum=Embedded;PostgreSQL
type DatabaseType string

// Kinds of databases.
const (
	// DatabaseEmbedded is SQLite on a volume of the portal's own, for one replica.
	DatabaseEmbedded DatabaseType = "Embedded"
	// DatabasePostgreSQL is a PostgreSQL server that somebody else runs.
	DatabasePostgreSQL DatabaseType = "PostgreSQL"
)

// DatabaseSpec says where accounts are stored.
// +kubebuilder:validation:XValidation:rule="(has(self.type) && self.type == 'PostgreSQL') == has(self.postgresql)",message="postgresql is needed with type: PostgreSQL and only works with it"
// +kubebuilder:validation:XValidation:rule="!has(self.embedded) || !has(self.type) || self.type == 'Embedded'",message="embedded only works with type: Embedded: remove it"
type DatabaseSpec struct {
	// type is Embedded (one replica, a volume) or PostgreSQL. Defaults to Embedded. Immutable.
	// +optional
	Type DatabaseType `json:"type,omitempty"`
	// embedded tunes the volume of an Embedded database.
	// +optional
	Embedded *EmbeddedDatabase `json:"embedded,omitempty"`
	// postgresql says how to reach the PostgreSQL server.
	// +optional
	PostgreSQL *PostgreSQLDatabase `json:"postgresql,omitempty"`
}

// EmbeddedDatabase tunes the volume of an Embedded database.
// +kubebuilder:validation:MinProperties=1
// +kubebuilder:validation:XValidation:rule="!has(self.size) || quantity(string(self.size)).isGreaterThan(quantity('0'))",message="size must be greater than 0, for example 1Gi"
// +kubebuilder:validation:XValidation:rule="!has(oldSelf.size) || !has(self.size) || !quantity(string(self.size)).isLessThan(quantity(string(oldSelf.size)))",message="size only grows: set it to the old value or more"
// +kubebuilder:validation:XValidation:rule="has(self.storageClassName) == has(oldSelf.storageClassName) && (!has(self.storageClassName) || self.storageClassName == oldSelf.storageClassName)",message="storageClassName is immutable"
type EmbeddedDatabase struct {
	// size of the volume. Defaults to 1Gi. Only grows.
	// +optional
	Size *resource.Quantity `json:"size,omitempty"`
	// storageClassName of the volume. Defaults to the cluster's default. Immutable.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	StorageClassName string `json:"storageClassName,omitempty"`
}

// PostgreSQLDatabase says how to reach a PostgreSQL server.
type PostgreSQLDatabase struct {
	// secretRef names the Secret and key that hold the connection string (postgres://user:password@host/database).
	// +required
	SecretRef SecretKeyRef `json:"secretRef,omitzero"`
	// maxConnections that each pod opens at most. Defaults to 10.
	// +optional
	// +kubebuilder:validation:Minimum=2
	// +kubebuilder:validation:Maximum=500
	MaxConnections *int32 `json:"maxConnections,omitempty"`
}
