/** The tables of an embedded log, made so that an auditor reads them with the ordinary sqlite3 program. */

/** A log of a greater version is refused. */
export const FORMAT_VERSION = 1

const moment = (column: string): string => {
  const micros = `((${column} % 1000000 + 1000000) % 1000000)`
  return `strftime('%Y-%m-%dT%H:%M:%S', (${column} - ${micros}) / 1000000, 'unixepoch') || printf('.%06dZ', ${micros})`
}

const appendOnly = (table: string): string =>
  ['UPDATE', 'DELETE']
    .map(
      (verb) => `
CREATE TRIGGER ${table}_refuses_${verb.toLowerCase()} BEFORE ${verb} ON ${table}
BEGIN SELECT RAISE(ABORT, 'facts are never changed: ${table} refuses ${verb}'); END;`,
    )
    .join('')

/** All times are microseconds since 1970 UTC; the view \`log\` shows them as moments. */
export const SCHEMA = `
CREATE TABLE meta (only INTEGER PRIMARY KEY CHECK (only = 1), format_version INTEGER NOT NULL) STRICT;
INSERT INTO meta VALUES (1, ${FORMAT_VERSION});

CREATE TABLE batch (
  first_position INTEGER PRIMARY KEY,
  events INTEGER NOT NULL CHECK (events > 0),
  stream TEXT NOT NULL,
  first_revision INTEGER NOT NULL,
  command_id TEXT NOT NULL UNIQUE,
  actor TEXT NOT NULL,
  correlation_id TEXT NOT NULL,
  causation_id TEXT,
  recorded_at INTEGER NOT NULL,
  known_high INTEGER NOT NULL, -- the greatest known_at of this and all earlier batches
  late INTEGER NOT NULL, -- 1 where an event was known before one that stands before it in the log
  UNIQUE (stream, first_revision)
) STRICT;
CREATE INDEX batch_by_recorded_at ON batch (recorded_at);
CREATE INDEX batch_by_known_high ON batch (known_high);
CREATE INDEX batch_late ON batch (first_position) WHERE late = 1;

CREATE TABLE event (
  position INTEGER PRIMARY KEY,
  id TEXT NOT NULL,
  type TEXT NOT NULL,
  version INTEGER NOT NULL,
  event_time INTEGER NOT NULL,
  known_at INTEGER NOT NULL,
  data BLOB NOT NULL, -- Avro
  leaf BLOB NOT NULL -- RFC 6962 leaf hash
) STRICT;
CREATE INDEX event_by_type ON event (type);

CREATE TABLE chunk_ref (
  position INTEGER NOT NULL,
  ordinal INTEGER NOT NULL,
  hash TEXT NOT NULL,
  format TEXT NOT NULL,
  rows INTEGER NOT NULL,
  bytes INTEGER NOT NULL,
  event_time_from INTEGER NOT NULL,
  event_time_to INTEGER NOT NULL,
  PRIMARY KEY (position, ordinal)
) STRICT, WITHOUT ROWID;

CREATE VIEW log AS
SELECT event.position, batch.stream, batch.first_revision + event.position - batch.first_position AS revision,
  event.type, event.version, ${moment('event.event_time')} AS event_time, ${moment('event.known_at')} AS known_at,
  ${moment('batch.recorded_at')} AS recorded_at, batch.actor, batch.command_id, event.id, batch.causation_id,
  batch.correlation_id, length(event.data) AS data_bytes,
  (SELECT group_concat(hash, ' ') FROM chunk_ref WHERE chunk_ref.position = event.position) AS chunks,
  lower(hex(event.leaf)) AS leaf
FROM event JOIN batch ON batch.first_position =
  (SELECT max(first_position) FROM batch WHERE first_position <= event.position);
${appendOnly('batch')}${appendOnly('event')}${appendOnly('chunk_ref')}
`
