CREATE TABLE migrations (
  number INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  checksum TEXT NOT NULL,
  applied_at INTEGER NOT NULL
) STRICT;

CREATE TABLE hosts (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  driver TEXT NOT NULL,
  settings TEXT NOT NULL,
  fabric_version TEXT,
  created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE networks (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  spec TEXT NOT NULL,
  runtime TEXT NOT NULL,
  host_id TEXT NOT NULL REFERENCES hosts (id),
  power TEXT NOT NULL CHECK (power IN ('running', 'stopped')),
  deleting INTEGER NOT NULL CHECK (deleting IN (0, 1)),
  generation INTEGER NOT NULL,
  observed_generation INTEGER NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;

CREATE INDEX networks_by_host ON networks (host_id);

CREATE TABLE nodes (
  id TEXT PRIMARY KEY,
  network_id TEXT NOT NULL REFERENCES networks (id) ON DELETE CASCADE,
  organization TEXT NOT NULL,
  name TEXT NOT NULL,
  kind TEXT NOT NULL,
  host_id TEXT NOT NULL REFERENCES hosts (id),
  power TEXT NOT NULL CHECK (power IN ('running', 'stopped')),
  incarnation INTEGER NOT NULL,
  contract TEXT,
  removed INTEGER NOT NULL CHECK (removed IN (0, 1)),
  created_at INTEGER NOT NULL
) STRICT;

CREATE UNIQUE INDEX nodes_by_name ON nodes (network_id, organization, name) WHERE removed = 0;

CREATE INDEX nodes_by_network ON nodes (network_id, created_at, id);

CREATE INDEX nodes_by_host ON nodes (host_id);

CREATE TABLE ports (
  host_id TEXT NOT NULL REFERENCES hosts (id),
  port INTEGER NOT NULL,
  node_id TEXT NOT NULL REFERENCES nodes (id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  PRIMARY KEY (host_id, port)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX ports_by_node ON ports (node_id, name);

CREATE TABLE identities (
  id TEXT PRIMARY KEY,
  network_id TEXT NOT NULL REFERENCES networks (id) ON DELETE CASCADE,
  organization TEXT NOT NULL,
  subject TEXT NOT NULL,
  certificate TEXT NOT NULL,
  custody TEXT NOT NULL CHECK (custody IN ('held', 'own')),
  sealed_key BLOB,
  created_at INTEGER NOT NULL,
  UNIQUE (network_id, organization, subject),
  CHECK ((custody = 'held') = (sealed_key IS NOT NULL))
) STRICT;

CREATE TABLE artifacts (
  network_id TEXT NOT NULL REFERENCES networks (id) ON DELETE CASCADE,
  kind TEXT NOT NULL CHECK (kind IN ('genesis')),
  name TEXT NOT NULL,
  digest TEXT NOT NULL,
  bytes BLOB NOT NULL,
  PRIMARY KEY (network_id, kind, name)
) STRICT;

CREATE TABLE packages (
  digest TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  version TEXT NOT NULL,
  language TEXT NOT NULL,
  entry TEXT NOT NULL,
  bytes INTEGER NOT NULL,
  metadata TEXT NOT NULL,
  created_at INTEGER NOT NULL
, modules TEXT) STRICT;

CREATE INDEX packages_by_age ON packages (created_at, digest);

CREATE TABLE operations (
  id TEXT PRIMARY KEY,
  kind TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('queued', 'running', 'waiting', 'succeeded', 'failed', 'cancelled', 'superseded')),
  subject_id TEXT NOT NULL,
  subject_name TEXT NOT NULL,
  generation INTEGER NOT NULL,
  actor TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  ended_at INTEGER,
  error TEXT,
  notes TEXT NOT NULL
, subject_kind TEXT NOT NULL DEFAULT 'network' CHECK (subject_kind IN ('network', 'host')), request TEXT, target TEXT CHECK ((request IS NULL) = (subject_kind = 'network') AND (target IS NULL) = (subject_kind = 'network'))) STRICT;

CREATE INDEX operations_by_age ON operations (created_at, id);

CREATE TABLE steps (
  operation_id TEXT NOT NULL REFERENCES operations (id) ON DELETE CASCADE,
  kind TEXT NOT NULL,
  key TEXT NOT NULL,
  position INTEGER NOT NULL,
  title TEXT NOT NULL,
  needs TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('pending', 'running', 'done', 'failed', 'dropped')),
  attempts INTEGER NOT NULL,
  started_at INTEGER,
  ended_at INTEGER,
  error TEXT, progress TEXT,
  PRIMARY KEY (operation_id, kind, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE events (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  operation_id TEXT NOT NULL,
  at INTEGER NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('planned', 'step', 'state')),
  state TEXT NOT NULL CHECK (state IN ('queued', 'running', 'waiting', 'succeeded', 'failed', 'cancelled', 'superseded')),
  step TEXT,
  error TEXT
) STRICT;

CREATE INDEX events_by_operation ON events (operation_id, seq);

CREATE TABLE transactions (
  id TEXT PRIMARY KEY,
  network_id TEXT NOT NULL REFERENCES networks (id) ON DELETE CASCADE,
  channel TEXT NOT NULL,
  tx_id TEXT NOT NULL,
  purpose TEXT NOT NULL,
  about TEXT,
  envelope BLOB NOT NULL,
  result BLOB,
  state TEXT NOT NULL CHECK (state IN ('prepared', 'valid', 'invalid')),
  status TEXT,
  block INTEGER,
  created_at INTEGER NOT NULL,
  ended_at INTEGER,
  UNIQUE (network_id, channel, tx_id)
) STRICT;

CREATE INDEX transactions_by_age ON transactions (network_id, created_at, id);

CREATE INDEX transactions_pending ON transactions (network_id, purpose) WHERE state = 'prepared';

CREATE TABLE claims (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  owner TEXT,
  fence INTEGER NOT NULL,
  expires_at INTEGER NOT NULL
) STRICT;

CREATE TABLE requests (
  actor TEXT NOT NULL,
  key TEXT NOT NULL,
  hash TEXT NOT NULL,
  at INTEGER NOT NULL,
  status INTEGER,
  headers TEXT,
  body TEXT,
  PRIMARY KEY (actor, key)
) STRICT;

CREATE INDEX requests_by_age ON requests (at);

CREATE TABLE seal (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  proof BLOB NOT NULL
) STRICT;

CREATE INDEX operations_by_subject ON operations (subject_id, created_at, id);

CREATE INDEX operations_open ON operations (subject_id) WHERE state IN ('queued', 'running', 'waiting', 'failed');

CREATE UNIQUE INDEX operations_on_hosts ON operations (subject_id, target) WHERE subject_kind = 'host' AND state IN ('queued', 'running', 'waiting');
