-- Copyright 2026 The Forecourt Authors.
-- SPDX-License-Identifier: Apache-2.0
--
-- One text for PostgreSQL and SQLite. Times are microseconds since 1970 in UTC; ids are UUIDv7.

-- +goose Up
CREATE TABLE meta (
  key   TEXT PRIMARY KEY,
  value TEXT NOT NULL
);

-- The history of settings: the last row is in force.
CREATE TABLE settings (
  seq        BIGINT PRIMARY KEY,
  digest     TEXT   NOT NULL,
  portal_uid TEXT   NOT NULL,
  generation BIGINT NOT NULL,
  body       TEXT   NOT NULL,
  valid_from BIGINT NOT NULL
);

-- spec holds what is declared as JSON; state to deletion_policy repeat what SQL must see.
CREATE TABLE tenants (
  dealer_code       TEXT PRIMARY KEY,
  uid               TEXT    NOT NULL,
  generation        BIGINT  NOT NULL,
  digest            TEXT    NOT NULL,
  invitations_hash  TEXT    NOT NULL DEFAULT '',
  spec              TEXT    NOT NULL,
  state             TEXT    NOT NULL CHECK (state IN ('Active', 'Suspended', 'Offboarding')),
  seats             INTEGER NOT NULL DEFAULT 0,
  inactivity_months INTEGER NOT NULL DEFAULT 0,
  deletion_policy   TEXT    NOT NULL CHECK (deletion_policy IN ('Retain', 'Delete')),
  closed_at         BIGINT,
  close_accounts    TEXT    CHECK (close_accounts IN ('Retain', 'Delete')),
  updated_at        BIGINT  NOT NULL
);

-- created_at and activity_at: NULL is unknown. No index on activity_at: it would slow down every sign-in.
CREATE TABLE accounts (
  id                TEXT PRIMARY KEY,
  username          TEXT NOT NULL,
  username_folded   TEXT NOT NULL UNIQUE,
  class             TEXT NOT NULL CHECK (class IN ('Dealer', 'Corporate')),
  role              TEXT NOT NULL CHECK (role IN ('user', 'administrator', 'service-desk')),
  tenant            TEXT REFERENCES tenants (dealer_code),
  name              TEXT NOT NULL DEFAULT '',
  mail              TEXT NOT NULL DEFAULT '',
  mail_confirmed_at BIGINT,
  phone             TEXT NOT NULL DEFAULT '',
  status            TEXT NOT NULL CHECK (status IN ('Invited', 'Active', 'Disabled')),
  disabled_reason   TEXT CHECK (disabled_reason IN ('Inactivity', 'Administrator', 'Security', 'Offboarded')),
  disabled_at       BIGINT,
  status_before     TEXT CHECK (status_before IN ('Invited', 'Active')),
  created_at        BIGINT,
  activated_at      BIGINT,
  last_sign_in_at   BIGINT,
  activity_at       BIGINT,
  not_before        BIGINT  NOT NULL DEFAULT 0,
  exempt_until      BIGINT,
  exempt_reason     TEXT    NOT NULL DEFAULT '',
  service_account   BOOLEAN NOT NULL DEFAULT FALSE,
  version           BIGINT  NOT NULL DEFAULT 1,
  CHECK ((class = 'Dealer') = (tenant IS NOT NULL)),
  CHECK ((status = 'Disabled') = (disabled_reason IS NOT NULL)),
  CHECK (role <> 'administrator' OR class = 'Dealer'),
  CHECK (role <> 'service-desk' OR class = 'Corporate')
);
CREATE INDEX accounts_tenant ON accounts (tenant);
CREATE INDEX accounts_leaders ON accounts (tenant) WHERE role <> 'user';

CREATE TABLE credentials (
  account_id TEXT PRIMARY KEY REFERENCES accounts (id) ON DELETE CASCADE,
  hash       TEXT   NOT NULL,
  changed_at BIGINT NOT NULL
);

-- token_hash is the SHA-256 of the token, which is stored nowhere.
CREATE TABLE sessions (
  id           TEXT PRIMARY KEY,
  token_hash   TEXT   NOT NULL UNIQUE,
  account_id   TEXT   NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  created_at   BIGINT NOT NULL,
  last_seen_at BIGINT NOT NULL,
  expires_at   BIGINT NOT NULL,
  user_agent   TEXT   NOT NULL DEFAULT ''
);
CREATE INDEX sessions_account ON sessions (account_id);
CREATE INDEX sessions_expires ON sessions (expires_at);

CREATE TABLE tokens (
  hash       TEXT PRIMARY KEY,
  account_id TEXT   NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  kind       TEXT   NOT NULL CHECK (kind IN ('Activation')),
  expires_at BIGINT NOT NULL,
  used_at    BIGINT
);
CREATE INDEX tokens_account ON tokens (account_id);

-- A sign-in that waits for a mailed code. flow_hash is the SHA-256 of the visit to the forms; code_hash is keyed, and empty until the
-- mail is written. proved_at: when the password was given.
CREATE TABLE sign_in_codes (
  flow_hash  TEXT PRIMARY KEY,
  account_id TEXT    NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  proved_at  BIGINT  NOT NULL,
  code_hash  TEXT    NOT NULL DEFAULT '',
  expires_at BIGINT  NOT NULL DEFAULT 0,
  tries      INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX sign_in_codes_account ON sign_in_codes (account_id);

-- An exemption that was given; accounts.exempt_until and exempt_reason repeat the one in force, which the sweep reads.
CREATE TABLE exemptions (
  id         TEXT PRIMARY KEY,
  account_id TEXT   NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  granted_by TEXT   NOT NULL,
  reason     TEXT   NOT NULL,
  granted_at BIGINT NOT NULL,
  until      BIGINT NOT NULL,
  ended_at   BIGINT,
  ended_by   TEXT   NOT NULL DEFAULT ''
);
CREATE INDEX exemptions_account ON exemptions (account_id);

-- account_id receives the message; subject_id is another account that it is about. detail is a JSON object of what the
-- text needs. Rows hold no links, no codes and no personal data: the sender reads and mints them when it sends.
CREATE TABLE outbox (
  id          TEXT PRIMARY KEY,
  kind        TEXT    NOT NULL CHECK (kind IN ('Invitation', 'AccountDisabled', 'PasswordChanged', 'InactivityWarning',
    'AdministratorDigest', 'AccountReactivated', 'DisablementUndone', 'ReactivationRequest', 'SignInCode')),
  account_id  TEXT    NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  subject_id  TEXT    REFERENCES accounts (id) ON DELETE CASCADE,
  detail      TEXT    NOT NULL DEFAULT '',
  tenant      TEXT,
  created_at  BIGINT  NOT NULL,
  due_at      BIGINT  NOT NULL,
  attempts    INTEGER NOT NULL DEFAULT 0,
  lease_owner TEXT    NOT NULL DEFAULT '',
  lease_until BIGINT  NOT NULL DEFAULT 0,
  sent_at     BIGINT,
  dead_at     BIGINT,
  last_error  TEXT    NOT NULL DEFAULT ''
);
CREATE INDEX outbox_due ON outbox (due_at) WHERE sent_at IS NULL AND dead_at IS NULL;
CREATE INDEX outbox_account ON outbox (account_id);
CREATE INDEX outbox_subject ON outbox (subject_id) WHERE subject_id IS NOT NULL;

-- Append-only, and without references: events outlive what they are about. rule is what decided, where a rule did. Ids carry the
-- database's time (see package audit): seals cover ranges of them.
CREATE TABLE audit_events (
  id          TEXT PRIMARY KEY,
  at          BIGINT NOT NULL,
  event       TEXT   NOT NULL,
  actor_class TEXT   NOT NULL,
  actor_id    TEXT   NOT NULL DEFAULT '',
  account_id  TEXT,
  tenant      TEXT,
  run_id      TEXT,
  rule        TEXT   NOT NULL DEFAULT '',
  reason      TEXT   NOT NULL DEFAULT '',
  request_id  TEXT   NOT NULL DEFAULT ''
);
CREATE INDEX audit_events_account ON audit_events (account_id, at);

-- A seal covers every event after the last one of the seal before it up to last_id, and continues its chain: hmac covers the
-- row, previous and digest included. marks holds a short hash of each event, only to tell which one was touched.
-- dropped_at: the events were deleted in the end; only the last such seal is kept, as the base of the chain.
CREATE TABLE audit_seals (
  seq        BIGINT PRIMARY KEY,
  first_id   TEXT   NOT NULL,
  last_id    TEXT   NOT NULL,
  events     BIGINT NOT NULL,
  digest     TEXT   NOT NULL,
  marks      TEXT   NOT NULL,
  previous   TEXT   NOT NULL,
  hmac       TEXT   NOT NULL,
  key_id     TEXT   NOT NULL,
  sealed_at  BIGINT NOT NULL,
  dropped_at BIGINT
);

-- A run first plans (its actions are its frozen set), is judged by the limits, and then applied, unless one of them holds it.
-- skipped and undo_skipped are JSON objects of counts by reason, forecast is one of counts by horizon.
CREATE TABLE inactivity_runs (
  id              TEXT PRIMARY KEY,
  mode            TEXT   NOT NULL CHECK (mode IN ('Observe', 'Enforce')),
  trigger         TEXT   NOT NULL DEFAULT 'Schedule' CHECK (trigger IN ('Schedule', 'Request', 'SignIn')),
  request         TEXT   NOT NULL DEFAULT '',
  status          TEXT   NOT NULL CHECK (status IN ('Running', 'Succeeded', 'Failed', 'Held', 'Expired')),
  phase           TEXT   NOT NULL DEFAULT 'Plan' CHECK (phase IN ('Plan', 'Judge', 'Apply', 'Report')),
  policy          TEXT   NOT NULL,
  now_at          BIGINT NOT NULL,
  started_at      BIGINT NOT NULL,
  finished_at     BIGINT,
  lease_owner     TEXT   NOT NULL DEFAULT '',
  lease_until     BIGINT NOT NULL DEFAULT 0,
  cursor          TEXT   NOT NULL DEFAULT '',
  scanned         BIGINT NOT NULL DEFAULT 0,
  due             BIGINT NOT NULL DEFAULT 0,
  warned          BIGINT NOT NULL DEFAULT 0,
  disabled        BIGINT NOT NULL DEFAULT 0,
  skipped         TEXT   NOT NULL DEFAULT '{}',
  hold_reason     TEXT   CHECK (hold_reason IN ('PercentLimit', 'CountLimit', 'TenantLimit', 'ClockJump')),
  hold_count      BIGINT NOT NULL DEFAULT 0,
  hold_limit      BIGINT NOT NULL DEFAULT 0,
  hold_dealer     TEXT   NOT NULL DEFAULT '',
  hold_until      BIGINT,
  approved_at     BIGINT,
  approve_request TEXT   NOT NULL DEFAULT '',
  undone_at       BIGINT,
  undone          BIGINT NOT NULL DEFAULT 0,
  undo_skipped    TEXT   NOT NULL DEFAULT '{}',
  audit_head      TEXT   NOT NULL DEFAULT '',
  forecast        TEXT   NOT NULL DEFAULT '',
  error           TEXT   NOT NULL DEFAULT '',
  CHECK ((hold_reason IS NULL) = (hold_until IS NULL))
);
CREATE UNIQUE INDEX inactivity_runs_running ON inactivity_runs (status) WHERE status = 'Running';
CREATE UNIQUE INDEX inactivity_runs_request ON inactivity_runs (trigger, request) WHERE request <> '';

-- Hold: a member of the run's frozen set. Disable: it was disabled, which left it at that version. Warn: it was mailed
-- that many days before that deadline, which happens once. at is 0 while it is only planned. restored_at: an undo brought
-- it back.
CREATE TABLE inactivity_actions (
  run_id      TEXT    NOT NULL REFERENCES inactivity_runs (id) ON DELETE CASCADE,
  account_id  TEXT    NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  action      TEXT    NOT NULL CHECK (action IN ('Hold', 'Disable', 'Warn')),
  rule        TEXT    NOT NULL,
  at          BIGINT  NOT NULL,
  version     BIGINT  NOT NULL DEFAULT 0,
  days        INTEGER,
  deadline    BIGINT,
  restored_at BIGINT,
  PRIMARY KEY (run_id, account_id)
);
CREATE UNIQUE INDEX inactivity_actions_account ON inactivity_actions (account_id, deadline, days);

CREATE TABLE throttle (
  key           TEXT PRIMARY KEY,
  failures      INTEGER NOT NULL,
  blocked_until BIGINT  NOT NULL,
  window_start  BIGINT  NOT NULL,
  updated_at    BIGINT  NOT NULL
);

-- Staging of one bulk import: a row per line of the file.
CREATE TABLE import_rows (
  import_id       TEXT    NOT NULL,
  line            BIGINT  NOT NULL,
  staged_at       BIGINT  NOT NULL,
  username        TEXT    NOT NULL,
  username_folded TEXT    NOT NULL,
  class           TEXT    NOT NULL,
  tenant          TEXT,
  name            TEXT    NOT NULL,
  mail            TEXT    NOT NULL,
  phone           TEXT    NOT NULL,
  role            TEXT    NOT NULL,
  created_at      BIGINT,
  last_sign_in_at BIGINT,
  password_hash   TEXT    NOT NULL,
  service_account BOOLEAN NOT NULL,
  exempt_until    BIGINT,
  exempt_reason   TEXT    NOT NULL,
  PRIMARY KEY (import_id, line)
);
CREATE INDEX import_rows_username ON import_rows (import_id, username_folded);

-- +goose Down
DROP TABLE import_rows;
DROP TABLE throttle;
DROP TABLE inactivity_actions;
DROP TABLE inactivity_runs;
DROP TABLE audit_seals;
DROP TABLE audit_events;
DROP TABLE outbox;
DROP TABLE exemptions;
DROP TABLE sign_in_codes;
DROP TABLE tokens;
DROP TABLE sessions;
DROP TABLE credentials;
DROP TABLE accounts;
DROP TABLE tenants;
DROP TABLE settings;
DROP TABLE meta;
