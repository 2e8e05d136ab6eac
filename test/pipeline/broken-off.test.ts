/** The pipeline broken off anywhere and started again comes to the log that it would have come to anyway. */
import { beforeAll, expect, test } from 'vitest'
import type { Recorded, RecordedBatch } from '../../schemas/envelope.ts'
import { ingestRows } from '../../serving/ingest.ts'
import type { LaneName } from '../../serving/lanes/names.ts'
import type { Cursor } from '../../streams/cursor.ts'
import { openChunkMemory } from '../../streams/log/chunks/memory.ts'
import type { EventLog } from '../../streams/log/port.ts'
import {
  asAppended,
  eventsOf,
  factsOf,
  type MemoryPlatform,
  memoryCursor,
  memoryLog,
  memoryPlatform,
} from '../support/memory-platform.ts'
import { playedPlatform } from '../support/small-platform.ts'
import { pricesOf, tableOf } from '../support/small-world.ts'

let whole: MemoryPlatform
/** What came from outside, in order. */
let inputs: RecordedBatch[]

const isReaction = ({ actor }: Recorded): boolean => actor.startsWith('asof:')

beforeAll(async () => {
  whole = await playedPlatform(6)
  inputs = []
  for await (const batch of whole.log.readAll(1)) if (!isReaction(batch[0])) inputs.push(batch)
})

/** A log that breaks at every so-many-th new reaction, before or after it is durable, until it is mended. */
function breaking(log: EventLog, every: number) {
  const seen = new Set<string>()
  let [breaks, broken] = [0, false]
  const append: EventLog['append'] = async (batch) => {
    if (broken) throw new Error('the log is broken')
    if (!batch.actor.startsWith('asof:') || seen.has(batch.commandId)) return log.append(batch)
    seen.add(batch.commandId)
    if (seen.size % every !== 0) return log.append(batch)
    broken = true
    if (breaks++ % 2 === 0) await log.append(batch)
    throw new Error('the log broke')
  }
  return {
    log: { ...log, append },
    mend: () => {
      broken = false
    },
    breaks: () => breaks,
  }
}

/** What becomes of the cursor, given all that it was, and how often the log breaks: a lost one costs all the work again. */
const CURSORS: readonly [name: string, every: number, after: (saves: readonly number[]) => number][] = [
  ['saved', 5, (saves) => saves.at(-1) ?? 0],
  ['lost', 17, () => 0],
  ['stale', 11, (saves) => saves[Math.floor(saves.length / 2)] ?? 0],
  ['ahead of the log', 29, (saves) => (saves.at(-1) ?? 0) + 1_000_000],
]

test.each(CURSORS)(
  'with the cursor %s the log is the same, however often the work is broken off',
  async (_, every, cursorAfter) => {
    const { log, mend, breaks } = breaking(memoryLog(), every)
    const chunks = openChunkMemory()
    const saves: Record<LaneName, number[]> = { live: [], research: [], gate: [] }
    const cursorsAt = (positionOf: (lane: LaneName) => number) => {
      const positions = {
        live: positionOf('live'),
        research: positionOf('research'),
        gate: positionOf('gate'),
      }
      return (lane: LaneName): Cursor => ({
        load: () => positions[lane],
        save: (at) => {
          saves[lane].push(at)
        },
      })
    }
    let cursor = cursorsAt(() => 0)
    let platform = await memoryPlatform({ log, chunks, cursor })
    const drained = async () => {
      for (let again = false; ; again = true) {
        try {
          if (again) platform = await memoryPlatform({ log, chunks, cursor })
          await platform.drain()
          return
        } catch (error) {
          expect((error as Error).message).toBe('the log broke')
          mend()
          cursor = cursorsAt((lane) => cursorAfter(saves[lane]))
        }
      }
    }
    for await (const hash of whole.chunks.list()) await chunks.put(await whole.chunks.get(hash), 'arrow')
    for (const input of inputs) {
      const batch = asAppended(input)
      await log.append({ ...batch, expected: await log.revisionOf(batch.stream) })
      await drained()
    }
    expect(breaks()).toBeGreaterThanOrEqual(1)
    expect(await factsOf(log)).toEqual(await factsOf(whole.log))
  },
)

test('reactions happen exactly once', async () => {
  const commands = new Map<string, number>()
  const events = (await eventsOf(whole.log)).filter(isReaction)
  for (const { commandId } of events) commands.set(commandId, (commands.get(commandId) ?? 0) + 1)
  expect(commands.size).toBe(events.length)
  const before = await factsOf(whole.log)
  await whole.drain()
  await memoryPlatform({ log: whole.log, chunks: whole.chunks })
  expect(await factsOf(whole.log)).toEqual(before)
})

test('after a failure a pipeline stays failed and its cursor stays put; a new one goes on', async () => {
  const { log, mend } = breaking(memoryLog(), 1)
  const cursor = memoryCursor()
  const platform = await memoryPlatform({ log, chunks: whole.chunks, cursor })
  for (const input of inputs.slice(0, 3)) {
    const batch = asAppended(input)
    await log.append({ ...batch, expected: await log.revisionOf(batch.stream) })
  }
  await expect(platform.drain()).rejects.toThrow('the log broke')
  mend()
  await expect(platform.drain()).rejects.toThrow('the log broke')
  expect(cursor.position).toBe(0)
})

test('acts and drains at the same time come to the log of one after the other', async () => {
  const chunks = openChunkMemory()
  for await (const hash of whole.chunks.list()) await chunks.put(await whole.chunks.get(hash), 'arrow')
  const days = [306, 307, 308, 309].map((day) => ({
    dataset: 'small',
    source: `day ${day}`,
    rows: tableOf(pricesOf(310), day, day + 1),
    actor: 'feed',
  }))
  const story = async (play: (platform: MemoryPlatform) => Promise<unknown>) => {
    const platform = await playedPlatform(6)
    await play(platform)
    return factsOf(platform.log)
  }
  const inTurn = await story(async (platform) => {
    for (const day of days) await ingestRows(platform, day)
  })
  const atOnce = await story((platform) =>
    Promise.all([...days.map((day) => ingestRows(platform, day)), platform.drain(), platform.drain()]),
  )
  expect(atOnce).toEqual(inTurn)
})
