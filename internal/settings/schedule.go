// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package settings

import (
	"fmt"
	"hash/fnv"
	"strings"
	"time"

	"github.com/robfig/cron/v3"
	"k8s.io/apimachinery/pkg/types"
)

// The built-in sweep starts at 05:17 plus up to an hour, so that the portals of a cluster do not all start at once.
const (
	builtinStart  = 5*60 + 17
	builtinSpread = 60
)

// builtinSchedule is the default schedule of a portal; the UID fixes its minute.
func builtinSchedule(uid types.UID) string {
	start := builtinStart
	if uid != "" {
		hash := fnv.New32a()
		_, _ = hash.Write([]byte(uid))
		start += int(hash.Sum32() % builtinSpread)
	}
	return fmt.Sprintf("%d %d * * *", start%60, start/60)
}

// scheduleParser reads the five fields that a CronJob takes.
var scheduleParser = cron.NewParser(cron.Minute | cron.Hour | cron.Dom | cron.Month | cron.Dow)

// someTime is where the search for a schedule's first start begins; the parser looks five years ahead, which holds a
// leap day from any such year.
var someTime = time.Date(2023, time.January, 1, 0, 0, 0, 0, time.UTC)

// ParseSchedule reads a schedule of five cron fields that fires at least once. Its times are those of the location of the
// time that Next is given.
func ParseSchedule(text string) (cron.Schedule, error) {
	if strings.Contains(text, "=") {
		return nil, fmt.Errorf("the time zone belongs into spec.timeZone")
	}
	schedule, err := scheduleParser.Parse(text)
	if err != nil {
		return nil, fmt.Errorf("not a schedule of five cron fields: %w", err)
	}
	if schedule.Next(someTime).IsZero() {
		return nil, fmt.Errorf("this date never comes")
	}
	return schedule, nil
}
