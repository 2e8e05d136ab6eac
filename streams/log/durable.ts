/** The log as it is shown to others: without what a power cut could still take. */
import type { EventFilter, EventLog, LogReader } from './port.ts'

/** A reader of what is durable by the time that it is asked. Closing it closes the log. */
export function durablePart(log: EventLog): LogReader {
  const durable = (filter: EventFilter = {}): EventFilter => ({
    ...filter,
    positionAtMost: Math.min(filter.positionAtMost ?? Number.POSITIVE_INFINITY, log.durableTo),
  })
  return {
    readStream: (stream, from) => log.readStream(stream, from),
    readAll: (from, filter) => log.readAll(from, durable(filter)),
    subscribe: (from, filter) => log.subscribe(from, filter),
    leaves: (from, to) => log.leaves(from, to),
    revisionOf: (stream) => log.revisionOf(stream),
    positionAt: async (cut) => Math.min(await log.positionAt(cut), log.durableTo),
    async head() {
      const { position, recordedAt } = await log.head()
      return { position: Math.min(position, log.durableTo), recordedAt }
    },
    close: () => log.close(),
  }
}
