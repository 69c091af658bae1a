// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package settings

import (
	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
)

// Built-in defaults that are no part of PortalSettings.
const (
	defaultDeskName       = "Service desk"
	defaultMaxConnections = 10
	defaultMailPort       = 587
	defaultSize           = "1Gi"
	// defaultMaxExemptionDays holds unless the class bounds it.
	defaultMaxExemptionDays = 365
)

// builtin answers the defaults that hold when neither class nor portal sets a value. They are documented on the fields of
// the API. Replicas and the schedule depend on the portal and are added by Resolve.
func builtin() *v1alpha1.PortalSettings {
	return &v1alpha1.PortalSettings{
		Workload: &v1alpha1.WorkloadSettings{
			Resources: &v1alpha1.ResourceSettings{
				Requests: &v1alpha1.ResourceAmounts{CPU: quantity("100m"), Memory: quantity("128Mi")},
				Limits:   &v1alpha1.ResourceAmounts{Memory: quantity("512Mi")},
			},
			LogLevel: v1alpha1.LogLevelInfo,
		},
		Exposure: &v1alpha1.ExposureSettings{Type: v1alpha1.ExposureNone, TrustedProxyHops: new(int32(0))},
		Auth: &v1alpha1.AuthSettings{
			Password:     &v1alpha1.PasswordSettings{MinLength: new(int32(loneMinLength)), BlockCommon: new(true)},
			SecondFactor: defaultSecondFactor,
			Recovery: &v1alpha1.RecoverySettings{
				Channels: []v1alpha1.RecoveryChannel{v1alpha1.RecoveryMail}, LinkMinutes: new(int32(defaultLinkMinutes)), CodeMinutes: new(int32(defaultCodeMinutes)),
			},
			Session: &v1alpha1.SessionSettings{
				IdleMinutes: new(int32(20)), AbsoluteHours: new(int32(12)), MaxPerAccount: new(int32(10)),
			},
			Throttle: &v1alpha1.ThrottleSettings{
				DelayFromFailure: new(int32(5)), MaxDelayMinutes: new(int32(60)), PerAddressPerHour: new(int32(300)),
			},
		},
		Inactivity: &v1alpha1.InactivitySettings{
			Mode: v1alpha1.InactivityObserve, Months: new(int32(6)), GraceDays: new(int32(30)),
			NeverSignedIn:  v1alpha1.NeverSignedInCountFromCreation,
			WarnDaysBefore: []int32{30, 14, 3}, MaxDisabledPercentPerRun: new(int32(5)),
		},
		Network:  &v1alpha1.NetworkSettings{Mode: v1alpha1.NetworkOpen},
		Branding: &v1alpha1.BrandingSettings{AccentColor: "#1f5fbf"},
	}
}

func quantity(text string) *resource.Quantity {
	q := resource.MustParse(text)
	return &q
}
