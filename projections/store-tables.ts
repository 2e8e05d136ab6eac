/** The tables of the projections' states: each piece with the positions from and up to which it stood. */
import { createHmac } from 'node:crypto'
import { DatabaseSync } from 'node:sqlite'
import type { Position } from '../schemas/envelope.ts'
import { type Path, type Place, pieceDigest, placeOf, sumOf } from './pieces.ts'
import type { Entry, Key, Saved } from './saved.ts'

/** A change of the tables is a new version: what an older one kept is thrown away. */
export const VERSION = 3

const STATE =
  'name TEXT NOT NULL, version INTEGER NOT NULL, position INTEGER NOT NULL, digest TEXT NOT NULL, leaf TEXT NOT NULL'
/** A piece stands from the position `since` on, up to `until`, exclusive; where that is null it stands still. */
export const SCHEMA = `
  CREATE TABLE latest (${STATE}, PRIMARY KEY (name, version)) STRICT;
  CREATE TABLE snapshot (${STATE}, PRIMARY KEY (name, version, position)) STRICT;
  CREATE TABLE piece (name TEXT NOT NULL, version INTEGER NOT NULL, place TEXT NOT NULL, since INTEGER NOT NULL,
    until INTEGER, text TEXT NOT NULL, PRIMARY KEY (name, version, place, since)) STRICT;
  CREATE UNIQUE INDEX standing ON piece (name, version, place) WHERE until IS NULL;
  PRAGMA user_version = ${VERSION};`

/** The statements that made the parts of a database, as SQLite keeps them. */
const partsOf = (db: DatabaseSync): string =>
  JSON.stringify(
    db.prepare('SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY type, name LIMIT 100').all(),
  )

/** Whether it has the tables above and nothing else: a view in the place of one is a program, which nothing ends. */
export function hasOwnParts(db: DatabaseSync): boolean {
  const sound = new DatabaseSync(':memory:')
  sound.exec(SCHEMA)
  const isOwn = partsOf(db) === partsOf(sound)
  sound.close()
  return isOwn
}

type StateRow = Readonly<{ position: Position; digest: string; leaf: string }>
type PieceRow = Readonly<{ place: Place; text: string; since: Position }>

export type Tables = ReturnType<typeof tablesOf>

/** @param secret without which nobody writes a state that is believed; null where anybody may */
export function tablesOf(db: DatabaseSync, readOnly: boolean, secret: string | null) {
  const read = {
    latest: db.prepare('SELECT position, digest, leaf FROM latest WHERE name = ? AND version = ?'),
    before: db.prepare(
      'SELECT position, digest, leaf FROM snapshot WHERE name = ? AND version = ? AND position <= ? ORDER BY position DESC LIMIT 1',
    ),
    pieces: db.prepare(
      'SELECT place, text FROM piece WHERE name = ? AND version = ? AND since <= ? AND (until IS NULL OR until > ?)',
    ),
  }
  return { db, ...read, secret, writing: readOnly ? null : writingTo(db) }
}

type Writing = ReturnType<typeof writingTo>

function writingTo(db: DatabaseSync) {
  const standing = 'FROM piece WHERE name = ? AND version = ? AND until IS NULL'
  const state = (table: string) => db.prepare(`INSERT OR REPLACE INTO ${table} VALUES (?, ?, ?, ?, ?)`)
  return {
    forget: ['latest', 'snapshot', 'piece'].map((table) => db.prepare(`DELETE FROM ${table} WHERE name = ?`)),
    state: db.prepare('SELECT position, digest, leaf FROM latest WHERE name = ? AND version = ?'),
    kept: db.prepare('SELECT max(position) AS position FROM snapshot WHERE name = ? AND version = ?'),
    at: db.prepare(`SELECT place, text, since ${standing} AND place = ?`),
    below: db.prepare(`SELECT place, text, since ${standing} AND (place = ? OR substr(place, 1, ?) = ?)`),
    end: db.prepare('UPDATE piece SET until = ? WHERE name = ? AND version = ? AND place = ? AND since = ?'),
    drop: db.prepare('DELETE FROM piece WHERE name = ? AND version = ? AND place = ? AND since = ?'),
    put: db.prepare('INSERT OR REPLACE INTO piece VALUES (?, ?, ?, ?, NULL, ?)'),
    latest: state('latest'),
    snapshot: state('snapshot'),
  }
}

/** What is kept as the digest of a state: the sum of its pieces, and what only whoever has the secret can say of it. */
function digestOf(
  { name, version }: Key,
  of: Readonly<{ position: Position; leaf: string; sum: string }>,
  secret: string | null,
) {
  if (secret === null) return of.sum
  const said = JSON.stringify([name, version, of.position, of.leaf, of.sum])
  return `${of.sum}.${createHmac('sha256', secret).update(said).digest('hex')}`
}

/** The sum of a state's pieces; null where whoever wrote it had not the secret. */
function sumIn(key: Key, { position, leaf, digest }: StateRow, secret: string | null): string | null {
  const [sum = ''] = digest.split('.')
  return digestOf(key, { position, leaf, sum }, secret) === digest ? sum : null
}

/** What is whole, its digest says; null where it is damaged, undefined where there is none. */
export function loaded(
  { db, latest, before, pieces, secret }: Tables,
  { name, version }: Key,
  upTo: Position | null,
): Saved | null | undefined {
  // One look at all of it: a writer may come between two.
  db.exec('BEGIN')
  try {
    return loadedAt({ latest, before, pieces, secret }, { name, version }, upTo)
  } finally {
    db.exec('COMMIT')
  }
}

function loadedAt(
  { latest, before, pieces, secret }: Pick<Tables, 'latest' | 'before' | 'pieces' | 'secret'>,
  { name, version }: Key,
  upTo: Position | null,
): Saved | null | undefined {
  const state = (upTo === null ? latest.get(name, version) : before.get(name, version, upTo)) as
    | StateRow
    | undefined
  if (state === undefined) return undefined
  const { position, leaf } = state
  const sum = sumIn({ name, version }, state, secret)
  if (sum === null) return null
  const found = new Map<Place, string>()
  for (const { place, text } of pieces.iterate(name, version, position, position) as Iterable<PieceRow>) {
    // A tree in which a page is there many times has rows without end.
    if (found.has(place)) return null
    found.set(place, text)
  }
  if (sumOf([...found].map(([place, text]) => pieceDigest(place, text))) !== sum) return null
  return { position, leaf, pieces: found }
}

/** All views or none. @param whole writes each of them from nothing */
export function saveIn({ db, writing, secret }: Tables, entries: readonly Entry[], whole = false): void {
  if (writing === null) return
  db.exec('BEGIN IMMEDIATE')
  try {
    for (const entry of entries) saveEntry(writing, entry, { isWhole: whole || entry.whole, secret })
    db.exec('COMMIT')
  } catch (error) {
    if (db.isTransaction) db.exec('ROLLBACK')
    throw error
  }
}

function saveEntry(
  tables: Writing,
  entry: Entry,
  { isWhole, secret }: Readonly<{ isWhole: boolean; secret: string | null }>,
): void {
  const { name, version, position, leaf, snapshot } = entry
  const state = tables.state.get(name, version) as StateRow | undefined
  const before = isWhole || state === undefined ? null : sumIn(entry, state, secret)
  // What somebody changed in between is no ground for changes.
  const whole = isWhole || (state !== undefined && before === null)
  if (whole) for (const one of tables.forget) one.run(name)
  const { gone, pieces } = entry.changes(whole)
  const differences = [BigInt(`0x${before ?? '0'}`)]
  const kept = (tables.kept.get(name, version) as { position: Position | null }).position ?? -1
  const end = ({ place, text, since }: PieceRow): void => {
    differences.push(-pieceDigest(place, text))
    // What a snapshot has stays for it.
    if (since <= kept) tables.end.run(position, name, version, place, since)
    else tables.drop.run(name, version, place, since)
  }
  for (const path of gone) for (const row of rowsBelow(tables, entry, path)) end(row)
  for (const [place, text] of pieces) {
    const row = tables.at.get(name, version, place) as PieceRow | undefined
    if (row?.text === text) continue
    if (row !== undefined) end(row)
    tables.put.run(name, version, place, position, text)
    differences.push(pieceDigest(place, text))
  }
  const digest = digestOf(entry, { position, leaf, sum: sumOf(differences) }, secret)
  for (const table of snapshot ? [tables.latest, tables.snapshot] : [tables.latest])
    table.run(name, version, position, digest, leaf)
}

function rowsBelow({ below }: Writing, { name, version }: Key, path: Path): PieceRow[] {
  const own = placeOf(path)
  const beginning = path.length === 0 ? '[' : `${own.slice(0, -1)},`
  return below.all(name, version, own, beginning.length, beginning) as PieceRow[]
}
