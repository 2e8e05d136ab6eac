/** The thread of the intake: it reads topics, and lays each batch of messages in a file for the platform to record. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parentPort, workerData } from 'node:worker_threads'
import { assert } from '../../schemas/kernel/assert.ts'
import { type Standing, TopicReading } from '../../streams/sources/kafka/reading.ts'
import { withoutTimerWarnings } from '../relay/timer-warnings.ts'
import type { FromIntake, IntakeData, ToIntake } from './talk.ts'

assert(parentPort !== null, 'the intake runs in a thread')
const port = parentPort
withoutTimerWarnings()

const { folder, topics } = workerData as IntakeData
// What was left there was not recorded: it is read again.
rmSync(folder, { recursive: true, force: true })
mkdirSync(folder, { recursive: true, mode: 0o700 })

type Waiting = Readonly<{ resolve: () => void; reject: (error: Error) => void }>
/** Whoever waits for the platform to record a batch, by topic. */
const waiting = new Map<number, Waiting>()
const readings = new Map<number, TopicReading>()
let batches = 0

const say = (said: FromIntake): void => port.postMessage(said)

function begin(at: number, standing: Standing): void {
  const reading = new TopicReading(topics[at].options, standing, {
    onStatus: (status) => readings.get(at) === reading && say({ kind: 'status', at, status }),
    async send({ text, ...batch }, cluster) {
      if (readings.get(at) !== reading) throw new Error('it begins anew')
      const path = join(folder, `${at}-${++batches}.ndjson`)
      // It is read at once, and made again from the topic where it is lost.
      writeFileSync(path, text, { mode: 0o600 })
      const taken = Promise.withResolvers<void>()
      waiting.set(at, taken)
      say({ kind: 'batch', at, batch: { ...batch, path, cluster } })
      await taken.promise
    },
  })
  readings.set(at, reading)
  void reading.run()
}

const HEARD: { readonly [K in ToIntake['kind']]: (said: Extract<ToIntake, { kind: K }>) => void } = {
  taken: ({ at }) => waiting.get(at)?.resolve(),
  anew({ at, standing }) {
    readings.get(at)?.end()
    waiting.get(at)?.reject(new Error('it begins anew'))
    waiting.delete(at)
    begin(at, standing)
  },
  end() {
    for (const reading of readings.values()) reading.end()
    port.close()
  },
}

port.on('message', (said: ToIntake) => HEARD[said.kind](said as never))
for (const [at, { standing }] of topics.entries()) begin(at, standing)
