// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// LocalizedText is a text in one of the portal's locales.
type LocalizedText struct {
	// locale is one of the portal's locales.
	// +required
	// +kubebuilder:validation:MinLength=2
	// +kubebuilder:validation:MaxLength=35
	// +kubebuilder:validation:Pattern=`^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$`
	Locale string `json:"locale,omitempty"`
	// text in this locale.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=80
	// +kubebuilder:validation:Pattern=`^[^\x00-\x1f\x7f]+$`
	Text string `json:"text,omitempty"`
}

// SupportTexts are the texts of the desk in one of the portal's locales.
// +kubebuilder:validation:XValidation:rule="has(self.deskName) || has(self.hours)",message="deskName or hours is needed: set one, or remove the locale"
type SupportTexts struct {
	// locale is one of the portal's locales.
	// +required
	// +kubebuilder:validation:MinLength=2
	// +kubebuilder:validation:MaxLength=35
	// +kubebuilder:validation:Pattern=`^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$`
	Locale string `json:"locale,omitempty"`
	// deskName in this locale. Defaults to support.deskName.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=80
	// +kubebuilder:validation:Pattern=`^[^\x00-\x1f\x7f]+$`
	DeskName string `json:"deskName,omitempty"`
	// hours in this locale. Defaults to support.hours.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=200
	// +kubebuilder:validation:Pattern=`^[^\x00-\x1f\x7f]+$`
	Hours string `json:"hours,omitempty"`
}

// SupportTopic is what people ask about, and maybe the page that answers.
type SupportTopic struct {
	// title of the topic, for example Warranty claims.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=80
	// +kubebuilder:validation:Pattern=`^[^\x00-\x1f\x7f]+$`
	Title string `json:"title,omitempty"`
	// url of a page about the topic. Without it the topic is only offered for messages to the desk.
	// +optional
	// +kubebuilder:validation:MinLength=9
	// +kubebuilder:validation:MaxLength=512
	// +kubebuilder:validation:Pattern=`^https://[!#-;=?-~]+$`
	URL string `json:"url,omitempty"`
	// localized are the title in further locales.
	// +optional
	// +listType=map
	// +listMapKey=locale
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=16
	Localized []LocalizedText `json:"localized,omitempty"`
}

// SupportCareer is where open positions of a location are listed.
type SupportCareer struct {
	// location of the positions, for example Head office.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=80
	// +kubebuilder:validation:Pattern=`^[^\x00-\x1f\x7f]+$`
	Location string `json:"location,omitempty"`
	// url of the page that lists them.
	// +required
	// +kubebuilder:validation:MinLength=9
	// +kubebuilder:validation:MaxLength=512
	// +kubebuilder:validation:Pattern=`^https://[!#-;=?-~]+$`
	URL string `json:"url,omitempty"`
	// localized are the location in further locales.
	// +optional
	// +listType=map
	// +listMapKey=locale
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=16
	Localized []LocalizedText `json:"localized,omitempty"`
}

// AnnouncementSeverity says how loud an announcement is.
// +kubebuilder:validation:Enum=Information;Warning;Critical
type AnnouncementSeverity string

// Severities of announcements.
const (
	// SeverityInformation is news.
	SeverityInformation AnnouncementSeverity = "Information"
	// SeverityWarning asks for attention.
	SeverityWarning AnnouncementSeverity = "Warning"
	// SeverityCritical asks for action now.
	SeverityCritical AnnouncementSeverity = "Critical"
)

// Announcement is news on the pages for a while.
// +kubebuilder:validation:XValidation:rule="!has(self.from) || !has(self.until) || self.from < self.until",message="from must be before until: change one of them"
type Announcement struct {
	// title of the announcement.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=120
	// +kubebuilder:validation:Pattern=`^[^\x00-\x1f\x7f]+$`
	Title string `json:"title,omitempty"`
	// text of the announcement; lines stay apart.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=2000
	// +kubebuilder:validation:Pattern=`^[^\x00-\x09\x0b-\x1f\x7f]+$`
	Text string `json:"text,omitempty"`
	// brands that it concerns: names from the portal's brands. Defaults to all.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=32
	// +kubebuilder:validation:items:MinLength=1
	// +kubebuilder:validation:items:MaxLength=32
	Brands []string `json:"brands,omitempty"`
	// from when on it is shown. Defaults to at once.
	// +optional
	From *metav1.Time `json:"from,omitempty"`
	// until when it is shown. Defaults to as long as it stands here.
	// +optional
	Until *metav1.Time `json:"until,omitempty"`
	// severity is Information, Warning or Critical. Defaults to Information.
	// +optional
	Severity AnnouncementSeverity `json:"severity,omitempty"`
	// localized are title and text in further locales.
	// +optional
	// +listType=map
	// +listMapKey=locale
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=16
	Localized []AnnouncementText `json:"localized,omitempty"`
}

// AnnouncementText is an announcement in one of the portal's locales.
type AnnouncementText struct {
	// locale is one of the portal's locales.
	// +required
	// +kubebuilder:validation:MinLength=2
	// +kubebuilder:validation:MaxLength=35
	// +kubebuilder:validation:Pattern=`^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$`
	Locale string `json:"locale,omitempty"`
	// title in this locale.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=120
	// +kubebuilder:validation:Pattern=`^[^\x00-\x1f\x7f]+$`
	Title string `json:"title,omitempty"`
	// text in this locale.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=2000
	// +kubebuilder:validation:Pattern=`^[^\x00-\x09\x0b-\x1f\x7f]+$`
	Text string `json:"text,omitempty"`
}

// LogoRef names one key of a ConfigMap in the portal's namespace that holds an image.
type LogoRef struct {
	// name of the ConfigMap.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	// +kubebuilder:validation:Pattern=`^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$`
	Name string `json:"name,omitempty"`
	// key within the ConfigMap, which ends in .svg, .png or .webp.
	// +required
	// +kubebuilder:validation:MinLength=5
	// +kubebuilder:validation:MaxLength=253
	// +kubebuilder:validation:Pattern=`^[a-zA-Z0-9][-._a-zA-Z0-9]*\.(svg|png|webp)$`
	Key string `json:"key,omitempty"`
}
