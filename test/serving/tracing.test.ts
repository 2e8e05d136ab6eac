/** Traces by OTLP, as a collector gets them: one for each act, whose spans hang together as the events follow from each other. */
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test, vi } from 'vitest'
import type { Recorded } from '../../schemas/envelope.ts'
import { PlayedClock } from '../../serving/clock.ts'
import { meters } from '../../serving/meter.ts'
import { openPlatform } from '../../serving/platform.ts'
import { openTracing, spansTo } from '../../serving/tracing.ts'
import { eventsOf } from '../support/memory-platform.ts'
import { judgeOn } from '../support/small-platform.ts'

type OtlpSpan = Readonly<{
  traceId: string
  spanId: string
  parentSpanId?: string
  name: string
  startTimeUnixNano: string
  endTimeUnixNano: string
  attributes: readonly { key: string; value: { stringValue?: string; intValue?: number } }[]
}>

const path = mkdtempSync(join(tmpdir(), 'asof-tracing-'))
afterAll(() => {
  vi.unstubAllEnvs()
  rmSync(path, { recursive: true, force: true })
})

async function textOf(request: IncomingMessage): Promise<string> {
  let text = ''
  for await (const part of request) text += part
  return text
}

test('a collector gets a span for each act and each event, under the event that it follows from', async () => {
  const spans: OtlpSpan[] = []
  const collector = createServer(async (request, reply) => {
    expect(request.url).toBe('/v1/traces')
    for (const { scopeSpans } of JSON.parse(await textOf(request)).resourceSpans)
      for (const { spans: some } of scopeSpans) spans.push(...some)
    reply.setHeader('content-type', 'application/json').end('{}')
  }).listen(0, '127.0.0.1')
  await once(collector, 'listening')
  const endpoint = `http://127.0.0.1:${(collector.address() as AddressInfo).port}`
  vi.stubEnv('OTEL_EXPORTER_OTLP_ENDPOINT', endpoint)
  const tracing = await openTracing({ OTEL_EXPORTER_OTLP_ENDPOINT: endpoint })
  if (tracing === null) throw new Error('nothing is traced')
  const moment = new PlayedClock(0)
  const platform = { ...(await openPlatform({ path, moment, meter: meters([tracing.meter]) })), moment }
  await judgeOn(platform)
  await platform.drain()
  const events = await eventsOf(platform.log)
  await platform.close()
  await tracing.close()
  collector.close()

  const at = (span: OtlpSpan) => span.attributes.find(({ key }) => key === 'asof.position')?.value.intValue
  const ofEvent = new Map(
    spans.filter(({ name }) => name !== 'command').map((span) => [Number(at(span)), span]),
  )
  const spanOf = new Map(events.map((event) => [event.id, ofEvent.get(event.position)]))
  expect(ofEvent.size).toBe(events.length)
  for (const { id, type, causationId, recordedAt } of events) {
    const span = spanOf.get(id)
    expect(span?.name).toBe(type)
    expect(BigInt(span?.endTimeUnixNano ?? 0)).toBe(BigInt(recordedAt) * 1000n)
    const parent = causationId === null ? undefined : spanOf.get(causationId)
    if (parent !== undefined)
      expect([span?.parentSpanId, span?.traceId]).toEqual([parent.spanId, parent.traceId])
    else expect(spans.find(({ spanId }) => spanId === span?.parentSpanId)?.name).toBe('command')
  }
  expect(new Set(spans.map(({ spanId }) => spanId)).size).toBe(spans.length)
}, 60_000)

test('without an endpoint nothing is traced, and what was recorded before is not traced again', async () => {
  expect(await openTracing({})).toBeNull()
  const names: string[] = []
  const meter = spansTo(({ name }) => names.push(name), 100)
  const event = { id: 'a', type: 'x', correlationId: 'c', causationId: null }
  for (const recordedAt of [99, 100]) meter.took?.({ ...event, recordedAt } as unknown as Recorded)
  expect(names).toEqual(['x'])
})
