/** Messages into batches: every message in one of them, in order, cut where it is full or old, and nothing taken twice. */
import { expect, test } from 'vitest'
import { type Batch, Gatherer, hashOf } from '../../streams/sources/kafka/gather.ts'
import { jsonLine, type Message, manyLines } from '../../streams/sources/kafka/line.ts'

const message = (offset: number, text = `{"n":${offset}}`): Message => ({ offset, value: Buffer.from(text) })
const slice = (partition: number, offsets: readonly number[], to = (offsets.at(-1) ?? -1) + 1) => ({
  partition,
  messages: offsets.map((offset) => ({ message: message(offset), lines: jsonLine(message(offset).value) })),
  to,
})
const beat = async () => undefined

function gathering(options: Partial<ConstructorParameters<typeof Gatherer>[0]> = {}) {
  const sent: Batch[] = []
  const send = async (batch: Batch) => void sent.push(batch)
  return { sent, gatherer: new Gatherer({ rows: 4, bytes: 1e6, millis: 20, send, ...options }, []) }
}
const spans = (sent: readonly Batch[]) =>
  sent.map(({ partitions }) =>
    partitions.map(({ partition, from, to }) => `${partition}:${from}-${to}`).join(' '),
  )
const settled = () => new Promise((resolve) => setTimeout(resolve, 80))

test('a batch is cut at so many rows, and the rest when it is old', async () => {
  const { sent, gatherer } = gathering()
  await gatherer.add(slice(0, [0, 1, 2, 3, 4, 5]), beat)
  await gatherer.add(slice(1, [7, 8]), beat)
  await settled()
  expect(spans(sent)).toEqual(['0:0-4', '0:4-6 1:7-9'])
  expect(sent.map(({ text }) => String(text)).join('')).toBe(
    [0, 1, 2, 3, 4, 5, 7, 8].map((n) => `{"n":${n}}\n`).join(''),
  )
  expect([...sent[1].lineOffset]).toEqual([4, 5, 7, 8])
  expect(sent[0].partitions[0]).toMatchObject({ last: 3, lastHash: hashOf(message(3).value), messages: 4 })
})

test('a batch that is full leaves at once, and waits for no message more', async () => {
  const { sent, gatherer } = gathering({ rows: 2, millis: 60_000 })
  await gatherer.add(slice(0, [0, 1]), beat)
  await settled()
  expect(spans(sent)).toEqual(['0:0-2'])
  gatherer.end()
})

test('what is delivered again is taken once, and markers behind the last message are passed over', async () => {
  const { sent, gatherer } = gathering({ rows: 100 })
  await gatherer.add(slice(0, [0, 1, 2], 5), beat)
  await gatherer.add(slice(0, [1, 2, 6]), beat)
  await settled()
  expect(spans(sent)).toEqual(['0:0-7'])
  expect(sent[0].partitions[0].messages).toBe(4)
  expect(gatherer.place(0)).toEqual({ next: 7, last: { offset: 6, hash: hashOf(message(6).value) } })
})

test('one batch is on its way at a time; whoever has more waits, and lets the group know that he is there', async () => {
  const first = Promise.withResolvers<void>()
  const sent: Batch[] = []
  const { gatherer } = gathering({
    rows: 2,
    async send(batch) {
      sent.push(batch)
      if (sent.length === 1) await first.promise
    },
  })
  let beats = 0
  const adding = gatherer.add(slice(0, [0, 1, 2, 3, 4]), async () => void beats++)
  await new Promise((resolve) => setTimeout(resolve, 1_200))
  expect(sent).toHaveLength(1)
  expect(beats).toBeGreaterThan(0)
  first.resolve()
  await adding
  await settled()
  expect(spans(sent)).toEqual(['0:0-2', '0:2-4', '0:4-5'])
})

test('after a batch that could not be recorded nothing more is sent', async () => {
  const sent: Batch[] = []
  const { gatherer } = gathering({
    rows: 2,
    async send(batch) {
      sent.push(batch)
      throw new Error('refused')
    },
  })
  await expect(gatherer.add(slice(0, [0, 1, 2, 3, 4, 5, 6]), beat)).rejects.toThrow('refused')
  await settled()
  expect(sent).toHaveLength(1)
})

test('a message of many lines has each of them at its offset; one that is no row leaves its line empty', async () => {
  const { sent, gatherer } = gathering({ rows: 100 })
  const told = [message(0, '{"n":0}\n{"n":1}\n'), { offset: 1, value: null }, message(2, '{"n":2}')]
  const messages = told.map((one) => ({ message: one, lines: manyLines(one.value) }))
  await gatherer.add({ partition: 3, messages, to: 3 }, beat)
  await settled()
  expect(String(sent[0].text)).toBe('{"n":0}\n{"n":1}\n\n{"n":2}\n')
  expect([...sent[0].lineOffset]).toEqual([0, 0, 1, 2])
  expect(sent[0].dead).toEqual([{ line: 3, reason: 'message.empty', text: '', bytes: '' }])
})
