/** Tables that were used a moment ago are at hand, as they were written, and a store holds no more of them than it may. */
import { expect, test } from 'vitest'
import type { Rows } from '../../schemas/rows.ts'
import { openChunkMemory } from '../../streams/log/chunks/memory.ts'
import { getRows, putRows } from '../../streams/log/tables.ts'

const rowsOf = (length: number, first = 0): Rows => ({
  length,
  entities: ['A'],
  entity: new Uint32Array(length),
  eventTime: new Float64Array(length).fill(1),
  knownAt: new Float64Array(length).fill(2),
  columns: [{ name: 'close', values: Float64Array.from({ length }, (_, row) => first + row) }],
})

function counted() {
  const chunks = openChunkMemory()
  const read: string[] = []
  return {
    read,
    chunks: {
      ...chunks,
      get(hash: string) {
        read.push(hash)
        return chunks.get(hash)
      },
    },
  }
}

test('what was just written is not read back, and is what was written, whatever became of its arrays', async () => {
  const { chunks, read } = counted()
  const rows = rowsOf(3)
  const ref = await putRows(chunks, rows)
  rows.columns[0].values.fill(99)
  rows.knownAt.fill(99)
  expect(await getRows(chunks, ref)).toEqual(rowsOf(3))
  expect(read).toEqual([])
})

test('it is of one store', async () => {
  const { chunks, read } = counted()
  const ref = await putRows(openChunkMemory(), rowsOf(3))
  await expect(getRows(chunks, ref)).rejects.toMatchObject({ fault: { code: 'chunk.missing' } })
  expect(read).toEqual([ref.hash])
})

test('a million values are kept: the oldest go first, and a larger table is not kept at all', async () => {
  const { chunks, read } = counted()
  // Of four values a row.
  const refs = []
  for (let at = 0; at < 5; at++) refs.push(await putRows(chunks, rowsOf(60_000, at)))
  await getRows(chunks, refs[1])
  await putRows(chunks, rowsOf(60_000, 9))
  for (const at of [1, 3, 4]) await getRows(chunks, refs[at])
  expect(read).toEqual([])
  await getRows(chunks, refs[0])
  expect(read).toEqual([refs[0].hash])
  const large = await putRows(chunks, rowsOf(300_000))
  await getRows(chunks, large)
  await getRows(chunks, large)
  expect(read.slice(1)).toEqual([large.hash, large.hash])
})
