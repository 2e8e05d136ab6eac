/** Opens the intake of a platform that serves: data sets that come from topics, read in a thread, recorded like files. */
import { once } from 'node:events'
import { basename, join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { refuse } from '../../schemas/kernel/fault.ts'
import { readDatasetFile } from '../../streams/sources/dataset-file.ts'
import type { TopicOptions, TopicStatus } from '../../streams/sources/kafka/reading.ts'
import { declareDataset } from '../actions.ts'
import { brokerOptions, registryOptions } from '../broker-options.ts'
import { declarationId } from '../ingest.ts'
import type { IntakeConfig } from '../kafka-config.ts'
import type { Platform } from '../platform.ts'
import { warn } from '../warn.ts'
import type { FromIntake, IntakeData, ToIntake } from './talk.ts'
import { IntakeTopic } from './topic.ts'

export type TopicView = TopicStatus & Readonly<{ topic: string; dataset: string }>
export type OpenIntake = Readonly<{ status: () => readonly TopicView[]; close: () => Promise<void> }>

const THREAD = new URL('./thread.ts', import.meta.url)
const LOOK_MILLIS = 1_000
const RESTART_MILLIS = 2_000
const END_MILLIS = 8_000

/**
 * Reads the topics of the configuration, for as long as it is open. Brokers that are away are waited for, beside everything else.
 * @throws Refusal `data.redeclared` and those of `readDatasetFile`; `intake.unreadable` for a topic that is named twice for a data set
 */
export async function openIntake(platform: Platform, config: IntakeConfig): Promise<OpenIntake> {
  const options = await topicsOf(platform, config)
  let worker: Worker | null = null
  let isOver = false
  const say = (said: ToIntake): void => worker?.postMessage(said)
  const topics = options.map(
    (one, at) =>
      new IntakeTopic(platform, one, {
        taken: () => say({ kind: 'taken', at }),
        anew: (standing) => say({ kind: 'anew', at, standing }),
      }),
  )
  const begin = async (): Promise<void> => {
    const told = await Promise.all(
      topics.map(async (topic) => ({ options: topic.options, standing: await topic.standing() })),
    )
    if (isOver) return
    const workerData: IntakeData = { folder: join(platform.folder.root, 'intake'), topics: told }
    worker = new Worker(THREAD, { workerData, name: 'asof intake', execArgv: [] })
    worker.on('message', (said: FromIntake) => {
      if (said.kind === 'batch') topics[said.at].onBatch(said.batch)
      else topics[said.at].onStatus(said.status)
    })
    worker.on('error', (error) => warn(`The thread that reads topics ended: ${error.message}`))
    worker.on('exit', () => {
      if (isOver) return
      setTimeout(RESTART_MILLIS, undefined, { ref: false }).then(begin)
    })
  }
  await begin()
  const look = setInterval(() => {
    for (const topic of topics)
      topic.look().catch((error: unknown) => warn(`A topic is not looked at: ${String(error)}`))
  }, LOOK_MILLIS).unref()
  return {
    status: () =>
      topics.map(({ status, options: { topic, spec } }) => ({ ...status, topic, dataset: spec.dataset })),
    async close() {
      isOver = true
      clearInterval(look)
      await Promise.all(topics.map((topic) => topic.close()))
      if (worker === null) return
      const ended = once(worker, 'exit')
      say({ kind: 'end' })
      await Promise.race([ended, setTimeout(END_MILLIS, undefined, { ref: false })])
      await worker.terminate()
    },
  }
}

async function topicsOf(platform: Platform, config: IntakeConfig): Promise<readonly TopicOptions[]> {
  const brokers = brokerOptions(config)
  const registry = registryOptions(config)
  const log = platform.log.seal?.identity ?? 'memory'
  const options: TopicOptions[] = []
  for (const { topic, dataset: file, format, rows, seconds } of config.topics) {
    const spec = await readDatasetFile(file)
    if (options.some((one) => one.topic === topic && one.spec.dataset === spec.dataset))
      throw refuse('intake.unreadable', {
        topic,
        problem: `asof.yaml names it twice for ${spec.dataset} (${basename(file)}); name it once`,
      })
    const commandId = await declarationId(platform, spec)
    await declareDataset(platform, spec, { actor: 'asof', commandId })
    const group = `asof-${log.slice(0, 16)}-${spec.dataset}`
    options.push({
      ...brokers,
      ...{ topic, written: format, registry, group, spec, rows, millis: seconds * 1000 },
    })
  }
  return options
}
