/** Records a batch of a topic's messages as one arrival, with the offsets that it consists of: all of it, or nothing. */
import { readFile as readBytes } from 'node:fs/promises'
import type { Arrival } from '../../commands/data/dataset.ts'
import type { DatasetSpec } from '../../schemas/events/data.ts'
import type { TakenOffsets } from '../../schemas/events/intake.ts'
import { canonicalJson, sha256 } from '../../schemas/kernel/canonical.ts'
import type { Micros } from '../../schemas/kernel/time.ts'
import type { Rows } from '../../schemas/rows.ts'
import { readFile } from '../../streams/sources/file.ts'
import type { Batch } from '../../streams/sources/kafka/gather.ts'
import { REJECT_TEXT_LIMIT, type Reject } from '../../streams/sources/rejects.ts'
import { LIMITS } from '../../streams/sources/room.ts'
import { arrivalOf, type Rejected } from '../ingest.ts'
import type { Platform } from '../platform.ts'
import { closeDueSessions } from '../sessions.ts'
import { arriveFromTopic } from './acts.ts'

/** A batch whose lines lie in a file. */
export type SpooledBatch = Omit<Batch, 'text'> & Readonly<{ path: string; cluster: string }>

type Into = Readonly<{ spec: DatasetSpec; topic: string; actor: string }>

/**
 * @throws Refusal `data.offsets-taken` where the data set stands elsewhere in the topic, `intake.other-cluster`; what reading,
 * admitting and appending throw: the batch can be recorded again then
 */
export async function recordBatch(platform: Platform, into: Into, batch: SpooledBatch): Promise<Arrival> {
  const { spec, topic, actor } = into
  const { cluster, partitions } = batch
  const receivedAt = platform.moment.nowMicros()
  const arrival = await withRows(batch, { spec, topic, receivedAt }, async ({ content, ...found }) => {
    const sourceHash = sha256(canonicalJson({ cluster, topic, partitions: [...partitions], content }))
    const named = { dataset: spec.dataset, source: sourceOf(topic, partitions), sourceHash }
    return (await arrivalOf(platform, { named, spec }, found)).arrival
  })
  const { position } = await platform.log.head()
  const commandId = `intake:${spec.dataset}:${arrival.sourceHash}:${position}`
  const taken = { topic, cluster, partitions: [...partitions] }
  await arriveFromTopic(platform, { arrival, taken }, { actor, commandId })
  await closeDueSessions(platform, spec.dataset, { actor })
  return arrival
}

/** What a person calls it: the topic and, for each partition, the offsets, the last one inclusive. */
export const sourceOf = (topic: string, partitions: readonly TakenOffsets[]): string =>
  `${topic} ${partitions.map(({ partition, from, to }) => `${partition}:${from}-${to - 1}`).join(' ')}`

type Found = Rejected & Readonly<{ rows: AsyncIterable<Rows> | Iterable<Rows>; content: string }>
type Told = Readonly<{ spec: DatasetSpec; topic: string; receivedAt: Micros }>

async function withRows<T>(batch: SpooledBatch, told: Told, use: (found: Found) => Promise<T>): Promise<T> {
  const { path, dead, linePartition } = batch
  const { spec, topic, receivedAt } = told
  const unread = {
    rejects: dead.map(({ line, ...one }) => located(batch, topic, { ...one, line } as Reject)),
  }
  const nothing = { rows: [], rejects: [], rejected: 0, reasons: [] }
  if (dead.length === linePartition.length)
    return use({ ...nothing, ...together(nothing, unread.rejects), content: contentOf(batch) })
  // Whoever wrote the messages may not have them any more: all are kept, as many as there are.
  const limits = { rejectsKept: Math.max(LIMITS.rejectsKept, linePartition.length) }
  return readFile(path, { spec, receivedAt, isPart: true, limits }, async (file) => {
    const told = spec.layout === 'long' ? await withWhole(path, file.rejects) : file.rejects
    const rejects = told.map((one) => located(batch, topic, one))
    const rejected = together({ ...file, rejects }, unread.rejects)
    return use({ rows: file.rows, ...rejected, content: `${file.sourceHash} ${contentOf(batch)}` })
  })
}

const LINE_FEED = 10

/** A reject tells the beginning of its line; where that is not all of it, its bytes are kept too, as those of a message that is no row. */
async function withWhole(path: string, rejects: readonly Reject[]): Promise<readonly Reject[]> {
  const cut = rejects.filter(({ text }) => text.length >= REJECT_TEXT_LIMIT || text.includes('\ufffd'))
  if (cut.length === 0) return rejects
  const wanted = new Set(cut.map(({ line }) => line))
  const whole = new Map<number, string>()
  const bytes = await readBytes(path)
  for (let [from, line] = [0, 1]; from < bytes.length; line++) {
    const feed = bytes.indexOf(LINE_FEED, from)
    const to = feed < 0 ? bytes.length : feed
    if (wanted.has(line)) whole.set(line, bytes.toString('base64', from, to))
    from = to + 1
  }
  return rejects.map((one) => {
    const bytes = whole.get(one.line)
    return bytes === undefined ? one : { ...one, bytes }
  })
}

const contentOf = ({ dead }: SpooledBatch): string => sha256(canonicalJson(dead.map(({ bytes }) => bytes)))

const located = ({ linePartition, lineOffset }: SpooledBatch, topic: string, one: Reject): Reject => ({
  ...one,
  at: { topic, partition: linePartition[one.line - 1], offset: lineOffset[one.line - 1] },
})

/** Rows that were rejected and messages that are no rows, in the order of the batch, each counted by its reason. */
function together(rows: Rejected, messages: readonly Reject[]): Rejected {
  const counts = new Map<Reject['reason'], number>(
    rows.reasons.map(({ reason, rows: count }) => [reason, count]),
  )
  for (const { reason } of messages) counts.set(reason, (counts.get(reason) ?? 0) + 1)
  return {
    rejects: [...rows.rejects, ...messages].sort((one, other) => one.line - other.line),
    rejected: rows.rejected + messages.length,
    reasons: [...counts]
      .map(([reason, count]) => ({ reason, rows: count }))
      .sort((one, other) => (one.reason < other.reason ? -1 : 1)),
  }
}
