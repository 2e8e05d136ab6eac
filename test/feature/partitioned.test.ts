/** Answers as folders of Parquet files in Hive's layout: what DuckDB reads of them, whole or not there, and gone on with where they were broken off. */
import { once } from 'node:events'
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { tableFromIPC } from 'apache-arrow'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { AnswerTable } from '../../schemas/answer.ts'
import { isEvent } from '../../schemas/event.ts'
import { PredictionMade } from '../../schemas/events/prediction.ts'
import { sha256 } from '../../schemas/kernel/canonical.ts'
import { formatDay } from '../../schemas/kernel/time.ts'
import { requestTrainingSet, requestValidation, startRun } from '../../serving/actions.ts'
import { folderAt } from '../../serving/folder.ts'
import { boundedServer } from '../../serving/http/bounded.ts'
import { serveRetrieval } from '../../serving/http/retrieval.ts'
import { askFeatures } from '../../serving/retrieval/ask.ts'
import { frozenAnswer } from '../../serving/retrieval/frozen-set.ts'
import { partsOf } from '../../serving/retrieval/partition.ts'
import { predictionsAnswer } from '../../serving/retrieval/predictions.ts'
import { writeAnswer } from '../../serving/retrieval/write.ts'
import { manifestOf, writeParts } from '../../serving/retrieval/write-parts.ts'
import { readFrozen } from '../../streams/training/frozen.ts'
import { archiveOf } from '../support/archive.ts'
import { eventsOf, type MemoryPlatform, memoryPlatform } from '../support/memory-platform.ts'
import { refusalIn } from '../support/refusals.ts'
import {
  act,
  beginOn,
  HISTORY_DAYS,
  MODEL,
  playDays,
  promoteRun,
  runOf,
  SMALL_SET,
  trainingSetOf,
} from '../support/small-platform.ts'
import { closeOf } from '../support/small-world.ts'

let platform: MemoryPlatform
let archive: ReturnType<typeof archiveOf>
const folder = mkdtempSync(join(tmpdir(), 'asof-partitioned-'))
const at = (name: string): string => join(folder, name)

beforeAll(async () => {
  platform = await memoryPlatform()
  await beginOn(platform)
  await requestTrainingSet(platform, trainingSetOf(3), act('set'))
  const { frozen } = platform.folds.experiments.state().trainingSets['small-h3']
  await startRun(platform, runOf('momentum', 3, frozen?.contentHash ?? ''), act('run'))
  await requestValidation(platform, { model: MODEL, run: 'small-h3-momentum' }, act('validate'))
  await promoteRun(platform, 'small-h3-momentum')
  await playDays(platform, HISTORY_DAYS, HISTORY_DAYS + 3)
  archive = archiveOf(platform)
}, 300_000)
afterAll(() => rmSync(folder, { recursive: true, force: true }))

async function features(from = 200): Promise<AnswerTable> {
  const label = { formula: 'close / delay(close, 3) - 1', entry: 1, exit: 4 }
  const asked = {
    set: 'small',
    from: formatDay(closeOf(from)),
    to: formatDay(closeOf(290)),
    label,
    why: true,
  }
  return (await askFeatures(archive, asked, { moment: {}, now: closeOf(400) })).table
}

async function read(sql: string): Promise<unknown[][]> {
  const connection = await (await DuckDBInstance.create(':memory:')).connect()
  const rows = (await connection.runAndReadAll(sql)).getRowsJS()
  connection.closeSync()
  return rows.map((row) => row.map((cell) => (typeof cell === 'bigint' ? Number(cell) : cell)))
}

const hive = (to: string): string => `read_parquet('${to}/**/*.parquet', hive_partitioning = true)`

const filesIn = (to: string): string[] =>
  readdirSync(to, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.\w+$/.test(name))
    .sort()

describe('a partitioned answer', () => {
  test('has the rows of the file that is not, each under the year and month of its own time, to the last bit', async () => {
    const table = await features()
    await writeAnswer(at('whole.parquet'), table.schema, table.batches())
    const { files, rows, sha256: told } = await writeParts(at('months'), { table, period: 'month' })
    expect(rows).toBe(table.rows)
    expect(files.length).toBeGreaterThan(3)
    expect(filesIn(at('months'))).toEqual(files.map(({ path }) => path))
    const columns = table.schema.fields.map(({ name }) => `"${name}"`).join(', ')
    const parts = await read(`select ${columns} from ${hive(at('months'))} order by time, entity`)
    expect(parts).toEqual(await read(`select ${columns} from '${at('whole.parquet')}' order by time, entity`))
    expect(parts).toHaveLength(table.rows)
    expect(
      await read(
        `select count(*), (select any_value(typeof(year)) from ${hive(at('months'))}) from ${hive(at('months'))} where year <> year(time at time zone 'UTC') or month <> month(time at time zone 'UTC')`,
      ),
    ).toEqual([[0, 'BIGINT']])
    expect(sha256(readFileSync(manifestOf(at('months'))))).toBe(told)
  })

  test('says in each file and in its manifest what it is: set, hashes, units', async () => {
    const [{ path, sha256: hash }] = (
      await writeParts(at('months'), { table: await features(), period: 'month' })
    ).files
    expect(sha256(readFileSync(join(at('months'), path)))).toBe(hash)
    const notes = Object.fromEntries(
      (await read(
        `select key::varchar, value::varchar from parquet_kv_metadata('${join(at('months'), path)}')`,
      )) as [string, string][],
    )
    expect(notes).toMatchObject({
      'asof.set': 'small@1',
      'asof.set_hash': SMALL_SET.hash,
      'unit:mom_5': 'rank',
    })
    const manifest = JSON.parse(readFileSync(manifestOf(at('months')), 'utf8'))
    expect(manifest.about['asof.schema_hash']).toBe(notes['asof.schema_hash'])
    expect(manifest.partition).toEqual(['year', 'month'])
    expect(manifest.columns).toContainEqual({ name: 'mom_5', kind: 'number', unit: 'rank' })
  })

  test('that was broken off goes on behind the files that are whole, and has the bytes of one that was not', async () => {
    const table = await features()
    const whole = await writeParts(at('whole'), { table, period: 'month' })
    const asked: number[] = []
    const failing = (most: number): AnswerTable => ({
      ...table,
      async *batches(from = 0, to = table.rows) {
        asked.push(from)
        if (asked.length > most) throw new Error('broken off')
        yield* table.batches(from, to)
      },
    })
    await expect(writeParts(at('again'), { table: failing(2), period: 'month' })).rejects.toThrow(
      'broken off',
    )
    expect(readdirSync(folder)).not.toContain('again')
    const beside = readdirSync(folder).find((name) => name.startsWith('again.')) ?? ''
    // What a killed process leaves: a file that is not whole, one whose bytes were lost, and half a line.
    const [first, second] = whole.files
    writeFileSync(join(folder, beside, `${first.path}.0123abcd.part`), 'half')
    writeFileSync(join(folder, beside, second.path), '')
    writeFileSync(join(folder, beside, '_asof.progress'), '{"path":"year', { flag: 'a' })
    asked.length = 0
    const again = await writeParts(at('again'), { table: failing(99), period: 'month' })
    expect(again).toEqual({ ...whole, filesBefore: 1 })
    const starts = partsOf(table, 'month').map(({ from }) => from)
    expect(asked).toEqual(starts.slice(1))
    expect(filesIn(at('again'))).toEqual(filesIn(at('whole')))
    expect(readdirSync(folder)).not.toContain(beside)
  })

  test('leaves what is there as it is: the very same answer is done, anything else is refused', async () => {
    const table = await features()
    const first = await writeParts(at('taken'), { table, period: 'year' })
    expect(await writeParts(at('taken'), { table, period: 'year' })).toEqual({
      ...first,
      filesBefore: first.files.length,
    })
    expect(await refusalIn(writeParts(at('taken'), { table, period: 'month' }))).toBe('output.taken')
    expect(await refusalIn(writeParts(at('taken'), { table: await features(210), period: 'year' }))).toBe(
      'output.taken',
    )
    writeFileSync(join(at('taken'), first.files[0].path), 'changed')
    expect(await refusalIn(writeParts(at('taken'), { table, period: 'year' }))).toBe('output.taken')
    mkdirSync(at('own'))
    writeFileSync(join(at('own'), 'notes.txt'), 'mine')
    expect(await refusalIn(writeParts(at('own'), { table, period: 'year' }))).toBe('output.taken')
    expect(readFileSync(join(at('own'), 'notes.txt'), 'utf8')).toBe('mine')
    writeFileSync(manifestOf(at('beside')), 'mine')
    expect(await refusalIn(writeParts(at('beside'), { table, period: 'year' }))).toBe('output.taken')
    expect(readFileSync(manifestOf(at('beside')), 'utf8')).toBe('mine')
    mkdirSync(at('empty'))
    symlinkSync(at('empty'), at('link'))
    await writeParts(at('link'), { table, period: 'year' })
    expect(filesIn(at('empty'))).toHaveLength(first.files.length)
  })

  test('that cannot be is refused before a row is read', async () => {
    const table = await features(280)
    const refused = (name: string, of: AnswerTable = table) =>
      refusalIn(writeParts(at(name), { table: of, period: 'day' }))
    expect(await refused('a.parquet')).toBe('retrieval.partition-file')
    expect(await refused('none/a')).toBe('output.no-folder')
    const fields = [...table.schema.fields, { name: 'Month', kind: 'number' } as const]
    expect(await refused('clash', { ...table, schema: { ...table.schema, fields } })).toBe(
      'retrieval.name-taken',
    )
    expect(await refused('nothing', { ...table, rows: 0 })).toBe('retrieval.no-rows')
    const without = { ...table, async *batches() {} }
    expect(await refused('without', without)).toBe('retrieval.no-rows')
    expect(readdirSync(folder).filter((name) => /^(a\.|clash|nothing|without)/.test(name))).toEqual([])
  })
})

test('a training set as it was frozen goes out as it is, with its dates and its label', async () => {
  const { table } = await frozenAnswer(archive, 'small-h3')
  await writeParts(at('frozen'), { table, period: 'year' })
  const view = platform.folds.experiments.state().trainingSets['small-h3']
  const rows = await readFrozen(platform.chunks, view.frozen?.chunks ?? [])
  const [mom, label, labelTo] = ['mom_5', 'label', 'label_to'].map(
    (name) => rows.columns.find((one) => one.name === name)?.values ?? [],
  )
  const found = await read(
    `select entity, epoch_us(time), mom_5, label, epoch_us(label_to), label_from, session from ${hive(at('frozen'))} order by time, entity`,
  )
  const nullable = (value: number) => (Number.isNaN(value) ? null : value)
  const own = Array.from({ length: rows.length }, (_, row) => [
    rows.entities[rows.entity[row]],
    ...[rows.knownAt[row], mom[row], label[row], labelTo[row]].map(nullable),
  ])
  own.sort((a, b) => Number(a[1]) - Number(b[1]) || (String(a[0]) < String(b[0]) ? -1 : 1))
  expect(found.map((row) => row.slice(0, 5))).toEqual(own)
  // A position is entered in a later session than the one that is decided.
  const dated = found.filter(([, , , , , from]) => from !== null)
  expect(dated.length).toBeGreaterThan(500)
  for (const [, , , , , from, session] of dated) expect(String(from) > String(session)).toBe(true)
  expect(await refusalIn(frozenAnswer(archive, 'none'))).toBe('retrieval.no-frozen-set')
})

test('predictions go out as the log has them, by their sessions', async () => {
  const made = (await eventsOf(platform.log)).filter((event) => isEvent(PredictionMade, event))
  const { model } = made[0].data
  const table = await predictionsAnswer(archive, model)
  await writeParts(at('said'), { table, period: 'day' })
  const found = await read(
    `select entity, session, score, weight, position from ${hive(at('said'))} order by position, entity`,
  )
  expect(found).toEqual(
    made.flatMap(({ data, position }) =>
      data.rows
        .map(({ entity, score, weight }) => [
          entity,
          formatDay(data.session * 86_400e6),
          score,
          weight,
          position,
        ])
        .sort(([a], [b]) => (String(a) < String(b) ? -1 : 1)),
    ),
  )
  expect(filesIn(at('said'))).toHaveLength(made.length)
  expect(await refusalIn(predictionsAnswer(archive, 'none'))).toBe('prediction.none')
})

describe('over HTTP', () => {
  const server = boundedServer()
  beforeAll(() => {
    serveRetrieval(server, { ...archive, folder: folderAt(folder) })
  })
  afterAll(() => server.close())

  const get = (url: string) => server.inject({ url })
  const refused = async (url: string) => {
    const reply = await get(url)
    return [reply.statusCode, reply.json().error.code]
  }
  type Listing = Readonly<{
    answer: string
    partition: string[]
    rowsAsked: number
    files: readonly Readonly<{ path: string; rowsAsked: number; href: string }>[]
  }>

  const dates = `from=${formatDay(closeOf(200))}&to=${formatDay(closeOf(290))}`
  const label = `label=${encodeURIComponent('close / delay(close, 3) - 1')}&entry=1&exit=4&why=true`
  const kept: readonly [path: string, query: string, table: () => Promise<AnswerTable>][] = [
    ['/api/v1/features/small', `${dates}&${label}&`, () => features()],
    ['/api/v1/training-sets/small-h3', '', async () => (await frozenAnswer(archive, 'small-h3')).table],
    [`/api/v1/predictions/${MODEL}`, '', () => predictionsAnswer(archive, MODEL)],
  ]

  test.each(kept)(
    '%s: each file that is listed has the bytes of the one that is written',
    async (path, query, ask) => {
      const table = await ask()
      const name = path.replaceAll('/', '-').slice(1)
      const written = await writeParts(at(name), { table, period: 'month' })
      const manifest = JSON.parse(readFileSync(manifestOf(at(name)), 'utf8'))
      const listing: Listing = (await get(`${path}/parts?${query}partition=month`)).json()
      expect(listing).toMatchObject({
        answer: manifest.answer,
        about: manifest.about,
        columns: manifest.columns,
      })
      expect([listing.partition, listing.rowsAsked]).toEqual([['year', 'month'], table.rows])
      expect(listing.files.map((file) => [file.path, file.rowsAsked])).toEqual(
        written.files.map((file) => [file.path, file.rows]),
      )
      for (const [place, { href }] of listing.files.entries()) {
        const { rawPayload, headers, trailers } = await get(href)
        expect(sha256(rawPayload)).toBe(written.files[place].sha256)
        expect(trailers['asof-sha256']).toBe(written.files[place].sha256)
        expect(headers['content-type']).toBe('application/vnd.apache.parquet')
      }
      const whole = await get(query === '' ? path : `${path}?${query.slice(0, -1)}`)
      expect(tableFromIPC(whole.rawPayload).numRows).toBe(table.rows)
    },
  )

  test('a file of another answer than was listed, or of none, is refused by name', async () => {
    const parts = `/api/v1/features/small/parts`
    const listing: Listing = (await get(`${parts}?${dates}&partition=month`)).json()
    const [{ href, path }] = listing.files
    expect(await refused(href.replace(listing.answer, '0'.repeat(64)))).toEqual([
      409,
      'retrieval.other-answer',
    ])
    expect(await refused(href.replace(path, 'year=1999/month=01/part-0.parquet'))).toEqual([
      404,
      'retrieval.no-part',
    ])
    expect(await refused(href.replace('partition=month', 'partition=day'))).toEqual([
      409,
      'retrieval.other-answer',
    ])
    expect(await refused(`${parts}?${dates}`)).toEqual([400, 'query.invalid'])
    expect(await refused(`${parts}?${dates}&partition=month&other=1`)).toEqual([400, 'query.invalid'])
    expect(await refused(`/api/v1/predictions/${MODEL}?at=1`)).toEqual([400, 'query.invalid'])
    expect(await refused('/api/v1/predictions/none/parts?partition=day')).toEqual([404, 'prediction.none'])
    expect(await refused('/api/v1/training-sets/none')).toEqual([404, 'retrieval.no-frozen-set'])
  })

  test('what is given up makes place for others', async () => {
    const { files }: Listing = (await get(`/api/v1/predictions/${MODEL}/parts?partition=day`)).json()
    for (let round = 0; round < 6; round++) {
      const stream = (await server.inject({ url: files[0].href, payloadAsStream: true })).stream()
      stream.destroy()
      await once(stream, 'close')
    }
    expect((await get(files[0].href)).statusCode).toBe(200)
  })
})
