import { DuckDBInstance } from '@duckdb/node-api'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { PointInTime } from '../../projections/feature/point-in-time.ts'
import { ROW_STATUSES } from '../../projections/feature/status.ts'
import { memoryBytes, memoryFrom } from '../../schemas/kernel/memory.ts'
import type { Rows } from '../../schemas/rows.ts'

type Told = Readonly<{ entity: string; eventTime: number; knownAt: number; value: number }>

const ENTITIES = ['A', 'B', 'C', 'D'] as const
const STALENESS = 4

const told: fc.Arbitrary<Told> = fc.record({
  entity: fc.constantFrom('A', 'B', 'C'),
  eventTime: fc.integer({ min: 0, max: 9 }),
  knownAt: fc.integer({ min: 0, max: 12 }),
  value: fc.oneof(fc.integer({ min: 1, max: 1000 }), fc.constant(Number.NaN)),
})
const events = fc.array(fc.array(told, { maxLength: 8 }), { maxLength: 10 })

const rowsOf = (facts: readonly Told[]): Rows => ({
  length: facts.length,
  entities: ENTITIES,
  entity: Uint32Array.from(facts, (one) => ENTITIES.indexOf(one.entity as 'A')),
  eventTime: Float64Array.from(facts, (one) => one.eventTime),
  knownAt: Float64Array.from(facts, (one) => one.knownAt),
  columns: [{ name: 'f', values: Float64Array.from(facts, (one) => one.value) }],
})

function indexOf(all: readonly (readonly Told[])[]): PointInTime {
  const index = new PointInTime({ features: ['f'], stalenessMicros: STALENESS })
  for (const [place, facts] of all.entries()) index.add(rowsOf(facts), place + 1)
  return index
}

/** The definition: sort all that was known and take the first. */
function defined(all: readonly (readonly Told[])[], entity: string, moment: number) {
  const facts = all.flat()
  const own = facts.flatMap((one, row) => (one.entity === entity ? [{ ...one, row }] : []))
  if (own.length === 0) return { status: 'NOT_FOUND', value: Number.NaN }
  const [first] = own
    .filter((one) => one.knownAt <= moment)
    .sort((x, y) => y.eventTime - x.eventTime || y.knownAt - x.knownAt || y.row - x.row)
  if (first === undefined) return { status: 'NOT_YET_KNOWN', value: Number.NaN }
  if (moment - first.eventTime > STALENESS) return { status: 'TOO_OLD', value: Number.NaN }
  return { status: 'PRESENT', value: first.value }
}

const MOMENTS = Array.from({ length: 16 }, (_, moment) => moment - 1)

describe('the point-in-time index', () => {
  test('answers as the definition does, however the rows became known', () => {
    fc.assert(
      fc.property(events, (all) => {
        const index = indexOf(all)
        for (const entity of ENTITIES) {
          for (const moment of MOMENTS) {
            const answer = index.asOf(entity, moment)
            expect({ status: answer.status, value: answer.value('f') }).toEqual(defined(all, entity, moment))
          }
        }
      }),
      { numRuns: 500 },
    )
  })

  test('answers and goes on as before when it is restored from what was saved', () => {
    fc.assert(
      fc.property(events, events, (before, after) => {
        const whole = indexOf(before)
        const again = PointInTime.from(memoryFrom(memoryBytes(whole.save())))
        for (const [place, facts] of after.entries())
          for (const index of [whole, again]) index.add(rowsOf(facts), before.length + place + 1)
        expect(memoryBytes(again.save())).toEqual(memoryBytes(whole.save()))
        for (const entity of ENTITIES)
          for (const moment of MOMENTS) {
            const [one, other] = [whole.asOf(entity, moment), again.asOf(entity, moment)]
            expect([other.status, other.position, other.value('f')]).toEqual([
              one.status,
              one.position,
              one.value('f'),
            ])
          }
      }),
      { numRuns: 300 },
    )
  })

  test('answers as the definition does from where it keeps rows, and goes on so', () => {
    fc.assert(
      fc.property(events, events, fc.integer({ min: 0, max: 14 }), (before, after, floor) => {
        const index = indexOf(before)
        index.keepFrom(floor)
        for (const [place, facts] of after.entries()) index.add(rowsOf(facts), before.length + place + 1)
        const again = PointInTime.from(memoryFrom(memoryBytes(index.save())))
        const all = [...before, ...after]
        expect(index.entities()).toEqual(indexOf(all).entities())
        for (const entity of ENTITIES)
          for (const moment of MOMENTS.filter((one) => one >= floor))
            for (const one of [index, again]) {
              const answer = one.asOf(entity, moment)
              const found = { status: answer.status, value: answer.value('f') }
              expect(found).toEqual(defined(all, entity, moment))
            }
        expect(() => index.asOf('A', floor - 1)).toThrow()
      }),
      { numRuns: 500 },
    )
  })

  test('answers the moments for which it kept rows when it was thinned, and goes on so', () => {
    const moments = fc.array(fc.integer({ min: 0, max: 14 }), { maxLength: 4 })
    const thinned = fc.array(fc.tuple(events, fc.integer({ min: 0, max: 14 }), moments), { maxLength: 3 })
    fc.assert(
      fc.property(events, thinned, (before, parts) => {
        const index = indexOf(before)
        const all = [...before]
        for (const [more, full, marks] of parts) {
          const could = MOMENTS.filter((moment) => index.answers(moment))
          index.thin(full, marks)
          for (const moment of could)
            if (moment >= full || marks.includes(moment)) expect(index.answers(moment)).toBe(true)
          for (const facts of more) {
            all.push(facts)
            index.add(rowsOf(facts), all.length)
          }
        }
        const again = PointInTime.from(memoryFrom(memoryBytes(index.save())))
        for (const entity of ENTITIES)
          for (const moment of MOMENTS.filter((one) => index.answers(one)))
            for (const one of [index, again]) {
              const answer = one.asOf(entity, moment)
              const found = { status: answer.status, value: answer.value('f') }
              expect(found).toEqual(defined(all, entity, moment))
            }
        for (const moment of MOMENTS.filter((one) => !index.answers(one)))
          expect(() => index.asOf('A', moment)).toThrow()
      }),
      { numRuns: 500 },
    )
  })

  test('lets go all that no moment asks for which it was told of', () => {
    const index = new PointInTime({ features: ['f'], stalenessMicros: STALENESS })
    for (let at = 1; at <= 1000; at++)
      index.add(rowsOf([{ entity: 'A', eventTime: at, knownAt: at, value: at }]), at)
    index.thin(991, [100, 200, 995])
    expect(index.length).toBe(12)
    expect([100, 150, 200, 990, 991].map((at) => index.answers(at))).toEqual([true, false, true, false, true])
    expect(index.asOf('A', 200).value('f')).toBe(200)
  })

  test('keeps no more rows than are the newest at some moment', () => {
    const index = new PointInTime({ features: ['f'], stalenessMicros: STALENESS })
    for (let at = 1; at <= 1000; at++) {
      index.add(rowsOf([{ entity: 'A', eventTime: at, knownAt: at, value: at }]), at)
      index.add(rowsOf([{ entity: 'A', eventTime: 0, knownAt: at, value: at }]), at)
    }
    expect(index.length).toBe(1000)
    index.keepFrom(991)
    expect(index.length).toBe(10)
  })

  test('joins a spine in any order to the same answers', () => {
    const spine = fc.array(fc.tuple(fc.nat(3), fc.integer({ min: -1, max: 14 })))
    fc.assert(
      fc.property(events, spine, (all, asked) => {
        const index = indexOf(all)
        const entity = asked.map(([place]) => place)
        const moment = asked.map(([, at]) => at)
        const { row, status } = index.join({ entities: ENTITIES, entity, moment })
        const values = index.gather('f', row)
        for (const [i, at] of moment.entries()) {
          const answer = { status: ROW_STATUSES[status[i]], value: values[i] }
          expect(answer).toEqual(defined(all, ENTITIES[entity[i]], at))
        }
      }),
      { numRuns: 500 },
    )
  })

  test('says why a value is missing', () => {
    const index = indexOf([[{ entity: 'A', eventTime: 2, knownAt: 3, value: Number.NaN }]])
    const statusAt = (entity: string, moment: number) => index.asOf(entity, moment).statusOf('f')
    expect(statusAt('B', 3)).toBe('NOT_FOUND')
    expect(statusAt('A', 2)).toBe('NOT_YET_KNOWN')
    expect(statusAt('A', 3)).toBe('NULL_AT_SOURCE')
    expect(statusAt('A', 6)).toBe('NULL_AT_SOURCE')
    expect(statusAt('A', 7)).toBe('TOO_OLD')
  })

  test('agrees with SQL on many rows with ties', async () => {
    const facts = fc.sample(told, { numRuns: 4000, seed: 20081 })
    const all = Array.from({ length: 40 }, (_, i) => facts.slice(i * 100, i * 100 + 100))
    const index = indexOf(all)
    const connection = await (await DuckDBInstance.create(':memory:')).connect()
    const rows = facts.map((one, row) => `('${one.entity}', ${one.eventTime}, ${one.knownAt}, ${row})`)
    await connection.run(
      `create table f as select * from (values ${rows.join(',')}) as f(entity, event_time, known_at, position)`,
    )
    const answer = await connection.runAndReadAll(`
      select s.entity, t.moment, f.position
      from (values ('A'), ('B'), ('C')) s(entity) cross join range(0, 16) t(moment)
      join f on f.entity = s.entity and f.known_at <= t.moment
      qualify row_number() over (
        partition by s.entity, t.moment order by event_time desc, known_at desc, position desc) = 1`)
    const answers = answer
      .getRowsJS()
      .map(([entity, moment, row]) => [String(entity), Number(moment), Number(row)] as const)
    expect(answers.length).toBe(48)
    const wide = new PointInTime({ features: ['f'], stalenessMicros: 1000 })
    for (const [place, part] of all.entries()) wide.add(rowsOf(part), place + 1)
    for (const [entity, moment, row] of answers) {
      const found = wide.asOf(entity, moment)
      const { eventTime, knownAt, value } = facts[row]
      expect([found.eventTime, found.knownAt, found.value('f')]).toEqual([eventTime, knownAt, value])
      expect(found.position).toBe(Math.floor(row / 100) + 1)
      expect(index.asOf(entity, moment).status).toBe(moment - eventTime <= STALENESS ? 'PRESENT' : 'TOO_OLD')
    }
  })
})
