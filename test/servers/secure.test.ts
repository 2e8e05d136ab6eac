/** Brokers over TLS, with a name and a password: a log is published there and a topic read, and nobody else gets in. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { readConfig } from '../../serving/config.ts'
import { openIntake } from '../../serving/intake/open.ts'
import { openPlatform, type Platform } from '../../serving/platform.ts'
import { openRelay } from '../../serving/relay/open.ts'
import { kafkaClient } from '../../streams/relay/kafka/client.ts'
import { pricesIn, range, TICKS, tick } from '../support/intake.ts'
import { BROKERS, NO_KAFKA, TEST_KAFKA_SECURE, TEST_KAFKA_VERSION } from '../support/topics.ts'
import { freePorts } from './daemon.ts'
import { certificateOf, SECURE_USER } from './kafka.ts'

const WAIT = { timeout: 40_000, interval: 100 }

describe.skipIf(TEST_KAFKA_SECURE === undefined)(`brokers over TLS ${NO_KAFKA ?? ''}`, () => {
  const path = mkdtempSync(join(tmpdir(), 'asof-secure-'))
  const version = TEST_KAFKA_VERSION ?? ''
  const port = Number(BROKERS[0]?.split(':')[1])
  const brokers = [TEST_KAFKA_SECURE ?? '']
  const topic = `secure-${process.pid}`
  let platform: Platform

  beforeAll(async () => {
    platform = await openPlatform({ path })
    writeFileSync(join(path, 'ticks.yaml'), TICKS)
    writeFileSync(join(path, 'right'), `${SECURE_USER.password}\n`)
    writeFileSync(join(path, 'wrong'), 'guessed\n')
  }, 120_000)

  afterAll(async () => {
    await platform?.close()
    rmSync(path, { recursive: true, force: true })
  })

  const configured = async (more: Readonly<Record<string, string>>) => {
    const told = {
      brokers,
      ca: certificateOf(version, port),
      user: SECURE_USER.user,
      passwordFile: 'right',
      ...more,
    }
    const registryPort = await freePorts(1)
    const topics = [{ topic, dataset: 'ticks.yaml', format: 'json', seconds: 0.2 }]
    writeFileSync(
      join(path, 'asof.yaml'),
      JSON.stringify({ relay: { ...told, registryPort, prefix: topic }, intake: { ...told, topics } }),
    )
    const { relay, intake } = await readConfig({ root: path }, {})
    if (relay === undefined || intake === undefined) throw new Error('both are configured')
    return { relay, intake }
  }

  test('a log is published and a topic is read, with either mechanism', async () => {
    for (const mechanism of ['scram-sha-512', 'scram-sha-256'] as const) {
      const { relay, intake } = await configured({ mechanism })
      const [publishing, reading] = [await openRelay(platform, relay), await openIntake(platform, intake)]
      const kafka = kafkaClient(
        {
          brokers,
          ssl: { ca: readFileSync(certificateOf(version, port), 'utf8') },
          sasl: { mechanism, username: SECURE_USER.user, password: SECURE_USER.password },
        },
        'writer',
      )
      const producer = kafka.producer()
      const admin = kafka.admin()
      await admin.connect()
      await admin.createTopics({ topics: [{ topic, numPartitions: 1 }] })
      await admin.disconnect()
      await producer.connect()
      await producer.send({ topic, messages: range(0, 5).map((n) => ({ value: tick(n) })) })
      await vi.waitFor(async () => expect(await pricesIn(platform)).toEqual(range(0, 5)), WAIT)
      const { position } = await platform.log.head()
      await vi.waitFor(
        () => expect(publishing.status()).toMatchObject({ state: 'publishing', position }),
        WAIT,
      )
      await producer.disconnect()
      await publishing.close()
      await reading.close()
    }
  }, 120_000)

  test('a wrong password, and a certificate that nobody vouches for, are told, and nothing is read', async () => {
    const { intake } = await configured({ passwordFile: 'wrong' })
    const reading = await openIntake(platform, intake)
    await vi.waitFor(() => expect(reading.status()[0].state).toBe('waiting'), WAIT)
    expect(reading.status()[0].reason).toMatch(/[Aa]uthentication/)
    await reading.close()
    const { ca: _, ...untrusted } = (await configured({})).intake
    const other = await openIntake(platform, { ...untrusted, tls: true })
    await vi.waitFor(() => expect(other.status()[0].state).toBe('waiting'), WAIT)
    expect(other.status()[0].reason).toMatch(/self.signed/)
    await other.close()
  }, 90_000)
})
