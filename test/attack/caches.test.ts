/** A cache that was edited, damaged or taken from elsewhere costs a fold, and changes no answer and no proof. */
import { readFileSync, writeFileSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { experiments } from '../../projections/experiment/experiments.ts'
import { Layout, pieceDigest, sumOf } from '../../projections/pieces.ts'
import { foldTo } from '../../projections/runner.ts'
import { openProjectionStore } from '../../projections/store.ts'
import { Tracked } from '../../projections/tracked.ts'
import { folderAt } from '../../serving/folder.ts'
import { openArchive, openPlatform } from '../../serving/platform.ts'
import { answer } from '../../serving/views.ts'
import { asof } from '../support/cli.ts'
import { eventsOf, memoryLog } from '../support/memory-platform.ts'
import { declareOn, workplace } from './tools.ts'

const { path, copyOf, remove } = workplace('caches')
const sound = path('sound')
let expected: string

beforeAll(async () => {
  const platform = await openPlatform({ path: sound })
  await declareOn(platform, ['a', 'b', 'c'])
  await platform.views.catchUp()
  await platform.close()
  // Kept for time travel, as it is after many events.
  const database = new DatabaseSync(folderAt(sound).projections)
  database.exec('INSERT INTO snapshot SELECT * FROM latest')
  database.close()
  expected = await shown(sound)
})
afterAll(remove)

async function shown(folder: string): Promise<string> {
  const archive = openArchive(folder)
  const { digest } = await answer(archive, 'datasets', {})
  await archive.close()
  return digest
}

async function rebuilt(folder: string): Promise<string | undefined> {
  const platform = await openPlatform({ path: folder })
  await platform.views.catchUp()
  const digest = platform.views.digests().find(({ name }) => name === 'datasets')?.digest
  await platform.close()
  return digest
}

const edit =
  (sql: string, ...values: string[]) =>
  (folder: string) => {
    const database = new DatabaseSync(folderAt(folder).projections)
    database.prepare(sql.replace('TABLE', 'latest')).run(...values)
    database.prepare(sql.replace('TABLE', 'snapshot')).run(...values)
    database.close()
  }

/** The state of data sets is one piece, of this text, under its own digest. */
const replaced = (text: string, leaf?: string) => (folder: string) => {
  const database = new DatabaseSync(folderAt(folder).projections)
  database.exec("DELETE FROM piece WHERE name = 'datasets' AND place <> '[]'")
  database.prepare("UPDATE piece SET text = ? WHERE name = 'datasets'").run(text)
  database.close()
  edit("UPDATE TABLE SET digest = ? WHERE name = 'datasets'", sumOf([pieceDigest('[]', text)]))(folder)
  if (leaf !== undefined) edit("UPDATE TABLE SET leaf = ? WHERE name = 'datasets'", leaf)(folder)
}

const EMPTY = '{"datasets":{}}'
const HARMS: Readonly<Record<string, (folder: string) => void>> = {
  'a piece edited': edit("UPDATE piece SET text = ? WHERE name = 'datasets'", EMPTY),
  'a piece lost': edit("DELETE FROM piece WHERE name = 'datasets' AND place <> '[]'"),
  'a piece of its own lost, under its own digest': (folder) => {
    edit("DELETE FROM piece WHERE name = 'datasets'")(folder)
    edit("UPDATE TABLE SET digest = ? WHERE name = 'datasets'", sumOf([]))(folder)
  },
  'a state that is no JSON, under its own digest': replaced('{"datasets":'),
  'a position raised': edit('UPDATE TABLE SET position = 3000'),
  'a position lowered': edit('UPDATE TABLE SET position = 1'),
  'a state of another log, under its own digest': replaced(EMPTY, 'ab'),
  'a table dropped': (folder) => {
    const database = new DatabaseSync(folderAt(folder).projections)
    database.exec('DROP TABLE snapshot')
    database.close()
  },
  'another version of the file': (folder) => {
    const database = new DatabaseSync(folderAt(folder).projections)
    database.exec('PRAGMA user_version = 1')
    database.close()
  },
  'no database at all': (folder) => writeFileSync(folderAt(folder).projections, 'not a database'),
  'pages overwritten': (folder) => {
    const bytes = readFileSync(folderAt(folder).projections)
    writeFileSync(folderAt(folder).projections, bytes.fill(0x5a, 4096))
  },
}

test.each(Object.entries(HARMS))('%s', async (_, harm) => {
  const folder = copyOf(sound)
  harm(folder)
  expect(await shown(folder)).toBe(expected)
  expect(await rebuilt(folder)).toBe(expected)
  expect(await shown(folder), 'and what was mended is used').toBe(expected)
})

test('rebuild is a cure, also of a file that is no database', async () => {
  const folder = copyOf(sound)
  writeFileSync(folderAt(folder).projections, '{')
  expect(await asof(folder, 'rebuild')).toMatchObject({ code: 0 })
  expect(await asof(folder, 'trials')).toMatchObject({ code: 0, out: expect.stringContaining('0 trials') })
})

test('what is called proof asks no cache: it is told nothing by a store that says anything', async () => {
  const log = memoryLog()
  const lying = openProjectionStore(':memory:')
  const state = { ...experiments.initial(), families: { made: ['up'] } }
  const changes = () => new Tracked(new Layout(experiments.parts), state).whole()
  const { name, version } = experiments
  lying.save([{ name, version, position: 0, leaf: '', snapshot: true, whole: true, changes }])
  expect((await foldTo(log, lying, experiments, {})).state.families, 'a view may').not.toEqual({})
  expect(await eventsOf(log)).toEqual([])
  const source = readFileSync(new URL('../../serving/cli/trials.ts', import.meta.url), 'utf8')
  expect(source.match(/foldTo\(log, (\w+)/g)).toEqual(['foldTo(log, NO_STORE', 'foldTo(log, NO_STORE'])
})
