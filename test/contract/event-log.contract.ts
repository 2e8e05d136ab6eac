/** What every event log keeps, whatever it stores its events in. */
import { describe, expect, test } from 'vitest'
import type { RecordedBatch } from '../../schemas/envelope.ts'
import type { Clock } from '../../schemas/kernel/time.ts'
import { eventIdOf } from '../../streams/log/event-id.ts'
import type { EventLog } from '../../streams/log/port.ts'
import { append, batchOf, chunkRef, collect, follow, note, price, TestClock, until } from './vocabulary.ts'

export type OpenLog = (clock: Clock) => EventLog | Promise<EventLog>

export function eventLogContract(adapter: string, open: OpenLog): void {
  const fresh = async () => {
    const clock = new TestClock()
    return { clock, log: await open(clock) }
  }

  describe(`${adapter}: append`, () => {
    test('gives dense positions and revisions, and returns what was said', async () => {
      const { log } = await fresh()
      const chunks = [chunkRef('one', 10), chunkRef('two', 20)]
      await append(log, batchOf('note-a', 0, [note('first'), note('second', -7, chunks)]))
      const answer = await append(
        log,
        batchOf('price-b', 0, [price(1.5)], { commandId: 'k', causationId: eventIdOf('note-a/0', 0) }),
      )
      expect(answer).toEqual({ position: 3, revision: 1, recordedAt: 1_000_000, repeated: false })
      expect(await collect(log.readAll(1))).toEqual([
        [
          recorded({ position: 1, revision: 1, id: eventIdOf('note-a/0', 0), ...note('first') }),
          recorded({ position: 2, revision: 2, id: eventIdOf('note-a/0', 1), ...note('second', -7, chunks) }),
        ],
        [
          recorded({
            ...{ stream: 'price-b', commandId: 'k', causationId: eventIdOf('note-a/0', 0), version: 2 },
            ...{ position: 3, revision: 1, id: eventIdOf('k', 0), ...price(1.5) },
          }),
        ],
      ])
      await log.close()
    })

    test('at another revision is a conflict that names both, and writes nothing', async () => {
      const { log } = await fresh()
      await append(log, batchOf('note-a', 0, [note('first')]))
      for (const expected of [0, 2]) {
        const answer = await log.append(
          batchOf('note-a', expected, [note('x')], { commandId: `late-${expected}` }),
        )
        expect(answer).toMatchObject({
          ok: false,
          error: { stream: 'note-a', expected, actual: 1, fault: { code: 'log.conflict' } },
        })
      }
      expect((await log.head()).position).toBe(1)
      await log.close()
    })

    test('races on a stream have exactly one winner, and other streams are not harmed', async () => {
      const { log } = await fresh()
      const racers = Array.from({ length: 20 }, (_, i) =>
        log.append(batchOf('note-a', 0, [note(`${i}`), note('more')], { commandId: `racer-${i}` })),
      )
      const bystander = log.append(batchOf('note-b', 0, [note('b')]))
      const chained = log.append(batchOf('note-b', 1, [note('b again')]))
      const answers = await Promise.all(racers)
      expect(answers.filter(({ ok }) => ok)).toHaveLength(1)
      expect(answers.filter((answer) => !answer.ok && answer.error.actual === 2)).toHaveLength(19)
      expect((await bystander).ok && (await chained).ok).toBe(true)
      expect((await log.head()).position).toBe(4)
      await log.close()
    })

    test('of a command id again gives the same answer and writes nothing, however stale it is', async () => {
      const { log, clock } = await fresh()
      const batch = batchOf('note-a', 0, [note('first'), note('second')])
      const [first, inGroup] = await Promise.all([append(log, batch), append(log, batch)])
      clock.now += 5
      await append(log, batchOf('note-a', 2, [note('third')]))
      const later = await append(log, batch)
      expect(first).toEqual({ position: 2, revision: 2, recordedAt: 1_000_000, repeated: false })
      expect(inGroup).toEqual({ ...first, repeated: true })
      expect(later).toEqual({ ...first, repeated: true })
      expect((await log.head()).position).toBe(3)
      await log.close()
    })

    test('of a command id on another stream is refused, for one id names one intent', async () => {
      const { log } = await fresh()
      await append(log, batchOf('note-a', 0, [note('first')]))
      const other = batchOf('note-b', 0, [note('first')], { commandId: 'note-a/0' })
      await expect(log.append(other)).rejects.toMatchObject({ fault: { code: 'log.command-reused' } })
      await append(log, batchOf('note-b', 0, [note('goes on')]))
      await log.close()
    })

    test('of what its definition does not allow is refused by name, alone in its group', async () => {
      const { log } = await fresh()
      const wrong = { ...note('x'), data: { text: 'x', weight: null, tags: [7] } }
      const refused = log.append(batchOf('note-a', 0, [note('fine'), wrong]))
      const fine = log.append(batchOf('note-b', 0, [note('fine')]))
      await expect(refused).rejects.toMatchObject({
        fault: { code: 'event.invalid', detail: { type: 'note.Written', path: 'tags.0' } },
      })
      for (const bad of [
        { knownAt: 0.5 },
        { eventTime: Number.NaN },
        { data: { ...Object(note('x').data), more: 1 } },
      ]) {
        const batch = batchOf('note-c', 0, [{ ...note('x'), ...bad }])
        await expect(log.append(batch)).rejects.toMatchObject({ fault: { code: 'event.invalid' } })
      }
      const onPaper = { ...chunkRef('c', 1), format: 'paper' as 'arrow' }
      await expect(log.append(batchOf('note-c', 0, [note('x', 1, [onPaper])]))).rejects.toMatchObject({
        fault: { code: 'event.invalid', detail: { path: 'chunks.0.format' } },
      })
      const unknown = log.append(batchOf('note-c', 0, [{ ...note('x'), type: 'note.Burnt' }]))
      await expect(unknown).rejects.toMatchObject({ fault: { code: 'log.newer-version' } })
      const torn = log.append(batchOf('note-c', 0, [note('x')], { actor: 'half \ud800' }))
      await expect(torn).rejects.toMatchObject({
        fault: { code: 'event.invalid', detail: { path: 'actor' } },
      })
      await expect(log.append(batchOf('note-c', 0, [note('half \ud800')]))).rejects.toMatchObject({
        fault: { code: 'event.invalid', detail: { path: 'text' } },
      })
      expect((await fine).ok).toBe(true)
      expect((await log.head()).position).toBe(1)
      await log.close()
    })

    test('never records a time before the last one, though the clock goes back', async () => {
      const { log, clock } = await fresh()
      await append(log, batchOf('note-a', 0, [note('first')]))
      clock.now -= 500
      const { recordedAt } = await append(log, batchOf('note-a', 1, [note('second')]))
      expect(recordedAt).toBe(1_000_000)
      expect(await log.head()).toEqual({ position: 2, recordedAt: 1_000_000 })
      await log.close()
    })

    test('and every read after close is refused; what was pending is written', async () => {
      const { log } = await fresh()
      const pending = log.append(batchOf('note-a', 0, [note('pending')]))
      await log.close()
      expect((await pending).ok).toBe(true)
      const closed = { fault: { code: 'log.closed' } }
      await expect(log.append(batchOf('note-a', 1, [note('late')]))).rejects.toMatchObject(closed)
      await expect(log.head()).rejects.toMatchObject(closed)
      await expect(collect(log.readStream('note-a'))).rejects.toMatchObject(closed)
    })
  })

  describe(`${adapter}: read`, () => {
    test('starts and filters inside a batch, and never cuts a batch in two', async () => {
      const { log } = await fresh()
      const many = Array.from({ length: 5000 }, (_, i) => (i % 2 === 0 ? note(`${i}`) : price(i)))
      await append(log, batchOf('note-many', 0, [note('lone')]))
      await append(log, batchOf('note-many', 1, many))
      await append(log, batchOf('price-x', 0, [price(-1)]))
      expect(shape(await collect(log.readAll(1)))).toEqual([
        [1, 1],
        [2, 5000],
        [5002, 1],
      ])
      expect(shape(await collect(log.readAll(4000)))).toEqual([
        [4000, 1002],
        [5002, 1],
      ])
      expect(shape(await collect(log.readAll(0, { types: ['price.Seen'] })))).toEqual([
        [3, 2500],
        [5002, 1],
      ])
      expect(shape(await collect(log.readAll(2, { streamPrefix: 'price-' })))).toEqual([[5002, 1]])
      expect(
        shape(await collect(log.readAll(4, { streamPrefix: 'note-', types: ['note.Written'] }))),
      ).toEqual([[4, 2499]])
      expect(await collect(log.readAll(1, { types: [] }))).toEqual([])
      expect(await collect(log.readAll(1, { types: ['note.Unheard'] }))).toEqual([])
      expect(shape(await collect(log.readStream('note-many', 3)))).toEqual([[3, 4999]])
      expect(await collect(log.readStream('note-many', 5002))).toEqual([])
      expect(await collect(log.readStream('note-none'))).toEqual([])
      expect(await log.revisionOf('note-many')).toBe(5001)
      expect(await log.revisionOf('note-none')).toBe(0)
      await log.close()
    })

    test('ends at the head of the moment it was called', async () => {
      const { log } = await fresh()
      await append(log, batchOf('note-a', 0, [note('first')]))
      const all = log.readAll(1)
      await append(log, batchOf('note-a', 1, [note('second')]))
      expect(shape(await collect(all))).toEqual([[1, 1]])
      await log.close()
    })

    test('a stream of many appends in the order of its revisions', async () => {
      const { log } = await fresh()
      for (let i = 0; i < 600; i++) {
        const other = log.append(batchOf('note-other', i, [note('between')]))
        await append(log, batchOf('note-a', 2 * i, [note(`${i}`, i, [chunkRef(`${i}`, i)]), note('b')]))
        await other
      }
      const events = (await collect(log.readStream('note-a', 2))).flat()
      expect(events.map(({ revision }) => revision)).toEqual(Array.from({ length: 1199 }, (_, i) => i + 2))
      expect(events.at(-2)).toMatchObject({ data: { text: '599' }, chunks: [chunkRef('599', 599)] })
      await log.close()
    })
  })

  describe(`${adapter}: subscribe`, () => {
    test('catches up, then follows, and ends when the log is closed', async () => {
      const { log } = await fresh()
      for (let i = 0; i < 5; i++)
        await append(
          log,
          batchOf('note-a', i, [note(`${i}`), price(i)].slice(0, 1 + (i % 2)), {
            expected: [0, 1, 3, 4, 6][i] ?? 0,
            commandId: `early-${i}`,
          }),
        )
      const seen: number[] = []
      const prices: number[] = []
      const following = follow(log.subscribe(2), (position) => seen.push(position))
      const filtered = follow(log.subscribe(1, { types: ['price.Seen'] }), (position) =>
        prices.push(position),
      )
      for (let i = 7; i < 200; i++) {
        void log.append(batchOf('note-a', i, [i % 3 === 0 ? price(i) : note(`${i}`)]))
        if (i % 7 === 0) await new Promise((resolve) => setTimeout(resolve))
      }
      await until(() => seen.at(-1) === 200)
      await log.close()
      await Promise.all([following, filtered])
      expect(seen).toEqual(Array.from({ length: 199 }, (_, i) => i + 2))
      expect(prices).toEqual([3, 6, ...Array.from({ length: 64 }, (_, i) => 10 + 3 * i)])
    })

    test('ends when its iterator is returned while it waits', async () => {
      const { log } = await fresh()
      const iterator = log.subscribe(1)[Symbol.asyncIterator]()
      const waiting = iterator.next()
      await iterator.return?.()
      expect(await waiting).toEqual({ done: true, value: undefined })
      await append(log, batchOf('note-a', 0, [note('nobody listens')]))
      await log.close()
    })
  })

  describe(`${adapter}: positionAt`, () => {
    test('cuts along both axes, also where knowledge comes out of order', async () => {
      const { log, clock } = await fresh()
      expect(await log.positionAt({ knownAt: 9 })).toBe(0)
      expect(await log.positionAt({ recordedAt: 9 })).toBe(0)
      await append(log, batchOf('note-a', 0, [note('1', 10), note('2', 30), note('3', 20)]))
      clock.now += 10
      await append(log, batchOf('note-a', 3, [note('4', 25)]))
      clock.now += 10
      await append(log, batchOf('note-a', 4, [note('5', 30), note('6', 40)]))
      const known = (knownAt: number) => log.positionAt({ knownAt })
      expect(await Promise.all([9, 10, 29, 30, 39, 40, 99].map(known))).toEqual([0, 1, 1, 5, 5, 6, 6])
      const recordedAt = (at: number) => log.positionAt({ recordedAt: 1_000_000 + at })
      expect(await Promise.all([-1, 0, 9, 10, 19, 20, 99].map(recordedAt))).toEqual([0, 3, 3, 4, 4, 6, 6])
      await log.close()
    })
  })

  test(`${adapter}: leaves are one for each event, and differ`, async () => {
    const { log } = await fresh()
    await append(log, batchOf('note-a', 0, [note('same'), note('same')]))
    await append(log, batchOf('note-a', 2, [note('same')]))
    const leaves: string[] = []
    for await (const run of log.leaves(2))
      leaves.push(...run.map((leaf) => Buffer.from(leaf).toString('hex')))
    expect(leaves).toHaveLength(2)
    expect(new Set(leaves).size).toBe(2)
    expect(leaves[0]).toMatch(/^[0-9a-f]{64}$/)
    const one: string[] = []
    for await (const run of log.leaves(2, 2))
      one.push(...run.map((leaf) => Buffer.from(leaf).toString('hex')))
    expect(one).toEqual(leaves.slice(0, 1))
    await log.close()
  })
}

const recorded = (fields: object): object => ({
  ...{ stream: 'note-a', commandId: 'note-a/0', version: 1, actor: 'ann', correlationId: 'c-1' },
  ...{ causationId: null, recordedAt: 1_000_000 },
  ...fields,
})

/** The first position and the length of each batch. */
const shape = (batches: readonly RecordedBatch[]): unknown =>
  batches.map((batch) => [batch[0]?.position, batch.length])
