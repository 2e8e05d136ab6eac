/** What was set apart of a data set, and why: read from the quarantine that each arrival left. */

import { isEvent } from '../schemas/event.ts'
import { RowsQuarantined } from '../schemas/events/data.ts'
import { refuse } from '../schemas/kernel/fault.ts'
import type { Micros } from '../schemas/kernel/time.ts'
import type { Reject } from '../streams/sources/rejects.ts'
import type { Archive } from './archive.ts'

export type Quarantine = Readonly<{
  source: string
  position: number
  recordedAt: Micros
  /** All that were set apart; `rejects` are those that were kept in full, at most as many as were asked for. */
  rows: number
  reasons: readonly Readonly<{ reason: string; rows: number }>[]
  rejects: readonly Reject[]
}>

/**
 * The newest arrivals first.
 * @param limit of rejects, over all arrivals
 * @throws Refusal `data.unknown-dataset` where nothing of that name ever came, `chunk.*`
 */
export async function rejectsOf(
  { log, chunks }: Pick<Archive, 'log' | 'chunks'>,
  { dataset, limit }: Readonly<{ dataset: string; limit: number }>,
): Promise<readonly Quarantine[]> {
  const stream = `data-${dataset}`
  if ((await log.revisionOf(stream)) === 0) throw refuse('data.unknown-dataset', { dataset })
  const found: (Omit<Quarantine, 'rejects'> & { hash: string })[] = []
  for await (const batch of log.readStream(stream)) {
    for (const event of batch) {
      if (!isEvent(RowsQuarantined, event)) continue
      const { source, rows, reasons } = event.data
      const { position, recordedAt } = event
      found.push({ source, rows, reasons, position, recordedAt, hash: event.chunks[0]?.hash ?? '' })
    }
  }
  const told: Quarantine[] = []
  let left = limit
  for (const { hash, ...quarantine } of found.toReversed()) {
    const rejects = left === 0 ? [] : linesOf(await chunks.get(hash)).slice(0, left)
    left -= rejects.length
    told.push({ ...quarantine, rejects })
  }
  return told
}

const linesOf = (bytes: Uint8Array): readonly Reject[] =>
  new TextDecoder()
    .decode(bytes)
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Reject)
