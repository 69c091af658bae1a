// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package manifest

import (
	"context"
	"fmt"
	"io/fs"

	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/cel"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/defaulting"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/listtype"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/objectmeta"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/pruning"
	crdvalidation "k8s.io/apiextensions-apiserver/pkg/apiserver/validation"
	"k8s.io/apimachinery/pkg/api/validation"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/validation/field"
	celconfig "k8s.io/apiserver/pkg/apis/cel"
	"sigs.k8s.io/yaml"

	"github.com/forecourt-dev/forecourt/config/crd"
	"github.com/forecourt-dev/forecourt/internal/settings"
)

// kind judges the objects of one kind as the API server does.
type kind struct {
	namespaced bool
	schema     *schema.Structural
	openapi    crdvalidation.SchemaValidator
	rules      *cel.Validator
}

// loadKinds prepares the embedded definitions, by "group/version Kind" as objects name it.
func loadKinds() (map[string]*kind, error) {
	kinds := map[string]*kind{}
	files, err := fs.Glob(crd.Bases, "bases/*.yaml")
	if err != nil {
		return nil, err
	}
	for _, file := range files {
		raw, err := crd.Bases.ReadFile(file)
		if err != nil {
			return nil, err
		}
		definition := &apiextensionsv1.CustomResourceDefinition{}
		if err := yaml.Unmarshal(raw, definition); err != nil {
			return nil, fmt.Errorf("decoding %s: %w", file, err)
		}
		for i := range definition.Spec.Versions {
			version := &definition.Spec.Versions[i]
			prepared, err := prepare(version.Schema.OpenAPIV3Schema)
			if err != nil {
				return nil, fmt.Errorf("preparing %s: %w", file, err)
			}
			prepared.namespaced = definition.Spec.Scope == apiextensionsv1.NamespaceScoped
			kinds[definition.Spec.Group+"/"+version.Name+" "+definition.Spec.Names.Kind] = prepared
		}
	}
	return kinds, nil
}

func prepare(properties *apiextensionsv1.JSONSchemaProps) (*kind, error) {
	internal := &apiextensions.JSONSchemaProps{}
	if err := apiextensionsv1.Convert_v1_JSONSchemaProps_To_apiextensions_JSONSchemaProps(properties, internal, nil); err != nil {
		return nil, err
	}
	structural, err := schema.NewStructural(internal)
	if err != nil {
		return nil, err
	}
	openapi, _, err := crdvalidation.NewSchemaValidator(internal)
	if err != nil {
		return nil, err
	}
	return &kind{
		schema: structural, openapi: openapi, rules: cel.NewValidator(structural, true, celconfig.PerCallLimit),
	}, nil
}

// check does what the API server does with an object that is created with strict field validation: it refuses unknown
// fields, sets schema defaults, and applies schema and rules. The object is changed: status is dropped and
// the namespace is set when it names none.
func (k *kind) check(ctx context.Context, object *unstructured.Unstructured, namespace string) []settings.Fault {
	content := object.Object
	delete(content, "status") // as on creation
	if _, _, _, err := objectmeta.GetObjectMetaWithOptions(content, objectmeta.ObjectMetaOptions{}); err != nil {
		return []settings.Fault{{Path: "metadata", Value: short(content["metadata"]), Problem: oneLine(err), Cure: "mend the metadata"}}
	}
	if k.namespaced && object.GetNamespace() == "" {
		object.SetNamespace(namespace)
	}
	faults := k.unknownFields(content)
	defaulting.Default(content, k.schema)
	defaulting.PruneNonNullableNullsWithoutDefaults(content, k.schema)

	errs := validation.ValidateObjectMetaAccessor(object, k.namespaced, validation.NameIsDNSSubdomain, field.NewPath("metadata"))
	errs = append(errs, crdvalidation.ValidateCustomResource(nil, content, k.openapi)...)
	errs = append(errs, objectmeta.Validate(ctx, nil, content, k.schema, false)...)
	errs = append(errs, listtype.ValidateListSetsAndMaps(nil, k.schema, content)...)
	for _, err := range errs {
		faults = append(faults, k.explain(err, content))
	}
	if !blocksRules(errs) {
		faults = append(faults, k.broken(ctx, content, nil)...)
	}
	return faults
}

// checkChange applies the rules that compare an object with what it was.
func (k *kind) checkChange(ctx context.Context, before, after *unstructured.Unstructured) []settings.Fault {
	return k.broken(ctx, after.Object, before.Object)
}

// broken lists the rules that an object breaks; before is what it was, nil for a new one.
func (k *kind) broken(ctx context.Context, content, before map[string]any) []settings.Fault {
	var faults []settings.Fault
	var old any
	if before != nil {
		old = before
	}
	broken, _ := k.rules.Validate(ctx, nil, k.schema, content, old, celconfig.RuntimeCELCostBudget)
	for _, err := range broken {
		path := err.Field
		if path == "<nil>" {
			path = "metadata.name" // rules of the whole object are about its name
		}
		// The messages of rules name the cure themselves.
		faults = append(faults, settings.Fault{Path: path, Value: short(lookup(content, path)), Problem: err.Detail})
	}
	return faults
}

func (k *kind) unknownFields(content map[string]any) []settings.Fault {
	var faults []settings.Fault
	_, _, paths, _ := objectmeta.GetObjectMetaWithOptions(content, objectmeta.ObjectMetaOptions{ReturnUnknownFieldPaths: true})
	written := (&unstructured.Unstructured{Object: content}).DeepCopy().Object
	paths = append(paths, pruning.PruneWithOptions(content, k.schema, true, schema.UnknownFieldPathOptions{TrackUnknownFieldPaths: true})...)
	for _, path := range paths {
		faults = append(faults, settings.Fault{
			Path: path, Value: short(lookup(written, path)), Problem: "unknown field", Cure: k.suggest(path),
		})
	}
	return faults
}

// blocksRules tells whether the API server would not look at the rules any more, because they could fail on such an object.
func blocksRules(errs field.ErrorList) bool {
	for _, err := range errs {
		switch err.Type {
		case field.ErrorTypeRequired, field.ErrorTypeTooLong, field.ErrorTypeTooMany, field.ErrorTypeTypeInvalid:
			return true
		}
	}
	return false
}
