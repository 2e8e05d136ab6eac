/** An answer into a file: whole under its name when it is done, or not there. */
import { createHash } from 'node:crypto'
import { open } from 'node:fs/promises'
import { basename } from 'node:path'
import type { AnswerBatch, AnswerSchema } from '../../schemas/answer.ts'
import { refuse } from '../../schemas/kernel/fault.ts'
import { type ArrowForm, arrowOf } from '../../streams/log/arrow-answer.ts'
import { assertFolderOf, putFile } from '../put-out.ts'
import type { Written } from './parquet.ts'

const ARROW: Readonly<Record<string, ArrowForm>> = {
  '.arrow': 'file',
  '.feather': 'file',
  '.ipc': 'file',
  '.arrows': 'stream',
}

/** @throws Refusal `retrieval.file-kind`, `output.no-folder`; before anything is read */
export function assertWritable(path: string): void {
  assertFolderOf(path)
  const ending = endingOf(path)
  if (ending === '.parquet' || ARROW[ending] !== undefined) return
  throw refuse('retrieval.file-kind', { file: basename(path) })
}

export async function writeAnswer(
  path: string,
  schema: AnswerSchema,
  batches: AsyncIterable<AnswerBatch>,
): Promise<Written> {
  assertWritable(path)
  const form = ARROW[endingOf(path)]
  return putFile(path, async (part) => {
    if (form !== undefined) return writeArrow(part, { schema, batches, form })
    // Loaded where it is needed: most answers are no files.
    const { writeParquet } = await import('./parquet.ts')
    return writeParquet(part, schema, batches)
  })
}

async function writeArrow(
  path: string,
  {
    schema,
    batches,
    form,
  }: Readonly<{ schema: AnswerSchema; batches: AsyncIterable<AnswerBatch>; form: ArrowForm }>,
): Promise<Written> {
  const hash = createHash('sha256')
  let [rows, bytes] = [0, 0]
  const counted = async function* () {
    for await (const batch of batches) {
      rows += batch.length
      yield batch
    }
  }
  await using file = await open(path, 'wx')
  for await (const part of arrowOf(schema, counted(), form)) {
    hash.update(part)
    bytes += part.length
    await file.writeFile(part)
  }
  return { rows, bytes, sha256: hash.digest('hex') }
}

const endingOf = (path: string): string => /\.[a-z]+$/i.exec(path)?.[0].toLowerCase() ?? ''
