/** A checkpoint of a Delta table, which is a Parquet file, as the lines of JSON that its commits are written in. */
import { textColumn } from '../duckdb.ts'
import { relation } from '../parquet-columns.ts'
import { overFiles } from './over-files.ts'
import { type LakeFiles, unreadable } from './place.ts'

export async function checkpointLines(
  files: LakeFiles,
  path: string,
  alive: () => void,
): Promise<readonly string[]> {
  if ((await files.bring([path])) !== null) throw unreadable(files, `${path} is not there`)
  return overFiles({ place: files, reads: [path], alive }, (connection) =>
    textColumn(
      connection,
      `SELECT to_json({ 'protocol': protocol, 'metaData': "metaData", 'add': "add" })::VARCHAR FROM ${relation(path)} AS checkpoint
       WHERE protocol IS NOT NULL OR "metaData" IS NOT NULL OR "add" IS NOT NULL`,
    ),
  )
}
