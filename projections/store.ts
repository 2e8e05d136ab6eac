/** Keeps projections' states and snapshots: a port, and its embedded form. Losing it loses no fact. */
import { DatabaseSync } from 'node:sqlite'
import type { Position } from '../schemas/envelope.ts'
import type { Digest } from '../schemas/kernel/canonical.ts'

export type Saved = Readonly<{ position: Position; digest: Digest; state: string }>
export type Key = Readonly<{ name: string; version: number }>

export interface ProjectionStore {
  latest(key: Key): Saved | undefined
  /** The snapshot nearest at or before a position. */
  before(key: Key, position: Position): Saved | undefined
  /** Position, digest and state of several projections in one atomic write; with `snapshot`, kept for time travel. */
  save(entries: readonly (Key & Saved & { snapshot: boolean })[]): void
  clear(): void
  close(): void
}

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS latest (
    name TEXT NOT NULL, version INTEGER NOT NULL, position INTEGER NOT NULL, digest TEXT NOT NULL, state TEXT NOT NULL,
    PRIMARY KEY (name, version)
  ) STRICT;
  CREATE TABLE IF NOT EXISTS snapshot (
    name TEXT NOT NULL, version INTEGER NOT NULL, position INTEGER NOT NULL, digest TEXT NOT NULL, state TEXT NOT NULL,
    PRIMARY KEY (name, version, position)
  ) STRICT;`

/** @param path a file, or `:memory:` */
export function openProjectionStore(path: string, options: { readOnly?: boolean } = {}): ProjectionStore {
  const readOnly = options.readOnly ?? false
  const db = new DatabaseSync(path, { readOnly })
  if (!readOnly) {
    db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL')
    db.exec(SCHEMA)
  }
  const latest = db.prepare('SELECT position, digest, state FROM latest WHERE name = ? AND version = ?')
  const before = db.prepare(
    'SELECT position, digest, state FROM snapshot WHERE name = ? AND version = ? AND position <= ? ORDER BY position DESC LIMIT 1',
  )
  const put = (table: string) =>
    db.prepare(
      `INSERT OR REPLACE INTO ${table} (name, version, position, digest, state) VALUES (?, ?, ?, ?, ?)`,
    )
  const [putLatest, putSnapshot] = readOnly ? [] : [put('latest'), put('snapshot')]
  return {
    latest: (key) => latest.get(key.name, key.version) as Saved | undefined,
    before: (key, position) => before.get(key.name, key.version, position) as Saved | undefined,
    save(entries) {
      db.exec('BEGIN IMMEDIATE')
      for (const entry of entries) {
        const row = [entry.name, entry.version, entry.position, entry.digest, entry.state] as const
        putLatest?.run(...row)
        if (entry.snapshot) putSnapshot?.run(...row)
      }
      db.exec('COMMIT')
    },
    clear: () => db.exec('DELETE FROM latest; DELETE FROM snapshot'),
    close: () => db.close(),
  }
}
