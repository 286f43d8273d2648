/**
 * The schema, as the steps that lead to it: `user_version` of a file counts the steps it has seen. A step that was ever
 * released is never edited; a change is a new step at the end. Times are wall-clock milliseconds (UTC).
 */
export const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE bindings (
    aor TEXT NOT NULL,
    position INTEGER NOT NULL,
    contact TEXT NOT NULL,
    transport TEXT NOT NULL CHECK (transport IN ('udp', 'tcp', 'tls')),
    host TEXT NOT NULL,
    port INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    call_id TEXT NOT NULL,
    cseq INTEGER NOT NULL,
    q REAL NOT NULL,
    user_agent TEXT,
    instance TEXT,
    PRIMARY KEY (aor, position)
  ) STRICT;

  CREATE TABLE ledger (
    sequence INTEGER PRIMARY KEY,
    previous_hash TEXT NOT NULL,
    event TEXT NOT NULL,
    opened INTEGER,
    from_ms INTEGER NOT NULL,
    until_ms INTEGER,
    call TEXT NOT NULL,
    supervision TEXT NOT NULL,
    supervisor TEXT NOT NULL,
    listener TEXT NOT NULL,
    speaker TEXT NOT NULL,
    mode TEXT NOT NULL,
    reason TEXT NOT NULL,
    hash TEXT NOT NULL
  ) STRICT;
  CREATE INDEX ledger_call ON ledger (call);
  CREATE TRIGGER ledger_no_update BEFORE UPDATE ON ledger
    BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
  CREATE TRIGGER ledger_no_delete BEFORE DELETE ON ledger
    BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;

  CREATE TABLE calls (
    id TEXT PRIMARY KEY,
    caller TEXT NOT NULL,
    callee TEXT NOT NULL,
    started_at INTEGER NOT NULL,
    answered_at INTEGER,
    ended_at INTEGER NOT NULL,
    cause TEXT NOT NULL
  ) STRICT;
  CREATE INDEX calls_ended_at ON calls (ended_at);
  `,
];
