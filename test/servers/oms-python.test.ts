/** An OMS in Python on the topics of a real Kafka: it trades what the library would, and its fills come back as a data set. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { isEvent } from '../../schemas/event.ts'
import { RowsArrived } from '../../schemas/events/data.ts'
import { parseMoment } from '../../schemas/kernel/time.ts'
import type { MessageDefinition } from '../../schemas/topics/message.ts'
import { Capital, Prediction } from '../../schemas/topics/oms.ts'
import { framed } from '../../schemas/topics/wire.ts'
import { openIntake } from '../../serving/intake/open.ts'
import { intakeConfig } from '../../serving/kafka-config.ts'
import { openPlatform } from '../../serving/platform.ts'
import { getRows } from '../../streams/log/tables.ts'
import { eventsOf } from '../support/memory-platform.ts'
import { type PublishedStory, publishedStory } from '../support/published-story.ts'
import { topicWriter } from '../support/topic-writer.ts'
import { BROKERS, NO_KAFKA } from '../support/topics.ts'

const { TEST_KAFKA_PYTHON } = process.env
const SKIPPED =
  NO_KAFKA ?? (TEST_KAFKA_PYTHON === undefined ? 'skipped: no Python with confluent-kafka' : null)
const PREFIX = `python-${process.pid}`
const OMS = join(import.meta.dirname, '..', '..', 'serving', 'oms')
const [EQUITY, PRICE] = [1_000_000, 10]

type Line = Readonly<{ order?: { fill: string; quantity: number }; refused?: string }>

describe.skipIf(SKIPPED !== null)(`an OMS in Python ${SKIPPED ?? ''}`, () => {
  let path: string
  let registry: PublishedStory['registry']
  let log: string
  let predictions: readonly Prediction[]
  let capitals: readonly Capital[]
  let story: PublishedStory | undefined

  beforeAll(async () => {
    story = await publishedStory({ prefix: PREFIX, days: 15, price: PRICE })
    ;({ path, registry, log, predictions, capitals } = story)
  }, 90_000)

  afterAll(() => story?.close())

  test('it holds what the last prediction says, within the limit, and its fills arrive as they were', async () => {
    const fills = `${PREFIX}.fills`
    const writer = await topicWriter()
    await writer.create(fills)
    const last = predictions.at(-1)
    const [limit] = capitals
    if (last === undefined || limit === undefined) throw new Error('there is a last one')
    // Each is told of, whatever it says, and what was published is traded all the same.
    const forged = async <T>({ subject, avro }: MessageDefinition<T>, value: T, position = 9e9) => {
      const { id } = (await (await fetch(`${registry.url}/subjects/${subject}/versions/latest`)).json()) as {
        id: number
      }
      const headers = { 'asof-log': log, 'asof-position': String(position) }
      return { partition: 0, value: framed(id, avro.toBuffer(value)), headers }
    }
    const ahead = { ...last, envelope: { ...last.envelope, position: 9e9 } }
    const rows = last.rows.map((row) => ({ ...row, weight: Number.NaN }))
    await writer.write(`${PREFIX}.predictions.v1`, [
      { partition: 0, value: 'no Avro' },
      await forged(Capital, limit),
      await forged(Prediction, { ...ahead, rows }),
      await forged(Prediction, ahead, 1),
      // Of a promotion that never comes: it is over, and holds nothing up.
      await forged(Prediction, { ...ahead, promotion: 9e9, validUntil: 1 }),
      await forged(Prediction, { ...ahead, artifact: 'forged' }),
    ])
    const told = [BROKERS[0], registry.url, log, join(path, 'prices.json'), PREFIX, String(EQUITY), fills]
    const args = [join(OMS, 'example.py'), ...told, String(parseMoment('2001-01-01'))]
    const child = spawn(TEST_KAFKA_PYTHON ?? '', args, { stdio: ['ignore', 'pipe', 'inherit'] })
    const closed = once(child, 'close')
    const timer = setTimeout(() => child.kill('SIGKILL'), 40_000)
    const lines: Line[] = []
    for await (const line of createInterface({ input: child.stdout })) {
      lines.push(JSON.parse(line))
      const isLast = lines.at(-1)?.order?.fill.includes(`/${last.envelope.position}/`) === true
      if (isLast) setTimeout(() => child.kill('SIGTERM'), 1_500)
    }
    clearTimeout(timer)
    await closed
    const refused = ['unknown-schema', 'unknown-schema', 'broken', 'broken', 'stale', 'not-in-force']
    expect(lines.flatMap((line) => line.refused ?? [])).toEqual(refused)
    const fraction = Math.min(last.capital, capitals.at(-1)?.fraction ?? 0)
    const wanted = last.rows
      .map(({ instrument, weight }) => [instrument, Math.trunc((weight * fraction * EQUITY) / PRICE)])
      .filter(([, shares]) => shares !== 0)
      .sort()
    const sum = (rows: readonly (readonly [name: string, quantity: number])[]) => {
      const held = new Map<string, number>()
      for (const [name, quantity] of rows) {
        const instrument = name.split('/').at(-2) ?? ''
        held.set(instrument, (held.get(instrument) ?? 0) + quantity)
      }
      return [...held].filter(([, shares]) => shares !== 0).sort()
    }
    const orders = lines.flatMap(({ order }) => order ?? [])
    expect(sum(orders.map(({ fill, quantity }) => [fill, quantity]))).toEqual(wanted)

    const home = mkdtempSync(join(tmpdir(), 'asof-fills-'))
    const own = await openPlatform({ path: home })
    const topics = [{ topic: fills, dataset: join(OMS, 'fills.yaml'), format: 'json', seconds: 0.2 }]
    const intake = await openIntake(own, intakeConfig.parse({ brokers: BROKERS, topics }))
    const arrived = async () => {
      const found: [string, number][] = []
      const arrivals = (await eventsOf(own.log)).filter((event) => isEvent(RowsArrived, event))
      for (const { chunks } of arrivals)
        for (const ref of chunks) {
          const rows = await getRows(own.chunks, ref)
          const quantity = rows.columns.find(({ name }) => name === 'quantity')?.values ?? []
          for (const [row, code] of rows.entity.entries()) found.push([rows.entities[code], quantity[row]])
        }
      return found
    }
    await vi.waitFor(async () => expect(await arrived()).toHaveLength(orders.length), {
      timeout: 20_000,
      interval: 200,
    })
    expect(sum(await arrived())).toEqual(wanted)
    await intake.close()
    await own.close()
    await writer.close()
    rmSync(home, { recursive: true, force: true })
  }, 120_000)
})
