/** Feature values as they were known at past moments, from the chunks that hold what could be fresh then. */
import type { FeatureSetView } from '../projections/feature/features.ts'
import { PointInTime } from '../projections/feature/point-in-time.ts'
import type { Micros } from '../schemas/kernel/time.ts'
import type { ChunkStore } from '../streams/log/chunks.ts'
import { getRows } from '../streams/log/tables.ts'

/** An index that answers the moments `from` to `to`, both inclusive. It may not know of entities without a fresh value then. */
export async function indexBetween(
  chunks: ChunkStore,
  { spec, computed }: Pick<FeatureSetView, 'spec' | 'computed'>,
  { from, to }: Readonly<{ from: Micros; to: Micros }>,
): Promise<PointInTime> {
  const { features, stalenessMicros } = spec
  const index = new PointInTime({ features: features.map((one) => one.name), stalenessMicros })
  for (const { position, knownFrom, chunks: refs } of computed)
    for (const ref of refs)
      if (knownFrom <= to && ref.eventTimeTo >= from - stalenessMicros)
        index.add(await getRows(chunks, ref), position)
  return index
}
