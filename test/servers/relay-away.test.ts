/** The broker goes away while a platform serves: the platform goes on, the lag shows, and all is published when it is back. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { readConfig } from '../../serving/config.ts'
import { openMetrics } from '../../serving/http/metrics.ts'
import { meterRelay } from '../../serving/http/relay-metrics.ts'
import { openRelay } from '../../serving/relay/open.ts'
import { smallFolder } from '../support/small-folder.ts'
import { HISTORY_DAYS, playDays } from '../support/small-platform.ts'
import { BROKERS, messagesOf, NO_KAFKA, readTopics, TEST_KAFKA_VERSION, tally } from '../support/topics.ts'
import { freePorts } from './daemon.ts'
import { startKafka, stopKafka } from './kafka.ts'

describe.skipIf(NO_KAFKA !== null)(`a broker that is away ${NO_KAFKA ?? ''}`, () => {
  test('holds nothing up, and misses nothing', async () => {
    const path = mkdtempSync(join(tmpdir(), 'asof-away-'))
    const platform = await smallFolder(path, 5)
    const prefix = `away-${process.pid}`
    const relayPart = { brokers: BROKERS, prefix, registryPort: await freePorts(1) }
    // YAML is a superset of JSON.
    writeFileSync(join(path, 'asof.yaml'), JSON.stringify({ relay: relayPart }))
    const config = await readConfig(platform.folder, {})
    if (config.relay === undefined) throw new Error('it is configured')
    const relay = await openRelay(platform, config.relay)
    const metrics = openMetrics()
    meterRelay(relay, platform.log, metrics.registry)
    const gauge = async (name: string): Promise<number> => {
      const text = await metrics.registry.metrics()
      return Number(new RegExp(`^asof_relay_${name} (.*)$`, 'm').exec(text)?.[1])
    }
    const until = async (name: string, value: number, seconds: number) => {
      for (let i = 0; i < seconds * 10 && (await gauge(name)) !== value; i++) await setTimeout(100)
      expect([name, await gauge(name)]).toEqual([name, value])
    }
    await until('lag_events', 0, 60)
    expect(await gauge('connected')).toBe(1)
    const port = Number(BROKERS[0].split(':')[1])
    await stopKafka(TEST_KAFKA_VERSION ?? '', port)
    const from = performance.now()
    await playDays(platform, HISTORY_DAYS + 5, HISTORY_DAYS + 25)
    const seconds = (performance.now() - from) / 1000
    expect(await gauge('lag_events')).toBeGreaterThan(60)
    await until('connected', 0, 40)
    expect(relay.status().reason).not.toBeNull()
    await startKafka(TEST_KAFKA_VERSION ?? '', port)
    await until('lag_events', 0, 90)
    await until('connected', 1, 1)
    await relay.close()
    const expected = await messagesOf(platform.log, platform.log.seal?.identity ?? '')
    const counted = tally(expected, await readTopics(BROKERS, prefix, { atLeast: expected.length }))
    process.stdout.write(`broker away for 20 days (${seconds.toFixed(1)} s): ${JSON.stringify(counted)}\n`)
    expect(counted).toMatchObject({ lost: 0, doubled: 0, unordered: 0 })
    await platform.close()
    rmSync(path, { recursive: true, force: true })
  }, 240_000)
})
