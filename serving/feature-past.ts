/** Feature values as they were known at past moments, from the chunks that hold what could be fresh then. */
import { PointInTime } from '../projections/feature/point-in-time.ts'
import type { Position } from '../schemas/envelope.ts'
import type { Micros } from '../schemas/kernel/time.ts'
import type { ChunkStore } from '../streams/log/chunks.ts'
import type { Told } from '../streams/log/table-list.ts'
import { getRows } from '../streams/log/tables.ts'

type Of = Pick<PointInTime, 'features' | 'stalenessMicros'>

/**
 * An index that answers the moments `from` to `to`, both inclusive. It may not know of entities without a fresh value then.
 * @param between.readAt only what was told by that position
 */
export async function indexBetween(
  chunks: ChunkStore,
  of: Of,
  {
    told,
    readAt = Number.POSITIVE_INFINITY,
    from,
    to,
  }: Readonly<{ told: Iterable<Told>; readAt?: Position; from: Micros; to: Micros }>,
): Promise<PointInTime> {
  const index = new PointInTime(of)
  for (const { position, knownFrom, refs } of told)
    for (const ref of refs)
      if (position <= readAt && knownFrom <= to && ref.eventTimeTo >= from - of.stalenessMicros)
        index.add(await getRows(chunks, ref), position)
  return index
}
