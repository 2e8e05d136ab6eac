/** A platform that reads a topic is killed again and again, brokers restart and the group is shared out anew: what is in the log then. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { openArchive } from '../../serving/archive.ts'
import { kafkaClient } from '../../streams/relay/kafka/client.ts'
import { xoshiro128 } from '../../streams/statistics/random.ts'
import { intakeFolder, pricesIn, range, takenIn, tick } from '../support/intake.ts'
import { topicWriter } from '../support/topic-writer.ts'

const PROCESS = join(import.meta.dirname, '..', 'support', 'intake-process.ts')
const PARTITIONS = 4

export type Trial = Readonly<{
  brokers: readonly string[]
  topic: string
  messages: number
  kills: number
  /** Restarts the broker, once for each restart. */
  restart: (() => Promise<void>) | null
  restarts: number
}>

export type Outcome = Readonly<{
  messages: number
  kills: number
  restarts: number
  rebalances: number
  arrivals: number
  lost: number
  doubled: number
  /** Offsets that no arrival took, or two did. */
  offsetsLost: number
  offsetsDoubled: number
}>

/** @throws Error where not all of it is there in time */
export async function killedIntake({ brokers, topic, ...trial }: Trial): Promise<Outcome> {
  const { path, remove } = intakeFolder()
  const writer = await topicWriter(brokers)
  await writer.create(topic, PARTITIONS)
  const random = xoshiro128(7)
  const options = JSON.stringify({
    brokers,
    topic,
    rows: Math.max(40, Math.ceil(trial.messages / 200)),
    seconds: 0.1,
  })
  const start = (): ChildProcess =>
    spawn(process.execPath, ['--disable-warning=TimeoutNegativeWarning', PROCESS, path, options], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
  let written = 0
  const write = async (count: number): Promise<void> => {
    const messages = range(written, written + count).map((n) => ({
      partition: n % PARTITIONS,
      value: tick(n),
    }))
    if (count > 0) await writer.write(topic, messages)
    written += count
  }
  const [each, restartEvery] = [
    Math.ceil(trial.messages / (trial.kills + 1)),
    Math.max(1, Math.floor(trial.kills / Math.max(1, trial.restarts))),
  ]
  let [restarts, rebalances] = [0, 0]
  for (let kill = 0; kill < trial.kills; kill++) {
    const child = start()
    const closed = once(child, 'close')
    await once(child.stdout as NodeJS.ReadableStream, 'data')
    await write(Math.min(each, trial.messages - written))
    if (kill === Math.floor(trial.kills / 2)) {
      await shareOut(brokers, topic, await groupOf(brokers))
      rebalances++
    }
    if (restarts < trial.restarts && kill % restartEvery === restartEvery - 1) {
      await trial.restart?.()
      restarts++
    }
    // Some are killed while they join, some while they record.
    await setTimeout(random() * 4_000)
    child.kill('SIGKILL')
    await closed
  }
  await write(trial.messages - written)
  const child = start()
  const closed = once(child, 'close')
  try {
    await untilTaken(path, trial.messages)
  } finally {
    child.kill('SIGKILL')
    await closed
    await writer.close()
  }
  const archive = openArchive(path)
  const [prices, taken] = [await pricesIn(archive), await takenIn(archive)]
  await archive.close()
  remove()
  const offsets = taken.flatMap((one) => {
    const [partition, from, to] = one.split(/[:-]/).map(Number)
    return range(from, to).map((offset) => `${partition}:${offset}`)
  })
  return {
    ...{ messages: trial.messages, kills: trial.kills, restarts, rebalances, arrivals: taken.length },
    lost: trial.messages - new Set(prices).size,
    doubled: prices.length - new Set(prices).size,
    offsetsLost: trial.messages - new Set(offsets).size,
    offsetsDoubled: offsets.length - new Set(offsets).size,
  }
}

async function groupOf(brokers: readonly string[]): Promise<string> {
  const admin = kafkaClient({ brokers }, 'looking').admin()
  await admin.connect()
  try {
    for (;;) {
      const { groups } = await admin.listGroups()
      const found = groups.find(({ groupId }) => groupId.startsWith('asof-') && groupId.endsWith('-ticks'))
      if (found !== undefined) return found.groupId
      await setTimeout(200)
    }
  } finally {
    await admin.disconnect()
  }
}

/** Somebody else joins the group, gets some of its partitions, and leaves. */
async function shareOut(brokers: readonly string[], topic: string, groupId: string): Promise<void> {
  const consumer = kafkaClient({ brokers }, 'somebody').consumer({ groupId })
  await consumer.connect()
  await consumer.subscribe({ topics: [topic], fromBeginning: true })
  const joined = Promise.withResolvers<void>()
  consumer.on(consumer.events.GROUP_JOIN, () => joined.resolve())
  await consumer.run({ eachMessage: async () => undefined })
  await joined.promise
  await setTimeout(1_000)
  await consumer.disconnect()
}

const MOST_SECONDS = 120

async function untilTaken(path: string, messages: number): Promise<void> {
  const until = performance.now() + MOST_SECONDS * 1000
  for (;;) {
    const archive = openArchive(path)
    const taken = await takenIn(archive)
    await archive.close()
    const count = taken.reduce((sum, one) => {
      const [, from, to] = one.split(/[:-]/).map(Number)
      return sum + to - from
    }, 0)
    if (count >= messages) return
    if (performance.now() > until) throw new Error(`${count} of ${messages} messages were taken`)
    await setTimeout(500)
  }
}
