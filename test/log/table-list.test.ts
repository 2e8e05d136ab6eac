/** Tables that are remembered in columns: the references that went in come out, whichever are asked for. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { ChunkRef } from '../../schemas/envelope.ts'
import { sha256 } from '../../schemas/kernel/canonical.ts'
import { memoryBytes, memoryFrom } from '../../schemas/kernel/memory.ts'
import { TableList, type Told } from '../../streams/log/table-list.ts'

const ref: fc.Arbitrary<ChunkRef> = fc
  .tuple(fc.nat(50), fc.nat(20), fc.nat(), fc.maxSafeNat())
  .map(([from, span, seed, bytes]) => ({
    hash: sha256(String(seed)),
    format: 'arrow',
    rows: seed,
    bytes,
    eventTimeFrom: from,
    eventTimeTo: from + span,
  }))
const arrivals: fc.Arbitrary<readonly Told[]> = fc
  .array(fc.tuple(fc.array(ref, { minLength: 1, maxLength: 4 }), fc.nat(9)), { maxLength: 90 })
  .map((all) => all.map(([refs, knownFrom], at) => ({ position: 3 * at + 1, knownFrom, refs })))

function listOf(told: readonly Told[]): TableList {
  const list = new TableList()
  for (const one of told) list.add(one)
  return list
}

/** The same, by a look at each. */
const wanted = (told: readonly Told[], isWanted: (ref: ChunkRef) => boolean) =>
  told.map((one) => ({ ...one, refs: one.refs.filter(isWanted) })).filter(({ refs }) => refs.length > 0)

describe('a list of tables', () => {
  test('gives what went in, all of it or what lies between two times', () => {
    fc.assert(
      fc.property(arrivals, fc.nat(70), fc.nat(30), (told, from, width) => {
        const list = listOf(told)
        expect([...list.told()]).toEqual(told)
        const to = from + width
        const isWanted = (one: ChunkRef) => one.eventTimeFrom < to && one.eventTimeTo >= from
        expect([...list.told({ from, to })]).toEqual(wanted(told, isWanted))
        const early = told.filter(({ knownFrom }) => knownFrom <= 4)
        expect([...list.told({ from, to, knownAtMost: 4 })]).toEqual(wanted(early, isWanted))
      }),
    )
  })

  test('gives the first tables alone', () => {
    fc.assert(
      fc.property(arrivals, fc.nat(90), (told, count) => {
        const first = told.slice(0, count)
        const tables = first.reduce((sum, { refs }) => sum + refs.length, 0)
        expect([...listOf(told).told(undefined, tables)]).toEqual(first)
      }),
    )
  })

  test('gives the tables that may be about some times', () => {
    fc.assert(
      fc.property(arrivals, fc.uniqueArray(fc.nat(80), { maxLength: 5 }), (told, some) => {
        const times = [...some].sort((a, b) => a - b)
        const isWanted = ({ eventTimeFrom, eventTimeTo }: ChunkRef) =>
          times.some((time) => time >= eventTimeFrom && time <= eventTimeTo)
        const expected = wanted(told, isWanted).flatMap(({ refs }) => refs)
        expect([...listOf(told).about(times)]).toEqual(expected)
      }),
    )
  })

  test('goes on from what was saved, which does not change with it', () => {
    fc.assert(
      fc.property(arrivals, arrivals, (before, after) => {
        const list = listOf(before)
        const bytes = memoryBytes(list.save())
        const saved = list.save()
        const again = TableList.from(memoryFrom(bytes))
        const later = after.map((one) => ({ ...one, position: one.position + 1000 }))
        for (const one of later) for (const each of [list, again]) each.add(one)
        expect(memoryBytes(saved)).toEqual(bytes)
        expect([...again.told()]).toEqual([...before, ...later])
        expect(memoryBytes(again.save())).toEqual(memoryBytes(list.save()))
      }),
      { numRuns: 30 },
    )
  })

  test('takes nothing that is no table, and no memory of another form', () => {
    const document = { ...fc.sample(ref, 1)[0], format: 'json' } as const
    expect(() => new TableList().add({ position: 1, knownFrom: 0, refs: [document] })).toThrow('Arrow')
    expect(() => TableList.from([])).toThrow('columns')
  })
})
