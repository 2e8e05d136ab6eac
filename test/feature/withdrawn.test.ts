/** Rows that a vendor takes back: from then on they are absent, from windows and cross-sections alike, and what was said before stands. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { PointInTime } from '../../projections/feature/point-in-time.ts'
import { memoryBytes, memoryFrom } from '../../schemas/kernel/memory.ts'
import { MICROS_PER_DAY } from '../../schemas/kernel/time.ts'
import { type Rows, rowsWhere } from '../../schemas/rows.ts'
import type { FeatureEngine } from '../../streams/features/engine.ts'
import { type Archive, arriveFurtherBack } from '../../streams/features/further-back.ts'
import { asTold } from '../../streams/features/order.ts'
import { answersAsOf, arrivals, engineOf, formula, rowsOf, world } from './arbitrary.ts'
import { ENDLESS, ENTITIES, type Fact, knownAsOf, valuesAsOf, type World } from './oracle.ts'

const MOMENTS = Array.from({ length: 10 }, (_, moment) => moment)
const RUNS = Number(process.env.RUNS ?? 300)
const formulas = fc.array(formula, { minLength: 1, maxLength: 3 })

/** A fact of this entity whose `b` is 0. */
const factsOf =
  (entity: string) =>
  (time: number, known: number, a: number, withdrawn = false): Fact => ({
    ...{ entity, time, known, values: [a, 0] },
    ...(withdrawn && { withdrawn }),
  })

/** Facts of which one in four takes its row back. */
const withLosses = fc
  .tuple(arrivals, fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 60, maxLength: 60 }))
  .map(([batches, dice]) => {
    let next = 0
    return batches.map((batch) =>
      batch.map((fact): Fact => (dice[next++ % dice.length] === 0 ? { ...fact, withdrawn: true } : fact)),
    )
  })

const stream = (texts: readonly string[], batches: readonly (readonly Fact[])[], of: World): Rows[] => {
  const engine = engineOf(texts, of)
  return batches.map((batch) => engine.arrive(rowsOf(batch)))
}

describe('a row that is taken back', () => {
  test('is absent by the definition at every moment, however the facts arrived', () => {
    fc.assert(
      fc.property(formulas, withLosses, world, (texts, batches, of) => {
        const told = stream(texts, batches, of)
        const backfilled = stream(texts, [batches.flat()], of)
        for (const [feature, text] of texts.entries())
          for (const moment of MOMENTS) {
            const defined = valuesAsOf(text, { facts: batches.flat(), moment, world: of })
            expect(answersAsOf(told, feature, moment)).toEqual(defined)
            expect(answersAsOf(backfilled, feature, moment)).toEqual(defined)
          }
      }),
      { numRuns: RUNS },
    )
  })

  test('is gone from an engine that was restarted, and from one that was saved', () => {
    fc.assert(
      fc.property(formulas, withLosses, fc.nat(6), world, (texts, batches, at, of) => {
        const [whole, absorbed, restored] = [engineOf(texts, of), engineOf(texts, of), engineOf(texts, of)]
        for (const [place, batch] of batches.entries()) {
          const rows = rowsOf(batch)
          if (place === at) restored.restore(memoryFrom(memoryBytes(whole.save())))
          const told = whole.arrive(rows)
          if (place < at) absorbed.absorb(rows)
          else {
            expect(absorbed.arrive(rows)).toEqual(told)
            expect(restored.arrive(rows)).toEqual(told)
          }
        }
        if (at < batches.length) expect(memoryBytes(restored.save())).toEqual(memoryBytes(whole.save()))
      }),
      { numRuns: RUNS },
    )
  })

  test('is gone from an engine that keeps a tail', async () => {
    await fc.assert(
      fc.asyncProperty(formulas, withLosses, world, async (texts, batches, of) => {
        const tail = { times: 2, micros: MICROS_PER_DAY, facts: 1 }
        const before: Rows[] = []
        const archive: Archive = {
          fresh: () => engineOf(texts, of),
          async *read(from, to) {
            for (const rows of before) {
              const within = rowsWhere(rows, (row) => rows.eventTime[row] >= from && rows.eventTime[row] < to)
              if (within.length > 0) yield { rows: within, source: 0 }
            }
          },
        }
        let engine: FeatureEngine = engineOf(texts, of)
        engine.keepTail(tail)
        const told: Rows[] = []
        for (const batch of batches) {
          const rows = rowsOf(batch)
          const found = engine.reaches(rows)
            ? { values: engine.arrive(rows), engine }
            : await arriveFurtherBack(engine, { rows, source: 0 }, archive)
          if (found.engine !== engine) found.engine.keepTail(tail)
          engine = found.engine
          before.push(rows)
          told.push(found.values)
        }
        for (const [feature, text] of texts.entries())
          for (const moment of MOMENTS)
            expect(answersAsOf(told, feature, moment)).toEqual(
              valuesAsOf(text, { facts: batches.flat(), moment, world: of }),
            )
      }),
      { numRuns: RUNS / 2 },
    )
  })

  test('stays gone where what follows from further back is put together with what follows from near by', () => {
    const row = (entity: string, known: number, withdrawn: 0 | 1) => ({ entity, known, withdrawn })
    const rows = [row('X', 2, 1), row('Y', 2, 0), row('X', 1, 0), row('Y', 1, 1)]
    const table = {
      ...{ entity: rows.map(({ entity }) => (entity === 'X' ? 0 : 1)), eventTime: [5, 5, 5, 5] },
      ...{
        knownAt: rows.map(({ known }) => known),
        withdrawn: Uint8Array.from(rows, (one) => one.withdrawn),
      },
    }
    const told = Array.from(asTold(table, rows.length), (place) => rows[place])
    // Of one moment what is gone comes first.
    expect(told).toEqual([row('Y', 1, 1), row('X', 1, 0), row('X', 2, 1), row('Y', 2, 0)])
  })
})

describe('the newest value of an entity', () => {
  /** Arrivals as the platform admits them: late rows may have been known before, and a withdrawal comes after all that had become known. */
  const admitted = withLosses.map((batches) => {
    let latest = 0
    return batches.map((batch) => {
      const known = batch.map((fact) =>
        fact.withdrawn ? { ...fact, known: Math.max(fact.known, latest) } : fact,
      )
      latest = known.reduce((most, fact) => Math.max(most, fact.known), latest)
      return known
    })
  })

  /** What is let go after each arrival: from which moment on all is kept, and which moments before it are. */
  const thinnings = fc.array(
    fc
      .tuple(fc.constantFrom(...MOMENTS), fc.subarray([...MOMENTS]))
      .map(([from, marks]) => [from, marks] as const),
    { maxLength: 5 },
  )

  test('is that of the row before, once the newest row is taken back, and says so where there is none', () => {
    fc.assert(
      fc.property(formulas, admitted, fc.boolean(), thinnings, (texts, batches, saved, thinned) => {
        const engine = engineOf(texts, ENDLESS)
        const names = texts.map((_, place) => `f${place}`)
        let index = new PointInTime({ features: names, stalenessMicros: 100 * MICROS_PER_DAY })
        for (const [place, batch] of batches.entries()) {
          index.add(engine.arrive(rowsOf(batch)), place + 1)
          const [from, marks] = thinned[place] ?? []
          if (from !== undefined && marks !== undefined) index.thin(from, marks)
          if (saved) index = PointInTime.from(memoryFrom(memoryBytes(index.save())))
        }
        const facts = batches.flat()
        for (const moment of MOMENTS.filter((one) => index.answers(one))) {
          const panel = knownAsOf(facts, moment)
          for (const entity of ENTITIES) {
            const newest = panel.get(entity)?.at(-1)
            const answer = index.asOf(entity, moment)
            if (newest === undefined) {
              expect(['NOT_FOUND', 'NOT_YET_KNOWN', 'WITHDRAWN']).toContain(answer.status)
              continue
            }
            expect(answer.eventTime, `${entity} at ${moment}`).toBe(newest.time * MICROS_PER_DAY)
            for (const [place, text] of texts.entries()) {
              const values = valuesAsOf(text, { facts, moment, world: ENDLESS })
              expect(String(answer.value(names[place]))).toBe(values.get(`${entity} ${newest.time}`))
            }
          }
        }
      }),
      { numRuns: RUNS },
    )
  })

  test('a late row ends where its own withdrawal stands, also when steps before it were let go', () => {
    const index = new PointInTime({ features: ['a'], stalenessMicros: 100 * MICROS_PER_DAY })
    const told = (time: number, known: number, a: number, withdrawn = false) =>
      index.add(
        rowsOf([{ entity: 'X', time, known, values: [a, 0], ...(withdrawn && { withdrawn }) }]),
        index.latest + 1,
      )
    for (const time of [1, 2, 3, 4]) told(time, time, time)
    told(5, 5, 5)
    // The row of 5 is taken back at 7, and that of 4 is the newest again.
    told(5, 7, 0, true)
    told(4, 7, 4)
    index.thin(5, [2])
    told(5, 6, 5.5)
    expect([5, 6, 7, 8].map((moment) => index.asOf('X', moment).value('a'))).toEqual([5, 5.5, 4, 4])
    expect(index.asOf('X', 2).value('a')).toBe(2)
  })

  test('a row that is back at the moment at which it was taken back hides no later one that is told of afterwards', () => {
    const engine = engineOf(['a'])
    const index = new PointInTime({ features: ['f0'], stalenessMicros: 100 * MICROS_PER_DAY })
    const fact = factsOf('Y')
    const batches = [[fact(0, 5, 1)], [fact(0, 5, 0, true)], [fact(0, 5, 2), fact(1, 0, 3)]]
    for (const [place, batch] of batches.entries()) index.add(engine.arrive(rowsOf(batch)), place + 1)
    expect([0, 4, 5, 6].map((moment) => index.asOf('Y', moment).value('f0'))).toEqual([3, 3, 3, 3])
  })

  test('by hand: 1, then 2, then 2 is taken back, then all is', () => {
    const engine = engineOf(['a'])
    const index = new PointInTime({ features: ['f0'], stalenessMicros: 100 * MICROS_PER_DAY })
    const fact = factsOf('X')
    const batches = [
      [fact(0, 1, 1)],
      [fact(1, 2, 2)],
      [fact(1, 5, 0, true)],
      [fact(0, 7, 0, true)],
      [fact(1, 9, 3)],
    ]
    for (const [place, batch] of batches.entries()) index.add(engine.arrive(rowsOf(batch)), place + 1)
    const at = (moment: number) => {
      const { status, value } = index.asOf('X', moment)
      return status === 'PRESENT' ? value('f0') : status
    }
    expect([0, 1, 2, 4, 5, 6, 7, 8, 9].map(at)).toEqual([
      'NOT_YET_KNOWN',
      1,
      2,
      2,
      1,
      1,
      'WITHDRAWN',
      'WITHDRAWN',
      3,
    ])
  })
})
