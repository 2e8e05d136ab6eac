/** Data in from topics of a real Kafka: what is there arrives once, what cannot be read is set apart, and what is gone is told. */
import { spawnSync } from 'node:child_process'
import kafkajs from 'kafkajs'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { rejectsOf } from '../../serving/rejects.ts'
import { registerCodecs } from '../../streams/sources/kafka/codecs.ts'
import { intakeFolder, openTicks, pricesIn, range, takenIn, tick } from '../support/intake.ts'
import { type TopicWriter, topicWriter } from '../support/topic-writer.ts'
import { BROKERS, NO_KAFKA } from '../support/topics.ts'
import { has } from './daemon.ts'

const PREFIX = `in-${process.pid}`
const WAIT = { timeout: 40_000, interval: 100 }

describe.skipIf(NO_KAFKA !== null)(`data in from a real Kafka ${NO_KAFKA ?? ''}`, () => {
  let writer: TopicWriter
  beforeAll(async () => {
    writer = await topicWriter()
  })
  afterAll(() => writer?.close())

  test('what is on a topic arrives, once, over a restart', async () => {
    const topic = `${PREFIX}-plain`
    const { path, remove } = intakeFolder()
    await writer.create(topic, 3)
    await writer.write(
      topic,
      range(0, 50).map((n) => ({ key: `${n % 7}`, value: tick(n) })),
    )
    const first = await openTicks(path, { topic, rows: 20 })
    await vi.waitFor(async () => expect(await pricesIn(first.platform)).toEqual(range(0, 50)), WAIT)
    await first.close()
    await writer.write(
      topic,
      range(50, 60).map((n) => ({ key: `${n % 7}`, value: tick(n) })),
    )
    const second = await openTicks(path, { topic, rows: 20 })
    await vi.waitFor(async () => expect(await pricesIn(second.platform)).toEqual(range(0, 60)), WAIT)
    const taken = await takenIn(second.platform)
    const lengths = taken.map((one) => one.split(/[:-]/).map(Number)).map(([, from, to]) => to - from)
    expect(lengths.reduce((sum, length) => sum + length, 0)).toBe(60)
    await second.close()
    remove()
  }, 90_000)

  test('every way of packing a batch is read', async () => {
    const topic = `${PREFIX}-packed`
    const { path, remove } = intakeFolder()
    await writer.create(topic)
    registerCodecs()
    const { None, GZIP, ZSTD } = kafkajs.CompressionTypes
    const open = await openTicks(path, { topic })
    for (const [at, type] of [None, GZIP, ZSTD].entries())
      await writer.write(
        topic,
        range(at * 10, at * 10 + 10).map((n) => ({ value: tick(n) })),
        type,
      )
    const others = has('kcat', ['-V']) ? ['snappy', 'lz4'] : []
    for (const [at, codec] of others.entries()) {
      const input = range(30 + at * 10, 40 + at * 10)
        .map(tick)
        .join('\n')
      spawnSync('kcat', ['-P', '-b', BROKERS[0], '-t', topic, '-z', codec], { input })
    }
    const wanted = range(0, 30 + others.length * 10)
    await vi.waitFor(async () => expect(await pricesIn(open.platform)).toEqual(wanted), WAIT)
    await open.close()
    remove()
  }, 60_000)

  test('what a producer took back never arrives, and its markers are passed over', async () => {
    const topic = `${PREFIX}-transactions`
    const { path, remove } = intakeFolder()
    await writer.create(topic)
    const open = await openTicks(path, { topic })
    for (let round = 0; round < 4; round++) {
      const values = range(round * 10, round * 10 + 10).map((n) => ({ value: tick(n) }))
      await writer.transact(topic, values, round % 2 === 0 ? 'commit' : 'abort')
    }
    await writer.write(topic, [{ value: tick(99) }])
    const wanted = [...range(0, 10), ...range(20, 30), 99]
    await vi.waitFor(async () => expect(await pricesIn(open.platform)).toEqual(wanted), WAIT)
    expect(open.intake.status()).toMatchObject([{ state: 'reading' }])
    await open.close()
    remove()
  }, 60_000)

  test('what is no row is set apart with its topic, partition and offset, all of it, and the rest goes on', async () => {
    const topic = `${PREFIX}-poisoned`
    const { path, remove } = intakeFolder()
    await writer.create(topic)
    const open = await openTicks(path, { topic })
    const poison = [
      null,
      '',
      ' \n ',
      '{"name":"x"',
      '[1]',
      tick(1).replace('1}', '"much"}'),
      '{"price": 3}',
      '{}',
    ]
    await writer.write(
      topic,
      [tick(0), ...poison, `{\n"name":"t7",\n"time":"2024-01-02T15:00:00Z","price":7}`].map((value) => ({
        value,
      })),
    )
    await vi.waitFor(async () => expect(await pricesIn(open.platform)).toEqual([0, 7]), WAIT)
    const [{ rows, rejects }] = await rejectsOf(open.platform, { dataset: 'ticks', limit: 100 })
    expect(rows).toBe(poison.length)
    expect(rejects.map(({ reason, at }) => [reason, at?.topic, at?.partition, at?.offset])).toEqual([
      ['message.empty', topic, 0, 1],
      ['message.empty', topic, 0, 2],
      ['message.empty', topic, 0, 3],
      ['row.not-json', topic, 0, 4],
      ['row.not-json', topic, 0, 5],
      ['value.not-a-number', topic, 0, 6],
      ['entity.missing', topic, 0, 7],
      ['entity.missing', topic, 0, 8],
    ])
    await open.close()
    remove()
  }, 60_000)
})
