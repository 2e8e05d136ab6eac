/** A history that is taken in parts says what the whole says, in the same rows and slices, and what comes after it too. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { memoryBytes } from '../../schemas/kernel/memory.ts'
import { MICROS_PER_DAY } from '../../schemas/kernel/time.ts'
import { joinRows, type Rows, sliceRows } from '../../schemas/rows.ts'
import { namesIn, partsOf, slicesOf } from '../../streams/features/in-parts.ts'
import { engineOf, formula, rowsOf } from './arbitrary.ts'
import { ENTITIES, type Fact, type World } from './oracle.ts'

const RUNS = Number(process.env.RUNS ?? 150)
const DAYS = 25
const TAIL = { times: 3, micros: 2 * MICROS_PER_DAY, facts: 1 }

const price = fc.integer({ min: -8, max: 8 }).map((whole) => whole / 4)
/** Days of rows in any order of the names, some without one; a few are told again with a later day. */
const facts: fc.Arbitrary<Fact[]> = fc
  .array(fc.tuple(price, price, fc.nat(9), fc.nat(2000), fc.nat()), {
    minLength: DAYS * ENTITIES.length,
    maxLength: DAYS * ENTITIES.length,
  })
  .map((cells) => {
    const all = cells.flatMap(([a, b, has, later, shuffle], i) => {
      const [time, entity] = [Math.floor(i / ENTITIES.length), ENTITIES[i % ENTITIES.length]]
      const told = {
        order: time * 10 + (shuffle % 10),
        fact: { entity, time, known: time + 0.25, values: [a, b] },
      }
      if (has === 0) return []
      if (later >= DAYS) return [told]
      return [told, { ...told, fact: { ...told.fact, known: time + later + 0.5, values: [a + 1, b] } }]
    })
    return all.sort((x, y) => x.order - y.order).map(({ fact }) => fact)
  })
const world: fc.Arbitrary<World> = fc.record({ maxGap: fc.constantFrom(0, 3), weekends: fc.boolean() })
const formulas = fc
  .tuple(fc.array(formula, { maxLength: 2 }), fc.constantFrom('ts_mean(rank(delta(a, 1)), 3)', 'delay(a, 4)'))
  .map(([some, one]) => [...some, one])

function inParts(texts: readonly string[], of: World, rows: Rows, most: number) {
  const [engine, absorbing] = [engineOf(texts, of), engineOf(texts, of)]
  const parts = partsOf(engine, rows, most) ?? [rows]
  const tables = parts.map((part) => {
    const table = engine.arrive(part)
    absorbing.absorb(part)
    for (const one of [engine, absorbing]) one.keepTail(TAIL)
    return table
  })
  return { engine, absorbing, tables, parts: parts.length }
}

test('of any history', () => {
  let cuts = 0
  fc.assert(
    fc.property(
      facts,
      formulas,
      world,
      fc.integer({ min: 1, max: 30 }),
      fc.integer({ min: 1, max: 40 }),
      (told, texts, of, most, size) => {
        const rows = rowsOf(told.filter(({ time }) => time < DAYS - 2))
        const whole = engineOf(texts, of)
        const table = whole.arrive(rows)
        const { engine, absorbing, tables, parts } = inParts(texts, of, rows, most)
        cuts += parts - 1
        const slices = [...slicesOf(tables, namesIn(rows), size)]
        const expected = []
        for (let from = 0; from < table.length; from += size)
          expected.push(sliceRows(table, from, from + size))
        expect(slices).toEqual(expected)
        expect(memoryBytes(absorbing.save())).toEqual(memoryBytes(engine.save()))
        const next = rowsOf(told.filter(({ time }) => time >= DAYS - 2))
        if (engine.reaches(next)) expect(engine.arrive(next)).toEqual(whole.arrive(next))
      },
    ),
    { numRuns: RUNS },
  )
  expect(cuts).toBeGreaterThan(RUNS / 4)
})

test('no history is cut that reaches back behind what is known, or is short', () => {
  const day = (time: number, known = time + 0.25): Fact => ({ entity: 'X', time, known, values: [time, 1] })
  const engine = engineOf(['a'], { maxGap: 0, weekends: false })
  engine.arrive(rowsOf([day(5)]))
  expect(partsOf(engine, rowsOf([day(6), day(7), day(8)]), 3)).toBeNull()
  expect(partsOf(engine, rowsOf([day(6), day(7), day(8)]), 2)).toHaveLength(2)
  expect(partsOf(engine, rowsOf([day(4, 6), day(7), day(8)]), 1)).toBeNull()
  expect(partsOf(engine, rowsOf([day(6, 5.25), day(7), day(8)]), 1)).toBeNull()
  const parts = partsOf(engine, rowsOf([day(6), day(7), day(8), day(6, 9), day(9), day(10)]), 1) ?? []
  expect(parts.map(({ length }) => length)).toEqual([4, 1, 1])
  expect(joinRows(parts).length).toBe(6)
})
