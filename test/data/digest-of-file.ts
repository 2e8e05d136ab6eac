/** Prints the digest of a file's rows and rejects: run as a process of its own, under another zone and locale. */
import { createHash } from 'node:crypto'
import type { DatasetSpec } from '../../schemas/events/data.ts'
import { parseMoment } from '../../schemas/kernel/time.ts'
import { encodeRows } from '../../streams/log/arrow.ts'
import { readFile } from '../../streams/sources/file.ts'

export async function digestOfFile(path: string, spec: DatasetSpec): Promise<string> {
  const hash = createHash('sha256')
  return readFile(path, { spec, receivedAt: parseMoment('2024-01-01') }, async ({ rows, rejects }) => {
    for await (const slice of rows) hash.update(encodeRows(slice))
    return hash.update(JSON.stringify(rejects)).digest('hex')
  })
}

const [, program = '', path = '', spec = ''] = process.argv
if (program.endsWith('digest-of-file.ts'))
  console.log(await digestOfFile(path, JSON.parse(spec) as DatasetSpec))
