/** A cache that was edited, damaged or taken from elsewhere costs a fold, and changes no answer and no proof. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { experiments } from '../../projections/experiment/experiments.ts'
import { Layout, pieceDigest, sumOf } from '../../projections/pieces.ts'
import { defineProjection, on, type Projection } from '../../projections/projection.ts'
import { foldTo, ProjectionRunner } from '../../projections/runner.ts'
import { openProjectionStore } from '../../projections/store.ts'
import { Tracked } from '../../projections/tracked.ts'
import { SetDefined } from '../../schemas/events/feature.ts'
import { openArchive } from '../../serving/archive.ts'
import { folderAt } from '../../serving/folder.ts'
import { openPlatform } from '../../serving/platform.ts'
import { answer } from '../../serving/views.ts'
import { asof } from '../support/cli.ts'
import { define } from '../support/counting.ts'
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
  'a state that was edited, under its own digest': replaced(EMPTY),
  'a state of another kind, under its own digest': replaced('[]'),
  'a state that no fold goes on from, under its own digest': replaced('{"datasets":{"a":7}}'),
  'a state that was edited, with what the key said of the one before': (folder) => {
    const database = new DatabaseSync(folderAt(folder).projections)
    const { digest } = database.prepare("SELECT digest FROM latest WHERE name = 'datasets'").get() as {
      digest: string
    }
    database.close()
    replaced(EMPTY)(folder)
    const own = `${sumOf([pieceDigest('[]', EMPTY)])}.${digest.split('.')[1]}`
    edit("UPDATE TABLE SET digest = ? WHERE name = 'datasets'", own)(folder)
  },
  'a state at another position, with what the key said of it': edit(
    'UPDATE TABLE SET position = position - 1',
  ),
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

test('a copy without the key believes nothing that is stored, and shows the same', async () => {
  const folder = copyOf(sound)
  rmSync(folderAt(folder).keys, { recursive: true })
  replaced(EMPTY)(folder)
  expect(await shown(folder)).toBe(expected)
})

test('a state of a shape that nobody can go on from is folded again, whoever wrote it', async () => {
  const log = memoryLog()
  await define(log, 3)
  const made = defineProjection<{ sets: Record<string, number[]> }>({
    name: 'made',
    version: 1,
    initial: () => ({ sets: {} }),
    handlers: [
      on(SetDefined, (state, { data }) => {
        state.sets[data.set] ??= []
        state.sets[data.set].push(data.version)
      }),
    ],
  })
  const { name, version } = made
  for (const state of [[], { sets: [] }, { sets: { small: 7 } }, {}, null]) {
    const store = openProjectionStore(':memory:')
    const [leaf] = (await log.leaves(1, 1)[Symbol.asyncIterator]().next()).value
    const changes = () => new Tracked(new Layout([]), state).whole()
    const kept = { leaf: Buffer.from(leaf).toString('hex'), snapshot: true, whole: true, changes }
    store.save([{ name, version, position: 1, ...kept }])
    expect((await foldTo(log, store, made, {})).state).toEqual({ sets: { small: [1, 2, 3] } })
    const runner = new ProjectionRunner({ log, store, projections: [made as Projection] })
    await runner.catchUp()
    expect(runner.now(made)).toEqual({ sets: { small: [1, 2, 3] } })
  }
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
