-- A store as commit 4c82eb0 wrote it, version 2: made by its own openSqliteStore(), told by
-- sqlite3 .dump.
PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE identity (store_id TEXT NOT NULL, place TEXT NOT NULL DEFAULT '') STRICT;
INSERT INTO identity VALUES('bf26d2b1-d136-4282-bd36-9166676a935d','65024:2146611');
CREATE TABLE orders (
     server_id TEXT PRIMARY KEY, term INTEGER NOT NULL, journal_id TEXT NOT NULL
   ) STRICT;
INSERT INTO orders VALUES('a',9223372036854775807,'j');
INSERT INTO orders VALUES('b',1,'j');
CREATE TABLE lease (
     one INTEGER PRIMARY KEY CHECK (one = 1),
     server_id TEXT NOT NULL, term INTEGER NOT NULL, journal_id TEXT NOT NULL
   ) STRICT;
INSERT INTO lease VALUES(1,'a',7,'j');
CREATE TABLE channels (
     name TEXT PRIMARY KEY, definition TEXT NOT NULL, digest TEXT NOT NULL,
     activation TEXT NOT NULL CHECK (activation IN ('active', 'inactive')),
     server_id TEXT, term INTEGER, journal_id TEXT
   ) STRICT;
INSERT INTO channels VALUES('orders','{"name":"orders","protectedBy":"a","runtime":{"kind":"process","command":["sleep","1000"],"environment":{},"workingDirectory":"","user":""},"readiness":{"check":{"kind":"none"},"timeoutMs":30000,"intervalMs":100},"stop":{"signal":"SIGTERM","timeoutMs":10000},"restart":{"attemptsMax":5,"backoffMs":200,"backoffMaxMs":30000,"stableAfterMs":60000}}','d','active','a',9223372036854775807,'j');
CREATE TABLE file_digests (name TEXT PRIMARY KEY, digest TEXT NOT NULL) STRICT;
INSERT INTO file_digests VALUES('orders','1');
COMMIT;
PRAGMA user_version = 2;
