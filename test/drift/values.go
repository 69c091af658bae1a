// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package drift

import "k8s.io/apimachinery/pkg/api/resource"

// alternatives are other valid values of fields whose values are checked.
var alternatives = map[string][]any{
	"concurrencyPolicy":          {"Replace"},
	"cidr":                       {"10.99.0.0/16"},
	"effect":                     {"NoExecute"},
	"fsGroupChangePolicy":        {"Always"},
	"imagePullPolicy":            {"Always"},
	"name":                       {"tmp", "keys", "internal"}, // of another volume
	"operator":                   {"Exists", "NotIn"},
	"protocol":                   {"UDP", "TCP"},
	"restartPolicy":              {"OnFailure"},
	"schedule":                   {"1 2 3 4 5"},
	"timeZone":                   {"Asia/Tokyo", "Europe/Berlin"},
	"type":                       {"Unconfined", "NodePort", "Recreate", "RollingUpdate"},
	"unhealthyPodEvictionPolicy": {"IfHealthyBudget"},
	"whenUnsatisfiable":          {"DoNotSchedule"},
}

// others returns values that differ from the given one, the most likely to be valid first.
func others(path []step, value any) []any {
	var values []any
	for _, alternative := range alternatives[lastField(path)] {
		if alternative != value {
			values = append(values, alternative)
		}
	}
	switch typed := value.(type) {
	case bool:
		values = append(values, !typed)
	case int64:
		values = append(values, typed+1, typed-1)
	case float64:
		values = append(values, typed+1, typed-1)
	case string:
		if quantity, err := resource.ParseQuantity(typed); err == nil {
			less, more := quantity.DeepCopy(), quantity.DeepCopy()
			less.Sub(resource.MustParse("1m"))
			more.Add(quantity)
			values = append(values, more.String(), less.String())
		}
		values = append(values, typed+"x", "x"+typed)
	case map[string]any:
		values = append(values, map[string]any{"matchLabels": map[string]any{"drift": "x"}})
	}
	return values
}

func lastField(path []step) string {
	for index := len(path) - 1; index >= 0; index-- {
		if path[index].item == nil {
			return path[index].field
		}
	}
	return ""
}
