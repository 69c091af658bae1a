// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package manifest

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	utiljson "k8s.io/apimachinery/pkg/util/json"
	utilyaml "k8s.io/apimachinery/pkg/util/yaml"
	"sigs.k8s.io/yaml"

	"github.com/forecourt-dev/forecourt/internal/settings"
)

// Stdin is the file name that stands for standard input.
const Stdin = "-"

// Document is one object of a YAML file.
type Document struct {
	// File as it was named, and Number of the document in it, from 1; empty documents count.
	File   string
	Number int
	// Object as it was written.
	Object *unstructured.Unstructured
	// order of the document among those of all files.
	order int
}

// Fault is a value of a document that cannot be used.
type Fault struct {
	Document Document
	settings.Fault
}

// String gives the fault as one line: file, document, object, field path, value, problem and cure.
func (f Fault) String() string {
	where := fmt.Sprintf("%s: document %d", f.Document.File, f.Document.Number)
	if f.Document.Object != nil {
		where += " (" + describe(f.Document.Object) + ")"
	}
	text := f.Problem
	if f.Path != "" {
		text = fmt.Sprintf("%s: %q: %s", f.Path, f.Value, f.Problem)
	}
	if f.Cure != "" {
		text += "; " + f.Cure
	}
	return where + ": " + text
}

func describe(object *unstructured.Unstructured) string {
	name := object.GetName()
	if namespace := object.GetNamespace(); namespace != "" {
		name = namespace + "/" + name
	}
	return strings.TrimSpace(object.GetKind() + " " + name)
}

// read reads the documents of files and, below folders, of all *.yaml and *.yml files. What is no YAML or no object becomes a fault; the
// error means that a file could not be read.
func read(files []string, stdin io.Reader) ([]Document, []Fault, error) {
	names, err := expand(files)
	if err != nil {
		return nil, nil, err
	}
	var documents []Document
	var faults []Fault
	for i, name := range names {
		raw, err := readFile(name, stdin)
		if err != nil {
			return nil, nil, err
		}
		found, wrong, err := split(name, i*maxDocuments, raw)
		if err != nil {
			return nil, nil, err
		}
		documents = append(documents, found...)
		faults = append(faults, wrong...)
	}
	return documents, faults, nil
}

// expand replaces folders by the YAML files in them and below, in the order of their names.
func expand(files []string) ([]string, error) {
	var names []string
	for _, file := range files {
		if file == Stdin {
			names = append(names, file)
			continue
		}
		err := filepath.WalkDir(file, func(path string, entry fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			extension := filepath.Ext(path)
			if !entry.IsDir() && (path == file || extension == ".yaml" || extension == ".yml") {
				names = append(names, path)
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return names, nil
}

func readFile(name string, stdin io.Reader) ([]byte, error) {
	if name != Stdin {
		return os.ReadFile(name)
	}
	raw, err := io.ReadAll(stdin)
	if err != nil {
		return nil, fmt.Errorf("reading standard input: %w", err)
	}
	return raw, nil
}

// maxDocuments of a file; more would only be reported out of order.
const maxDocuments = 1 << 24

func split(file string, before int, raw []byte) (documents []Document, faults []Fault, err error) {
	reader := utilyaml.NewYAMLReader(bufio.NewReader(bytes.NewReader(raw)))
	for number := 1; ; number++ {
		part, err := reader.Read()
		if errors.Is(err, io.EOF) {
			return documents, faults, nil
		}
		if err != nil {
			return nil, nil, fmt.Errorf("reading %s: %w", file, err)
		}
		document := Document{File: file, Number: number, order: before + number}
		content, problem := parse(part)
		switch {
		case problem != "":
			faults = append(faults, Fault{Document: document, Fault: settings.Fault{Problem: problem, Cure: "mend the YAML"}})
		case len(content) > 0:
			document.Object = &unstructured.Unstructured{Object: content}
			found, wrong := unpack(document)
			documents, faults = append(documents, found...), append(faults, wrong...)
		}
	}
}

// parse reads one document. The content is nil for one without any; the problem says why it is no object.
func parse(raw []byte) (content map[string]any, problem string) {
	encoded, err := yaml.YAMLToJSONStrict(raw)
	if err != nil {
		return nil, "not YAML: " + oneLine(err)
	}
	if slices.Equal(encoded, []byte("null")) {
		return nil, ""
	}
	if err := utiljson.Unmarshal(encoded, &content); err != nil {
		return nil, "not an object with apiVersion, kind and metadata"
	}
	return content, ""
}

func oneLine(err error) string {
	return strings.Join(strings.Fields(err.Error()), " ")
}
