/** Replay: what was derived follows again, bit for bit, and what does not is named. */
import { beforeAll, expect, test } from 'vitest'
import type { AppendBatch, RecordedBatch } from '../../schemas/envelope.ts'
import { isEvent } from '../../schemas/event.ts'
import { RowsQuarantined } from '../../schemas/events/data.ts'
import { SharpeWatched } from '../../schemas/events/drift.ts'
import { OutcomeObserved, PredictionMade } from '../../schemas/events/prediction.ts'
import { replay } from '../../serving/replaying/replay.ts'
import { wireAll } from '../../serving/wire.ts'
import type { EventLog } from '../../streams/log/port.ts'
import { asAppended, copyOf, eventsOf, type MemoryPlatform, memoryLog } from '../support/memory-platform.ts'
import { IN_TIME } from '../support/sessions.ts'
import { playedPlatform } from '../support/small-platform.ts'

let platform: MemoryPlatform
let head: number

beforeAll(async () => {
  platform = await playedPlatform(40)
  head = (await platform.log.head()).position
})

const replayed = (log: EventLog, from = 1, to = head) => replay(log, wireAll(platform.chunks), { from, to })

/** The log with one batch changed: the n-th that meets a condition. */
function withOne(
  meets: (batch: RecordedBatch) => boolean,
  n: number,
  change: (batch: RecordedBatch) => Omit<AppendBatch, 'expected'>,
): Promise<EventLog> {
  let met = 0
  return copyOf(platform.log, (batch) => (meets(batch) && met++ === n ? change(batch) : asAppended(batch)))
}

test('everything that was derived follows again', async () => {
  const report = await replayed(platform.log)
  expect(report).toMatchObject({ differences: 0, first: null })
  expect(report.equal).toEqual(report.compared)
  const derived = (await eventsOf(platform.log)).filter(({ actor }) => actor.startsWith('asof:'))
  const total = Object.values(report.compared).reduce((sum, count) => sum + count, 0)
  expect(total).toBe(derived.length)
  expect(Object.keys(report.compared).length).toBeGreaterThanOrEqual(8)
})

test('a copy of the log is replayed like the log', async () => {
  expect(await replayed(await copyOf(platform.log))).toEqual(await replayed(platform.log))
})

test.each([
  [0.2, 0.3],
  [0.5, 0.52],
  [0.9, 1],
])('a range from %d to %d of the log compares what was derived in it', async (start, end) => {
  const [from, to] = [Math.ceil(head * start), Math.floor(head * end)]
  const report = await replayed(platform.log, from, to)
  expect(report.differences).toBe(0)
  const inRange = (await eventsOf(platform.log)).filter(
    ({ actor, position }) => actor.startsWith('asof:') && position >= from && position <= to,
  )
  const total = Object.values(report.compared).reduce((sum, count) => sum + count, 0)
  expect(total).toBe(inRange.length)
  expect(total).toBeGreaterThan(0)
})

const isOutcome = ([event]: RecordedBatch) => isEvent(OutcomeObserved, event)

test('a number that was changed is found and named, with what follows from it', async () => {
  let position = 0
  const log = await withOne(isOutcome, 20, (batch) => {
    const [event] = batch
    if (!isEvent(OutcomeObserved, event)) throw new Error('it is an outcome')
    position = event.position
    const data = { ...event.data, net: event.data.net + 2 ** -53 }
    return { ...asAppended(batch), events: [{ ...event, data }] }
  })
  const report = await replayed(log)
  expect(report.first).toMatchObject({ position, type: OutcomeObserved.type, kind: 'different' })
  expect(report.differences).toBeGreaterThan(1)
  expect((await replayed(log, 1, position - 1)).differences).toBe(0)
})

test('changed times, another stream and another type are found', async () => {
  const late = await withOne(isOutcome, 3, (batch) => ({
    ...asAppended(batch),
    events: batch.map((event) => ({ ...event, knownAt: event.knownAt + 1 })),
  }))
  expect((await replayed(late)).first).toMatchObject({
    kind: 'different',
    detail: 'its times come out otherwise',
  })
  const moved = await withOne(isOutcome, 3, (batch) => ({ ...asAppended(batch), stream: 'elsewhere' }))
  expect((await replayed(moved)).first).toMatchObject({ kind: 'different', stream: 'elsewhere' })
  const other = await withOne(isOutcome, 3, (batch) => ({
    ...asAppended(batch),
    events: [SharpeWatched.draft(WATCHED, batch[0])],
  }))
  expect((await replayed(other)).first).toMatchObject({ kind: 'different', type: SharpeWatched.type })
})

const WATCHED = {
  model: 'none',
  days: 1,
  sharpe: null,
  expected: 0,
  deviation: 1,
  z: null,
  breach: false,
  eValue: 1,
  heldMean: null,
  alarmAt: 40,
  alarm: false,
}
/** An event that nobody listens to, in the place of one that is taken out. */
const FILLER = RowsQuarantined.draft(
  { dataset: 'none', source: 's', sourceHash: 'h', rows: 1, reasons: [] },
  { eventTime: 0, knownAt: 0 },
)

test('a reaction that is not there is named by what leads to it', async () => {
  const isWatch = ([event]: RecordedBatch) => isEvent(SharpeWatched, event)
  let cause = 0
  const log = await withOne(isWatch, 30, ([event]) => {
    cause = Number(event.commandId.split('/')[1])
    const filler = {
      stream: 'filler',
      commandId: 'filler',
      actor: 'eve',
      correlationId: 'f',
      causationId: null,
    }
    return { ...filler, events: [FILLER] }
  })
  const report = await replayed(log)
  expect(report).toMatchObject({
    differences: 1,
    first: { kind: 'missing', type: SharpeWatched.type, position: cause, stream: 'drift-small' },
  })
})

test('what should have been derived and was written by hand is extra, under whatever command', async () => {
  for (const commandId of ['by-hand', 'inference/1/0', 'inference/x', `inference/${head}/0`]) {
    const log = await copyOf(platform.log)
    const data = {
      model: 'm',
      artifact: 'a',
      promotion: 1,
      features: 1,
      featureHash: '',
      rows: [],
      ...IN_TIME,
    }
    const events = [PredictionMade.draft(data, { eventTime: 0, knownAt: 0 })]
    const batch = {
      stream: 'by-hand',
      commandId,
      actor: 'eve',
      correlationId: 'c',
      causationId: null,
      events,
    }
    await log.append({ ...batch, expected: 0 })
    const report = await replayed(log, head - 5, head + 1)
    expect(report, commandId).toMatchObject({ differences: 1, first: { kind: 'extra', position: head + 1 } })
  }
})

test('a log that is replayed while it is written comes to the same report', async () => {
  const growing = memoryLog()
  const told = Promise.withResolvers<number>()
  const following = replay(growing, wireAll(platform.chunks), { from: 1, to: told.promise })
  let batches = 0
  for await (const batch of platform.log.readAll(1)) {
    const [{ stream }] = batch
    await growing.append({ ...asAppended(batch), expected: await growing.revisionOf(stream) })
    if (batches++ % 7 === 0) await new Promise((resolve) => setImmediate(resolve))
  }
  told.resolve(head)
  expect(await following).toEqual(await replayed(platform.log))
})

test('a log that is told to end beyond its end is refused, and one that is closed is not waited for', async () => {
  const range = { from: 1, to: Promise.resolve(head + 1) } as const
  const beyond = { fault: { code: 'moment.beyond-head' } }
  await expect(replay(platform.log, wireAll(platform.chunks), range)).rejects.toMatchObject(beyond)
  const closed = memoryLog()
  const waiting = replay(closed, [], { from: 1, to: new Promise(() => {}) })
  const refused = expect(waiting).rejects.toMatchObject({ fault: { code: 'log.closed' } })
  await new Promise((resolve) => setImmediate(resolve))
  await closed.close()
  await refused
})

test('one that stands still, or ends before it is there, ends where it is told', async () => {
  for (const to of [head, Math.floor(head / 2)]) {
    const following = replay(platform.log, wireAll(platform.chunks), {
      from: 1,
      to: new Promise((resolve) => setTimeout(resolve, 200, to)),
    })
    expect(await following).toEqual(await replayed(platform.log, 1, to))
  }
})
