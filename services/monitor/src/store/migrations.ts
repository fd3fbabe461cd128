// The tables of the journal, and how a journal of an older version is brought up. Each entry brings
// it one version up and never changes afterwards: a journal remembers how many it has been through.

const tables = `
  CREATE TABLE journal (
    only INTEGER PRIMARY KEY CHECK (only = 1),
    journal_id TEXT NOT NULL
  ) STRICT;
  CREATE TABLE servers (
    server_id TEXT PRIMARY KEY,
    term INTEGER NOT NULL,
    state TEXT NOT NULL,
    takeover_run_id TEXT NOT NULL,
    rest TEXT NOT NULL
  ) STRICT;
  CREATE TABLE signals (
    signal_id INTEGER PRIMARY KEY,
    server_id TEXT NOT NULL,
    term INTEGER NOT NULL,
    rest TEXT NOT NULL
  ) STRICT;
  CREATE INDEX signals_of_server ON signals (server_id, signal_id);
  CREATE TABLE runs (
    position INTEGER PRIMARY KEY,
    run_id TEXT NOT NULL UNIQUE,
    server_id TEXT NOT NULL,
    signal_id INTEGER NOT NULL,
    term INTEGER NOT NULL,
    state TEXT NOT NULL,
    is_unfinished INTEGER NOT NULL,
    rest TEXT NOT NULL
  ) STRICT;
  CREATE INDEX runs_of_server ON runs (server_id, position);
  CREATE INDEX runs_unfinished ON runs (position) WHERE is_unfinished = 1;
  CREATE TABLE history (
    position INTEGER PRIMARY KEY,
    server_id TEXT NOT NULL,
    term INTEGER NOT NULL,
    rest TEXT NOT NULL
  ) STRICT;
  CREATE INDEX history_of_server ON history (server_id, position);
`;

// Releases, flap protection and leases of an earlier configuration came with this version; the one
// before could have left none. A monitor of that version would overlook a release and declare a
// server dead that still holds it: the new number keeps such a monitor out. What a record has
// already is kept. A row that is no JSON stays as it is, for the reader to name.
const releases = `
  UPDATE servers SET rest = json_insert(rest, '$.release', NULL, '$.longestLease', NULL,
    '$.isUnleased', json('false'), '$.recentDeaths', 0) WHERE json_valid(rest);
  UPDATE servers SET rest = json_insert(rest, '$.hold.deaths', 0)
    WHERE json_valid(rest) AND json_extract(rest, '$.hold.until') = 'stable';
  UPDATE runs SET rest = json_insert(rest, '$.heldBecause', '') WHERE json_valid(rest);
`;

// What signals and lines of history rest on is kept as values since this version. Of older ones the
// words of the signals tell it, and who closed a server stands in them.
const evidence = `
  UPDATE signals SET rest = json_insert(rest, '$.facts', NULL, '$.rule', NULL, '$.actor', NULL)
    WHERE json_valid(rest);
  UPDATE history SET rest = json_insert(rest, '$.evidence', '', '$.refusal', '')
    WHERE json_valid(rest);
`;

// A monitor of the version before would leave a drill that goes on to itself, and its channels with
// the backup.
const drills = `
  CREATE TABLE drills (
    position INTEGER PRIMARY KEY,
    drill_id TEXT NOT NULL UNIQUE,
    server_id TEXT NOT NULL,
    state TEXT NOT NULL,
    rest TEXT NOT NULL
  ) STRICT;
  CREATE INDEX drills_of_server ON drills (server_id, position);
  CREATE INDEX drills_running ON drills (position) WHERE state = 'running';
`;

// What people were told of readiness. A monitor of the version before tells nobody of it.
const readiness = `
  CREATE TABLE readiness (server_id TEXT PRIMARY KEY, rest TEXT NOT NULL) STRICT;
`;

export const migrations: readonly string[] = [tables, releases, evidence, drills, readiness];
