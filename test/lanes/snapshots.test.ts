/** Restored from a snapshot at any point and gone on, a lane knows, says and leaves in the log what it would have anyway. */
import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import type { Position, Recorded, RecordedBatch } from '../../schemas/envelope.ts'
import { memoryFrom } from '../../schemas/kernel/memory.ts'
import { causeOf, isForeign, reactionId } from '../../schemas/reaction.ts'
import { LANES, type LaneName } from '../../serving/lanes/names.ts'
import { wireLane } from '../../serving/wire.ts'
import type { ChunkStore } from '../../streams/log/chunks.ts'
import type { Processor, Reaction } from '../../streams/processor.ts'
import { DAILY, scriptOf, stagesOf } from '../properties/script.ts'
import { play, readyPlatform } from '../properties/stage.ts'
import { story } from '../properties/story.ts'
import {
  asAppended,
  eventsOf,
  factsOf,
  type MemoryPlatform,
  memoryCursor,
  memoryLog,
  memoryPlatform,
} from '../support/memory-platform.ts'
import { laneSnapshots, type MemorySnapshots, memorySnapshots, savedBy } from '../support/memory-snapshots.ts'
import { reactionsOf } from '../support/reactions.ts'
import { playedPlatform } from '../support/small-platform.ts'

const RUNS = Number(process.env.RUNS ?? 4)
const PATIENCE = 120_000 + RUNS * 10_000

const handled = (processor: Processor, event: Recorded) =>
  processor.handles.includes(event.type) && !isForeign(event)

async function takeIn(processors: readonly Processor[], events: readonly Recorded[]): Promise<void> {
  for (const event of events)
    for (const processor of processors) if (handled(processor, event)) await processor.take(event, null)
}

async function sayAll(processors: readonly Processor[], events: readonly Recorded[]) {
  const said = new Map<string, Reaction>()
  for (const event of events)
    for (const processor of processors) {
      if (!handled(processor, event)) continue
      for (const [index, reaction] of (await reactionsOf(processor, event)).entries())
        said.set(reactionId(processor.name, event.position, index), reaction)
    }
  return said
}

/** Processors that know nothing take over what others know. */
function restored(lane: LaneName, chunks: ChunkStore, from: readonly Processor[]): readonly Processor[] {
  const saved = savedBy(from)
  const processors = wireLane[lane](chunks)
  for (const one of processors) one.restore?.(memoryFrom(saved.get(one.name) ?? Buffer.of()))
  return processors
}

/** At each of these places, in every lane: the same bytes after a restore, and the same words and bytes at the end. */
async function holdsAt({ log, chunks }: MemoryPlatform, places: readonly number[]): Promise<void> {
  const events = await eventsOf(log)
  for (const lane of LANES)
    for (const place of places) {
      const cut = Math.floor(place * events.length)
      const folded = wireLane[lane](chunks)
      await takeIn(folded, events.slice(0, cut))
      const fresh = restored(lane, chunks, folded)
      expect(savedBy(fresh), `${lane} at ${cut}`).toEqual(savedBy(folded))
      const rest = events.slice(cut)
      expect(await sayAll(fresh, rest), `${lane} from ${cut}`).toEqual(await sayAll(folded, rest))
      expect(savedBy(fresh), `${lane} from ${cut}`).toEqual(savedBy(folded))
    }
}

/** The places in a log at which every answer to what stands before them stands before them too. */
function restsIn(events: readonly Recorded[]): ReadonlySet<number> {
  const rests = new Set<number>()
  let earliest = Number.POSITIVE_INFINITY
  for (let at = events.length; at > 0; at--) {
    if (earliest > events[at - 1].position) rests.add(at)
    const { actor, commandId } = events[at - 1]
    if (actor.startsWith('asof:')) earliest = Math.min(earliest, causeOf(commandId))
  }
  return rests
}

/** Every lane is restored anew wherever it is at rest, and says what one does that never is. */
async function holdsAlways({ log, chunks }: MemoryPlatform): Promise<void> {
  const events = await eventsOf(log)
  const rests = restsIn(events)
  expect(rests.size).toBeGreaterThan(20)
  for (const lane of LANES) {
    const whole = wireLane[lane](chunks)
    let hopping = wireLane[lane](chunks)
    for (const [place, event] of events.entries()) {
      expect(await sayAll(hopping, [event]), `${lane} at ${event.position}`).toEqual(
        await sayAll(whole, [event]),
      )
      if (rests.has(place + 1)) hopping = restored(lane, chunks, hopping)
    }
    expect(savedBy(hopping), lane).toEqual(savedBy(whole))
  }
}

describe('memory', () => {
  test('every processor tells what it knows', () => {
    for (const lane of LANES)
      for (const { name, version, save, restore } of wireLane[lane]({} as ChunkStore)) {
        expect(version, name).toBeGreaterThanOrEqual(1)
        expect([typeof save, typeof restore], name).toEqual(['function', 'function'])
      }
  })

  test(
    'restored at any point, and at each again, processors know and say what those do that folded the log',
    async () => {
      const platform = await playedPlatform(40)
      await holdsAt(platform, [0.05, 0.5, 0.9])
      await holdsAlways(platform)
    },
    PATIENCE,
  )

  test(
    'the same over stories of data with holes',
    async () => {
      const at = fc.double({ min: 0, max: 1, noNaN: true })
      await fc.assert(
        fc.asyncProperty(story, at, async (one, place) => {
          const [stages, script] = [stagesOf(one), scriptOf(one, DAILY)]
          const platform = await readyPlatform(stages, script)
          await play(platform, script.live)
          await holdsAt(platform, [place])
          await holdsAlways(platform)
        }),
        { numRuns: RUNS, seed: 7 },
      )
    },
    PATIENCE,
  )
})

type Lived = Readonly<{
  platform: MemoryPlatform
  snapshots: Readonly<Record<LaneName, MemorySnapshots>>
  batches: readonly RecordedBatch[]
}>

const isAnswer = ([{ actor }]: RecordedBatch): boolean => actor.startsWith('asof:')

async function lived(
  play: (snapshots: ReturnType<typeof laneSnapshots>) => Promise<MemoryPlatform>,
): Promise<Lived> {
  const snapshots = laneSnapshots()
  const platform = await play(snapshots)
  const batches: RecordedBatch[] = []
  for await (const batch of platform.log.readAll(1)) batches.push(batch)
  return { platform, snapshots, batches }
}

/** The log up to a position, opened from the snapshots of it, and what came from outside after that. */
async function goneOn(
  { platform, snapshots, batches }: Lived,
  cut: Position,
  cursorAt: (lane: LaneName) => Position,
) {
  const log = memoryLog()
  const append = async (batch: RecordedBatch) => {
    const appended = asAppended(batch)
    await log.append({ ...appended, expected: await log.revisionOf(appended.stream) })
  }
  const end = (batch: RecordedBatch) => batch.at(-1)?.position ?? 0
  for (const batch of batches) if (end(batch) <= cut) await append(batch)
  const { position: head } = await log.head()
  const own = new Map<LaneName, MemorySnapshots>(
    LANES.map((lane) => {
      const kept = [...snapshots[lane].bytes].filter(([position]) => position <= head)
      return [lane, memorySnapshots(new Map(kept))]
    }),
  )
  const of = (lane: LaneName) => own.get(lane) ?? memorySnapshots()
  const again = await memoryPlatform({
    log,
    chunks: platform.chunks,
    cursor: (lane) => memoryCursor(Math.min(cursorAt(lane), head)),
    snapshots: of,
  })
  for (const batch of batches) {
    if (end(batch) <= cut || isAnswer(batch)) continue
    await append(batch)
    await again.drain()
  }
  return { again, used: LANES.map((lane) => of(lane).used) }
}

async function viewsOf(platform: MemoryPlatform) {
  await platform.views.catchUp()
  return platform.views.digests().map(({ name, digest }) => [name, digest])
}

/** The newest snapshot of a lane at or before a position. */
const latestAt = ({ snapshots }: Lived, lane: LaneName, cut: Position): Position =>
  Math.max(0, ...[...snapshots[lane].bytes.keys()].filter((position) => position <= cut))

describe('a lane opened from a snapshot', () => {
  let whole: Lived
  beforeAll(async () => {
    const { log, chunks } = await playedPlatform(12)
    const inputs: RecordedBatch[] = []
    for await (const batch of log.readAll(1)) if (!isAnswer(batch)) inputs.push(batch)
    whole = await lived(async (snapshots) => {
      const platform = await memoryPlatform({ chunks, snapshots: (lane) => snapshots[lane] })
      for (const input of inputs) {
        const batch = asAppended(input)
        await platform.log.append({ ...batch, expected: await platform.log.revisionOf(batch.stream) })
        await platform.drain()
      }
      return platform
    })
  })

  test('snapshots are taken of every lane, and never between a cause and its answer', async () => {
    const events = await eventsOf(whole.platform.log)
    for (const lane of LANES) {
      const positions = [...whole.snapshots[lane].bytes.keys()]
      expect(positions.length, lane).toBeGreaterThan(5)
      const names = new Set(wireLane[lane](whole.platform.chunks).map(({ name }) => name))
      const answers = events.filter(({ commandId }) => names.has(commandId.split('/')[0]))
      for (const at of positions)
        for (const { commandId, position } of answers)
          expect(causeOf(commandId) <= at && at < position, `${lane} ${commandId} at ${at}`).toBe(false)
    }
  })

  test.each([0.1, 0.35, 0.6, 0.8, 0.9, 0.99])(
    'after %d of the log the rest is the same, and so are the views',
    async (share) => {
      const cut = Math.ceil(whole.batches.length * share)
      const at = whole.batches[cut - 1].at(-1)?.position ?? 0
      const { again, used } = await goneOn(whole, at, (lane) => latestAt(whole, lane, at))
      expect(used.flat().length).toBeGreaterThan(0)
      expect(await factsOf(again.log)).toEqual(await factsOf(whole.platform.log))
      expect(await viewsOf(again)).toEqual(await viewsOf(whole.platform))
    },
  )

  test('a cursor behind the snapshot goes on from an older one, and a lost one from the first event', async () => {
    const at = whole.batches[Math.ceil(whole.batches.length * 0.9)].at(-1)?.position ?? 0
    const { again, used } = await goneOn(whole, at, (lane) => latestAt(whole, lane, at) - 1)
    for (const [place, lane] of LANES.entries())
      expect(Math.max(...used[place]), lane).toBeLessThan(latestAt(whole, lane, at))
    expect(await factsOf(again.log)).toEqual(await factsOf(whole.platform.log))
    const lost = await goneOn(whole, at, () => 0)
    expect(lost.used.flat()).toEqual([])
    expect(await factsOf(lost.again.log)).toEqual(await factsOf(whole.platform.log))
  })
})
