/** Projections: the same whatever way they were come by, and any past moment is the fold of what was known then. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Projection } from '../../projections/projection.ts'
import { foldTo, type Moment, ProjectionRunner } from '../../projections/runner.ts'
import type { Entry } from '../../projections/saved.ts'
import { openProjectionStore } from '../../projections/store.ts'
import type { Recorded } from '../../schemas/envelope.ts'
import { digestOf } from '../../schemas/kernel/canonical.ts'
import { VIEWS } from '../../serving/wire/views.ts'
import type { EventLog } from '../../streams/log/port.ts'
import { appendAll, histories } from '../support/history.ts'
import { eventsOf, memoryLog } from '../support/memory-platform.ts'

const runnerOn = (log: EventLog, store = openProjectionStore(':memory:'), snapshotEveryEvents = 3) =>
  new ProjectionRunner({ log, store, projections: VIEWS, snapshotEveryEvents })

/** The digest of a plain fold over some events. */
function folded(view: Projection, events: readonly Recorded[]): string {
  const own = events.filter((event) => view.handles.includes(event.type))
  return digestOf(own.reduce(view.apply, view.initial()))
}

test('rebuilt from nothing, a projection is as it was when it ran all along', () =>
  fc.assert(
    fc.asyncProperty(histories, async (batches) => {
      const log = memoryLog()
      const runner = runnerOn(log)
      for (const batch of batches) {
        await appendAll(log, [batch])
        await runner.catchUp()
      }
      const alongside = runner.digests()
      await runner.rebuild()
      expect(runner.digests()).toEqual(alongside)
      const events = await eventsOf(log)
      const plain = VIEWS.map((view) => ({
        name: view.name,
        position: events.length,
        digest: folded(view, events),
      }))
      expect(alongside).toEqual(plain)
    }),
    { numRuns: 25 },
  ))

test('started again from what was stored, at any point, it comes to the same', () =>
  fc.assert(
    fc.asyncProperty(histories, fc.nat(), async (batches, at) => {
      const log = memoryLog()
      const store = openProjectionStore(':memory:')
      const cut = at % batches.length
      await appendAll(log, batches.slice(0, cut))
      await runnerOn(log, store).catchUp()
      await appendAll(log, batches.slice(cut))
      const again = runnerOn(log, store)
      await again.catchUp()
      const fresh = runnerOn(log)
      await fresh.catchUp()
      expect(again.digests()).toEqual(fresh.digests())
    }),
    { numRuns: 25 },
  ))

test('a view at any position and any moment of knowledge is the fold of what lies before both', () =>
  fc.assert(
    fc.asyncProperty(
      histories,
      fc.option(fc.integer({ min: 0, max: 50 }), { nil: undefined }),
      fc.option(fc.integer({ min: -1, max: 10 }), { nil: undefined }),
      async (batches, position, knownAt) => {
        const log = memoryLog()
        const runner = runnerOn(log)
        for (const batch of batches) {
          await appendAll(log, [batch])
          await runner.catchUp()
        }
        const moment: Moment = {
          ...(position === undefined ? {} : { position }),
          ...(knownAt === undefined ? {} : { knownAt }),
        }
        const before = (event: Recorded) =>
          event.position <= (position ?? Number.POSITIVE_INFINITY) &&
          event.knownAt <= (knownAt ?? Number.POSITIVE_INFINITY)
        const events = (await eventsOf(log)).filter(before)
        const now = runner.digests()
        for (const view of VIEWS) expect((await runner.at(view, moment)).digest).toBe(folded(view, events))
        // Looking back changes nothing.
        expect(runner.digests()).toEqual(now)
      },
    ),
    { numRuns: 40 },
  ))

test('a save that breaks off halfway moves no view', () => {
  const store = openProjectionStore(':memory:')
  const entry = (name: string, position: number): Entry => ({
    name,
    version: 1,
    position,
    leaf: 'ab',
    snapshot: true,
    whole: false,
    changes: () => ({ gone: [], pieces: new Map([['[]', `{"at":${position}}`]]) }),
  })
  const names = ['a', 'b', 'c']
  store.save(names.map((name) => entry(name, 1)))
  const broken: Entry = {
    ...entry('c', 2),
    changes: () => {
      throw new Error('broken off')
    },
  }
  expect(() => store.save([entry('a', 2), entry('b', 2), broken])).toThrow('broken off')
  for (const name of names) {
    const first = { position: 1, pieces: new Map([['[]', '{"at":1}']]) }
    expect(store.latest({ name, version: 1 })).toMatchObject(first)
    expect(store.before({ name, version: 1 }, 9)).toMatchObject(first)
  }
  store.save(names.map((name) => entry(name, 3)))
  expect(store.latest({ name: 'c', version: 1 })).toMatchObject({ position: 3 })
  store.close()
})

test('snapshots are used: a moment after one does not read what lies before it', async () => {
  const log = memoryLog()
  const store = openProjectionStore(':memory:')
  await fc.assert(
    fc.asyncProperty(histories, async (batches) => appendAll(log, batches)),
    { numRuns: 3, seed: 1 },
  )
  await runnerOn(log, store, 1).catchUp()
  const { position } = await log.head()
  const from: number[] = []
  const watched: EventLog = {
    ...log,
    readAll: (start, filter) => {
      from.push(start)
      return log.readAll(start, filter)
    },
  }
  const [view] = VIEWS
  await foldTo(watched, store, view, { position })
  expect(from[0]).toBeGreaterThan(position - 3)
})

test('a new version of a projection is folded again, and an unknown one is refused by name', async () => {
  const log = memoryLog()
  const store = openProjectionStore(':memory:')
  await appendAll(log, fc.sample(histories, { numRuns: 1, seed: 5 })[0])
  await runnerOn(log, store).catchUp()
  const [view] = VIEWS
  const newer = { ...view, version: view.version + 1 }
  const runner = new ProjectionRunner({ log, store, projections: [newer] })
  expect(runner.digests()[0].position).toBe(0)
  await runner.catchUp()
  expect(runner.digests()[0].digest).toBe(folded(view, await eventsOf(log)))
  expect(() => runner.now({ ...view, name: 'charm' })).toThrow('There is no view named charm')
})
