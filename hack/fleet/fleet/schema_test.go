// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package fleet

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	apiextensions "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/validation"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/validation/field"
	"sigs.k8s.io/yaml"
)

// validators answers a validator per kind, from the generated definitions.
func validators(t *testing.T) map[string]validation.SchemaValidator {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("..", "..", "..", "config", "crd", "bases", "*.yaml"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no definitions found: %v", err)
	}
	found := map[string]validation.SchemaValidator{}
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var definition apiextensionsv1.CustomResourceDefinition
		if err := yaml.UnmarshalStrict(content, &definition); err != nil {
			t.Fatal(err)
		}
		var schema apiextensions.CustomResourceValidation
		if err := apiextensionsv1.Convert_v1_CustomResourceValidation_To_apiextensions_CustomResourceValidation(definition.Spec.Versions[0].Schema, &schema, nil); err != nil {
			t.Fatal(err)
		}
		validator, _, err := validation.NewSchemaValidator(schema.OpenAPIV3Schema)
		if err != nil {
			t.Fatal(err)
		}
		found[definition.Spec.Names.Kind] = validator
	}
	return found
}

func TestObjectsSatisfyTheSchema(t *testing.T) {
	o := DefaultOptions(now)
	o.Port, o.SMTP = 8080, "10.0.0.1:2525"
	f := generate(t, o)
	known := validators(t)
	check := func(kind, name string, object any) {
		content, err := runtime.DefaultUnstructuredConverter.ToUnstructured(object)
		if err != nil {
			t.Fatal(err)
		}
		if errs := validation.ValidateCustomResource(field.NewPath(""), content, known[kind]); len(errs) > 0 {
			var lines []string
			for _, e := range errs {
				lines = append(lines, e.Error())
			}
			t.Errorf("%s %s:\n%s", kind, name, strings.Join(lines, "\n"))
		}
	}
	check("PortalClass", f.Class.Name, f.Class)
	for _, m := range f.Markets {
		check("RegionalPortal", m.Portal.Name, m.Portal)
		for _, tenant := range m.Tenants {
			check("DealerTenant", tenant.Name, tenant)
		}
	}
}
