/** The relay over a bus that fails anywhere: each event is published once, in order, wherever it was broken off. */
import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import { type Digest, sha256 } from '../../schemas/kernel/canonical.ts'
import { REGISTRY } from '../../schemas/registry.ts'
import { Elsewhere } from '../../schemas/topics/oms.ts'
import { unframed } from '../../schemas/topics/wire.ts'
import { Limit } from '../../serving/relay/run.ts'
import { standings } from '../../serving/relay/standings.ts'
import { Translator } from '../../streams/relay/messages.ts'
import type { Bus, Message } from '../../streams/relay/ports.ts'
import { Relay, type RelayParts, type RelayStatus } from '../../streams/relay/relay.ts'
import { type Failure, memoryBus } from '../support/memory-bus.ts'
import type { MemoryPlatform } from '../support/memory-platform.ts'
import { playedPlatform } from '../support/small-platform.ts'
import { messagesOf } from '../support/topics.ts'

const LOG: Digest = 'a'.repeat(64)
let platform: MemoryPlatform
let expected: readonly Message[]
let head: number

beforeAll(async () => {
  platform = await playedPlatform(20)
  expected = await messagesOf(platform.log, LOG)
  head = (await platform.log.head()).position
})

type Told = Partial<RelayParts> & Readonly<{ upTo?: number; onStatus?: (status: RelayStatus) => void }>

/** Publishes up to a position, and ends; or where it stops. */
async function relayed(bus: Bus, told: Told = {}): Promise<RelayStatus> {
  const { upTo = head, onStatus, ...rest } = told
  const limit = new Limit()
  limit.raise(upTo)
  const relay = new Relay({
    log: platform.log,
    bus,
    translator: () => new Translator(LOG, standings()),
    beyond: (position) => limit.beyond(position),
    isOver: () => limit.isOver,
    pause: async () => undefined,
    onStatus(status) {
      onStatus?.(status)
      if (status.position >= upTo) limit.end()
    },
    ...rest,
  })
  await relay.run()
  return relay.status
}

const namesOf = (messages: readonly Message[]) =>
  messages.map(({ topic, key, headers }) => `${topic} ${key} ${headers['asof-position']}`)

test('each event is published, in order', async () => {
  const bus = memoryBus()
  expect(await relayed(bus)).toMatchObject({ state: 'publishing', position: head, fault: null })
  expect(bus.messages).toEqual(expected)
})

test('whatever fails and whenever it is killed, each is published once and in order', async () => {
  const failures = fc.array(fc.constantFrom<Failure>('none', 'none', 'open', 'before', 'after'), {
    maxLength: 40,
  })
  await fc.assert(
    fc.asyncProperty(
      failures,
      fc.integer({ min: 1, max: 60 }),
      fc.array(fc.integer({ min: 1, max: head })),
      async (failing, mostMessages, kills) => {
        const left = [...failing]
        const bus = memoryBus(() => left.shift() ?? 'none')
        // Each is a relay that ends there; the next one knows nothing but what the bus says.
        for (const upTo of kills)
          await relayed(bus, { upTo: Math.max(upTo, bus.place().next - 1), mostMessages })
        await relayed(bus, { mostMessages })
        expect(namesOf(bus.messages)).toEqual(namesOf(expected))
      },
    ),
    { numRuns: 40 },
  )
}, 60_000)

test('where it goes on in the middle, it says the same bytes', async () => {
  for (const upTo of [1, 31, 32, 33, head - 5]) {
    const bus = memoryBus()
    await relayed(bus, { upTo })
    await relayed(bus)
    expect(bus.messages).toEqual(expected)
  }
})

test('an empty log is waited for', async () => {
  const limit = new Limit()
  const relay = new Relay({
    ...{ log: platform.log, bus: memoryBus(), translator: () => new Translator(LOG, standings()) },
    ...{
      beyond: (position) => limit.beyond(position),
      isOver: () => limit.isOver,
      pause: async () => undefined,
    },
  })
  const running = relay.run()
  await new Promise((resolve) => setTimeout(resolve, 20))
  expect(relay.status).toMatchObject({ state: 'publishing', position: 0 })
  limit.end()
  await running
})

test('a broker that is away is told of, and tried again', async () => {
  const states: string[] = []
  const failures: Failure[] = ['open', 'open', 'none']
  const status = await relayed(
    memoryBus(() => failures.shift() ?? 'none'),
    {
      onStatus: ({ state, reason }) => states.push(`${state} ${reason}`),
    },
  )
  expect(states.slice(0, 2)).toEqual(Array(2).fill('waiting the broker is away (open)'))
  expect(status).toMatchObject({ position: head, reopened: 2 })
})

test('a broker that is slow is told of while it is waited for, and nothing is sent twice', async () => {
  const states: string[] = []
  const bus = memoryBus()
  let off = 0
  await relayed(bus, {
    slow(onSlow) {
      onSlow()
      return () => void off++
    },
    onStatus: ({ state, reason }) => states.push(`${state} ${reason}`),
  })
  expect(states).toContain('waiting the broker has not acknowledged yet what was sent to it')
  expect(states.at(-1)).toBe('publishing null')
  expect(off).toBeGreaterThan(0)
  expect(bus.messages).toEqual(expected)
})

describe('it stops', () => {
  test('where the broker has what the log has not', async () => {
    const bus = memoryBus()
    await relayed(bus)
    const log = { ...platform.log, head: async () => ({ position: head - 1, recordedAt: 0 }) }
    expect(await relayed(bus, { log })).toMatchObject({ state: 'stopped', fault: { code: 'relay.ahead' } })
  })

  test('where the log went on otherwise than what was published', async () => {
    const bus = memoryBus()
    await relayed(bus, { upTo: head - 3 })
    const readAll: MemoryPlatform['log']['readAll'] = async function* (from, filter) {
      for await (const batch of platform.log.readAll(from, filter))
        yield batch.map((event) => ({ ...event, recordedAt: event.recordedAt + 1 }))
    }
    const status = await relayed(bus, { log: { ...platform.log, readAll } })
    expect(status).toMatchObject({ state: 'stopped', fault: { code: 'relay.other-log' } })
  })

  test('where another relay went on in its place', async () => {
    const bus = memoryBus()
    let count = 0
    const other = bus.as('two')
    const beyond = async (position: number) => {
      // The other one publishes all before this one goes on.
      if (++count === 2) await relayed(other)
      return position < head ? Math.min(position + 40, head) : null
    }
    const status = await relayed(bus, { beyond })
    expect(status).toMatchObject({ state: 'stopped', fault: { code: 'relay.second' } })
    expect(namesOf(bus.messages)).toEqual(namesOf(expected))
  })
})

test('a message that is larger than a broker takes is told of in its place: what it is, and where it is to be had', async () => {
  const most = 1_000
  const bus = memoryBus()
  await relayed(bus, { translator: () => new Translator(LOG, standings(), most) })
  expect(namesOf(bus.messages)).toEqual(namesOf(expected))
  const large = expected.flatMap((one, at) => ((one.value?.length ?? 0) > most ? [at] : []))
  expect(large.length).toBeGreaterThan(0)
  for (const [at, { value, headers }] of bus.messages.entries()) {
    if (!large.includes(at)) {
      expect(Buffer.compare(value ?? Buffer.of(), expected[at].value ?? Buffer.of())).toBe(0)
      continue
    }
    expect(value?.length).toBeLessThan(most)
    const position = Number(headers['asof-position'])
    const told = Elsewhere.avro.fromBuffer(unframed(Buffer.from(value ?? [])).avro) as Elsewhere
    for await (const [event] of platform.log.readAll(position, { positionAtMost: position })) {
      const data = REGISTRY.get(event.type)?.avro.toBuffer(event.data) ?? Buffer.alloc(0)
      expect(told).toMatchObject({
        ...{ bytes: expected[at].value?.length, dataHash: sha256(data) },
        path: `/api/v1/events?from=${position}&limit=1`,
        envelope: { position, eventId: event.id },
      })
    }
  }
})
