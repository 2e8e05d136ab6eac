/** Data in over kills of the platform, a restart of the broker and a rebalance: each message is one row, once. */
import { describe, expect, test } from 'vitest'
import { BROKERS, NO_KAFKA, TEST_KAFKA_VERSION } from '../support/topics.ts'
import { startKafka, stopKafka } from './kafka.ts'
import { killedIntake } from './killed-intake.ts'

describe.skipIf(NO_KAFKA !== null)(`an intake that is killed ${NO_KAFKA ?? ''}`, () => {
  test('loses and doubles nothing', async () => {
    const port = Number(BROKERS[0].split(':')[1])
    const outcome = await killedIntake({
      ...{ brokers: BROKERS, topic: `killed-in-${process.pid}`, messages: 600, kills: 4, restarts: 1 },
      async restart() {
        await stopKafka(TEST_KAFKA_VERSION ?? '', port, 'SIGKILL')
        await startKafka(TEST_KAFKA_VERSION ?? '', port)
      },
    })
    process.stdout.write(`intake: ${JSON.stringify(outcome)}\n`)
    expect(outcome).toMatchObject({ lost: 0, doubled: 0, offsetsLost: 0, offsetsDoubled: 0, rebalances: 1 })
  }, 300_000)
})
