/** Prints the digest of a file's rows and rejects: run as a process of its own, under another zone and locale. */
import { createHash } from 'node:crypto'
import type { DatasetSpec } from '../../schemas/events/data.ts'
import { parseMoment } from '../../schemas/kernel/time.ts'
import { encodeRows } from '../../streams/log/arrow.ts'
import { readFile } from '../../streams/sources/file.ts'

export async function digestOfFile(path: string, spec: DatasetSpec): Promise<string> {
  const arrival = await readFile(path, spec, { receivedAt: parseMoment('2024-01-01') })
  const hash = createHash('sha256')
  for (const rows of arrival.rows) hash.update(encodeRows(rows))
  return hash.update(JSON.stringify(arrival.rejects)).digest('hex')
}

const [, program = '', path = '', spec = ''] = process.argv
if (program.endsWith('digest-of-file.ts'))
  console.log(await digestOfFile(path, JSON.parse(spec) as DatasetSpec))
