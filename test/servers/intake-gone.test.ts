/** What is gone at the broker is told, never passed over: an expired offset, a topic deleted or made anew, a broker that is silent. */
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { dataMoveOffsets } from '../../serving/commands/offsets.ts'
import { perform } from '../../serving/commands/perform.ts'
import type { Platform } from '../../serving/platform.ts'
import { intakeFolder, openTicks, pricesIn, range, takenIn, tick } from '../support/intake.ts'
import { type TopicWriter, topicWriter } from '../support/topic-writer.ts'
import { BROKERS, NO_KAFKA, TEST_KAFKA_VERSION } from '../support/topics.ts'
import { signalKafka } from './kafka.ts'

const PREFIX = `gone-${process.pid}`
const WAIT = { timeout: 40_000, interval: 100 }
const ticks = (from: number, to: number) => range(from, to).map((n) => ({ value: tick(n) }))

const move = (platform: Platform, topic: string, to: number) =>
  perform(platform, dataMoveOffsets, {
    input: { dataset: 'ticks', topic, partitions: [{ partition: 0, to }], reason: 'it was looked into' },
    asked: { actor: 'eve', roles: ['engineer'] },
  })

describe.skipIf(NO_KAFKA !== null)(`what is gone at a real Kafka ${NO_KAFKA ?? ''}`, () => {
  let writer: TopicWriter
  beforeAll(async () => {
    writer = await topicWriter()
  })
  afterAll(() => writer?.close())

  test('an offset that expired stops the topic, and goes on where somebody says', async () => {
    const topic = `${PREFIX}-expired`
    const { path, remove } = intakeFolder()
    await writer.create(topic)
    await writer.write(topic, ticks(0, 10))
    const first = await openTicks(path, { topic })
    await vi.waitFor(async () => expect(await pricesIn(first.platform)).toEqual(range(0, 10)), WAIT)
    await first.close()
    await writer.write(topic, ticks(10, 30))
    await writer.forget(topic, 0, 20)
    const second = await openTicks(path, { topic })
    const stopped = { state: 'stopped', fault: { code: 'intake.expired', detail: { low: 20, next: 10 } } }
    await vi.waitFor(() => expect(second.intake.status()).toMatchObject([stopped]), WAIT)
    expect(await pricesIn(second.platform)).toEqual(range(0, 10))
    await move(second.platform, topic, 20)
    const wanted = [...range(0, 10), ...range(20, 30)]
    await vi.waitFor(async () => expect(await pricesIn(second.platform)).toEqual(wanted), WAIT)
    expect((await takenIn(second.platform)).at(-1)).toBe('0:20-30')
    // Read once more from the beginning, nothing is there twice.
    await move(second.platform, topic, 25)
    await vi.waitFor(async () => expect((await takenIn(second.platform)).at(-1)).toBe('0:25-30'), WAIT)
    expect(await pricesIn(second.platform)).toEqual(wanted)
    await second.close()
    remove()
  }, 90_000)

  test('a topic that was deleted is waited for; one made anew is not taken for it', async () => {
    const topic = `${PREFIX}-deleted`
    const { path, remove } = intakeFolder()
    await writer.create(topic)
    await writer.write(topic, ticks(0, 10))
    const open = await openTicks(path, { topic })
    await vi.waitFor(async () => expect(await pricesIn(open.platform)).toEqual(range(0, 10)), WAIT)
    await writer.remove(topic)
    await vi.waitFor(() => expect(open.intake.status()[0].state).toBe('waiting'), WAIT)
    await vi.waitFor(() => expect(open.intake.status()[0].reason).toContain(`no topic ${topic}`), WAIT)
    await writer.create(topic)
    // As many as before, and more: the last message that was taken is another one.
    await writer.write(topic, ticks(100, 120))
    const stopped = { state: 'stopped', fault: { code: 'intake.made-anew' } }
    await vi.waitFor(() => expect(open.intake.status()).toMatchObject([stopped]), WAIT)
    expect(await pricesIn(open.platform)).toEqual(range(0, 10))
    await move(open.platform, topic, 0)
    const wanted = [...range(0, 10), ...range(100, 120)]
    await vi.waitFor(async () => expect(await pricesIn(open.platform)).toEqual(wanted), WAIT)
    await open.close()
    remove()
  }, 90_000)

  test('a broker that answers nothing for a while is waited for', async () => {
    const topic = `${PREFIX}-silent`
    const { path, remove } = intakeFolder()
    const port = Number(BROKERS[0].split(':')[1])
    const signal = (name: NodeJS.Signals) => signalKafka(TEST_KAFKA_VERSION ?? '', port, name)
    await writer.create(topic)
    const open = await openTicks(path, { topic })
    await writer.write(topic, ticks(0, 10))
    await vi.waitFor(async () => expect(await pricesIn(open.platform)).toEqual(range(0, 10)), WAIT)
    signal('SIGSTOP')
    try {
      await vi.waitFor(() => expect(open.intake.status()[0].state).toBe('waiting'), WAIT)
    } finally {
      signal('SIGCONT')
    }
    await writer.write(topic, ticks(10, 20))
    await vi.waitFor(async () => expect(await pricesIn(open.platform)).toEqual(range(0, 20)), WAIT)
    await open.close()
    remove()
  }, 120_000)
})
