-- Copyright 2026 The Forecourt Authors.
-- SPDX-License-Identifier: Apache-2.0

-- +goose Up
-- second_mail is the second address for notices and recovery. phone_confirmed_at: a code that was sent there was entered. language: a
-- BCP 47 tag that the owner chose; empty for the browser's. must_change_password: the next sign-in asks for another one.
ALTER TABLE accounts ADD COLUMN second_mail TEXT NOT NULL DEFAULT '';
ALTER TABLE accounts ADD COLUMN second_mail_confirmed_at BIGINT;
ALTER TABLE accounts ADD COLUMN phone_confirmed_at BIGINT;
ALTER TABLE accounts ADD COLUMN language TEXT NOT NULL DEFAULT '';
ALTER TABLE accounts ADD COLUMN must_change_password BOOLEAN NOT NULL DEFAULT FALSE;
CREATE INDEX accounts_mail ON accounts (LOWER(mail)) WHERE mail <> '';
CREATE INDEX accounts_second_mail ON accounts (LOWER(second_mail)) WHERE second_mail <> '';

-- method: how the session began. factor: the second factor that was given, empty when none was. proved_at: when its owner last proved
-- everything again; NULL means at the beginning.
ALTER TABLE sessions ADD COLUMN method TEXT NOT NULL DEFAULT 'Password' CHECK (method IN ('Password', 'SSO'));
ALTER TABLE sessions ADD COLUMN factor TEXT NOT NULL DEFAULT '';
ALTER TABLE sessions ADD COLUMN proved_at BIGINT;

-- live_at: when the dealership first met the requirements of the market; NULL until then. Those that were there already are live.
-- second_factor repeats the tenant's own, stricter policy; empty for the portal's.
ALTER TABLE tenants ADD COLUMN live_at BIGINT;
ALTER TABLE tenants ADD COLUMN second_factor TEXT NOT NULL DEFAULT '';
UPDATE tenants SET live_at = updated_at;

-- What lists of dealerships are ordered by and searched in, from the spec with the digest listed_digest; another digest means that a program
-- wrote the spec that does not know these columns. Folded: lower case, without diacritics. listed_brands has each brand between bars.
ALTER TABLE tenants ADD COLUMN listed_name TEXT NOT NULL DEFAULT '';
ALTER TABLE tenants ADD COLUMN listed_text TEXT NOT NULL DEFAULT '';
ALTER TABLE tenants ADD COLUMN listed_brands TEXT NOT NULL DEFAULT '';
ALTER TABLE tenants ADD COLUMN listed_digest TEXT NOT NULL DEFAULT '';
CREATE INDEX tenants_listed ON tenants (listed_name, dealer_code);

-- secret: a TOTP secret, sealed with a key outside of the database. credential: a passkey's public part as JSON. last_step: the last TOTP
-- time step that was accepted; steps are accepted once.
CREATE TABLE second_factors (
  id            TEXT PRIMARY KEY,
  account_id    TEXT   NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  kind          TEXT   NOT NULL CHECK (kind IN ('TOTP', 'Passkey')),
  name          TEXT   NOT NULL DEFAULT '',
  secret        TEXT   NOT NULL DEFAULT '',
  credential_id TEXT   UNIQUE,
  credential    TEXT   NOT NULL DEFAULT '',
  last_step     BIGINT NOT NULL DEFAULT 0,
  created_at    BIGINT NOT NULL,
  last_used_at  BIGINT,
  CHECK ((kind = 'TOTP') = (secret <> '')),
  CHECK ((kind = 'Passkey') = (credential_id IS NOT NULL))
);
CREATE INDEX second_factors_account ON second_factors (account_id);

CREATE TABLE recovery_codes (
  code_hash  TEXT PRIMARY KEY,
  account_id TEXT   NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  created_at BIGINT NOT NULL,
  used_at    BIGINT
);
CREATE INDEX recovery_codes_account ON recovery_codes (account_id);

-- A step of a visit to the forms (flow_hash is its SHA-256) on one way (purpose): what was proved for which account, and what the next
-- step needs. code_hash is keyed; detail is JSON without secrets.
CREATE TABLE flows (
  flow_hash  TEXT    NOT NULL,
  purpose    TEXT    NOT NULL,
  account_id TEXT    REFERENCES accounts (id) ON DELETE CASCADE,
  proved_at  BIGINT  NOT NULL,
  code_hash  TEXT    NOT NULL DEFAULT '',
  tries      INTEGER NOT NULL DEFAULT 0,
  detail     TEXT    NOT NULL DEFAULT '',
  expires_at BIGINT  NOT NULL,
  PRIMARY KEY (flow_hash, purpose)
);
CREATE INDEX flows_account ON flows (account_id);
CREATE INDEX flows_expires ON flows (expires_at);

-- What somebody who has proved nothing asks for. Whether there is such an account is looked up by whoever works on it, a moment later, who
-- deletes the row. name: the username, or for wanted = 'Username' the mail address.
CREATE TABLE recovery_requests (
  id         TEXT PRIMARY KEY,
  wanted     TEXT   NOT NULL CHECK (wanted IN ('Password', 'Username')),
  name       TEXT   NOT NULL,
  channel    TEXT   NOT NULL CHECK (channel IN ('Mail', 'SMS')),
  flow_hash  TEXT   NOT NULL,
  request_id TEXT   NOT NULL,
  created_at BIGINT NOT NULL
);

-- An address that waits for its confirmation before it counts.
CREATE TABLE address_confirmations (
  account_id TEXT    NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  slot       TEXT    NOT NULL CHECK (slot IN ('Mail', 'SecondMail', 'Phone')),
  value      TEXT    NOT NULL,
  code_hash  TEXT    NOT NULL DEFAULT '',
  tries      INTEGER NOT NULL DEFAULT 0,
  created_at BIGINT  NOT NULL,
  expires_at BIGINT  NOT NULL,
  PRIMARY KEY (account_id, slot)
);

-- An address that an account had, for the notice that goes there, too.
CREATE TABLE former_addresses (
  id         TEXT PRIMARY KEY,
  account_id TEXT   NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  slot       TEXT   NOT NULL CHECK (slot IN ('Mail', 'SecondMail', 'Phone')),
  value      TEXT   NOT NULL,
  created_at BIGINT NOT NULL
);
CREATE INDEX former_addresses_account ON former_addresses (account_id);

-- A browser that an account knows. token_hash is the SHA-256 of its token. last_used_at: its last full sign-in; NULL while it has only
-- been let try by a link.
CREATE TABLE known_devices (
  id           TEXT PRIMARY KEY,
  token_hash   TEXT   NOT NULL UNIQUE,
  account_id   TEXT   NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  label        TEXT   NOT NULL DEFAULT '',
  created_at   BIGINT NOT NULL,
  last_used_at BIGINT,
  expires_at   BIGINT NOT NULL
);
CREATE INDEX known_devices_account ON known_devices (account_id);

-- Who an account is for an OpenID provider.
CREATE TABLE identities (
  issuer       TEXT   NOT NULL,
  subject      TEXT   NOT NULL,
  account_id   TEXT   NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  created_at   BIGINT NOT NULL,
  last_used_at BIGINT NOT NULL,
  PRIMARY KEY (issuer, subject)
);
CREATE UNIQUE INDEX identities_account ON identities (account_id, issuer);

-- What people wrote to the support desk or a dealership, kept for 90 days.
CREATE TABLE support_messages (
  id         TEXT PRIMARY KEY,
  reference  TEXT   NOT NULL UNIQUE,
  kind       TEXT   NOT NULL CHECK (kind IN ('Support', 'NewDealer')),
  created_at BIGINT NOT NULL,
  account_id TEXT   REFERENCES accounts (id) ON DELETE SET NULL,
  name       TEXT   NOT NULL,
  mail       TEXT   NOT NULL,
  address    TEXT   NOT NULL DEFAULT '',
  phone      TEXT   NOT NULL DEFAULT '',
  topic      TEXT   NOT NULL DEFAULT '',
  tenant     TEXT,
  department TEXT   NOT NULL DEFAULT '',
  body       TEXT   NOT NULL,
  language   TEXT   NOT NULL DEFAULT ''
);
CREATE INDEX support_messages_created ON support_messages (created_at);

-- The outbox again, for messages that go elsewhere than to an account's mail address: exactly one of account_id and support_message_id
-- is set. The program knows the kinds.
CREATE TABLE outbox_next (
  id                 TEXT PRIMARY KEY,
  kind               TEXT    NOT NULL,
  channel            TEXT    NOT NULL DEFAULT 'Mail' CHECK (channel IN ('Mail', 'SMS')),
  account_id         TEXT    REFERENCES accounts (id) ON DELETE CASCADE,
  subject_id         TEXT    REFERENCES accounts (id) ON DELETE CASCADE,
  support_message_id TEXT    REFERENCES support_messages (id) ON DELETE CASCADE,
  detail             TEXT    NOT NULL DEFAULT '',
  tenant             TEXT,
  created_at         BIGINT  NOT NULL,
  due_at             BIGINT  NOT NULL,
  attempts           INTEGER NOT NULL DEFAULT 0,
  lease_owner        TEXT    NOT NULL DEFAULT '',
  lease_until        BIGINT  NOT NULL DEFAULT 0,
  sent_at            BIGINT,
  dead_at            BIGINT,
  last_error         TEXT    NOT NULL DEFAULT '',
  CHECK ((account_id IS NULL) <> (support_message_id IS NULL))
);
INSERT INTO outbox_next (id, kind, account_id, subject_id, detail, tenant, created_at, due_at, attempts, lease_owner, lease_until, sent_at,
  dead_at, last_error)
SELECT id, kind, account_id, subject_id, detail, tenant, created_at, due_at, attempts, lease_owner, lease_until, sent_at, dead_at, last_error
FROM outbox;
DROP TABLE outbox;
ALTER TABLE outbox_next RENAME TO outbox;
CREATE INDEX outbox_due ON outbox (due_at) WHERE sent_at IS NULL AND dead_at IS NULL;
CREATE INDEX outbox_account ON outbox (account_id);
CREATE INDEX outbox_subject ON outbox (subject_id) WHERE subject_id IS NOT NULL;
CREATE INDEX outbox_support ON outbox (support_message_id) WHERE support_message_id IS NOT NULL;

-- The tokens again, for further kinds of links. The program knows the kinds.
CREATE TABLE tokens_next (
  hash       TEXT PRIMARY KEY,
  account_id TEXT   NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  kind       TEXT   NOT NULL,
  expires_at BIGINT NOT NULL,
  used_at    BIGINT
);
INSERT INTO tokens_next (hash, account_id, kind, expires_at, used_at) SELECT hash, account_id, kind, expires_at, used_at FROM tokens;
DROP TABLE tokens;
ALTER TABLE tokens_next RENAME TO tokens;
CREATE INDEX tokens_account ON tokens (account_id);

-- The history of a dealership, and of head office, the newest first.
CREATE INDEX audit_events_tenant ON audit_events (tenant, id) WHERE tenant IS NOT NULL;
CREATE INDEX audit_events_office ON audit_events (id) WHERE tenant IS NULL;
