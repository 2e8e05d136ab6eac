/** Several data sets in one formula, against a join made row by row from what was known at each moment. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { memoryBytes, memoryFrom } from '../../schemas/kernel/memory.ts'
import { MICROS_PER_DAY } from '../../schemas/kernel/time.ts'
import type { Rows } from '../../schemas/rows.ts'
import { localDays } from '../../streams/calendar/sessions.ts'
import { compileSet, defineSet } from '../../streams/features/definition.ts'
import { FeatureEngine } from '../../streams/features/engine.ts'
import { arriveFurtherBack, type FromSource } from '../../streams/features/further-back.ts'
import { answersAsOf, fact, rowsOf } from './arbitrary.ts'
import { ENDLESS, type Fact, knownAsOf, valuesAsOf } from './oracle.ts'

const STALE_DAYS = 3
const RUNS = Number(process.env.RUNS ?? 200)
const MOMENTS = [0, 2, 4, 6, 8, 9]

/** Rows of the joined data set, by time, as they are known; what is read of a row of them. */
type Read = (rows: readonly Fact[], row: number) => number
const value: Read = (rows, row) => rows[row].values[0]
const change: Read = (rows, row) => (row === 0 ? Number.NaN : rows[row].values[0] - rows[row - 1].values[0])

/** A formula, and the same over two columns, of which `b` is what was joined. */
const CASES: readonly Readonly<{ formula: string; joined: string; read: Read; entity: string }>[] = [
  { formula: 'a / s.a', joined: 'a / b', read: value, entity: '' },
  { formula: 'test.a - s.a', joined: 'a - b', read: value, entity: '' },
  { formula: 'ts_mean(s.a, 3)', joined: 'ts_mean(b, 3)', read: value, entity: '' },
  { formula: 'rank(delay(s.a, 1) + a)', joined: 'rank(delay(b, 1) + a)', read: value, entity: '' },
  { formula: 'ts_sum(rank(s.a), 2)', joined: 'ts_sum(rank(b), 2)', read: value, entity: '' },
  { formula: 'a + s[delta(a, 1)]', joined: 'a + b', read: change, entity: '' },
  { formula: 'delta(a, 1) * m.a', joined: 'delta(a, 1) * b', read: value, entity: 'X' },
]

const SET = compileSet(
  defineSet(
    {
      set: 'test',
      version: 1,
      entity: 'instrument',
      dataset: 'test',
      features: CASES.map(({ formula }, place) => ({ name: `f${place}`, formula, unit: '' })),
      stalenessMicros: 1000,
      lagMicros: 0,
      maxGapSessions: 0,
      joins: [
        { name: 's', dataset: 'other', entity: '', stalenessMicros: STALE_DAYS * MICROS_PER_DAY },
        { name: 'm', dataset: 'other', entity: 'X', stalenessMicros: 0 },
      ],
    },
    ['a', 'b'],
    new Map([['other', ['a', 'b']]]),
  ),
)

const engine = (): FeatureEngine => new FeatureEngine(SET, localDays('UTC'))

/** An arrival of the set's own data set, or of the other one, which is joined twice. */
type Arrival = Readonly<{ isOther: boolean; facts: readonly Fact[] }>
const sourcesOf = ({ isOther }: Arrival): readonly number[] => (isOther ? [1, 2] : [0])

const arrival: fc.Arbitrary<Arrival> = fc.record({
  isOther: fc.boolean(),
  facts: fc.array(fact, { minLength: 1, maxLength: 6 }),
})
const arrivals = fc
  .tuple(
    fc.array(arrival, { minLength: 1, maxLength: 7 }),
    fc.constantFrom('shuffled', 'ordered', 'corrected'),
  )
  .map(([all, kind]): readonly Arrival[] => {
    if (kind === 'shuffled') return all
    const inOrder = all.map((one, place) => ({
      ...one,
      facts: one.facts.map((of) => ({ ...of, known: Math.min(9, place) })),
    }))
    return kind === 'ordered'
      ? inOrder
      : [
          ...inOrder,
          ...inOrder.slice(0, 2).map((one) => ({
            ...one,
            facts: one.facts.map((of) => ({ ...of, known: 9, values: [3.5, 1] })),
          })),
        ]
  })

/** The rows of the set's data set at a moment, with what is joined to each as `b`. */
function joinedAsOf(
  all: readonly Arrival[],
  moment: number,
  { read, entity }: (typeof CASES)[number],
): Fact[] {
  const of = (isOther: boolean) =>
    knownAsOf(
      all.filter((one) => one.isOther === isOther).flatMap(({ facts }) => facts),
      moment,
    )
  const other = of(true)
  return [...of(false)].flatMap(([name, rows]) =>
    rows.map((row) => {
      const theirs = other.get(entity === '' ? name : entity) ?? []
      const at = theirs.findLastIndex(({ time }) => time <= row.time)
      const isFresh = at >= 0 && (entity !== '' || row.time - theirs[at].time <= STALE_DAYS)
      return { ...row, values: [row.values[0], isFresh ? read(theirs, at) : Number.NaN] }
    }),
  )
}

function expectRight(tables: readonly Rows[], all: readonly Arrival[]): void {
  for (const [feature, one] of CASES.entries())
    for (const moment of MOMENTS) {
      const facts = joinedAsOf(all, moment, one)
      const right = valuesAsOf(one.joined, { facts, moment: Number.POSITIVE_INFINITY, world: ENDLESS })
      expect(answersAsOf(tables, feature, moment)).toEqual(right)
    }
}

const arrive = (to: FeatureEngine, one: Arrival): Rows[] =>
  sourcesOf(one).map((source) => to.arrive(rowsOf(one.facts), source))

describe('a set over several data sets', () => {
  test('answers at every moment as a join of what was known then, however rows arrived', () => {
    fc.assert(
      fc.property(arrivals, (all) => {
        const one = engine()
        expectRight(
          all.flatMap((of) => arrive(one, of)),
          all,
        )
      }),
      { numRuns: RUNS },
    )
  })

  test('goes on after a restart, from what was absorbed and from what was saved, with the same bits', () => {
    fc.assert(
      fc.property(arrivals, fc.nat(6), (all, at) => {
        const [whole, absorbed, restored] = [engine(), engine(), engine()]
        const told: Rows[][] = []
        for (const [place, of] of all.entries()) {
          if (place === at) restored.restore(memoryFrom(memoryBytes(whole.save())))
          if (place < at) for (const source of sourcesOf(of)) absorbed.absorb(rowsOf(of.facts), source)
          told.push(arrive(whole, of))
        }
        const rest = all.slice(at)
        expect(rest.map((of) => arrive(absorbed, of))).toEqual(told.slice(at))
        expect(rest.map((of) => arrive(restored, of))).toEqual(told.slice(at))
      }),
      { numRuns: RUNS },
    )
  })

  test('that keeps a tail says what one says that keeps everything', async () => {
    const tail = { times: 3, micros: MICROS_PER_DAY, facts: 4 }
    await fc.assert(
      fc.asyncProperty(arrivals, async (all) => {
        // Far apart, so that what is joined lies behind the horizon too.
        const spread = all.map((one) => ({
          ...one,
          facts: one.facts.map((of) => ({ ...of, time: of.time * 150 })),
        }))
        const whole = engine()
        let kept = engine()
        kept.keepTail(tail)
        const before: FromSource[] = []
        for (const one of spread)
          for (const source of sourcesOf(one)) {
            const rows = rowsOf(one.facts)
            const right = whole.arrive(rows, source)
            if (kept.reaches(rows)) expect(kept.arrive(rows, source)).toEqual(right)
            else {
              const archive = {
                fresh: engine,
                read: async function* () {
                  yield* before
                },
              }
              const further = await arriveFurtherBack(kept, { rows, source }, archive)
              expect(further.values).toEqual(right)
              kept = further.engine
              kept.keepTail(tail)
            }
            before.push({ rows, source })
          }
      }),
      { numRuns: RUNS },
    )
  })
})
