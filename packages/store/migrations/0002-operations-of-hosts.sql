-- An operation is of a network or of a host. Columns are renamed rather than added beside the old ones: no other version of
-- Cello works on this file at the same time, its folder is locked.
DROP INDEX operations_by_network;
DROP INDEX operations_open;

ALTER TABLE operations RENAME COLUMN network_id TO subject_id;
ALTER TABLE operations RENAME COLUMN network_name TO subject_name;
ALTER TABLE operations ADD COLUMN subject_kind TEXT NOT NULL DEFAULT 'network' CHECK (subject_kind IN ('network', 'host'));
-- What is wanted of a host, and what that is about. A network has its document instead.
ALTER TABLE operations ADD COLUMN request TEXT;
ALTER TABLE operations ADD COLUMN target TEXT CHECK ((request IS NULL) = (subject_kind = 'network') AND (target IS NULL) = (subject_kind = 'network'));

CREATE INDEX operations_by_subject ON operations (subject_id, created_at, id);
CREATE INDEX operations_open ON operations (subject_id) WHERE state IN ('queued', 'running', 'waiting', 'failed');
-- Of two that want different things of one place of a host, one goes on.
CREATE UNIQUE INDEX operations_on_hosts ON operations (subject_id, target) WHERE subject_kind = 'host' AND state IN ('queued', 'running', 'waiting');

ALTER TABLE steps ADD COLUMN progress TEXT;
