/** A small platform whose log is on the topics of a real Kafka, for an OMS that reads them. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Capital, Prediction } from '../../schemas/topics/oms.ts'
import { unframed } from '../../schemas/topics/wire.ts'
import { Limit, relayOver } from '../../serving/relay/run.ts'
import { SchemaStore } from '../../streams/relay/registry/registry.ts'
import { serveRegistry } from '../../streams/relay/registry/server.ts'
import { smallFolder } from './small-folder.ts'
import { NAMES } from './small-world.ts'
import { BROKERS, messagesOf } from './topics.ts'

const WRITER = { username: 'asof', password: 'secret' }

export type PublishedStory = Awaited<ReturnType<typeof publishedStory>>

/** @param what.price of every name, as `prices.json` in the folder says */
export async function publishedStory(what: Readonly<{ prefix: string; days: number; price: number }>) {
  const path = mkdtempSync(join(tmpdir(), 'asof-oms-'))
  const platform = await smallFolder(path, what.days)
  const registry = await serveRegistry(new SchemaStore(), { writer: WRITER })
  const log = platform.log.seal?.identity ?? ''
  const { position: head } = await platform.log.head()
  let writers = 0
  const publish = async (prefix: string, upTo: number): Promise<void> => {
    const limit = new Limit()
    limit.raise(upTo)
    const to = { brokers: BROKERS, log, prefix, writer: `w${writers++}` }
    await relayOver(platform.log, { ...to, registry: { url: registry.url, auth: WRITER } }, limit, {
      onStatus: ({ position }) => position >= upTo && limit.end(),
    }).run()
  }
  await publish(what.prefix, head)
  const messages = await messagesOf(platform.log, log)
  const of = <T>(topic: string, { avro }: { avro: { fromBuffer: (bytes: Buffer) => unknown } }): T[] =>
    messages
      .filter((message) => message.topic === topic)
      .map(({ value }) => avro.fromBuffer(unframed(Buffer.from(value ?? [])).avro) as T)
  const prices = Object.fromEntries(NAMES.map((name) => [name, what.price]))
  writeFileSync(join(path, 'prices.json'), JSON.stringify(prices))
  return {
    ...{ path, platform, registry, log },
    /** Publishes it under another prefix too, up to a position of the log. */
    publish,
    predictions: of<Prediction>('predictions.v1', Prediction),
    capitals: of<Capital>('capital.v1', Capital),
    async close() {
      await registry.close()
      await platform.close()
      rmSync(path, { recursive: true, force: true })
    },
  }
}
