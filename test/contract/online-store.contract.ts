/** What every online store of features keeps: newer wins by log position, a set changes at once for every reader, and nothing is half there. */
import { describe, expect, test } from 'vitest'
import { digestFrom, packed } from '../../streams/features/online/entry.ts'
import type { Entries, OnlineStore, SetHead } from '../../streams/features/online/port.ts'

export const SET = { name: 'core', version: 2 }
export const headAt = (position: number): SetHead => ({
  ...{ set: 'core', version: 2, hash: 'a'.repeat(64), features: ['mom', 'vol'], stalenessMicros: 1_000 },
  ...{ position, event: `event ${position}` },
})
export const vector = (position: number, ...values: number[]): Uint8Array =>
  packed([{ eventTime: 10 * position, knownAt: 10 * position + 1, position, values }])
export const entriesOf = (of: Readonly<Record<string, Uint8Array>>): Entries => new Map(Object.entries(of))

/** @param open an empty store @param again the same store for another process */
export function onlineStoreContract(
  name: string,
  open: () => OnlineStore,
  again: (store: OnlineStore) => OnlineStore,
): void {
  describe(name, () => {
    test('a set that was never written is not there', async () => {
      const store = open()
      expect([await store.read(SET, ['AAA']), await store.all(SET)]).toEqual([null, null])
      expect(await store.update(headAt(3), 2, entriesOf({ AAA: vector(3, 1, 2) }))).toBe('gap')
      expect(await store.all(SET)).toBeNull()
    })

    test('what was written is read by another process, bit for bit, with its head; who was never told of is null', async () => {
      const store = open()
      const odd = vector(1, Number.NaN, -0)
      expect(
        await store.replace(
          headAt(1),
          entriesOf({ AAA: odd, 'B é/:{}': vector(1, 5e-324, -1e308) }),
          'older',
        ),
      ).toBe('written')
      const found = await again(store).read(SET, ['B é/:{}', 'ZZZ', 'AAA', 'AAA'])
      expect(found?.head).toEqual(headAt(1))
      expect(found?.entries.map((bytes) => bytes && Buffer.from(bytes))).toEqual([
        ...[Buffer.from(vector(1, 5e-324, -1e308)), null, Buffer.from(odd), Buffer.from(odd)],
      ])
      expect(await again(store).read({ ...SET, version: 3 }, ['AAA'])).toBeNull()
    })

    test('newer wins: of two writers of one position the second changes nothing, and an older one neither', async () => {
      const store = open()
      await store.replace(headAt(1), entriesOf({ AAA: vector(1, 1, 1), BBB: vector(1, 2, 2) }), 'older')
      expect(await store.update(headAt(5), 1, entriesOf({ AAA: vector(5, 5, 5) }))).toBe('written')
      for (const [position, base] of [
        [5, 1],
        [4, 1],
        [3, 2],
      ] as const)
        expect(
          await again(store).update(headAt(position), base, entriesOf({ AAA: vector(position, 9, 9) })),
        ).toBe('older')
      expect(await again(store).replace(headAt(4), entriesOf({}), 'older')).toBe('older')
      const all = await store.all(SET)
      expect(all?.head.position).toBe(5)
      expect(digestFrom(all?.entries ?? new Map(), headAt(5), 0)).toBe(
        digestFrom(entriesOf({ AAA: vector(5, 5, 5), BBB: vector(1, 2, 2) }), headAt(5), 0),
      )
    })

    test('a change that stands on what is not there is not written', async () => {
      const store = open()
      await store.replace(headAt(1), entriesOf({ AAA: vector(1, 1, 1) }), 'older')
      expect(await store.update(headAt(9), 4, entriesOf({ AAA: vector(9, 9, 9) }))).toBe('gap')
      expect((await store.all(SET))?.head.position).toBe(1)
      expect(await store.update(headAt(9), 0, entriesOf({ AAA: vector(9, 9, 9) }))).toBe('written')
    })

    test('a set that is written anew takes the place of all that was there, also of what was newer', async () => {
      const store = open()
      await store.replace(
        headAt(2 ** 52),
        entriesOf({ AAA: vector(9, 9, 9), GONE: vector(9, 9, 9) }),
        'older',
      )
      expect(await store.replace(headAt(7), entriesOf({ AAA: vector(7, 7, 7) }), 'older')).toBe('older')
      expect(await store.replace(headAt(7), entriesOf({ AAA: vector(7, 7, 7) }), 'any')).toBe('written')
      const all = await again(store).all(SET)
      expect([all?.head.position, [...(all?.entries.keys() ?? [])]]).toEqual([7, ['AAA']])
    })

    test('readers see each arrival whole: no head without its vectors', async () => {
      const store = open()
      const names = Array.from({ length: 50 }, (_, i) => `E${i}`)
      const told = (position: number) =>
        new Map(names.map((one) => [one, vector(position, position, position)]))
      await store.replace(headAt(1), told(1), 'older')
      const reader = again(store)
      let isOver = false
      const torn: string[] = []
      let reads = 0
      const reading = (async () => {
        while (!isOver) {
          const found = await reader.read(SET, names)
          reads++
          await new Promise(setImmediate)
          for (const bytes of found?.entries ?? []) {
            const at = bytes && new DataView(bytes.buffer, bytes.byteOffset).getFloat64(16, true)
            if (at !== found?.head.position) torn.push(`${at} at ${found?.head.position}`)
          }
        }
      })()
      for (let position = 2; position <= 60; position++) {
        if (position % 10 === 0) await store.replace(headAt(position), told(position), 'older')
        else await store.update(headAt(position), position - 1, told(position))
        await new Promise(setImmediate)
      }
      isOver = true
      await reading
      expect([torn, reads > 5]).toEqual([[], true])
    })
  })
}
