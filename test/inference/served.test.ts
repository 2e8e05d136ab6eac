/** What models answer on the way from a question to an event: the bits, what a replay makes of it, and what is refused. */
import { beforeAll, describe, expect, test } from 'vitest'
import { type DataOf, isEvent } from '../../schemas/event.ts'
import { PredictionServed } from '../../schemas/events/prediction.ts'
import { Refusal } from '../../schemas/kernel/fault.ts'
import { perform } from '../../serving/commands/perform.ts'
import { predictionServe } from '../../serving/commands/prediction.ts'
import { type Inference, inferenceOver, type Question } from '../../serving/inference/inference.ts'
import type { Caller } from '../../serving/inference/port.ts'
import { ingestRows } from '../../serving/ingest.ts'
import { replay } from '../../serving/replaying/replay.ts'
import { checkServed } from '../../serving/retrieval/check.ts'
import { wireLane } from '../../serving/wire.ts'
import { archiveOf } from '../support/archive.ts'
import { liveScores } from '../support/in-force.ts'
import {
  asAppended,
  copyOf,
  eventsOf,
  type MemoryPlatform,
  memoryCursor,
  memoryPlatform,
} from '../support/memory-platform.ts'
import {
  closeDay,
  HISTORY_DAYS,
  MODEL,
  playDays,
  playedPlatform,
  promoteRun,
} from '../support/small-platform.ts'
import { closeOf, decidedOf, knownOf, NAMES, pricesOf, tableOf } from '../support/small-world.ts'

const DAYS = 4
const CALLER: Caller = { name: 'oms', isKnown: true, deadline: Number.POSITIVE_INFINITY }
let platform: MemoryPlatform
let inference: Inference

beforeAll(async () => {
  platform = await playedPlatform(DAYS)
  inference = inferenceOver(platform)
})

const ask = { model: MODEL, version: '', id: '' }
const byEntity = (entities: readonly string[], asOf: number | null = null): Question => ({
  ...ask,
  entities,
  asOf,
})
const byTensors = (...features: number[]): Question => ({
  ...ask,
  features: () => Float64Array.from(features),
})
const replayed = async ({ log, chunks }: Pick<MemoryPlatform, 'log' | 'chunks'>) =>
  replay(log, wireLane.live(chunks), { from: 1, to: (await log.head()).position })

const codeOf = (question: Question, caller = CALLER, of = inference) =>
  of.answer(question, caller).then(
    () => 'answered',
    (error: unknown) => (error instanceof Refusal ? error.fault.code : error),
  )

test('by entity, by tensors, one by one and together, the bits are those of the live prediction', async () => {
  const live = await liveScores(platform)
  const wanted = NAMES.map((name) => live.get(name))
  const decided = decidedOf(HISTORY_DAYS + DAYS - 1)
  const all = await inference.answer(byEntity(NAMES, decided), CALLER)
  expect([...all.scores]).toEqual(wanted)
  const [event] = (await eventsOf(platform.log, all.position ?? 0)).filter((one) =>
    isEvent(PredictionServed, one),
  )
  const { inputs } = event.data
  expect([...(await inference.answer(byTensors(...inputs), CALLER)).scores]).toEqual(wanted)
  for (const [row, name] of NAMES.entries()) {
    expect([...(await inference.answer(byEntity([name], decided), CALLER)).scores]).toEqual([wanted[row]])
    const own = inputs.slice(row * 2, row * 2 + 2)
    expect([...(await inference.answer(byTensors(...own), CALLER)).scores]).toEqual([wanted[row]])
  }
})

test('in threads of its own, and alone where runs are not shared, a model answers the same bits', async () => {
  const [here, there] = [inference, inferenceOver(platform, undefined, 0)]
  expect((await here.models.find(MODEL)).cost).toMatchObject({ isInThreads: false })
  expect((await there.models.find(MODEL)).cost).toMatchObject({ isInThreads: true })
  const asked = Array.from({ length: 20 }, (_, i) => byTensors(i / 7, -i, 1 / (i + 1), i ** 3))
  const bits = async (of: Inference) =>
    (await Promise.all(asked.map((one) => of.answer(one, CALLER)))).map(({ scores }) => [...scores])
  const together = await bits(here)
  expect(await bits(there)).toEqual(together)
  const alone = []
  for (const one of asked) alone.push([...(await here.answer(one, CALLER)).scores])
  expect(alone).toEqual(together)
})

test('a hundred at once have an event each, in one stream, and a replay makes all of them again', async () => {
  const { position: before } = await platform.log.head()
  const answers = await Promise.all(
    Array.from({ length: 100 }, (_, i) =>
      inference.answer(i % 2 === 0 ? byEntity([NAMES[i % 6]]) : byTensors(i / 7, -i), CALLER),
    ),
  )
  const events = await eventsOf(platform.log, before + 1)
  const own = events.filter((event) => isEvent(PredictionServed, event))
  expect(own.map(({ position }) => position).toSorted()).toEqual(
    answers.map(({ position }) => position).toSorted(),
  )
  expect(new Set(own.map(({ stream }) => stream))).toEqual(new Set([`served-${MODEL}`]))
  // What one caller asked in one turn is one batch, of the answers in their order.
  expect(new Set(own.map(({ commandId }) => commandId)).size).toBeLessThan(20)
  const asked = new Map(own.map(({ position, data }) => [position, data]))
  for (const { position, scores, online } of answers) {
    expect(asked.get(position ?? 0)?.scores).toEqual([...scores])
    expect(asked.get(position ?? 0)?.online?.entities).toEqual(online?.entities)
  }
  const { first, compared, equal } = await replayed(platform)
  expect(first).toBeNull()
  expect(compared['prediction.Served']).toBeGreaterThanOrEqual(100)
  expect(equal['prediction.Served']).toBe(compared['prediction.Served'])
})

describe('a replay finds', () => {
  const forged = async (edit: (data: DataOf<typeof PredictionServed>) => object) => {
    const log = await copyOf(platform.log, (batch) => ({
      ...asAppended(batch),
      events: batch.map((event) =>
        isEvent(PredictionServed, event) && event.data.online !== null
          ? { ...event, data: { ...event.data, ...edit(event.data) } }
          : event,
      ),
    }))
    return replayed({ log, chunks: platform.chunks })
  }

  test.each<[string, (data: DataOf<typeof PredictionServed>) => object]>([
    [
      'another score',
      ({ scores }) => ({ scores: scores.map((score) => score + 1e-17 + Math.abs(score) * 1e-15) }),
    ],
    ['other features', ({ inputs }) => ({ inputs: inputs.map((x) => x + 1e-9) })],
    ['a model that there is none of', () => ({ artifact: '0'.repeat(64) })],
    ['features of another name', ({ online }) => ({ online: { ...online, entities: ['NONE'] } })],
    ['features of before they were known', ({ online }) => ({ online: { ...online, moment: closeOf(0) } })],
  ])('%s', async (_, edit) => {
    const { first, compared, equal } = await forged(edit)
    expect(first).toMatchObject({ type: 'prediction.Served', kind: 'different' })
    expect(equal['prediction.Served']).toBeLessThan(compared['prediction.Served'])
  })
})

test('what is told later changes no answer of before, and a replay reads what was there then', async () => {
  const { log, chunks } = platform
  const { position } = await log.head()
  const later = await memoryPlatform({ log: await copyOf(log), chunks, cursor: memoryCursor(position) })
  const day = HISTORY_DAYS + DAYS
  later.moment.advanceTo(knownOf(day) + 60_000_000)
  const asOf = later.moment.nowMicros()
  const served = inferenceOver(later)
  const before = await served.answer(byEntity(['ANT'], asOf), CALLER)
  // The day's close was known a minute before, and arrives now.
  const rows = tableOf(pricesOf(460), day, day + 1)
  await ingestRows(later, { dataset: 'small', source: 'late', rows, actor: 'feed' })
  await closeDay(later, day)
  const after = await served.answer(byEntity(['ANT'], asOf), CALLER)
  expect(after.online?.readAt).toBeGreaterThan(before.online?.readAt ?? Number.POSITIVE_INFINITY)
  expect(after.scores).not.toEqual(before.scores)
  expect((await replayed(later)).first).toBeNull()
})

describe('refused, and not recorded', () => {
  const untouched = async (codes: () => Promise<unknown>, expected: unknown) => {
    const { position } = await platform.log.head()
    expect(await codes()).toEqual(expected)
    expect((await platform.log.head()).position).toBe(position)
  }

  test('who gives no time', () =>
    untouched(() => codeOf(byTensors(1, 2), { ...CALLER, deadline: 0 }), 'inference.deadline'))

  test('what is more than is let in at a time, before anything is done for it', async () => {
    const narrow = inferenceOver(platform, 2)
    const codes = await Promise.all([1, 2, 3, 4].map((x) => codeOf(byTensors(x, x), CALLER, narrow)))
    expect(codes).toEqual(['answered', 'answered', 'inference.overloaded', 'inference.overloaded'])
    expect(await codeOf(byTensors(1, 1), CALLER, narrow)).toBe('answered')
  })

  test('features that are too old, each by its name and reason', async () => {
    const { log, chunks } = platform
    const { position } = await log.head()
    const later = await memoryPlatform({ log: await copyOf(log), chunks, cursor: memoryCursor(position) })
    later.moment.advanceTo(decidedOf(HISTORY_DAYS + DAYS + 30))
    const refused = await inferenceOver(later)
      .answer(byEntity(['ANT']), CALLER)
      .catch((error: Refusal) => error)
    expect(refused).toMatchObject({ fault: { code: 'inference.features-unusable' } })
    expect((refused as Refusal).message).toMatch(
      /: mom_5, mom_20: too old \(the newest is of 2001-.*7 days\)\. /,
    )
  })
})

test('a command that is sent again, after the server forgot it, is answered from the log', async () => {
  const asked = { actor: 'oms', roles: ['oms'] as const, id: 'tuesday-1' }
  const give = (entities: readonly string[]) =>
    perform(platform, predictionServe, { input: { model: MODEL, entities }, asked })
  const first = await give(['ANT', 'BEE'])
  platform.moment.advanceTo(platform.moment.nowMicros() + 1_000_000)
  expect(await give(['ANT', 'BEE'])).toEqual({ ...first, changed: false })
  await expect(give(['ANT'])).rejects.toMatchObject({ fault: { code: 'command.id-reused' } })
})

test('a version that another promotion took over from is withdrawn', async () => {
  const withdrawn = await playedPlatform(1)
  const version = String(withdrawn.models.inForce(MODEL)?.promotion)
  const served = inferenceOver(withdrawn)
  // Who looks at what there is loads nothing.
  expect(served.models.ready()).toEqual([])
  expect(await codeOf(byTensors(1, 2), CALLER, served)).toBe('answered')
  expect(served.models.ready().map((one) => one.version)).toEqual([version])
  await promoteRun(withdrawn, 'small-h1-momentum')
  expect(served.models.ready()).toEqual([])
  expect(await codeOf({ ...byTensors(1, 2), version } as Question, CALLER, served)).toBe('model.withdrawn')
  expect(await codeOf({ ...byTensors(1, 2), version: '1' } as Question, CALLER, served)).toBe(
    'model.version-unknown',
  )
  expect(await codeOf(byTensors(1, 2), CALLER, served)).toBe('answered')
  expect((await replayed(withdrawn)).first).toBeNull()
})

test('a model in force goes on while its days do', async () => {
  await playDays(platform, HISTORY_DAYS + DAYS, HISTORY_DAYS + DAYS + 1)
  expect(await codeOf(byEntity(['ANT']))).toBe('answered')
})

test('what was served online follows from the arrivals, bit for bit, and one bit that does not is named', async () => {
  await inference.answer(byEntity(NAMES), CALLER)
  await inference.answer(byEntity(['ANT'], decidedOf(HISTORY_DAYS + 1)), CALLER)
  const online = async (log: MemoryPlatform['log']) =>
    (await checkServed({ ...archiveOf(platform), log }, null)).find(
      ({ handed }) => handed === 'served online',
    )
  const found = await online(platform.log)
  expect(found?.differing).toBe(0)
  expect(found?.cells).toBeGreaterThanOrEqual(2 * (NAMES.length + 1))
  const forged = await copyOf(platform.log, (batch) => ({
    ...asAppended(batch),
    events: batch.map((event) =>
      isEvent(PredictionServed, event) && event.data.online?.entities.length === NAMES.length
        ? {
            ...event,
            data: {
              ...event.data,
              inputs: event.data.inputs.map((value, i) => (i === 3 ? value + 2 ** -54 : value)),
            },
          }
        : event,
    ),
  }))
  const other = await online(forged)
  expect(other?.differing).toBeGreaterThanOrEqual(1)
  expect(other?.examples[0]).toMatchObject({ entity: NAMES[1] })
})
