/** Training sets as they are retrieved: by sessions and by a spine, with labels, on both axes, in every form. */
import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { tableFromIPC } from 'apache-arrow'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { AnswerBatch } from '../../schemas/answer.ts'
import { formatDay } from '../../schemas/kernel/time.ts'
import { columnOf } from '../../schemas/rows.ts'
import type { Archive } from '../../serving/archive.ts'
import { type Asked, type Asking, askFeatures } from '../../serving/retrieval/ask.ts'
import { cellAsOf } from '../../serving/retrieval/cell.ts'
import { retrieve } from '../../serving/retrieval/retrieve.ts'
import { writeAnswer } from '../../serving/retrieval/write.ts'
import { arrowOf } from '../../streams/log/arrow-answer.ts'
import { readFrozen } from '../../streams/training/frozen.ts'
import { archiveOf } from '../support/archive.ts'
import { CORRECTED, correctedStory } from '../support/corrected-story.ts'
import type { MemoryPlatform } from '../support/memory-platform.ts'
import { refusalIn } from '../support/refusals.ts'
import { SMALL_SET } from '../support/small-platform.ts'
import { closeOf, decidedOf, knownOf, NAMES } from '../support/small-world.ts'

const NOW = closeOf(400)
const FEATURES = SMALL_SET.features.map(({ name }) => name)

let platform: MemoryPlatform
let archive: Archive
let beforeCorrection: number
const folder = mkdtempSync(join(tmpdir(), 'asof-retrieval-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

beforeAll(async () => {
  const story = await correctedStory()
  platform = story.platform
  beforeCorrection = story.before
  archive = archiveOf(platform)
}, 60_000)

type Row = Readonly<Record<string, string | number | null>>

async function rowsOf({ schema, batches }: Pick<Asking, 'schema' | 'batches'>): Promise<Row[]> {
  const rows: Row[] = []
  for await (const batch of batches()) rows.push(...rowsIn(schema.fields, batch))
  return rows
}

const rowsIn = (fields: Asking['schema']['fields'], { length, cells }: AnswerBatch): Row[] =>
  Array.from({ length }, (_, row) =>
    Object.fromEntries(
      fields.map((field, place) => {
        const cell = cells[place][row]
        if (field.kind === 'category') return [field.name, field.texts[Number(cell)]]
        return [field.name, Number.isNaN(cell) ? null : cell]
      }),
    ),
  )

const ask = (asked: Omit<Asked, 'set'>, moment = {}) =>
  askFeatures(archive, { set: 'small', ...asked }, { moment, now: NOW })

const [FROM, TO] = [formatDay(closeOf(250)), formatDay(closeOf(300))]

describe('a grid', () => {
  test('has what the store answers at the decision of each session, and the labels of a frozen set', async () => {
    const label = { formula: 'demean(close / delay(close, 3) - 1)', entry: 1, exit: 4 }
    const rows = await rowsOf(await ask({ from: FROM, to: TO, label }, { position: beforeCorrection }))
    expect(rows).toHaveLength(50 * NAMES.length)
    const set = { name: 'small', version: 1 }
    for (let day = 250; day < 300; day++) {
      const stored = await platform.store.asOf(set, FEATURES, decidedOf(day))
      const own = rows.filter(({ time }) => time === decidedOf(day))
      for (const { entity, ...cells } of own)
        expect(FEATURES.map((name) => cells[name])).toEqual(
          stored.columns.map((column) => column[stored.entities.indexOf(String(entity))]),
        )
    }
    const { frozen } = platform.folds.experiments.state().trainingSets['small-h3']
    const set3 = await readFrozen(platform.chunks, frozen?.chunks ?? [])
    let compared = 0
    for (const row of rows) {
      const at = set3.knownAt.findIndex(
        (moment, i) => moment === row.time && set3.entities[set3.entity[i]] === row.entity,
      )
      // The frozen set ends before the last labels became known.
      const [told, ends] = [columnOf(set3, 'label')?.[at], columnOf(set3, 'label_to')?.[at]]
      if (told === undefined || Number.isNaN(told)) continue
      expect([row.label, row.label_end]).toEqual([told, ends])
      compared++
    }
    expect(compared).toBeGreaterThan(200)
  })

  test('is the same in small windows, in any batches, and in two readings', async () => {
    const whole = await ask({ from: FROM, to: TO, why: true })
    const question = { ...whole, features: [], label: null, why: true, presentOnly: false }
    const small = retrieve(archive.chunks, { ...question, batchRows: 7, valuesAtOnce: 1 })
    expect(await rowsOf(small)).toEqual(await rowsOf(whole))
    const bytes = async () => {
      const hash = createHash('sha256')
      for await (const part of arrowOf(whole.schema, whole.batches(), 'stream')) hash.update(part)
      return hash.digest('hex')
    }
    expect(await bytes()).toBe(await bytes())
  })

  test('says why a row has no value', async () => {
    const early = await rowsOf(
      await ask({
        from: formatDay(closeOf(0)),
        to: formatDay(closeOf(2)),
        entities: ['ANT', 'GNU'],
        why: true,
      }),
    )
    expect(early.map(({ entity, status, mom_5 }) => [entity, status, mom_5])).toEqual([
      ['ANT', 'PRESENT', null],
      ['GNU', 'NOT_FOUND', null],
      ['ANT', 'PRESENT', null],
      ['GNU', 'NOT_FOUND', null],
    ])
    const spine = join(folder, 'why.csv')
    const times = [closeOf(0) - 1, knownOf(309) + 8 * 86_400e6].map((at) => new Date(at / 1000).toISOString())
    writeFileSync(spine, `name,time\nANT,${times[0]}\nANT,${times[1]}\n`)
    const rows = await rowsOf(await ask({ spine: { path: spine, keep: [] }, why: true }))
    expect(rows.map(({ status }) => status)).toEqual(['NOT_YET_KNOWN', 'TOO_OLD'])
  })

  test('without the rows that have none', async () => {
    const asking = await ask({ from: FROM, to: TO, entities: ['ANT', 'GNU'], presentOnly: true })
    expect((await rowsOf(asking)).every(({ entity }) => entity === 'ANT')).toBe(true)
    expect(asking.counts.rows).toBe(50)
  })
})

describe('both axes', () => {
  const cat = async (moment: object, from: number = CORRECTED.day, days = 30) => {
    const asked = {
      from: formatDay(closeOf(from)),
      to: formatDay(closeOf(from + days)),
      entities: ['CAT'],
      why: true,
    }
    return rowsOf(await ask(asked, moment))
  }

  test('a correction changes nothing before it was known, whatever the log has learned since', async () => {
    const now = await cat({})
    const then = await cat({ position: beforeCorrection })
    const decided = (rows: Row[], day: number) => rows.find(({ time }) => time === decidedOf(day))
    for (let day = CORRECTED.day; day < CORRECTED.on; day++)
      expect(decided(now, day)).toEqual(decided(then, day))
    // A window of 10 returns at the day of the correction holds the corrected price; as the log was, it did not.
    expect(decided(now, CORRECTED.on)?.vol_10).not.toBe(decided(then, CORRECTED.on)?.vol_10)
  })

  test('what became known after K is hidden, and staleness is counted to the moment of the row', async () => {
    const knownAt = knownOf(295)
    const rows = await cat({ knownAt }, 290, 15)
    const all = await cat({}, 290, 15)
    for (const [i, row] of rows.entries()) {
      const day = 290 + i
      if (day <= 295) expect(row).toEqual(all[i])
      else if (decidedOf(day) - closeOf(295) <= SMALL_SET.stalenessMicros)
        expect([row.status, row.event_time, row.mom_5]).toEqual(['PRESENT', closeOf(295), all[5].mom_5])
      else expect([row.status, row.mom_5]).toEqual(['TOO_OLD', null])
    }
  })

  test('a log that did not have the set yet says so', async () => {
    expect(await refusalIn(cat({ position: 1 }))).toBe('retrieval.not-yet-defined')
    expect(
      await refusalIn(askFeatures(archive, { set: 'other', from: FROM }, { moment: {}, now: NOW })),
    ).toBe('feature.unknown-set')
  })
})

describe('a spine', () => {
  const spineFile = (name: string, text: string) => {
    const path = join(folder, name)
    writeFileSync(path, text)
    return path
  }

  test('of dates is read at the decisions of their sessions, with the columns that are kept, in the order of time', async () => {
    const [a, b] = [formatDay(closeOf(280)), formatDay(closeOf(260))]
    const path = spineFile('dates.csv', `order,name,date\n7,EEL,${a}\n8,ANT,${b}\n9,EEL,${a}\n`)
    const rows = await rowsOf(await ask({ spine: { path, keep: ['order'] }, features: ['mom_20'] }))
    expect(rows.map(({ entity, time, order }) => [entity, time, order])).toEqual([
      ['ANT', decidedOf(260), '8'],
      ['EEL', decidedOf(280), '7'],
      ['EEL', decidedOf(280), '9'],
    ])
    const stored = await platform.store.asOf({ name: 'small', version: 1 }, ['mom_20'], decidedOf(280))
    expect(rows[1].mom_20).toBe(stored.columns[0][stored.entities.indexOf('EEL')])
  })

  test('loses no row in silence', async () => {
    const day = formatDay(closeOf(280))
    const twice = spineFile('twice.csv', `name,date\nEEL,${day}\nEEL,${day}\n`)
    expect(await refusalIn(ask({ spine: { path: twice, keep: [] } }))).toBe('retrieval.spine-twice')
    const bad = spineFile('bad.csv', `name,date\nEEL,${day}\n,${day}\n`)
    expect(await refusalIn(ask({ spine: { path: bad, keep: [] } }))).toBe('retrieval.spine-row')
    const later = spineFile('later.csv', `name,date\nEEL,${day}\nEEL,2100-01-01\n`)
    expect(await refusalIn(ask({ spine: { path: later, keep: [] } }))).toBe('retrieval.spine-row')
    const nobody = spineFile('nobody.csv', `date,x\n${day},1\n`)
    expect(await refusalIn(ask({ spine: { path: nobody, keep: [] } }))).toBe('retrieval.spine-column')
  })

  test('with labels is refused where the label looks back, or is no formula', async () => {
    const label = { formula: 'close', entry: 1, exit: 1 }
    expect(await refusalIn(ask({ from: FROM, to: TO, label }))).toBe('experiment.label-backwards')
    const none = { formula: 'closed', entry: 1, exit: 2 }
    expect(await refusalIn(ask({ from: FROM, to: TO, label: none }))).toBe('formula.unknown-name')
    expect(await refusalIn(ask({ from: FROM, features: ['mom_7'] }))).toBe('retrieval.unknown-feature')
    expect(await refusalIn(ask({}))).toBe('retrieval.nothing-asked')
  })
})

describe('an answer in a file', () => {
  const written = async (name: string) => {
    const asking = await ask({ from: FROM, to: TO, why: true })
    const path = join(folder, name)
    return { path, asking, ...(await writeAnswer(path, asking.schema, asking.batches())) }
  }

  test.each(['a.arrow', 'a.arrows'])('%s opens with its units and its provenance', async (name) => {
    const { path, asking, sha256 } = await written(name)
    const bytes = readFileSync(path)
    expect(createHash('sha256').update(bytes).digest('hex')).toBe(sha256)
    const table = tableFromIPC(bytes)
    expect(table.schema.metadata.get('asof.set_hash')).toBe(SMALL_SET.hash)
    expect(table.schema.fields.find(({ name }) => name === 'mom_5')?.metadata.get('unit')).toBe('rank')
    const rows = await rowsOf(asking)
    expect(table.numRows).toBe(rows.length)
    for (const [i, row] of rows.entries()) {
      const found = table.get(i)?.toJSON() ?? {}
      expect([found.entity, found.mom_5, found.vol_10, Number(found.position)]).toEqual([
        ...[row.entity, row.mom_5, row.vol_10, row.position],
      ])
    }
    expect((await written(name)).sha256).toBe(sha256)
  })

  test('Parquet is what DuckDB reads, to the last bit', async () => {
    const { path, asking, sha256 } = await written('a.parquet')
    const connection = await (await DuckDBInstance.create(':memory:')).connect()
    const read = await connection.runAndReadAll(
      `select entity::varchar, epoch_us(time), mom_5, mom_20, vol_10, status::varchar, epoch_us(known_at), position from '${path}'`,
    )
    const rows = await rowsOf(asking)
    const found = read
      .getRowsJS()
      .map((row) => row.map((cell) => (typeof cell === 'bigint' ? Number(cell) : cell)))
    expect(found).toEqual(
      rows.map((row) => [
        row.entity,
        row.time,
        row.mom_5,
        row.mom_20,
        row.vol_10,
        row.status,
        row.known_at,
        row.position,
      ]),
    )
    const notes = await connection.runAndReadAll(
      `select key::varchar, value::varchar from parquet_kv_metadata('${path}')`,
    )
    expect(Object.fromEntries(notes.getRowsJS() as [string, string][])).toMatchObject({
      'asof.set': 'small@1',
      'asof.set_hash': SMALL_SET.hash,
      'unit:mom_5': 'rank',
    })
    expect((await written('a.parquet')).sha256).toBe(sha256)
  })

  test('of another kind is refused, and nothing is left of one that failed', async () => {
    const asking = await ask({ from: FROM, to: TO })
    expect(await refusalIn(writeAnswer(join(folder, 'a.xlsx'), asking.schema, asking.batches()))).toBe(
      'retrieval.file-kind',
    )
    const failing = async function* () {
      yield* asking.batches()
      throw new Error('no more')
    }
    for (const name of ['b.parquet', 'b.arrow']) {
      await expect(writeAnswer(join(folder, name), asking.schema, failing())).rejects.toThrow('no more')
      expect(() => readFileSync(join(folder, name))).toThrow()
      expect(() => readFileSync(join(folder, `${name}.part`))).toThrow()
    }
  })
})

describe('a cell', () => {
  const cellAt = (at: number, entity = 'CAT', feature = 'vol_10') =>
    cellAsOf(archive, { cell: `small:${feature}`, entity, at }, {})

  test('tells the events that it comes from, and what it was before and since', async () => {
    const day = 300
    const before = await cellAt(decidedOf(day))
    expect(before).toMatchObject({ status: 'PRESENT', eventTime: closeOf(day), before: [] })
    expect(before.told?.source).toBe(`day ${day}`)
    expect(before.since.map(({ source }) => source)).toEqual(['correction.csv'])
    expect(before.window).toMatchObject({ noun: 'row of small' })
  })

  test('says why there is none', async () => {
    expect((await cellAt(closeOf(0) - 1)).status).toBe('NOT_YET_KNOWN')
    expect((await cellAt(decidedOf(3))).status).toBe('NULL_AT_SOURCE')
    expect(await cellAt(closeOf(340))).toMatchObject({
      status: 'TOO_OLD',
      value: null,
      eventTime: closeOf(309),
    })
    expect((await cellAt(closeOf(300), 'GNU')).status).toBe('NOT_FOUND')
    expect(await refusalIn(cellAsOf(archive, { cell: 'mom_20', entity: 'CAT', at: 0 }, {}))).toBe(
      'retrieval.unknown-cell',
    )
  })
})
