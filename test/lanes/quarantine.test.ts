/** What a processor cannot take in is set aside with its reason; the rest goes on, and a replay takes it as said. */
import { expect, test } from 'vitest'
import { quarantine } from '../../projections/processor/quarantine.ts'
import type { Recorded } from '../../schemas/envelope.ts'
import { SetDefined, ValuesComputed } from '../../schemas/events/feature.ts'
import { Quarantined, Retried } from '../../schemas/events/processor.ts'
import { FAULTS, type FaultCode, refuse } from '../../schemas/kernel/fault.ts'
import { perform } from '../../serving/commands/perform.ts'
import { processorRetry } from '../../serving/commands/processor.ts'
import { ingestRows } from '../../serving/ingest.ts'
import { inARow, SteadyLane } from '../../serving/lanes/steady.ts'
import { retryQuarantined, waiveQuarantined } from '../../serving/quarantine.ts'
import { replay } from '../../serving/replaying/replay.ts'
import { wireAll } from '../../serving/wire.ts'
import { Pipeline } from '../../streams/pipeline.ts'
import type { Processor } from '../../streams/processor.ts'
import { isPoison, setAside } from '../../streams/quarantine.ts'
import { keyOfName } from '../support/keys.ts'
import {
  eventsOf,
  factsOf,
  type MemoryPlatform,
  memoryCursor,
  memoryLog,
  memoryPlatform,
} from '../support/memory-platform.ts'
import { refusalIn } from '../support/refusals.ts'
import {
  act,
  closeDay,
  HISTORY_DAYS,
  playDays,
  playedPlatform,
  SMALL_SET,
} from '../support/small-platform.ts'
import { knownOf, pricesOf, tableOf } from '../support/small-world.ts'

const [BAD_DAY, DAYS] = [HISTORY_DAYS + 3, 10]

/** Days of life, on one of which a vendor sends a price that no return can be made of. */
async function withBadPrice(): Promise<MemoryPlatform> {
  const platform = await playedPlatform(3)
  const prices = pricesOf(460).map((day) => [...day])
  prices[BAD_DAY][0] = 1e-314
  platform.moment.advanceTo(knownOf(BAD_DAY))
  const rows = tableOf(prices, BAD_DAY, BAD_DAY + 1)
  await ingestRows(platform, { dataset: 'small', source: 'a bad day', rows, actor: 'feed' })
  await closeDay(platform, BAD_DAY)
  await playDays(platform, BAD_DAY + 1, HISTORY_DAYS + DAYS)
  return platform
}

const ofType = (events: readonly Recorded[], type: string) => events.filter((event) => event.type === type)
const itemsOf = async (platform: MemoryPlatform) => (await platform.views.at(quarantine, {})).state.items

test('a price that no return can be made of stops one processor at one session, and nothing else', async () => {
  const platform = await withBadPrice()
  const events = await eventsOf(platform.log)
  const aside = ofType(events, Quarantined.type)
  expect(aside.length).toBeGreaterThanOrEqual(1)
  expect(aside.map(({ data }) => (data as { reason: string }).reason).join()).toMatch(
    /Infinity|finite|number/,
  )
  // Every session is still predicted.
  expect(ofType(events, 'prediction.Made')).toHaveLength(DAYS)
  expect(ofType(events, 'feature.ValuesComputed').length).toBeGreaterThan(DAYS)
  const { position: to } = await platform.log.head()
  const report = await replay(platform.log, wireAll(platform.chunks), { from: 1, to })
  expect(report.first).toBeNull()
  const { log, chunks } = platform
  const before = await factsOf(log)
  for (const cursor of [memoryCursor(0), memoryCursor(to)]) await memoryPlatform({ log, chunks, cursor })
  expect(await factsOf(log)).toEqual(before)
})

test('it is waived by a member of the committee alone, with a signature for this log', async () => {
  const platform = await withBadPrice()
  const [{ processor, cause }] = await itemsOf(platform)
  const what = { processor, cause, reason: 'The vendor withdrew the price.' }
  const byNobody = { ...what, member: 'eve', privateKey: keyOfName('eve') }
  expect(await refusalIn(waiveQuarantined(platform, byNobody, act('w1')))).toBe('approval.not-a-member')
  const forged = { ...what, member: 'bob', privateKey: keyOfName('eve') }
  expect(await refusalIn(waiveQuarantined(platform, forged, act('w2')))).toBe('approval.bad-signature')
  await waiveQuarantined(platform, { ...what, member: 'bob', privateKey: keyOfName('bob') }, act('w3', 'bob'))
  expect((await itemsOf(platform))[0]).toMatchObject({ status: 'waived', waived: { member: 'bob' } })
  expect(await refusalIn(retryQuarantined(platform, what, act('r1')))).toBe('quarantine.nothing-waits')
})

test('an id that was given to the retry of one event is not taken for that of another', async () => {
  const platform = await withBadPrice()
  const [{ processor, cause }] = await itemsOf(platform)
  const retried = (of: number, id: string) =>
    perform(platform, processorRetry, {
      input: { processor, cause: of, reason: 'again' },
      asked: { actor: 'ann', roles: ['owner'], id },
    })
  // By now another price stands in the way no more.
  expect(await retried(cause, 'r')).toMatchObject({ changed: true, answer: { failedAgain: false } })
  expect(await retried(cause, 'r')).toMatchObject({ changed: false, answer: { failedAgain: false } })
  expect(await refusalIn(retried(cause, 's'))).toBe('quarantine.nothing-waits')
  expect(await refusalIn(retried(cause + 1, 'r'))).toBe('command.id-reused')
})

test('what fails now and then, for as long as it likes, is not in a row', () => {
  let now = 0
  const count = inARow(() => now)
  const hours = (between: number) =>
    Array.from({ length: 30 }, () => {
      now += between * 3_600_000
      return count()
    })
  expect(hours(25)).toEqual(Array(30).fill(1))
  expect(hours(23).at(-1)).toBe(31)
})

const NO_VALUES = { set: 'small', hash: 'h', dataset: 'small', rows: 0, knownFrom: 0, knownTo: 0 }

/** A processor that counts what it met, says so, and fails at some of it while it is not mended. */
function counting(fails: (event: Recorded) => boolean): Processor {
  let met = 0
  return {
    name: 'features',
    handles: [SetDefined.type],
    async take(event, say) {
      // It fails when it has changed its memory already.
      met++
      if (fails(event)) throw new Error(`cannot take event ${event.position}`)
      const data = { ...NO_VALUES, version: met, cause: event.position }
      say?.({ stream: 'feature-values-small', events: [ValuesComputed.draft(data, NEVER)] })
    },
  }
}

const NEVER = { eventTime: 0, knownAt: 0 }

async function counted(events: number) {
  const log = memoryLog()
  for (let i = 0; i < events; i++) {
    const { set, version, ...spec } = SMALL_SET
    const draft = SetDefined.draft({ ...spec, set, version: version + i } as never, {
      eventTime: 0,
      knownAt: 0,
    })
    const commandId = `define ${i}`
    await log.append({
      stream: 's',
      expected: i,
      commandId,
      actor: 'ann',
      correlationId: commandId,
      causationId: null,
      events: [draft],
    })
  }
  return log
}

const laneOn = (log: Awaited<ReturnType<typeof counted>>, fails: (event: Recorded) => boolean) =>
  new SteadyLane({
    setAside: (what) => setAside(log, what),
    begin: () => new Pipeline({ log, cursor: memoryCursor(), processors: [counting(fails)] }),
  })

test('a lane whose processor fails at everything stops, and names the last event', async () => {
  const log = await counted(40)
  const lane = laneOn(log, () => true)
  expect(await refusalIn(lane.drain())).toBe('lane.poisoned')
  expect(ofType(await eventsOf(log), Quarantined.type)).toHaveLength(20)
})

test('a failure leaves nothing in the memory, and what is tried again is taken in after all that was met since', async () => {
  const log = await counted(3)
  await laneOn(log, ({ position }) => position === 2).drain()
  const met = async () =>
    ofType(await eventsOf(log), ValuesComputed.type).map(({ data }) => {
      const { cause, version } = data as { cause: number; version: number }
      return [cause, version]
    })
  // The failure at the second event had counted it before.
  expect(await met()).toEqual([
    [1, 1],
    [3, 2],
  ])
  const events = [Retried.draft({ processor: 'features', cause: 2, reason: 'mended' }, NEVER)]
  const stream = 'processor-features'
  const said = { commandId: 'retry', actor: 'ann', correlationId: 'retry', causationId: null }
  await log.append({ stream, expected: 1, events, ...said })
  await laneOn(log, () => false).drain()
  expect((await met()).at(-1)).toEqual([2, 3])
  const { position: to } = await log.head()
  const report = await replay(log, [counting(() => false)], { from: 1, to })
  expect(report).toMatchObject({ first: null, equal: { 'feature.ValuesComputed': 3 } })
  // Where it fails again, that is an item of its own.
  const again = await counted(3)
  const failing = () => laneOn(again, ({ position }) => position === 2)
  await failing().drain()
  await again.append({ stream, expected: 1, events, ...said })
  await failing().drain()
  expect(ofType(await eventsOf(again), Quarantined.type).map(({ data }) => data)).toMatchObject([
    { cause: 2, at: 2 },
    { cause: 2, at: 7 },
  ])
})

test('a failure that passes sets nothing aside; one of the event itself does, whatever its name begins with', () => {
  const isAside = (code: FaultCode) => isPoison(refuse(code, {}))
  // A chunk that is not there may come back; one that holds no table never will be one.
  expect(
    ['chunk.missing', 'chunk.damaged', 'chunk.store-away', 'folder.full'].map((c) => isAside(c as FaultCode)),
  ).toEqual(Array(4).fill(false))
  expect(isAside('chunk.malformed')).toBe(true)
  expect(isAside('event.invalid')).toBe(true)
  // Whoever adds a failure of the log decides which of the two it is.
  const aside = Object.keys(FAULTS).filter(
    (code) => /^(log|chunk|seal|pipeline)\./.test(code) && isAside(code as FaultCode),
  )
  expect(aside).toEqual(['log.batch-too-large', 'chunk.malformed'])
})
