/** An engine that keeps a tail says what one says that keeps everything, and what the definition says, over data with holes. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Memory, memoryBytes, memoryFrom } from '../../schemas/kernel/memory.ts'
import { MICROS_PER_DAY } from '../../schemas/kernel/time.ts'
import { type Rows, rowsWhere } from '../../schemas/rows.ts'
import type { FeatureEngine } from '../../streams/features/engine.ts'
import { type Archive, arriveFurtherBack } from '../../streams/features/further-back.ts'
import { answersAsOf, engineOf, formula, rowsOf } from './arbitrary.ts'
import { ENTITIES, type Fact, valuesAsOf, type World } from './oracle.ts'

const RUNS = Number(process.env.RUNS ?? 150)
const DAYS = 40
const TAIL = { times: 3, micros: 2 * MICROS_PER_DAY, facts: 1 }

/** What may happen to the row of a name and a day, told as it usually is at the end of its day. */
type Fate = 'told' | 'never' | 'late' | 'corrected' | 'corrected soon' | 'early' | 'twice' | 'stale'

const price = fc.integer({ min: -8, max: 8 }).map((whole) => whole / 4)
const fate: fc.Arbitrary<Fate> = fc.oneof(
  { weight: 30, arbitrary: fc.constant<Fate>('told') },
  {
    weight: 1,
    arbitrary: fc.constantFrom<Fate>(
      'never',
      'late',
      'corrected',
      'corrected soon',
      'early',
      'twice',
      'stale',
    ),
  },
)
const name = fc.record({
  from: fc.oneof({ weight: 2, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(DAYS) }),
  to: fc.oneof({ weight: 2, arbitrary: fc.constant(DAYS) }, { weight: 1, arbitrary: fc.nat(DAYS) }),
  halt: fc.record({ from: fc.nat(DAYS), days: fc.constantFrom(0, 0, 2, 9) }),
  rows: fc.array(fc.tuple(price, price, fate, fc.nat(DAYS)), { minLength: DAYS, maxLength: DAYS }),
})

/** Days of arrivals, each in one file or one a name; what is late or a correction comes with the day on which it is known. */
const history: fc.Arbitrary<Fact[][]> = fc
  .tuple(
    fc.tuple(name, name, name),
    fc.constantFrom('whole', 'split', 'first ten at once', 'first ten by name'),
  )
  .map(([names, files]) => {
    const told = names.flatMap((one, place) =>
      one.rows.flatMap(([a, b, what, other], time) => {
        const isHalted = time >= one.halt.from && time < one.halt.from + one.halt.days
        if (what === 'never' || isHalted || time < one.from || time >= one.to) return []
        return factsOf({ entity: ENTITIES[place], time, values: [a, b] }, what, other)
      }),
    )
    const days = Array.from({ length: 2 * DAYS }, (_, day) => told.filter((one) => one.day === day))
    const begin = files.startsWith('first') ? 10 : 0
    const first = told.filter(({ day }) => day < begin)
    const byName = (some: typeof told) =>
      ENTITIES.map((entity) => some.filter((one) => one.fact.entity === entity))
    const batches = [
      ...(files === 'first ten by name' ? byName(first) : [first]),
      ...days.slice(begin).flatMap((day) => (files === 'split' ? byName(day) : [day])),
    ]
    return batches.filter(({ length }) => length > 0).map((some) => some.map(({ fact }) => fact))
  })

function factsOf(row: Omit<Fact, 'known'>, what: Fate, other: number): { day: number; fact: Fact }[] {
  const at = (day: number, values = row.values) => ({ day, fact: { ...row, known: day + 0.25, values } })
  const { time } = row
  const then = { corrected: time + other, 'corrected soon': time + (other % 3), late: time + other }
  if (what === 'late') return [at(then.late)]
  // It is delivered days after it is said to have been known.
  if (what === 'early') return [{ ...at(time), day: time + (other % 12) }]
  // An older version comes after the correction of it, and after many others became known.
  if (what === 'stale')
    return [at(time), at(time + 1, [row.values[0] + 2, row.values[1]]), { day: time + other, ...older(row) }]
  if (what === 'twice') return [at(time), at(time + other)]
  if (what === 'told' || what === 'never') return [at(time)]
  return [at(time), { ...at(then[what], [row.values[0] + 1, row.values[1]]) }]
}

const older = (row: Omit<Fact, 'known'>) => ({
  fact: { ...row, known: row.time + 0.5, values: [row.values[0] + 1, row.values[1]] },
})

const world: fc.Arbitrary<World> = fc.record({ maxGap: fc.constantFrom(0, 3, 8), weekends: fc.boolean() })
const formulas = fc
  .tuple(
    fc.array(formula, { maxLength: 2 }),
    fc.constantFrom(
      'ts_mean(rank(delta(a, 1)), 3)',
      'rank(ts_mean(a, 3))',
      'delay(a, 2)',
      'zscore(ts_sum(rank(a), 2))',
    ),
  )
  .map(([some, one]) => [...some, one])

/** Takes arrivals as a processor does, and counts how often it could not by itself. */
function tailed(texts: readonly string[], of: World) {
  const make = (): FeatureEngine => {
    const engine = engineOf(texts, of)
    engine.keepTail(TAIL)
    return engine
  }
  const before: Rows[] = []
  let engine = make()
  const counts = { inReach: 0, around: 0, whole: 0, anew: 0 }
  const archive: Archive = {
    fresh: () => engineOf(texts, of),
    async *read(from, to) {
      if (from === Number.NEGATIVE_INFINITY) counts.whole++
      for (const rows of before) {
        const within = rowsWhere(rows, (row) => rows.eventTime[row] >= from && rows.eventTime[row] < to)
        if (within.length > 0) yield { rows: within, source: 0 }
      }
    },
  }
  return {
    counts,
    save: () => memoryBytes(engine.save()),
    reopen() {
      const saved = memoryFrom(memoryBytes(engine.save()))
      engine = engineOf(texts, of)
      engine.restore(saved)
      engine.keepTail(TAIL)
    },
    async arrive(rows: Rows): Promise<Rows> {
      const isReached = engine.reaches(rows)
      const whole = counts.whole
      const found = isReached
        ? { values: engine.arrive(rows), engine }
        : await arriveFurtherBack(engine, { rows, source: 0 }, archive)
      if (isReached) counts.inReach++
      else if (whole === counts.whole) counts.around++
      if (found.engine !== engine) {
        counts.anew++
        found.engine.keepTail(TAIL)
      }
      engine = found.engine
      before.push(rows)
      return found.values
    },
    /** The same, nobody having asked what follows. */
    absorb(rows: Rows): void {
      if (!engine.canAbsorb(rows)) {
        engine = engineOf(texts, of)
        for (const earlier of before) engine.absorb(earlier)
        engine.absorb(rows)
        engine.keepTail(TAIL)
      } else engine.absorb(rows)
      before.push(rows)
    },
  }
}

/** Both engines take these arrivals; what came of each for the one that keeps a tail. */
async function bothSay(texts: readonly string[], batches: readonly (readonly Fact[])[], of: World) {
  const [whole, tail] = [engineOf(texts, of), tailed(texts, of)]
  for (const [place, batch] of batches.entries()) {
    const rows = rowsOf(batch)
    expect(await tail.arrive(rows), `arrival ${place}`).toEqual(whole.arrive(rows))
  }
  return tail.counts
}

const told = (time: number, known = time + 0.25, a = time % 7, b = 1, entity = 'X'): Fact => ({
  entity,
  time,
  known,
  values: [a, b],
})
const daily = (from: number, to: number, entity = 'X'): Fact[][] =>
  Array.from({ length: to - from }, (_, i) => [told(from + i, undefined, undefined, undefined, entity)])
const GAPS = { maxGap: 3, weekends: false }
const NO_GAPS = { maxGap: 0, weekends: false }

describe('an engine that keeps a tail, where it matters', () => {
  test('a row that bridges a gap behind which all was let go', async () => {
    const before = [...daily(0, 6), ...daily(9, 13)]
    const after = [[told(7, 12.3)], [told(10, 12.6, 5)], ...daily(13, 16)]
    expect((await bothSay(['ts_sum(a, 4)'], [...before, ...after], GAPS)).anew).toBeGreaterThan(0)
  })

  test('a correction whose windows end after a halt', async () => {
    const halted = [...daily(0, 11), ...daily(20, 41)]
    const others = daily(0, 41, 'Y')
    const days = others.map(([one]) => [one, ...halted.flat().filter(({ time }) => time === one.time)])
    const counts = await bothSay(['ts_sum(a, 3)'], [...days, [told(10, 41, 6)]], NO_GAPS)
    expect(counts.around).toBe(1)
  })

  test('a new name that brings its history: its later windows hold the older rows', async () => {
    const counts = await bothSay(['ts_sum(a, 3)'], [...daily(7, 12), daily(0, 14, 'Y').flat()], NO_GAPS)
    expect(counts.whole).toBe(1)
  })

  test('what was told at a moment is told again when something of it comes to light', async () => {
    const correction = [told(49, 50.5, 6, 1)]
    const late = [told(49, 50.4, 6, 2)]
    const batches = [...daily(0, 51), correction, ...daily(51, 52), late]
    expect((await bothSay(['ts_sum(a, 3)', 'b'], batches, NO_GAPS)).inReach).toBe(batches.length)
  })

  test('nothing is in reach that was known with a correction from further back', async () => {
    const correction = [told(2, 50.5, 6), told(49, 50.5, 6, 1)]
    const late = [told(49, 50.5, 6, 2)]
    const counts = await bothSay(
      ['ts_sum(a, 3)', 'b'],
      [...daily(0, 51), correction, ...daily(51, 52), late],
      NO_GAPS,
    )
    expect([counts.around, counts.whole]).toEqual([1, 1])
  })

  test('a memory from before there were tails is refused', () => {
    const [engine, other] = [engineOf(['a'], NO_GAPS), engineOf(['a'], NO_GAPS)]
    const { kept, ...before } = engine.save() as { readonly [part: string]: Memory }
    expect(kept).toBeDefined()
    expect(() => other.restore(before)).toThrow('what was kept')
  })

  test('it keeps no more after ten times the days', async () => {
    const bytes = async (days: number) => {
      const tail = tailed(['ts_mean(rank(a), 4)', 'delay(a, 9)'], GAPS)
      for (const batch of daily(0, days)) await tail.arrive(rowsOf(batch))
      return tail.save().length
    }
    expect((await bytes(400)) / (await bytes(40))).toBeLessThan(1.2)
  })
})

describe('an engine that keeps a tail', () => {
  const seen = { inReach: 0, around: 0, whole: 0, anew: 0 }

  test('says, row for row, what one says that keeps everything', async () => {
    await fc.assert(
      fc.asyncProperty(formulas, history, world, async (texts, batches, of) => {
        const [whole, tail] = [engineOf(texts, of), tailed(texts, of)]
        for (const batch of batches) {
          const rows = rowsOf(batch)
          expect(await tail.arrive(rows)).toEqual(whole.arrive(rows))
        }
        for (const key of ['inReach', 'around', 'whole', 'anew'] as const) seen[key] += tail.counts[key]
      }),
      { numRuns: RUNS, endOnFailure: true },
    )
  }, 120_000)

  test('was met by what is in reach, by what is further back, and by what needs everything', () => {
    for (const [way, times] of Object.entries(seen)) expect(times, way).toBeGreaterThan(RUNS / 30)
  })

  test('answers at every moment as the definition does', async () => {
    await fc.assert(
      fc.asyncProperty(formulas, history, world, fc.nat(DAYS), async (texts, batches, of, day) => {
        const tail = tailed(texts, of)
        const told: Rows[] = []
        for (const batch of batches) told.push(await tail.arrive(rowsOf(batch)))
        for (const [feature, text] of texts.entries())
          for (const moment of [day + 0.5, 2 * DAYS]) {
            const defined = valuesAsOf(text, { facts: batches.flat(), moment, world: of })
            expect(answersAsOf(told, feature, moment)).toEqual(defined)
          }
      }),
      { numRuns: RUNS / 5, endOnFailure: true },
    )
  }, 120_000)

  test('knows the same whether it was asked, or reopened, and goes on with the same words', async () => {
    await fc.assert(
      fc.asyncProperty(formulas, history, world, fc.nat(DAYS), async (texts, batches, of, day) => {
        const [asked, unasked] = [tailed(texts, of), tailed(texts, of)]
        for (const [place, batch] of batches.entries()) {
          const rows = rowsOf(batch)
          const said = await asked.arrive(rows)
          if (place < day) unasked.absorb(rows)
          else expect(await unasked.arrive(rows)).toEqual(said)
          if (place % 7 === day % 7) unasked.reopen()
          expect(unasked.save()).toEqual(asked.save())
        }
      }),
      { numRuns: RUNS / 2, endOnFailure: true },
    )
  }, 120_000)
})
