import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { memoryBytes, memoryFrom } from '../../schemas/kernel/memory.ts'
import { MICROS_PER_DAY } from '../../schemas/kernel/time.ts'
import type { Rows } from '../../schemas/rows.ts'
import { answersAsOf, arrivals, engineOf, fact, formula, rowsOf, world } from './arbitrary.ts'
import { ENDLESS, type Fact, knownAsOf, sourcesOf, valuesAsOf, type World } from './oracle.ts'

const MOMENTS = Array.from({ length: 10 }, (_, moment) => moment)
const RUNS = Number(process.env.RUNS ?? 400)
const formulas = fc.array(formula, { minLength: 1, maxLength: 3 })

const stream = (
  texts: readonly string[],
  batches: readonly (readonly Fact[])[],
  of: World = ENDLESS,
): Rows[] => {
  const engine = engineOf(texts, of)
  return batches.map((batch) => engine.arrive(rowsOf(batch)))
}

/** Where a history outgrows the arrays that all shared, and what others have is corrected or comes late. */
const OUTGROWN: readonly (readonly [string, readonly (readonly string[])[]])[] = [
  [
    'ts_quantile(rank(((a) + (a))), 1d, 0.25)',
    [
      ['X 1 1 0.1 0', 'Y 1 1 0 0', 'X 1 1 0 0', 'Y 3 3 0 0.1'],
      ['Z 4 4 0 0', 'Z 5 5 0 0', 'Z 0 0 0 0'],
      ['X 3 3 0.5 0', 'Z 0 0 0.1 0'],
    ],
  ],
  [
    'decay_linear(rank(a), 1)',
    [
      ['X 0 0 0 0.1', 'X 0 2 0.1 0'],
      ['Y 0 0 NaN 0', 'Z 0 0 0 NaN'],
      ['Z 1 1 0 0', 'Z 2 1 NaN 0'],
      ['X 0 0 0 0.1', 'X 0 2 0.1 0'],
      ['Y 0 0 NaN 0', 'Z 0 0 0 NaN'],
    ],
  ],
  [
    '((ts_quantile(cs_std(a), 1, 0.25)) + (a))',
    [['Z 0 0 0.1 0', 'X 0 0 0.1 0'], ['Y 0 0 0 0.1', 'Y 1 0 0 NaN', 'Y 2 1 0 0'], ['X 0 0 0 0.1']],
  ],
]

/** A fact from its entity, time, moment and values. */
function factFrom(words: string): Fact {
  const [entity, ...numbers] = words.split(' ')
  const [time, known, a, b] = numbers.map(Number)
  return { entity, time, known, values: [a, b] }
}

describe('a feature engine', () => {
  test.each(OUTGROWN)('has each history correct its own values of %s', (text, words) => {
    const batches = words.map((batch) => batch.map(factFrom))
    const told = stream([text], batches)
    const backfilled = stream([text], [batches.flat()])
    for (const moment of MOMENTS) {
      const defined = valuesAsOf(text, { facts: batches.flat(), moment, world: ENDLESS })
      expect(answersAsOf(told, 0, moment)).toEqual(defined)
      expect(answersAsOf(backfilled, 0, moment)).toEqual(defined)
    }
  })

  test('answers at every moment as the definition does, however the facts arrived', () => {
    fc.assert(
      fc.property(formulas, arrivals, world, (texts, batches, of) => {
        const told = stream(texts, batches, of)
        const backfilled = stream(texts, [batches.flat()], of)
        for (const [feature, text] of texts.entries()) {
          for (const moment of MOMENTS) {
            const defined = valuesAsOf(text, { facts: batches.flat(), moment, world: of })
            expect(answersAsOf(told, feature, moment)).toEqual(defined)
            expect(answersAsOf(backfilled, feature, moment)).toEqual(defined)
          }
        }
      }),
      { numRuns: RUNS },
    )
  })

  test('changes no answer as of a moment by what became known after it', () => {
    fc.assert(
      fc.property(formulas, arrivals, fc.array(fact), world, (texts, batches, more, of) => {
        const before = stream(texts, batches, of)
        const later = more.map((one) => ({ ...one, known: one.known / 10 + 5.5 }))
        const after = stream(texts, [...batches, later], of)
        for (const feature of texts.keys()) {
          expect(answersAsOf(after, feature, 5)).toEqual(answersAsOf(before, feature, 5))
        }
      }),
      { numRuns: RUNS / 2 },
    )
  })

  test('goes on after a restart with the same bits', () => {
    fc.assert(
      fc.property(formulas, arrivals, fc.nat(6), world, (texts, batches, restartAt, of) => {
        const told = stream(texts, batches, of)
        const engine = engineOf(texts, of)
        for (const batch of batches.slice(0, restartAt)) engine.absorb(rowsOf(batch))
        const rest = batches.slice(restartAt).map((batch) => engine.arrive(rowsOf(batch)))
        expect(rest).toEqual(told.slice(restartAt))
      }),
      { numRuns: RUNS },
    )
  })

  test('goes on from what another one saved, with the same bits and the same memory', () => {
    fc.assert(
      fc.property(formulas, arrivals, fc.nat(6), world, (texts, batches, savedAt, of) => {
        const [whole, again] = [engineOf(texts, of), engineOf(texts, of)]
        const told = batches.map((batch, place) => {
          if (place === savedAt) again.restore(memoryFrom(memoryBytes(whole.save())))
          return whole.arrive(rowsOf(batch))
        })
        const rest = batches.slice(savedAt).map((batch) => again.arrive(rowsOf(batch)))
        expect(rest).toEqual(told.slice(savedAt))
        if (savedAt < batches.length) expect(memoryBytes(again.save())).toEqual(memoryBytes(whole.save()))
      }),
      { numRuns: RUNS },
    )
  })

  test('tells again, after a correction, exactly the values whose windows hold it', () => {
    fc.assert(
      fc.property(
        formula,
        fc.array(fact, { minLength: 1, maxLength: 30 }),
        fc.nat(),
        world,
        (text, facts, which, of) => {
          const engine = engineOf([text], of)
          engine.arrive(rowsOf(facts))
          const panel = knownAsOf(facts, 9)
          const { entity, time, values } = facts[which % facts.length]
          const shown = panel.get(entity)?.find((one) => one.time === time)?.values ?? values
          const corrected = {
            entity,
            time,
            known: 20,
            values: [Number.isNaN(shown[0]) ? 1 : shown[0] + 1, shown[1]],
          }
          const told = engine.arrive(rowsOf([corrected]))
          const cells = Array.from(
            told.eventTime,
            (at, row) => `${told.entities[told.entity[row]]} ${at / MICROS_PER_DAY}`,
          )
          const holding = [...panel].flatMap(([name, rows]) =>
            rows.flatMap((one, row) =>
              sourcesOf(text, { panel, entity: name, row, world: of }).has(`${entity} ${time} a`)
                ? [`${name} ${one.time}`]
                : [],
            ),
          )
          expect(cells.toSorted()).toEqual(holding.toSorted())
          expect([...told.knownAt].every((known) => known === 20)).toBe(true)
        },
      ),
      { numRuns: RUNS },
    )
  })

  test('says nothing when the same facts come again', () => {
    fc.assert(
      fc.property(formulas, fc.array(fact), (texts, facts) => {
        const newest = [...knownAsOf(facts, 9).values()].flat()
        const again = newest.map((one, place) => ({ ...one, known: one.known + (place % 2) * 10 }))
        const [, second] = stream(texts, [facts, again])
        expect(second.length).toBe(0)
      }),
      { numRuns: RUNS / 2 },
    )
  })

  test('tells rows in the order knownAt, eventTime, entity, with the publication lag added', () => {
    fc.assert(
      fc.property(arrivals, (batches) => {
        const engine = engineOf(['rank(a)'], ENDLESS, 7)
        const plain = engineOf(['rank(a)'])
        for (const batch of batches) {
          const rows = engine.arrive(rowsOf(batch))
          expect(rows.knownAt).toEqual(plain.arrive(rowsOf(batch)).knownAt.map((known) => known + 7))
          const keys = Array.from(rows.knownAt, (known, row) => [
            known,
            rows.eventTime[row],
            rows.entity[row],
          ])
          expect(keys).toEqual(keys.toSorted((x, y) => x[0] - y[0] || x[1] - y[1] || x[2] - y[2]))
          expect(new Set(keys.map(String)).size).toBe(keys.length)
        }
      }),
      { numRuns: RUNS / 4 },
    )
  })

  test('refuses rows that lack a column', () => {
    const engine = engineOf(['a + b'])
    const rows = rowsOf([{ entity: 'X', time: 1, known: 1, values: [1, 2] }])
    expect(() => engine.arrive({ ...rows, columns: rows.columns.slice(0, 1) })).toThrow(
      /lack it. They have: a/,
    )
  })
})
