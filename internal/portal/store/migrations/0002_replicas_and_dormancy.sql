-- Copyright 2026 The Forecourt Authors.
-- SPDX-License-Identifier: Apache-2.0

-- +goose Up
-- The account that an inactivity run at dormant_at left alone only because nobody else leads; it is history once that account was
-- active later.
ALTER TABLE tenants ADD COLUMN dormant_administrator TEXT;
ALTER TABLE tenants ADD COLUMN dormant_at BIGINT;

-- A process that serves this portal. credentials is what it says about its keys and passwords, as JSON without any of them.
CREATE TABLE portal_replicas (
  id          TEXT PRIMARY KEY,
  seen_at     BIGINT NOT NULL,
  credentials TEXT   NOT NULL
);

-- Whose account it is, so that digests need not ask for every account of a run.
ALTER TABLE inactivity_actions ADD COLUMN tenant TEXT;
UPDATE inactivity_actions SET tenant = (SELECT a.tenant FROM accounts a WHERE a.id = account_id)
WHERE run_id IN (SELECT id FROM inactivity_runs WHERE status = 'Running');

-- A run now counts first and freezes only a set that is held (phase Judge). One that is under way forgets what it has noted and not
-- done yet, and counts again unless it was disabling already. An approved set stays.
DELETE FROM inactivity_actions WHERE at = 0
AND run_id IN (SELECT id FROM inactivity_runs WHERE status = 'Running' AND approved_at IS NULL);
UPDATE inactivity_runs SET phase = 'Plan', cursor = '' WHERE status = 'Running' AND phase IN ('Plan', 'Judge');

-- +goose Down
DROP TABLE portal_replicas;
ALTER TABLE inactivity_actions DROP COLUMN tenant;
ALTER TABLE tenants DROP COLUMN dormant_at;
ALTER TABLE tenants DROP COLUMN dormant_administrator;
