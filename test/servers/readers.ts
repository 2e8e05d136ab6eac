/** Readers of topics by other hands: kcat, Python, and a group of ours whose partitions are shared out anew while it reads. */
import { execFile, spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { promisify } from 'node:util'
import { kafkaClient } from '../../streams/relay/kafka/client.ts'
import { TOPICS } from '../../streams/relay/topics.ts'
import type { Read } from '../support/topics.ts'

type Where = Readonly<{ brokers: readonly string[]; prefix: string }>
const BUFFER = { maxBuffer: 2 ** 30, encoding: 'utf8' } as const

const readOf = (topic: string, partition: number, key: string, position: string): Read => ({
  ...{ topic, partition, key, offset: 0n, value: Buffer.alloc(0) },
  headers: { 'asof-position': position },
})

/** @throws Error with what it printed, where it fails */
export function readByKcat({ brokers, prefix }: Where): readonly Read[] {
  return TOPICS.flatMap(({ name }) => {
    const told = ['-b', brokers[0], '-C', '-q', '-e', '-t', `${prefix}.${name}`, '-o', 'beginning']
    const args = [...told, '-X', 'isolation.level=read_committed', '-f', '%p\t%k\t%h\n']
    const { status, stdout, stderr } = spawnSync('kcat', args, BUFFER)
    if (status !== 0) throw new Error(`kcat failed: ${stderr}`)
    return stdout
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => {
        const [partition = '', key = '', headers = ''] = line.split('\t')
        const [, position = ''] = /(?:^|,)asof-position=(\d+)/.exec(headers) ?? []
        return readOf(name, Number(partition), key, position)
      })
  })
}

/** Each message is decoded there, by the schema of the registry. @throws Error where a message is not what its header says */
export async function readByPython(
  python: string,
  registry: string,
  { brokers, prefix }: Where,
): Promise<readonly Read[]> {
  const script = join(import.meta.dirname, 'read-topics.py')
  // Not synchronous: the registry that it asks may be served by this very process.
  const { stdout } = await promisify(execFile)(python, [script, brokers[0], registry, prefix], BUFFER)
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [topic, partition, key, position, inside] = JSON.parse(line) as [
        string,
        number,
        string,
        string,
        string,
      ]
      if (position !== inside) throw new Error(`${topic} ${position} holds ${inside}`)
      return readOf(topic, partition, key, position)
    })
}

/** Two members of a group, of which the second joins once some is read, and the first leaves some later. */
export async function readShared({ brokers, prefix }: Where, atLeast: number): Promise<readonly Read[]> {
  const read: Read[] = []
  const groupId = `${prefix}-shared`
  const member = async () => {
    const consumer = kafkaClient({ brokers }, groupId).consumer({
      groupId,
      maxWaitTimeInMs: 100,
      retry: { retries: 20 },
    })
    await consumer.connect()
    await consumer.subscribe({ topics: TOPICS.map(({ name }) => `${prefix}.${name}`), fromBeginning: true })
    await consumer.run({
      async eachMessage({ topic, partition, message }) {
        const position = String(message.headers?.['asof-position'])
        read.push(readOf(topic.slice(prefix.length + 1), partition, String(message.key), position))
      },
    })
    return consumer
  }
  const until = async (count: number) => {
    for (let waited = 0; read.length < count; waited++) {
      if (waited > 1_200) throw new Error(`${read.length} of ${atLeast} messages came`)
      await setTimeout(100)
    }
  }
  const first = await member()
  await until(Math.min(500, atLeast / 10))
  const second = await member()
  await setTimeout(2_000)
  await first.disconnect()
  await until(atLeast)
  await setTimeout(2_000)
  await second.disconnect()
  return read
}
