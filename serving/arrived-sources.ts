/** Which files have arrived in a data set, by the hash of their bytes: they need not be read again. */
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import { isEvent } from '../schemas/event.ts'
import { RowsArrived } from '../schemas/events/data.ts'
import type { Digest } from '../schemas/kernel/canonical.ts'
import { refuse } from '../schemas/kernel/fault.ts'
import type { EventLog } from '../streams/log/port.ts'

/** The hash of each source, and what it was called. */
export async function arrivedSources(
  log: Pick<EventLog, 'readAll'>,
  dataset: string,
): Promise<ReadonlyMap<Digest, string>> {
  const found = new Map<Digest, string>()
  const filter = { types: [RowsArrived.type], streamPrefix: `data-${dataset}` }
  for await (const batch of log.readAll(1, filter))
    for (const event of batch)
      if (isEvent(RowsArrived, event) && event.data.dataset === dataset)
        found.set(event.data.sourceHash, event.data.source)
  return found
}

/** @throws Refusal `source.unreadable` */
export async function digestOfFile(path: string): Promise<Digest> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(path, { highWaterMark: 1 << 20 }), hash).catch((error: Error) => {
    throw refuse('source.unreadable', { file: path, why: error.message })
  })
  return hash.digest('hex')
}
