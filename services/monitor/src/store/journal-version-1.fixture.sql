-- A journal as commit 4c82eb0 wrote it, version 1: made by its own openSqliteJournal(), told by
-- sqlite3 .dump.
PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE journal (
    only INTEGER PRIMARY KEY CHECK (only = 1),
    journal_id TEXT NOT NULL
  ) STRICT;
INSERT INTO journal VALUES(1,'72d8002c-6ff6-4694-aefb-07b15717bc86');
CREATE TABLE servers (
    server_id TEXT PRIMARY KEY,
    term INTEGER NOT NULL,
    state TEXT NOT NULL,
    takeover_run_id TEXT NOT NULL,
    rest TEXT NOT NULL
  ) STRICT;
INSERT INTO servers VALUES('primary-1',8,'live','primary-1/8/signal','{"because":"No heartbeat for the threshold: \"ärger\"   <&>","changedWallMs":1760000000000,"assignment":"backup","holder":"boot/8/42","host":"host-1","cleanTargets":["backup-1","backup-2"],"startedTargets":["backup-3"],"switchover":{"name":"anna","reason":"kernel update"},"isTakenBySwitchover":true,"hold":{"until":"stable","delayMs":1500.5},"maintenance":{"owner":"anna","reason":"disk","sinceWallMs":1,"untilWallMs":null},"isCloseUntold":true,"unwillingDeaths":3,"incidentTerm":"4611686018427387899"}');
INSERT INTO servers VALUES('primary-2',9,'live','','{"because":"No heartbeat has ever been heard","changedWallMs":1760000000000,"assignment":"primary","holder":"boot/8/42","host":"","cleanTargets":[],"startedTargets":[],"switchover":null,"isTakenBySwitchover":false,"hold":{"until":"operator"},"maintenance":null,"isCloseUntold":false,"unwillingDeaths":0,"incidentTerm":"0"}');
INSERT INTO servers VALUES('primary-3',0,'unheard','','{"because":"No heartbeat has ever been heard","changedWallMs":1760000000000,"assignment":"nobody","holder":"","host":"","cleanTargets":[],"startedTargets":[],"switchover":null,"isTakenBySwitchover":false,"hold":null,"maintenance":null,"isCloseUntold":false,"unwillingDeaths":0,"incidentTerm":"0"}');
CREATE TABLE signals (
    signal_id INTEGER PRIMARY KEY,
    server_id TEXT NOT NULL,
    term INTEGER NOT NULL,
    rest TEXT NOT NULL
  ) STRICT;
INSERT INTO signals VALUES(1,'primary-1',8,'{"host":"host-1","signal":"LIVE","wallMs":1760000000000.25,"because":"No good heartbeat for the threshold","document":"<signal server=\"primary-1\">DEAD</signal>","evidence":"gaps 100 ms, 101 ms","runId":"primary-1/8/signal"}');
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
INSERT INTO runs VALUES(1,'primary-1/8/signal','primary-1',1,8,'held',1,'{"host":"host-1","reason":"signal","signal":"LIVE","because":"An operator asked for it","caseName":"DEAD","document":"<signal>DEAD</signal>","incidentTerm":"4611686018427387898","hasStarted":true,"actor":{"name":"anna","reason":"maintenance"},"startedWallMs":10,"endedWallMs":null,"steps":[{"step":{"kind":"start_channels","target":"backup-1","names":["orders","inv*"]},"state":"running","attempts":2,"lastError":"no answer","channels":[{"name":"orders","activity":"FAILED","isOk":false,"error":"exited with code 3","lastLines":["a","b"]}],"startedWallMs":5,"endedWallMs":null,"owesResolution":true}]}');
CREATE TABLE history (
    position INTEGER PRIMARY KEY,
    server_id TEXT NOT NULL,
    term INTEGER NOT NULL,
    rest TEXT NOT NULL
  ) STRICT;
INSERT INTO history VALUES(1,'primary-1',8,'{"wallMs":7,"text":"commit 1","actor":{"name":"anna","reason":"why"}}');
CREATE INDEX signals_of_server ON signals (server_id, signal_id);
CREATE INDEX runs_of_server ON runs (server_id, position);
CREATE INDEX runs_unfinished ON runs (position) WHERE is_unfinished = 1;
CREATE INDEX history_of_server ON history (server_id, position);
COMMIT;
PRAGMA user_version = 1;
