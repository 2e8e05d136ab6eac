/** States in pieces: what changed is found wherever a fold changes it, and nothing else is written. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Layout, type Pieces, stateOf } from '../../projections/pieces.ts'
import { defineProjection, on, type Projection } from '../../projections/projection.ts'
import { foldTo, ProjectionRunner } from '../../projections/runner.ts'
import type { Entry, ProjectionStore } from '../../projections/saved.ts'
import { NO_STORE, openProjectionStore } from '../../projections/store.ts'
import { Tracked } from '../../projections/tracked.ts'
import { OutcomeObserved } from '../../schemas/events/prediction.ts'
import { canonicalJson } from '../../schemas/kernel/canonical.ts'
import { VIEWS } from '../../serving/wire/views.ts'
import { appendAll, histories } from '../support/history.ts'
import { eventsOf, memoryLog } from '../support/memory-platform.ts'
import { playedPlatform } from '../support/small-platform.ts'

type Book = {
  total: number
  note: { text: string }
  models: Record<string, { days: number[]; tags: string[] }>
}

const LAYOUT = new Layout(['models.*', 'models.*.days.*'])
const empty = (): Book => ({ total: 0, note: { text: '' }, models: {} })

/** What was written, as a store keeps it. */
class Kept {
  readonly pieces: Map<string, string>
  readonly #tracked = new Tracked(LAYOUT, empty())

  constructor() {
    this.pieces = new Map(this.#tracked.whole().pieces)
  }

  do(change: (book: Book) => unknown): ReadonlyMap<string, string> {
    this.#tracked.update((state) => change(state as Book) ?? state)
    const { gone, pieces } = this.#tracked.changes()
    for (const path of gone) {
      const own = JSON.stringify(path)
      const beginning = path.length === 0 ? '[' : `${own.slice(0, -1)},`
      for (const place of [...this.pieces.keys()])
        if (place === own || place.startsWith(beginning)) this.pieces.delete(place)
    }
    for (const [place, text] of pieces) this.pieces.set(place, text)
    this.#tracked.settle()
    return pieces
  }

  get state(): unknown {
    return this.#tracked.state
  }
}

const name = fc.constantFrom('a', 'b', 'c"d', 'models')
const anyChange: fc.Arbitrary<(book: Book) => unknown> = fc.oneof(
  name.map((model) => (book: Book) => {
    book.models[model] ??= { days: [], tags: [] }
    book.total++
  }),
  fc.tuple(name, fc.integer({ min: 1, max: 150 })).map(([model, count]) => (book: Book) => {
    for (let k = 0; k < count; k++) book.models[model]?.days.push(k)
  }),
  fc.tuple(name, fc.nat({ max: 200 }), fc.nat({ max: 90 })).map(([model, at, count]) => (book: Book) => {
    book.models[model]?.days.splice(at, count, -1)
  }),
  fc.tuple(name, name).map(([from, to]) => (book: Book) => {
    const { days = [], tags = [] } = book.models[from] ?? {}
    book.models[to] = { days, tags: [...tags, from] }
    delete book.models[from]
  }),
  name.map((model) => (book: Book) => {
    delete book.models[model]
  }),
  name.map((text) => (book: Book) => {
    book.note = { ...book.note, text }
    for (const model of Object.values(book.models)) model.tags.push(text)
  }),
  fc.constant((book: Book) => Object.assign(book, { ...book, total: 7 })),
  fc.constant((book: Book) => ({ ...book, total: 9 })),
)

test('whatever a fold does to its state, what was written of it is that state', () =>
  fc.assert(
    fc.property(fc.array(anyChange, { maxLength: 12 }), (changes) => {
      const kept = new Kept()
      for (const change of changes) {
        kept.do(change)
        expect([...kept.pieces].sort()).toEqual([...LAYOUT.piecesOf(kept.state)].sort())
        expect(canonicalJson(stateOf(kept.pieces))).toBe(canonicalJson(kept.state))
      }
    }),
    { numRuns: 300 },
  ))

test('a change writes the pieces that it is in: an entry, a block of a long array, or what is left', () => {
  const kept = new Kept()
  kept.do((book) => {
    for (const model of ['a', 'b'])
      book.models[model] = { days: Array.from({ length: 200 }, () => 0), tags: [] }
  })
  const placesOf = (change: (book: Book) => unknown) => [...kept.do(change).keys()]
  expect(placesOf((book) => void book.models.a.tags.push('new'))).toEqual(['["models","a"]'])
  expect(placesOf((book) => void book.models.b.days.push(1))).toContain('["models","b","days",3]')
  expect(
    placesOf((book) => {
      const { a } = book.models
      book.models.a = a
    }),
    'what lies there already is put there',
  ).toEqual([])
  expect(placesOf((book) => void Object.assign(book.note, { text: 'read' }))).toEqual(['[]'])
  expect(placesOf((book) => void Object.values(book.models).map(({ tags }) => tags.length))).toEqual([])
})

/** Counts what goes into a store. */
function counted(store: ProjectionStore): ProjectionStore & { written: number } {
  const count = (of: Pieces) => [...of].reduce((sum, [place, text]) => sum + place.length + text.length, 0)
  const counting = {
    ...store,
    written: 0,
    save: (entries: readonly Entry[]) =>
      store.save(
        entries.map((entry) => ({
          ...entry,
          changes: (whole) => {
            const changes = entry.changes(whole)
            counting.written += count(changes.pieces)
            return changes
          },
        })),
      ),
  }
  return counting
}

const tallies = defineProjection<{ models: Record<string, { days: number; net: number }> }>({
  name: 'tallies',
  version: 1,
  parts: ['models.*'],
  initial: () => ({ models: {} }),
  handlers: [
    on(OutcomeObserved, ({ models }, { data }) => {
      models[data.model] ??= { days: 0, net: 0 }
      models[data.model].days++
      models[data.model].net += data.net
    }),
  ],
})

const outcome = (model: string) =>
  OutcomeObserved.draft(
    {
      model,
      prediction: 1,
      gross: 0,
      cost: 0,
      net: 0.1,
      turnover: 0,
      capital: 1,
      session: 1,
      backfilled: false,
    },
    { eventTime: 1, knownAt: 1 },
  )

test('of a view with 5,000 entries an event writes one, also where snapshots are kept', async () => {
  const log = memoryLog()
  const store = counted(openProjectionStore(':memory:'))
  const runner = new ProjectionRunner({
    log,
    store,
    projections: [tallies as Projection],
    snapshotEveryEvents: 1,
  })
  await appendAll(log, [Array.from({ length: 5_000 }, (_, k) => outcome(`m${k}`))])
  await runner.catchUp()
  expect(store.written).toBeGreaterThan(150_000)
  for (const model of ['m7', 'm4999', 'new']) {
    store.written = 0
    await appendAll(log, [[outcome(model)]])
    await runner.catchUp()
    expect(store.written).toBeLessThan(200)
  }
  // Each snapshot is what it was.
  const head = (await log.head()).position
  for (const back of [0, 1, 2, 3]) {
    const { state, position } = await runner.at(tallies, { position: head - back })
    const saved = store.before(tallies, position)
    expect(saved?.position).toBe(position)
    expect(canonicalJson(stateOf(saved?.pieces ?? new Map()))).toBe(canonicalJson(state))
  }
})

test('every view that there is is stored as it is, with each snapshot, and its digest follows from it alone', () =>
  fc.assert(
    fc.asyncProperty(histories, async (batches) => {
      const log = memoryLog()
      const store = openProjectionStore(':memory:')
      const runner = new ProjectionRunner({ log, store, projections: VIEWS, snapshotEveryEvents: 2 })
      for (const batch of batches) {
        await appendAll(log, [batch])
        await runner.catchUp()
        for (const view of VIEWS) {
          const pieces = [...new Layout(view.parts).piecesOf(runner.now(view))].sort()
          expect([...(store.latest(view)?.pieces ?? [])].sort()).toEqual(pieces)
        }
      }
      expect((await eventsOf(log)).length).toBeGreaterThan(0)
    }),
    { numRuns: 25 },
  ))

test('a platform that was judged, promoted and played: every view is stored as a plain fold has it', async () => {
  const { log } = await playedPlatform(40)
  const store = openProjectionStore(':memory:')
  const runner = new ProjectionRunner({ log, store, projections: VIEWS, snapshotEveryEvents: 1 })
  await runner.catchUp()
  const head = (await log.head()).position
  for (const view of VIEWS) {
    const { state, digest } = await foldTo(log, NO_STORE, view, {})
    expect(canonicalJson(stateOf(store.latest(view)?.pieces ?? new Map())), view.name).toBe(
      canonicalJson(state),
    )
    expect(runner.digests().find(({ name }) => name === view.name)?.digest).toBe(digest)
    expect((await foldTo(log, store, view, { position: head - 5 })).digest).toBe(
      (await foldTo(log, NO_STORE, view, { position: head - 5 })).digest,
    )
  }
}, 60_000)

test('a store that is damaged while a view runs is given all of it again', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'asof-pieces-'))
  const path = join(folder, 'projections.db')
  const warned: string[] = []
  const log = memoryLog()
  const store = openProjectionStore(path, { warn: (text) => warned.push(text) })
  const runner = new ProjectionRunner({ log, store, projections: [tallies as Projection] })
  await appendAll(log, [[outcome('a'), outcome('b')]])
  await runner.catchUp()
  const database = new DatabaseSync(path)
  database.exec('DROP TABLE piece')
  database.close()
  await appendAll(log, [[outcome('b')]])
  await runner.catchUp()
  expect(warned).toEqual([expect.stringContaining('is made anew')])
  expect(stateOf(store.latest(tallies)?.pieces ?? new Map())).toEqual(runner.now(tallies))
  store.close()
  rmSync(folder, { recursive: true })
})
