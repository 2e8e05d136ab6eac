/** The relay is killed again and again, and the broker too: nothing is lost, doubled or out of order. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import type { KafkaOptions } from '../../streams/relay/kafka/bus.ts'
import { SchemaStore } from '../../streams/relay/registry/registry.ts'
import { serveRegistry } from '../../streams/relay/registry/server.ts'
import type { RelayStatus } from '../../streams/relay/relay.ts'
import { xoshiro128 } from '../../streams/statistics/random.ts'
import { smallFolder } from '../support/small-folder.ts'
import { BROKERS, messagesOf, NO_KAFKA, readTopics, TEST_KAFKA_VERSION, tally } from '../support/topics.ts'
import { startKafka, stopKafka } from './kafka.ts'

const KILLS = 5
const RELAY = join(import.meta.dirname, '..', 'support', 'relay-process.ts')
const WRITER = { username: 'asof', password: 'secret' }

/** Runs a relay until it has told of so many changes, and kills it a moment later. @returns true where it came to its end */
async function killed(
  path: string,
  options: KafkaOptions,
  {
    after,
    millis = 0,
    onChange,
  }: Readonly<{ after: number; millis?: number; onChange?: (count: number) => void }>,
): Promise<boolean> {
  const told = JSON.stringify({ options, mostMessages: 7 })
  const child: ChildProcess = spawn(
    process.execPath,
    ['--disable-warning=TimeoutNegativeWarning', RELAY, path, told],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  )
  const closed = once(child, 'close')
  let count = 0
  let isDone = false
  if (child.stdout === null) throw new Error('no output')
  for await (const line of createInterface({ input: child.stdout })) {
    const status = JSON.parse(line) as Omit<RelayStatus, 'state'> & { state: string }
    if (status.state === 'stopped') throw new Error(status.reason ?? '')
    isDone = status.state === 'done'
    count++
    onChange?.(count)
    if (isDone || count >= after) break
  }
  if (!isDone) await setTimeout(millis)
  child.kill('SIGKILL')
  await closed
  return isDone
}

describe.skipIf(NO_KAFKA !== null)(`a relay that is killed ${NO_KAFKA ?? ''}`, () => {
  test('loses, doubles and reorders nothing, over restarts of the broker too', async () => {
    const path = mkdtempSync(join(tmpdir(), 'asof-killed-'))
    const platform = await smallFolder(path, 40)
    const registry = await serveRegistry(new SchemaStore(), { writer: WRITER })
    const log = platform.log.seal?.identity ?? ''
    const prefix = `killed-${process.pid}`
    const options = {
      brokers: BROKERS,
      log,
      prefix,
      writer: 'killed',
      registry: { url: registry.url, auth: WRITER },
    }
    const expected = await messagesOf(platform.log, log)
    const port = Number(BROKERS[0].split(':')[1])
    const random = xoshiro128(11)
    const restart = async (signal: NodeJS.Signals) => {
      await stopKafka(TEST_KAFKA_VERSION ?? '', port, signal)
      await startKafka(TEST_KAFKA_VERSION ?? '', port)
    }
    let kills = 0
    for (; kills < KILLS; kills++) {
      if (await killed(path, options, { after: 2 + Math.floor(random() * 8), millis: random() * 12 })) break
    }
    // The broker is killed while a relay publishes to it, which lives and goes on when the broker is back.
    let restarted: Promise<void> | null = null
    await killed(path, options, {
      after: Number.POSITIVE_INFINITY,
      onChange(count) {
        if (count === 4) restarted = restart('SIGKILL')
      },
    })
    expect(restarted).not.toBeNull()
    await restarted
    const read = await readTopics(BROKERS, prefix, { atLeast: expected.length })
    const counted = tally(expected, read)
    process.stdout.write(
      `killed ${kills} times, broker ${TEST_KAFKA_VERSION} killed once: ${JSON.stringify({ expected: expected.length, ...counted })}\n`,
    )
    await registry.close()
    await platform.close()
    rmSync(path, { recursive: true, force: true })
    expect(kills).toBe(KILLS)
    expect(counted).toMatchObject({ lost: 0, doubled: 0, unordered: 0 })
  }, 480_000)
})
