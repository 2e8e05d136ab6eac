/**
 * `npm run suite:whole -- FOLDER [--kafka 3.9.2] [--kills 20] [--restarts 5] [--messages 20000] [--only out|in]`: publishes a whole log with the relay
 * killed and the broker restarted again and again, has everybody read it, and reads a topic in under the same conditions. It prints
 * what was counted, and fails unless nothing was lost, doubled or out of order. FOLDER is a platform's, such as the sample's; it is only read.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import type { Capital, Prediction } from '../../schemas/topics/oms.ts'
import { Capital as CapitalMessage, Prediction as PredictionMessage } from '../../schemas/topics/oms.ts'
import { unframed } from '../../schemas/topics/wire.ts'
import { openArchive } from '../../serving/archive.ts'
import type { KafkaOptions } from '../../streams/relay/kafka/bus.ts'
import { SchemaStore } from '../../streams/relay/registry/registry.ts'
import { serveRegistry } from '../../streams/relay/registry/server.ts'
import { xoshiro128 } from '../../streams/statistics/random.ts'
import { messagesOf, type Read, readTopics, tally } from '../support/topics.ts'
import { freePorts, has } from './daemon.ts'
import { KAFKA_VERSIONS, kafkaMissing, startKafka, stopKafka, wipeKafka } from './kafka.ts'
import { killedIntake } from './killed-intake.ts'
import { installPython, KAFKA, pythonMissing } from './python.ts'
import { readByKcat, readByPython, readShared } from './readers.ts'

const text = { type: 'string' } as const
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    kafka: { ...text, default: KAFKA_VERSIONS[0] },
    kills: { ...text, default: '20' },
    restarts: { ...text, default: '5' },
    messages: { ...text, default: '20000' },
    only: text,
  },
})
const RELAY = join(import.meta.dirname, '..', 'support', 'relay-process.ts')
const WRITER = { username: 'asof', password: 'secret' }
const say = (line: string): void => void process.stdout.write(`${line}\n`)
let isSound = true
const print = (what: string, counted: Readonly<Record<string, unknown>>): void => {
  const bad = ['lost', 'doubled', 'unordered', 'offsetsLost', 'offsetsDoubled', 'late'].filter(
    (key) => (counted[key] ?? 0) !== 0,
  )
  if (bad.length > 0) isSound = false
  say(
    `${what}: ${Object.entries(counted)
      .map(([key, value]) => `${key} ${value}`)
      .join(', ')}`,
  )
}

const [folder] = positionals
const missing = kafkaMissing()
if (folder === undefined || missing !== null) {
  say(missing ?? 'Name the folder of a platform: npm run suite:whole -- FOLDER')
  process.exitCode = 2
} else {
  await whole(folder)
  process.exitCode = isSound ? 0 : 1
}

async function whole(path: string): Promise<void> {
  const port = await freePorts(2)
  const brokers = [await startKafka(values.kafka, port)]
  const registry = await serveRegistry(new SchemaStore(), { writer: WRITER })
  const archive = openArchive(path)
  const where = { brokers, prefix: 'whole' }
  try {
    if (values.only === 'in') return print('read in from a topic', await readIn(brokers, port))
    const log = 'a'.repeat(64)
    const expected = await messagesOf(archive.log, log)
    const { position } = await archive.log.head()
    say(`${position} events, ${expected.length} messages, Kafka ${values.kafka}`)
    const options = { ...where, log, writer: 'whole', registry: { url: registry.url, auth: WRITER } }
    await published(path, options, port)
    const read = await readTopics(brokers, where.prefix, { atLeast: expected.length, seconds: 120 })
    print('read by a bare consumer', tally(expected, read))
    print(
      'read by a group that was shared out anew',
      tally(expected, await readShared(where, expected.length)),
    )
    if (has('kcat', ['-V'])) print('read by kcat', tally(expected, readByKcat(where)))
    else say('kcat is not on this machine: not read by it.')
    const noPython = pythonMissing()
    if (noPython === null)
      print(
        'read by Python',
        tally(expected, await readByPython(installPython('kafka', KAFKA), registry.url, where)),
      )
    else say(`Not read by Python: ${noPython}.`)
    print('capital', capitalIn(read))
    if (values.only !== 'out') print('read in from a topic', await readIn(brokers, port))
  } finally {
    await archive.close()
    await registry.close()
    await wipeKafka(values.kafka, port)
  }
}

async function published(path: string, options: KafkaOptions, port: number): Promise<void> {
  const [kills, restarts] = [Number(values.kills), Number(values.restarts)]
  const random = xoshiro128(3)
  let [killed, restarted] = [0, 0]
  for (let isDone = false; !isDone; ) {
    const mayKill = killed < kills
    const mayRestart = restarted < restarts && (!mayKill || killed % 4 === 2)
    const child = spawn(
      process.execPath,
      [
        '--disable-warning=TimeoutNegativeWarning',
        RELAY,
        path,
        JSON.stringify({ options, mostMessages: 200 }),
      ],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    )
    const closed = once(child, 'close')
    const after = 2 + Math.floor(random() * 5)
    let count = 0
    for await (const line of createInterface({ input: child.stdout })) {
      const { state, reason } = JSON.parse(line) as { state: string; reason: string | null }
      if (state === 'stopped') throw new Error(reason ?? '')
      isDone = state === 'done'
      if (isDone) break
      if (++count === after && mayRestart) {
        await stopKafka(values.kafka, port, restarted % 2 === 0 ? 'SIGKILL' : 'SIGTERM')
        await startKafka(values.kafka, port)
        restarted++
      }
      if (mayKill && count >= after) break
    }
    if (!isDone) {
      await setTimeout(random() * 30)
      killed++
    }
    child.kill('SIGKILL')
    await closed
  }
  print('published', { kills: killed, restarts: restarted })
  if (killed < kills || restarted < restarts)
    throw new Error('the log was published before all of it was done: give a longer one')
}

/** Of each cut: whether it is on its topic before the next prediction of its model, and that one knows of it. */
function capitalIn(read: readonly Read[]): Readonly<Record<string, number>> {
  const of = <T>(
    topic: string,
    { avro }: Pick<typeof CapitalMessage | typeof PredictionMessage, 'avro'>,
  ): T[] =>
    read.filter((one) => one.topic === topic).map(({ value }) => avro.fromBuffer(unframed(value).avro) as T)
  const capitals = of<Capital>('capital.v1', CapitalMessage)
  const predictions = of<Prediction>('predictions.v1', PredictionMessage)
  const cuts = capitals.filter(({ why }) => why === 'reduced')
  const late = predictions.filter(({ model, envelope, capital, capitalPosition }) => {
    const limit = capitals.findLast((one) => one.model === model && one.envelope.position < envelope.position)
    return limit === undefined || limit.fraction !== capital || limit.envelope.position !== capitalPosition
  })
  return { predictions: predictions.length, changes: capitals.length, cuts: cuts.length, late: late.length }
}

function readIn(brokers: readonly string[], port: number) {
  return killedIntake({
    ...{ brokers, topic: 'whole-in', messages: Number(values.messages) },
    ...{ kills: Number(values.kills), restarts: Number(values.restarts) },
    async restart() {
      await stopKafka(values.kafka, port, 'SIGKILL')
      await startKafka(values.kafka, port)
    },
  })
}
