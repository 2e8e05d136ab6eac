/** Appends of one tick are one write of the store, and each is answered after it. */
import { expect, test } from 'vitest'
import { logOver } from '../../streams/log/log.ts'
import { MemoryStore } from '../../streams/log/memory/store.ts'
import type { StoredBatch } from '../../streams/log/stored.ts'
import { batchOf, note, VOCABULARY } from '../contract/vocabulary.ts'

class Counting extends MemoryStore {
  readonly writes: number[] = []
  override write(batches: readonly StoredBatch[]): void {
    super.write(batches)
    this.writes.push(batches.length)
  }
}

test('appends of a tick share one write, with an answer each; the next tick has its own', async () => {
  const store = new Counting()
  const log = logOver(store, { registry: VOCABULARY, clock: { nowMicros: () => 1 } })
  const append = (stream: string, expected: number, commandId = `${stream}/${expected}`) =>
    log.append(batchOf(stream, expected, [note(stream)], { commandId }))
  const together = [
    append('note-a', 0),
    append('note-b', 0),
    append('note-b', 0, 'too late'),
    append('note-c', 0),
  ]
  expect(store.writes, 'nothing is answered or written before the tick ends').toEqual([])
  const answers = await Promise.all(together)
  expect(answers.map(({ ok }) => ok)).toEqual([true, true, false, true])
  expect(store.writes).toEqual([3])
  expect((await append('note-a', 1)).ok).toBe(true)
  expect(store.writes).toEqual([3, 1])
  await log.close()
})

test('an append whose write fails is not answered as done, and neither is its neighbour', async () => {
  class Failing extends MemoryStore {
    override write(): void {
      throw new Error('no disk')
    }
  }
  const log = logOver(new Failing(), { registry: VOCABULARY, clock: { nowMicros: () => 1 } })
  const both = ['note-a', 'note-b'].map((stream) => log.append(batchOf(stream, 0, [note(stream)])))
  for (const one of await Promise.allSettled(both)) expect(one.status).toBe('rejected')
  expect((await log.head()).position).toBe(0)
})
