/** Makes the topics that are missing, and refuses those that are there and other than they must be. */
import kafkajs, { type Admin, type ITopicConfig } from 'kafkajs'
import { refuse } from '../../../schemas/kernel/fault.ts'
import { CURSOR, MAX_BATCH_BYTES, TOPICS, type Topic } from '../topics.ts'

type Options = Readonly<{
  prefix: string
  /** Copies of each partition; as many as there are brokers, and three at most, unless it is given. */
  replicas?: number | undefined
}>

const MOST_REPLICAS = 3

/** @returns those that were there. @throws Refusal `topic.differs` */
export async function ensureTopics(admin: Admin, { prefix, replicas }: Options): Promise<readonly Topic[]> {
  const named = (topic: Topic) => `${prefix}.${topic.name}`
  const there = new Set(await admin.listTopics())
  const all = [...TOPICS, CURSOR]
  const missing = all.filter((topic) => !there.has(named(topic)))
  if (missing.length > 0) {
    const { brokers } = await admin.describeCluster()
    const copies = replicas ?? Math.min(MOST_REPLICAS, brokers.length)
    await admin.createTopics({ topics: missing.map((topic) => configOf(named(topic), topic, copies)) })
  }
  const found = all.filter((topic) => !missing.includes(topic))
  if (found.length > 0) await check(admin, found, named)
  return found
}

const configOf = (topic: string, of: Topic, copies: number): ITopicConfig => ({
  topic,
  numPartitions: of.partitions,
  replicationFactor: copies,
  configEntries: [
    { name: 'cleanup.policy', value: policyOf(of) },
    { name: 'retention.ms', value: String(of.retentionMillis ?? -1) },
    { name: 'max.message.bytes', value: String(MAX_BATCH_BYTES) },
    // What is kept so many days is kept so many days from publishing, however old it is.
    { name: 'message.timestamp.type', value: 'LogAppendTime' },
    { name: 'min.insync.replicas', value: String(Math.max(1, copies - 1)) },
  ],
})

const policyOf = ({ compacted }: Topic): string => (compacted ? 'compact' : 'delete')

async function check(admin: Admin, topics: readonly Topic[], named: (topic: Topic) => string): Promise<void> {
  const { topics: metadata } = await admin.fetchTopicMetadata({ topics: topics.map(named) })
  for (const topic of topics) {
    const name = named(topic)
    const partitions = metadata.find((one) => one.name === name)?.partitions.length ?? 0
    if (partitions !== topic.partitions)
      throw differs(name, `${partitions} partitions`, `${topic.partitions}: a key may not move to another`)
  }
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: topics.map((topic) => ({
      type: kafkajs.ConfigResourceTypes.TOPIC,
      name: named(topic),
      configNames: ['cleanup.policy', 'max.message.bytes'],
    })),
  })
  for (const topic of topics) {
    const name = named(topic)
    const entries = resources.find(({ resourceName }) => resourceName === name)?.configEntries ?? []
    const entryOf = (key: string) => entries.find(({ configName }) => configName === key)?.configValue ?? ''
    const policy = entryOf('cleanup.policy')
    if (policy !== policyOf(topic)) throw differs(name, `cleanup.policy=${policy}`, policyOf(topic))
    const bytes = entryOf('max.message.bytes')
    if (Number(bytes) < MAX_BATCH_BYTES)
      throw differs(name, `max.message.bytes=${bytes}`, `${MAX_BATCH_BYTES} or more`)
  }
}

const differs = (topic: string, found: string, wanted: string) =>
  refuse('topic.differs', { topic, found, wanted })
