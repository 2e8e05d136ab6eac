/** Lineage as it is asked for: each kind of thing, back to the file, at past moments, and what is wrong with a question or with the log. */
import { beforeAll, describe, expect, test } from 'vitest'
import { openProjectionStore } from '../../projections/store.ts'
import type { AppendBatch, Recorded } from '../../schemas/envelope.ts'
import { type EventOf, isEvent } from '../../schemas/event.ts'
import type { RowsArrived } from '../../schemas/events/data.ts'
import { PredictionMade } from '../../schemas/events/prediction.ts'
import { Refusal } from '../../schemas/kernel/fault.ts'
import { MICROS_PER_DAY, parseMoment } from '../../schemas/kernel/time.ts'
import { folderAt } from '../../serving/folder.ts'
import { type Lineage, lineageOf } from '../../serving/lineage/answer.ts'
import type { Readable } from '../../serving/lineage/ground.ts'
import { impactOf } from '../../serving/lineage/impact.ts'
import { impactText, textOf } from '../../serving/lineage/text.ts'
import type { Branch, Bundle } from '../../serving/lineage/tree.ts'
import { ordersFor } from '../../serving/oms/orders.ts'
import { datasetSessions } from '../../streams/calendar/dataset-sessions.ts'
import { compileSet, defineSet } from '../../streams/features/definition.ts'
import { FeatureEngine } from '../../streams/features/engine.ts'
import { getRows } from '../../streams/log/tables.ts'
import { lineageStory, STORY } from '../support/lineage-story.ts'
import { copyOf, eventsOf, type MemoryPlatform } from '../support/memory-platform.ts'
import { SMALL_DATASET, SMALL_SET } from '../support/small-platform.ts'
import { closeOf, NAMES, pricesOf, tableOf } from '../support/small-world.ts'

const PRICES = pricesOf(STORY.end)
const LOG = 'ab'.repeat(32)

let platform: MemoryPlatform
let archive: Readable
let events: readonly Recorded[]

beforeAll(async () => {
  platform = await lineageStory()
  events = await eventsOf(platform.log)
  archive = over(platform.log)
}, 60_000)

const over = (log: MemoryPlatform['log'], confirmed = Number.MAX_SAFE_INTEGER): Readable => ({
  ...{ log, chunks: platform.chunks, states: openProjectionStore(':memory:'), folder: folderAt('/nowhere') },
  confirmed: async () => confirmed,
})

const up = (thing: string, depth = 3, moment = {}) =>
  lineageOf(archive, { thing, direction: 'up', depth }, moment)
const down = (thing: string, depth = 3, moment = {}) =>
  lineageOf(archive, { thing, direction: 'down', depth }, moment)

const isoOf = (day: number): string => new Date(closeOf(day) / 1000).toISOString().replace('.000', '')
const dateOf = (day: number): string => isoOf(day).slice(0, 10)

/** All branches of a tree, flat. */
const flat = (branch: Branch | Bundle): readonly (Branch | Bundle)[] => [
  branch,
  ...branch.branches.flatMap(flat),
]
const namesIn = ({ tree }: Lineage): readonly string[] =>
  flat(tree).flatMap((one) => ('node' in one ? [`${one.node.noun} ${one.node.name}`] : []))

const predictionOn = (day: number): EventOf<typeof PredictionMade> => {
  const session = Math.floor(closeOf(day) / MICROS_PER_DAY)
  const found = events.find((event) => isEvent(PredictionMade, event) && event.data.session === session)
  if (found === undefined || !isEvent(PredictionMade, found)) throw new Error(`no prediction on day ${day}`)
  return found
}

/** The orders of the OMS for a prediction, from nothing held. */
const ordersOf = (day: number) => {
  const { data, position } = predictionOn(day)
  const weights = new Map(data.rows.map(({ entity, weight }) => [entity, weight]))
  const price = (name: string) => PRICES[day][NAMES.indexOf(name)]
  const account = { equity: 1_000_000, lot: () => 1, price, held: new Map() }
  return ordersFor({ log: LOG, model: 'small', from: position, weights }, account)
}

const codeOf = async (asked: Promise<unknown>): Promise<string> => {
  try {
    await asked
  } catch (error) {
    if (error instanceof Refusal) return `${error.fault.code}: ${error.message}`
    throw error
  }
  return 'answered'
}

describe('back to the file', () => {
  test('each order of a day leads to its price, and the price to its file', async () => {
    const orders = ordersOf(320)
    expect(orders.length).toBeGreaterThan(2)
    for (const { id, instrument } of orders) {
      const found = await up(id)
      const row = found.tree.branches.find((one) => 'node' in one && one.node.noun === 'row') as Branch
      const price = PRICES[320][NAMES.indexOf(instrument)]
      expect(row.node.name).toBe(`small/${instrument}/${isoOf(320)} = close ${price}`)
      expect(row.branches).toHaveLength(1)
      expect(namesIn(found)).toContain('data arrival small day 320')
      expect(namesIn(found)).toContain('promotion small small-h3-momentum')
    }
  })

  test('a name that is halted leads to its last price', async () => {
    const { position, data } = predictionOn(STORY.halt[0] + 1)
    expect(data.rows.map(({ entity }) => entity)).toContain('FOX')
    const found = await up(`${LOG}/small/${position}/FOX`)
    const row = found.tree.branches.find((one) => 'node' in one && one.node.noun === 'row') as Branch
    expect(row.node.eventTime).toBe(closeOf(STORY.halt[0] - 1))
    expect(namesIn(found)).toContain(`data arrival small day ${STORY.halt[0] - 1}`)
  })

  test('a cell leads to its values, its arrival and its window', async () => {
    const found = await up(`mom_5/CAT/${isoOf(320)}`)
    expect(namesIn(found)).toContain('data arrival small day 320')
    expect(found.thing).toBe(`small@1:mom_5/CAT/${isoOf(320)}`)
  })
})

test.each(SMALL_SET.features.map(({ name }) => name))(
  'a window of %s holds every row that the value changes with',
  async (feature) => {
    const day = 325
    const found = await up(`${feature}/CAT/${isoOf(day)}`)
    const window = found.tree.branches.at(-1) as Bundle
    expect(window.noun).toBe('row of small')
    const rows = tableOf(PRICES, 280, day + 1)
    const { hash: _, features, ...rest } = SMALL_SET
    const set = compileSet(
      defineSet({ ...rest, features: features.filter(({ name }) => name === feature) }, ['close']),
    )
    const valueWith = (close: Float64Array): number => {
      const engine = new FeatureEngine(set, datasetSessions(SMALL_DATASET))
      const told = engine.arrive({ ...rows, columns: [{ name: 'close', values: close }] })
      let value = Number.NaN
      for (let row = 0; row < told.length; row++)
        if (told.entities[told.entity[row]] === 'CAT' && told.eventTime[row] === closeOf(day))
          value = told.columns[0].values[row]
      return value
    }
    const close = rows.columns[0].values
    const before = valueWith(close)
    let changed = 0
    for (let row = 0; row < rows.length; row++) {
      // Either way: a rank moves with the one or the other.
      const moved = [0.5, 2].some(
        (factor) => !Object.is(valueWith(close.with(row, close[row] * factor)), before),
      )
      if (!moved) continue
      changed++
      const on = Math.round((rows.eventTime[row] - closeOf(0)) / (closeOf(1) - closeOf(0)))
      const source = on < STORY.live ? 'history.csv' : `day ${on}`
      const arrival = events.find((event) => (event as EventOf<typeof RowsArrived>).data.source === source)
      expect(
        window.positions.map(([position]) => position),
        `${on}`,
      ).toContain(arrival?.position)
      expect(window.names).toContain(rows.entities[rows.entity[row]])
    }
    expect(changed).toBeGreaterThan(1)
  },
)

test('each kind of thing is found, and says who, when and under which hash', async () => {
  const promoted = events.find(({ type }) => type === 'model.Promoted') as Recorded
  const { artifact, report } = promoted.data as Record<'artifact' | 'report', string>
  const day = 310
  for (const [thing, noun] of [
    [`small/BEE/${isoOf(day)}`, 'row'],
    [`row:small/BEE/${dateOf(day)}`, 'row'],
    [`small@1:vol_10/BEE/${isoOf(day)}`, 'cell'],
    ['history.csv', 'data arrival'],
    ['small-h3', 'training set'],
    ['small-h1-noise', 'finished run'],
    [artifact, 'finished run'],
    [artifact.slice(0, 10), 'finished run'],
    [report, 'gate report'],
    ['model:small', 'promotion'],
    ['small@1', 'feature set'],
    ['small/dan', 'approval'],
    [`prediction:small/${dateOf(day)}`, 'prediction'],
    [`session:small/${dateOf(day)}`, 'session'],
    [String(predictionOn(day).position), 'prediction'],
  ] as const) {
    const found = await up(thing)
    const { node } = found.tree
    expect(node.noun, thing).toBe(noun)
    expect(node.hash, thing).toMatch(/^[0-9a-f]{64}$/)
    expect(node.who, thing).toBeTruthy()
    expect(node.problems, thing).toEqual([])
    expect(textOf(found).split('\n')[1]).toContain(`${noun} `)
  }
})

test('an approval that had expired is shown, and the promotion that could not count it', async () => {
  const found = await down('small/dan', 1)
  expect(namesIn(found)).toEqual(['approval small by dan: approve', 'promotion small small-h1-momentum'])
})

test('a refused run is followed to its report, and further to what counted it as a trial', async () => {
  const nouns = (await down('small-h1-noise', 4)).reached.map(({ noun }) => noun)
  expect(nouns).toEqual(
    expect.arrayContaining(['finished run', 'gate report', 'approval', 'promotion', 'prediction']),
  )
})

describe('the impact of a correction', () => {
  test('is told for what it replaced and for what it brought', async () => {
    const found = await impactOf(archive, 'correction.csv', {})
    expect(found.rows).toBe(1)
    const on = (part: typeof found.replaced) => new Map(part.map((one) => [one.noun, one]))
    const [replaced, corrected] = [on(found.replaced), on(found.corrected)]
    expect(replaced.get('training set')?.sure).toBe(2)
    expect(replaced.get('finished run')?.sure).toBe(4)
    expect(replaced.get('gate report')?.sure).toBe(4)
    expect(replaced.get('approval')?.sure).toBe(5)
    expect(replaced.get('prediction')?.sure).toBe(STORY.end - STORY.live)
    for (const noun of ['training set', 'run', 'gate report', 'approval', 'promotion'])
      expect(corrected.has(noun), noun).toBe(false)
    expect(corrected.get('prediction')?.atMost).toBe(STORY.end - STORY.correctedOn)
    expect(impactText(found)).toContain('correction.csv corrects 1 row')
  })

  test('is the same by its row', async () => {
    const { correction: _, ...byFile } = await impactOf(archive, 'correction.csv', {})
    const { correction: __, ...byRow } = await impactOf(archive, `small/CAT/${isoOf(STORY.corrects)}`, {})
    expect(byRow).toEqual(byFile)
  })

  test('of what corrects nothing is refused', async () => {
    expect(await codeOf(impactOf(archive, 'day 305', {}))).toMatch(/^lineage.no-correction: .*contradicts/)
    expect(await codeOf(impactOf(archive, `small/BEE/${isoOf(305)}`, {}))).toMatch(
      /^lineage.no-correction: .*arrived once/,
    )
    expect(await codeOf(impactOf(archive, 'small-h3', {}))).toMatch(
      /^lineage.no-correction: .*no data arrival/,
    )
  })
})

describe('at a past moment', () => {
  const row = () => `small/CAT/${isoOf(STORY.corrects)}`

  test('the correction was not there, by position and by time', async () => {
    const arrival = events.find(
      ({ data }) => (data as { source?: string }).source === 'correction.csv',
    ) as Recorded
    const before = { position: arrival.position - 1 }
    expect(
      namesIn(await up(row(), 2, before)).filter((name) => name.startsWith('data arrival')),
    ).toHaveLength(1)
    expect(namesIn(await up(row(), 2)).filter((name) => name.startsWith('data arrival'))).toHaveLength(2)
    const unknown = { knownAt: arrival.knownAt - 1 }
    expect(await codeOf(impactOf(archive, row(), unknown))).toMatch(/arrived once/)
    expect(await codeOf(up(String(arrival.position), 1, unknown))).toMatch(
      /^lineage.not-sound: .*not known yet/,
    )
    expect(await codeOf(up(String(arrival.position), 1, before))).toMatch(/^moment.beyond-head/)
  })

  test('the answer is the one that was given then', async () => {
    const { position } = predictionOn(312)
    const then = over(await copyOf(platform.log))
    const cut = { position }
    const asked = { thing: String(position), direction: 'up', depth: 4 } as const
    const first = await lineageOf(then, asked, cut)
    expect((await lineageOf(archive, asked, cut)).reached).toEqual(first.reached)
    expect((await lineageOf(archive, asked, {})).reached).toEqual(first.reached)
  })
})

describe('what is wrong with a question', () => {
  test.each([0, -1, 1e9, 2.5, Number.NaN])('a depth of %s', async (depth) => {
    expect(await codeOf(up('small-h3', depth))).toMatch(/^lineage.depth: A depth of .* from 1 to 64/)
  })

  test('a name of nothing, and one of two things', async () => {
    expect(await codeOf(up('nobody'))).toMatch(/^lineage.unknown: Nothing is named "nobody"/)
    expect(await codeOf(up('run:small-h3'))).toMatch(/^lineage.unknown/)
    expect(await codeOf(up(''))).toMatch(/^lineage.unknown/)
    expect(await codeOf(up('constructor'))).toMatch(/^lineage.unknown/)
    expect(await codeOf(up('__proto__/x/2001-01-01'))).toMatch(/^lineage.unknown/)
    expect(await codeOf(up('small/BEE/noon'))).toMatch(/^moment.malformed/)
    expect(await codeOf(up('999999'))).toMatch(/^moment.beyond-head/)
    const both = await codeOf(up(`small/${dateOf(310)}`))
    expect(both).toMatch(/^lineage.ambiguous/)
    const [, candidates = ''] = /may be any of: (.*)\. Write/.exec(both) ?? []
    expect(candidates.split(', ')).toHaveLength(2)
    for (const candidate of candidates.split(', ')) expect(await codeOf(up(candidate))).toBe('answered')
  })

  test('an order that is none', async () => {
    const { position } = predictionOn(320)
    expect(await codeOf(up(`${LOG}/other/${position}/BEE`))).toMatch(
      /^lineage.no-order: .*no prediction of other/,
    )
    expect(await codeOf(up(`${LOG}/small/3/BEE`))).toMatch(/^lineage.no-order/)
    expect(await codeOf(up(`${LOG}/small/${position}/GNU`))).toMatch(/^lineage.no-order: .*weigh no GNU/)
  })
})

describe('what is wrong with the log', () => {
  const appended = async (
    batch: Omit<AppendBatch, 'expected'>,
  ): Promise<{ log: MemoryPlatform['log']; position: number }> => {
    const log = await copyOf(platform.log)
    const done = await log.append({ ...batch, expected: await log.revisionOf(batch.stream) })
    if (!done.ok) throw new Error(done.error.fault.message)
    return { log, position: done.value.position }
  }
  const by = (commandId: string) => ({
    commandId,
    actor: 'mallory',
    correlationId: commandId,
    causationId: null,
  })
  const asked = (thing: number) => ({ thing: String(thing), direction: 'up', depth: 64 }) as const

  test('an answer that somebody else wrote counts for nothing', async () => {
    const made = predictionOn(320)
    const { log, position } = await appended({
      ...by('mallory-1'),
      stream: 'prediction-small',
      events: [made],
    })
    expect(await codeOf(lineageOf(over(log), asked(position), {}))).toMatch(
      /^lineage.not-sound: .*only inference says/,
    )
    const found = await lineageOf(over(log), { thing: 'model:small', direction: 'down', depth: 1 }, {})
    expect(JSON.stringify(found.tree)).not.toContain(`"position":${position},`)
  })

  test('a cause that comes after the answer, or is the answer itself, leads nowhere and is named', async () => {
    const made = predictionOn(320)
    const head = (await platform.log.head()).position
    for (const cause of [head + 1, head + 1_000_000]) {
      const forged = { ...made, data: { ...made.data, promotion: cause } }
      const { log, position } = await appended({
        ...by(`inference/${cause}/0`),
        ...{ stream: 'prediction-small', events: [forged] },
      })
      const { tree } = await lineageOf(over(log), asked(position), {})
      expect(tree.node.problems.join(' ')).toMatch(/does not stand before it/)
      expect(await codeOf(lineageOf(over(log, head), asked(position), {}))).toMatch(/not confirmed/)
    }
  })

  test('a cause that is another event than its causation says', async () => {
    const made = predictionOn(320)
    const closed = events.find(({ type }) => type === 'data.SessionClosed') as Recorded
    const { log, position } = await appended({
      ...by(`inference/${closed.position}/7`),
      ...{ causationId: made.id, stream: 'prediction-small', events: [made] },
    })
    const { tree } = await lineageOf(over(log), asked(position), {})
    expect(tree.node.problems.join(' ')).toMatch(/another event by its causation id/)
  })

  test('a signature over a report that is not there', async () => {
    const signed = events.find(({ type }) => type === 'approval.Signed') as Recorded
    const data = { ...(signed.data as object), report: 'cd'.repeat(32) }
    const { log, position } = await appended({
      ...by('m-2'),
      stream: 'approval-x',
      events: [{ ...signed, data }],
    })
    const { tree } = await lineageOf(over(log), asked(position), {})
    expect(tree.node.problems.join(' ')).toMatch(/It names the report cdcd/)
  })
})

test('the values of a row are those of its chunk', async () => {
  const found = await up(`small/CAT/${isoOf(STORY.corrects)}`, 1)
  const { position, hash } = found.tree.node
  const event = events[position - 1]
  expect(event.chunks.map((ref) => ref.hash)).toContain(hash)
  const rows = await getRows(platform.chunks, event.chunks[0])
  expect(found.tree.node.name).toContain(`close ${rows.columns[0].values[0]}`)
  expect(parseMoment(isoOf(STORY.corrects))).toBe(rows.eventTime[0])
})
