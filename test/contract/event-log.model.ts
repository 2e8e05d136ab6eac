/** A law for every event log: it answers as the simplest thing that could be a log, an array. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Draft } from '../../schemas/envelope.ts'
import type { EventLog } from '../../streams/log/port.ts'
import type { OpenLog } from './event-log.contract.ts'
import { batchOf, collect, note, price, TestClock } from './vocabulary.ts'

type Row = Readonly<{ position: number; stream: string; revision: number; draft: Draft; recordedAt: number }>

const draft = fc.oneof(
  fc
    .tuple(fc.string({ unit: 'grapheme' }), fc.integer({ min: 0, max: 50 }))
    .map(([text, at]) => note(text, at)),
  fc
    .tuple(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.integer())
    .map(([of, at]) => price(of, at)),
)
const step = fc.record({
  stream: fc.constantFrom('note-a', 'note-b', 'price-c'),
  staleBy: fc.constantFrom(0, 0, 0, 1),
  command: fc.integer({ min: 0, max: 30 }),
  ticks: fc.integer({ min: -3, max: 5 }),
  together: fc.boolean(),
  events: fc.array(draft, { minLength: 1, maxLength: 4 }),
})

/** @param numRuns of a log that takes long to open fewer serve */
export function eventLogModel(adapter: string, open: OpenLog, numRuns = 40): void {
  test(`${adapter}: answers as a plain array would`, async () => {
    const runs = fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
      const clock = new TestClock()
      const log = await open(clock)
      const rows: Row[] = []
      const answered = new Map<string, unknown>()
      let group: Promise<void>[] = []
      for (const { stream, staleBy, command, ticks, together, events } of steps) {
        if (!together) {
          await Promise.all(group)
          group = []
          clock.now += ticks
        }
        const revision = rows.filter((row) => row.stream === stream).length
        const batch = batchOf(stream, revision + staleBy, events, { commandId: `${stream} ${command}` })
        const before = answered.get(batch.commandId)
        const recordedAt = Math.max(clock.now, rows.at(-1)?.recordedAt ?? 0)
        let answer: unknown
        if (before !== undefined) answer = { ok: true, value: { ...before, repeated: true } }
        else if (staleBy > 0) answer = { ok: false, error: { actual: revision } }
        else {
          for (const [index, draft] of events.entries()) {
            rows.push({
              position: rows.length + 1,
              stream,
              revision: revision + index + 1,
              draft,
              recordedAt,
            })
          }
          const value = {
            position: rows.length,
            revision: revision + events.length,
            recordedAt,
            repeated: false,
          }
          answered.set(batch.commandId, value)
          answer = { ok: true, value }
        }
        group.push(log.append(batch).then((got) => expect(got).toMatchObject(answer as object)))
      }
      await Promise.all(group)
      await sameAs(rows, log)
      await log.close()
    })
    await fc.assert(runs, { numRuns })
  })
}

async function sameAs(rows: readonly Row[], log: EventLog): Promise<void> {
  const all = (await collect(log.readAll(1))).flat()
  expect(all).toMatchObject(rows.map(({ draft, ...row }) => ({ ...row, ...draft })))
  const prices = (await collect(log.readAll(3, { types: ['price.Seen'] }))).flat()
  expect(prices.map(({ position }) => position)).toEqual(
    rows.filter((row) => row.draft.type === 'price.Seen' && row.position >= 3).map((row) => row.position),
  )
  const notes = (await collect(log.readAll(2, { streamPrefix: 'note' }))).flat()
  expect(notes.map(({ position }) => position)).toEqual(
    rows.filter((row) => row.stream.startsWith('note') && row.position >= 2).map((row) => row.position),
  )
  const stream = (await collect(log.readStream('note-a', 2))).flat()
  expect(stream.map(({ position }) => position)).toEqual(
    rows.filter((row) => row.stream === 'note-a' && row.revision >= 2).map((row) => row.position),
  )
  for (const at of [-1, 0, 10, 25, 50]) {
    const beyond = rows.findIndex((row) => row.draft.knownAt > at)
    expect(await log.positionAt({ knownAt: at })).toBe(beyond === -1 ? rows.length : beyond)
    for (const from of [1, 4]) {
      const until = (await collect(log.readAll(from, { positionAtMost: 5, types: ['price.Seen'] }))).flat()
      expect(until.every(({ position }) => position <= 5)).toBe(true)
      const known = (await collect(log.readAll(from, { knownAtMost: at }))).flat()
      expect(known.map(({ position }) => position)).toEqual(
        rows.filter((row) => row.draft.knownAt <= at && row.position >= from).map((row) => row.position),
      )
    }
  }
}
