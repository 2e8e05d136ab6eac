/** When a snapshot is taken, and which is used: none that knows what was set aside, and none of what was not believed. */
import { expect, test } from 'vitest'
import type { Recorded } from '../../schemas/envelope.ts'
import { TrainingSetFrozen } from '../../schemas/events/experiment.ts'
import { SetDefined } from '../../schemas/events/feature.ts'
import { Quarantined } from '../../schemas/events/processor.ts'
import { SteadyLane } from '../../serving/lanes/steady.ts'
import type { EventLog } from '../../streams/log/port.ts'
import { Pipeline } from '../../streams/pipeline.ts'
import type { Processor } from '../../streams/processor.ts'
import { setAside } from '../../streams/quarantine.ts'
import { type Counting, counting, define } from '../support/counting.ts'
import { factsOf, memoryCursor, memoryLog } from '../support/memory-platform.ts'
import { type MemorySnapshots, memorySnapshots } from '../support/memory-snapshots.ts'

type At = Readonly<{ log: EventLog; cursor: ReturnType<typeof memoryCursor>; snapshots: MemorySnapshots }>

const newPlace = (): At => ({ log: memoryLog(), cursor: memoryCursor(), snapshots: memorySnapshots() })

/** A lane that begins anew with processors of this kind. */
function laneOn({ log, ...kept }: At, make: () => Counting) {
  const made: Counting[] = []
  const begin = () => {
    made.push(make())
    return new Pipeline({ log, ...kept, processors: made.slice(-1) })
  }
  return { lane: new SteadyLane({ setAside: (what) => setAside(log, what), begin }), made }
}

const positionsOf = ({ bytes }: MemorySnapshots) => [...bytes.keys()]
const aside = { processor: 'features', reason: 'it fails', times: { eventTime: 0, knownAt: 0 } }

/** Each set is defined, and drained, by itself: events 1 and 2, 3 and 4, ... are a set and what was said of it. */
async function played(at: At, count: number, make: () => Counting = counting) {
  const { lane, made } = laneOn(at, make)
  for (let i = 0; i < count; i++) {
    await define(at.log, 1, i)
    await lane.drain()
  }
  return made
}

test('a lane that begins anew goes on from the newest snapshot before what it failed at', async () => {
  const at = newPlace()
  const fails = ({ position }: Recorded) => position === 7
  const made = await played(at, 5, () => counting(1, fails))
  expect(made).toHaveLength(2)
  expect(made[0].took).toEqual([1, 3, 5, 7])
  expect(made[1].took, 'it takes in what came after the snapshot at 6').toEqual([9])
  const folded = newPlace()
  await played({ ...folded, snapshots: memorySnapshots(new Map(), 1000) }, 5, () => counting(1, fails))
  expect(await factsOf(at.log)).toEqual(await factsOf(folded.log))
})

test('a snapshot that knows what was set aside since is not used, and an older one is', async () => {
  const at = newPlace()
  await played(at, 4)
  expect(positionsOf(at.snapshots)).toEqual([2, 4, 6, 8])
  await setAside(at.log, { ...aside, cause: 5, at: 5 })
  const { lane, made } = laneOn(at, counting)
  await lane.drain()
  // Event 6 answers what is set aside now: that is a contradiction of its own where it is compared.
  expect(made[0].met(), 'the third set is one that it never met').toBe(3)
  expect(made[0].took).toEqual([7])
})

test('what another processor could not take in is no reason to pass over a snapshot', async () => {
  const at = newPlace()
  await played(at, 4)
  await setAside(at.log, { ...aside, processor: 'gate', cause: 5, at: 5 })
  const { lane, made } = laneOn(at, counting)
  await lane.drain()
  expect(made[0].took).toEqual([])
})

test('a lane that is told that it should not know what it knows takes no more snapshots', async () => {
  const at = newPlace()
  const { lane } = laneOn(at, counting)
  await define(at.log, 2)
  await lane.drain()
  const before = positionsOf(at.snapshots)
  await setAside(at.log, { ...aside, cause: 1, at: 1 })
  await define(at.log, 2, 2)
  await lane.drain()
  await lane.close()
  expect(positionsOf(at.snapshots)).toEqual(before)
  expect((await at.log.head()).position).toBeGreaterThan(before.at(-1) ?? 0)
})

test('beyond an answer of another lane that is not believed there are no snapshots, and the cursor does not pass it', async () => {
  const at = newPlace()
  await define(at.log, 1)
  const forged = TrainingSetFrozen.draft(
    { trainingSet: 't', readAt: 1, rows: 0, features: [], contentHash: '', dropped: [] },
    { eventTime: 0, knownAt: 0 },
  )
  const lane = new Pipeline({ ...at, processors: [counting()], believes: () => false })
  await lane.drain()
  const before = positionsOf(at.snapshots)
  const said = { commandId: 'freeze/1/0', actor: 'eve', correlationId: 'c', causationId: null }
  await at.log.append({ stream: 'training-t', expected: 0, ...said, events: [forged] })
  await define(at.log, 2, 1)
  await lane.drain()
  await lane.stop()
  expect(positionsOf(at.snapshots)).toEqual(before)
  expect(at.cursor.position).toBe(2)
})

test('a lane with a processor that cannot tell what it knows takes none, and neither does one that failed', async () => {
  const at = newPlace()
  await define(at.log, 2)
  const { save: _, ...silent } = counting()
  const lane = new Pipeline({ ...at, processors: [silent] })
  await lane.drain()
  await lane.stop()
  expect(positionsOf(at.snapshots)).toEqual([])
  const failing: Processor = { ...counting(), handles: [SetDefined.type, Quarantined.type] }
  failing.take = async () => {
    throw Object.assign(new Error('the disk is gone'), { code: 'EIO' })
  }
  const other = newPlace()
  await define(other.log, 1)
  const broken = new Pipeline({ ...other, processors: [failing] })
  await expect(broken.drain()).rejects.toThrow('the disk is gone')
  await broken.stop()
  expect(positionsOf(other.snapshots)).toEqual([])
})
