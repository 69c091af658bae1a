// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package fleet

import (
	"embed"
	"encoding/csv"
	"fmt"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

//go:embed data
var data embed.FS

// market is what differs between markets.
type market struct {
	code, country, timeZone string
	displayName             string
	locales                 []string
	accentColor             string
	// people is the list of names; the other fields make names, numbers and hours of dealerships.
	people      string
	codePrefix  [2]string // of the dealer codes, one for each brand
	nameSchemes []string
	sides       []string
	hours       []string
	phone       func(areaCode string, number int) string
	support     support
}

type support struct{ desk, label, phone, mail, hours string }

var markets = []market{
	{
		code: "us", country: "US", timeZone: "America/Chicago", displayName: "Dealer Portal United States",
		locales: []string{"en", "es"}, accentColor: "#1f5fbf", people: "people-en",
		codePrefix:  [2]string{"NV", "SL"},
		nameSchemes: []string{"{family} {brand} of {city}", "{city} {brand}", "{city} {side} {brand}", "{family} {brand}"},
		sides:       []string{"North", "South", "East", "West", "Downtown", "Lakeside", "Airport", "Park"},
		hours:       []string{"Mon-Fri 8:00-19:00, Sat 9:00-18:00", "Mon-Sat 9:00-20:00", "Mon-Fri 7:30-18:00, Sat 8:00-16:00", "Mon-Sat 9:00-21:00, Sun 11:00-18:00"},
		phone:       northAmerican,
		support:     support{"Dealer Service Desk", "Dealers", "+18005550142", "dealers@us.forecourt.example", "Mon-Fri 7:00-19:00 CT"},
	},
	{
		code: "ca", country: "CA", timeZone: "America/Toronto", displayName: "Dealer Portal Canada",
		locales: []string{"en", "fr"}, accentColor: "#a3273b", people: "people-en",
		codePrefix:  [2]string{"CN", "CS"},
		nameSchemes: []string{"{city} {brand}", "{family} {brand}", "{brand} {city} {side}"},
		sides:       []string{"North", "South", "East", "West", "Centre"},
		hours:       []string{"Mon-Fri 8:00-18:00, Sat 9:00-17:00", "Mon-Thu 9:00-20:00, Fri-Sat 9:00-18:00"},
		phone:       northAmerican,
		support:     support{"Dealer Service Desk", "Dealers / Concessionnaires", "+18665550142", "dealers@ca.forecourt.example", "Mon-Fri 8:00-18:00 ET"},
	},
	{
		code: "jp", country: "JP", timeZone: "Asia/Tokyo", displayName: "販売店ポータル",
		locales: []string{"ja", "en"}, accentColor: "#20705c", people: "people-ja",
		codePrefix:  [2]string{"JN", "JS"},
		nameSchemes: []string{"{brand} {city}店", "{brand} {city}{side}店"},
		sides:       []string{"東", "西", "南", "北", "中央", "駅前"},
		hours:       []string{"10:00-18:30（火・水定休）", "9:30-18:00（水曜定休）"},
		phone:       japanese,
		support:     support{"販売店サポートデスク", "販売店専用", "+81305550142", "dealers@jp.forecourt.example", "平日 9:00-18:00"},
	},
}

// brand is one of the two invented brands that every market sells.
type brand struct{ name, displayName string }

var brands = [2]brand{{"northvane", "Northvane"}, {"solenne", "Solenne"}}

// northAmerican numbers lie in 555-0100 to 555-0199, which is kept free for fiction.
func northAmerican(areaCode string, number int) string {
	return fmt.Sprintf("+1%s55501%02d", areaCode, number%100)
}

// japanese numbers have an exchange that begins with 0, which is never assigned.
func japanese(areaCode string, number int) string {
	exchange := "0555"[:5-len(areaCode)]
	return fmt.Sprintf("+81%s%s01%02d", areaCode, exchange, number%100)
}

// place is a city with what addresses there look like.
type place struct {
	city, region string
	// postal is a pattern: # stands for a digit, @ for a letter.
	postal              string
	latitude, longitude float64
	areaCode            string
	weight              int
}

func readPlaces(name string) ([]place, error) {
	rows, err := readCSV(name)
	if err != nil {
		return nil, err
	}
	places := make([]place, len(rows))
	for i, row := range rows {
		latitude, err1 := strconv.ParseFloat(row[3], 64)
		longitude, err2 := strconv.ParseFloat(row[4], 64)
		weight, err3 := strconv.Atoi(row[6])
		if err1 != nil || err2 != nil || err3 != nil {
			return nil, fmt.Errorf("%s.csv: a number of %s cannot be read", name, row[0])
		}
		places[i] = place{row[0], row[1], row[2], latitude, longitude, row[5], weight}
	}
	return places, nil
}

// person is a name and how it is written in usernames.
type person struct{ given, family, givenLatin, familyLatin string }

func readPeople(name string) ([]person, error) {
	rows, err := readCSV(name)
	if err != nil {
		return nil, err
	}
	people := make([]person, len(rows))
	for i, row := range rows {
		latin := row[len(row)-2:]
		people[i] = person{row[0], row[1], plain(latin[0]), plain(latin[1])}
	}
	return people, nil
}

// plain is the name in the letters a to z.
func plain(name string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' {
			return r
		}
		return -1
	}, strings.Map(unicode.ToLower, norm.NFD.String(name)))
}

// readCSV answers the rows below the header; the reader has checked that all
// have as many columns as the header.
func readCSV(name string) ([][]string, error) {
	file, err := data.Open("data/" + name + ".csv")
	if err != nil {
		return nil, fmt.Errorf("opening %s.csv: %w", name, err)
	}
	defer file.Close()
	rows, err := csv.NewReader(file).ReadAll()
	if err != nil {
		return nil, fmt.Errorf("reading %s.csv: %w", name, err)
	}
	return rows[1:], nil
}
