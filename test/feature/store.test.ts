/** The live lane's store answers any moment as an index of all that was ever told, whatever it still has in memory. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { PointInTime } from '../../projections/feature/point-in-time.ts'
import { SetDefined, ValuesComputed } from '../../schemas/events/feature.ts'
import { memoryBytes, memoryFrom } from '../../schemas/kernel/memory.ts'
import type { Rows } from '../../schemas/rows.ts'
import { featureStore, rowsAsOf } from '../../serving/feature-store.ts'
import { defineSet } from '../../streams/features/definition.ts'
import { openChunkMemory } from '../../streams/log/chunks/memory.ts'
import { putRows } from '../../streams/log/tables.ts'
import { recorded } from '../support/recorded.ts'

const SET = defineSet({
  set: 'f',
  version: 1,
  entity: 'instrument',
  dataset: 'd',
  features: [{ name: 'f', formula: 'close', unit: '' }],
  stalenessMicros: 6,
  lagMicros: 0,
  maxGapSessions: 0,
})
const NAME = { name: 'f', version: 1 }
const DAYS = 30
const LIMITS = { keptMicros: 8, rowsAtOnce: 2, valuesInFull: 40 }
const TIMES = { eventTime: 0, knownAt: 0 }

type Told = Readonly<{ entity: string; eventTime: number; knownAt: number }>

/** Rows day by day; some come late, some correct a day long past. */
const history: fc.Arbitrary<Told[][]> = fc
  .array(fc.tuple(fc.subarray(['A', 'B', 'C']), fc.nat(40), fc.nat(DAYS)), {
    minLength: DAYS,
    maxLength: DAYS,
  })
  .map((days) =>
    days.map(([entities, odd, other], day) => {
      const eventTime = odd < 4 ? Math.min(day, other) : day
      const knownAt = odd > 37 ? day - 3 : day
      return entities.map((entity) => ({ entity, eventTime, knownAt: Math.max(knownAt, eventTime) }))
    }),
  )

const rowsOf = (told: readonly Told[], day: number): Rows => {
  const entities = told.map(({ entity }) => entity)
  const values = Float64Array.from(told, ({ eventTime }, i) => day * 100 + eventTime + i / 10)
  return {
    length: told.length,
    entities,
    entity: Uint32Array.from(told.keys()),
    eventTime: Float64Array.from(told, ({ eventTime }) => eventTime),
    knownAt: Float64Array.from(told, ({ knownAt }) => knownAt),
    columns: [{ name: 'f', values }],
  }
}

test('any moment is answered as by all that was ever told, also after a restart', async () => {
  let reads = 0
  await fc.assert(
    fc.asyncProperty(history, fc.nat(DAYS), async (days, reopenedAt) => {
      const memory = openChunkMemory()
      const get = (hash: string) => {
        reads++
        return memory.get(hash)
      }
      const counted = { ...memory, get }
      const open = () => featureStore({ chunks: counted, ...LIMITS })
      let store = open()
      const whole = new PointInTime({ features: ['f'], stalenessMicros: SET.stalenessMicros })
      const defined = recorded(SetDefined.draft(SET, TIMES), 1)
      await store.take(defined, null)
      for (const [day, told] of days.entries()) {
        const rows = rowsOf(told, day)
        if (rows.length > 0) {
          const chunk = await putRows(memory, rows)
          const [knownFrom, knownTo] = [Math.min(...rows.knownAt), Math.max(...rows.knownAt)]
          const data = { set: 'f', version: 1, hash: SET.hash, dataset: 'd', cause: 1, rows: rows.length }
          const draft = ValuesComputed.draft({ ...data, knownFrom, knownTo }, TIMES, [chunk])
          await store.take(recorded(draft, day + 2), null)
          whole.add(rows, day + 2)
        }
        if (day === reopenedAt) {
          const saved = memoryBytes(store.save?.() ?? null)
          store = open()
          store.restore?.(memoryFrom(saved))
          expect(memoryBytes(store.save?.() ?? null)).toEqual(saved)
        }
        for (const at of [day, day - 2, day - 9, 0])
          expect(await store.asOf(NAME, ['f'], at)).toEqual(
            rowsAsOf(whole, ['f'], { entities: whole.entities(), at }),
          )
      }
      const decided = Array.from({ length: DAYS }, (_, session) => ({ session, decideAt: session }))
      const found = await store.recent(NAME, ['f'], { decided, sessionOf: (at) => at })
      for (const [day, [values]] of found.entries()) {
        const { eventTimes, columns } = rowsAsOf(whole, ['f'], { entities: whole.entities(), at: day })
        expect([...values]).toEqual([...columns[0]].filter((_, i) => eventTimes[i] === day))
      }
    }),
    { numRuns: 60 },
  )
  expect(reads).toBeGreaterThan(1000)
})
