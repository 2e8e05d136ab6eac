/** An OMS on a real Kafka that is not as it should be: a registry that is away, messages that nobody can read, a topic that is gone. */
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { parseMoment } from '../../schemas/kernel/time.ts'
import { Prediction } from '../../schemas/topics/oms.ts'
import { framed } from '../../schemas/topics/wire.ts'
import { Oms } from '../../serving/oms/oms.ts'
import { filled } from '../../serving/oms/orders.ts'
import { type Heard, runOms } from '../../serving/oms/run.ts'
import { type PublishedStory, publishedStory } from '../support/published-story.ts'
import { type TopicWriter, topicWriter } from '../support/topic-writer.ts'
import { BROKERS, NO_KAFKA } from '../support/topics.ts'
import { freePorts } from './daemon.ts'
import { recordingProxy } from './recording.ts'

const PREFIX = `oms-away-${process.pid}`
const PREDICTIONS = `${PREFIX}.predictions.v1`
const WAIT = { timeout: 40_000, interval: 200 }

describe.skipIf(NO_KAFKA !== null)(`an OMS that meets what it cannot read ${NO_KAFKA ?? ''}`, () => {
  let story: PublishedStory
  let writer: TopicWriter
  beforeAll(async () => {
    story = await publishedStory({ prefix: PREFIX, days: 8, price: 10 })
    writer = await topicWriter()
  }, 90_000)
  afterAll(async () => {
    await writer?.close()
    await story?.close()
  })

  async function run(registry: string) {
    const account = () => ({ equity: 100_000, lot: () => 1, price: () => 10 })
    const oms = new Oms({ log: story.log, account })
    const heard: Heard[] = []
    const waits: string[] = []
    let isFull = true
    const running = await runOms({
      ...{ brokers: BROKERS, prefix: PREFIX, registry: { url: registry }, oms },
      group: `${PREFIX}-${Math.random()}`,
      now: () => parseMoment('2001-01-01'),
      onWait: (topic, why) => waits.push(`${topic}: ${why}`),
      async hear(one) {
        if (one.kind === 'orders' && isFull) {
          isFull = false
          throw new Error('the disk is full')
        }
        heard.push(one)
      },
    })
    return { oms, heard, waits, close: running.close }
  }
  const latest = () => story.predictions.at(-1)
  /** The latest prediction once more, as of a later position. */
  const later = (position: number): Buffer => {
    const one = latest()
    if (one === undefined) throw new Error('nothing was predicted')
    return Prediction.avro.toBuffer({ ...one, envelope: { ...one.envelope, position } })
  }
  const headers = (position: number) => ({ 'asof-log': story.log, 'asof-position': String(position) })

  test('a registry that is away is waited for: nothing is refused, and nothing is passed over', async () => {
    const port = await freePorts(1)
    const { oms, heard, waits, close } = await run(`http://127.0.0.1:${port}`)
    await vi.waitFor(
      () => expect(waits.join('\n')).toContain(`${PREFIX}.capital.v1: the schema registry does not answer`),
      WAIT,
    )
    expect(heard).toEqual([])
    const registry = await recordingProxy(story.registry.url, false, port)
    await vi.waitFor(() => expect(oms.state.acted.small).toEqual(latest()), WAIT)
    expect(heard.filter(({ kind }) => kind === 'refused')).toEqual([])
    // What could not be kept at first was heard again: all that is held was ordered.
    expect(waits.join('\n')).toContain('the disk is full')
    const orders = heard.flatMap((one) => (one.kind === 'orders' ? one.orders : []))
    expect(Object.fromEntries(filled(new Map(), orders))).toEqual(oms.state.held.small)
    await close()
    await registry.close()
  }, 120_000)

  test('what is no Avro, of an unknown schema, or of another one is told with its position; a topic that is gone is waited for', async () => {
    const { id } = (await (await fetch(subjectOf(story.registry.url))).json()) as { id: number }
    const { oms, heard, waits, close } = await run(story.registry.url)
    await vi.waitFor(() => expect(oms.state.acted.small).toEqual(latest()), WAIT)
    const [partition, key] = [0, 'small']
    const head = (latest()?.envelope.position ?? 0) + 1_000
    const other = framed(id, later(head + 1_000_000))
    const bad = [
      ...[Buffer.from('{"weight": 1}'), framed(7, later(head)), framed(id, Buffer.from([1, 2])), null, other],
    ]
    await writer.write(
      PREDICTIONS,
      bad.map((value, i) => ({ partition, key, value, headers: headers(head + i) })),
    )
    await writer.write(PREDICTIONS, [
      { partition, key, value: framed(id, later(head + 9)), headers: headers(head + 9) },
    ])
    await vi.waitFor(() => expect(oms.state.acted.small.envelope.position).toBe(head + 9), WAIT)
    const refused = heard.flatMap((one) => (one.kind === 'refused' ? [one] : []))
    expect(refused.map(({ position, why }) => [position - head, why])).toEqual(
      bad.map((_, i) => [i, 'unknown-schema']),
    )
    expect(refused.map(({ text }) => text)).toEqual([
      expect.stringContaining('zero byte'),
      expect.stringContaining('no Avro schema 7'),
      expect.stringContaining(`not of schema ${id}`),
      expect.stringContaining('zero byte'),
      expect.stringContaining(`its envelope is of position ${head + 1_000_000}`),
    ])

    await writer.remove(PREDICTIONS)
    await vi.waitFor(() => expect(waits.join('\n')).toContain(`no topic ${PREDICTIONS}`), WAIT)
    await writer.create(PREDICTIONS, 6)
    await writer.write(PREDICTIONS, [
      { partition, key, value: framed(id, later(head + 20)), headers: headers(head + 20) },
    ])
    await vi.waitFor(() => expect(oms.state.acted.small.envelope.position).toBe(head + 20), WAIT)
    expect(heard.filter(({ kind }) => kind === 'refused')).toHaveLength(bad.length)
    await close()
  }, 180_000)
})

const subjectOf = (registry: string): string => `${registry}/subjects/${Prediction.subject}/versions/latest`
