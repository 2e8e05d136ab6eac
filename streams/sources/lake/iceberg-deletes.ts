/**
 * Which of a snapshot's delete files bear on which of its data files (Iceberg's specification, format version 2, "Scan planning"): by
 * sequence numbers and partitions.
 */
import type { LakeDelete, LakeFile } from './table.ts'

type Placed = Readonly<{
  path: string
  /** As the table's manifests name it: rows of position deletes do so too. */
  told: string
  /** When it came into the table: that of a snapshot. */
  sequence: number
  /** Of its partition spec and its values there; null where the spec has none. */
  partition: string | null
}>

export type DataFile = Placed
export type DeleteFile = Placed &
  Readonly<
    | { kind: 'position' /** The one data file that it is about, where it says so. */; of: string | null }
    | { kind: 'equality' /** Numbers of the columns that are compared. */; fields: readonly number[] }
  >

/** Data files times the delete files that bear on them: what a version may say to those who read it. */
export const MOST_PAIRS = 1_000_000

/** @param tooMany is thrown where there are more than `MOST_PAIRS` */
export function filesWith(
  data: readonly DataFile[],
  deletes: readonly DeleteFile[],
  tooMany: () => Error,
): readonly LakeFile[] {
  const byPartition = Map.groupBy(deletes, ({ partition }) => partition)
  const everywhere = (byPartition.get(null) ?? []).filter(({ kind }) => kind === 'equality')
  let pairs = 0
  return data.map((file) => {
    const own = byPartition.get(file.partition) ?? []
    const near = file.partition === null ? own : [...own, ...everywhere]
    const bearing = near.filter((one) => bearsOn(one, file))
    pairs += bearing.length
    if (pairs > MOST_PAIRS) throw tooMany()
    return {
      path: file.path,
      partition: {},
      deletes: bearing.map(
        (one): LakeDelete =>
          one.kind === 'equality'
            ? { kind: 'equality', path: one.path, fields: one.fields }
            : { kind: 'position', path: one.path, of: file.told },
      ),
    }
  })
}

/** Rows by their values are those that were there before; rows by their places may be of the same commit. */
function bearsOn(one: DeleteFile, { told, sequence }: DataFile): boolean {
  if (one.kind === 'equality') return sequence < one.sequence
  return sequence <= one.sequence && (one.of ?? told) === told
}
