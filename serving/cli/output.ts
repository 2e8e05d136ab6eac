/** Where an answer is written: a file, or with `--partition` a folder of Parquet files. */
import { type Command, InvalidArgumentError } from 'commander'
import type { AnswerTable } from '../../schemas/answer.ts'
import { isPeriod, type Period } from '../retrieval/partition.ts'
import { assertWritable, writeAnswer } from '../retrieval/write.ts'
import { assertPartable, writeParts } from '../retrieval/write-parts.ts'
import type { Context } from './context.ts'

export type Output = Readonly<{ output: string; partition?: Period | undefined }>

export const addPartition = (command: Command): Command =>
  command.option(
    '--partition <period>',
    'write a folder of Parquet files instead, one for each year, month or day: year=2010/month=01/part-0.parquet; it goes on where it was broken off',
    period,
  )

function period(text: string): Period {
  if (isPeriod(text)) return text
  throw new InvalidArgumentError('Write year, month or day.')
}

/** @throws Refusal as `assertWritable`, `assertPartable`; before anything is read */
export const assertOutput = ({ output, partition }: Output): void =>
  partition === undefined ? assertWritable(output) : assertPartable(output)

/** Writes an answer, and says what was written: in words, and as data. @throws Refusal as `writeAnswer`, `writeParts` */
export async function putAnswer(
  { progress }: Pick<Context, 'progress'>,
  table: AnswerTable,
  { output, partition }: Output,
) {
  if (partition !== undefined) {
    const told = (done: number, of: number): void => progress('rows', done, of)
    const { files, filesBefore, ...written } = await writeParts(output, {
      ...{ table, period: partition, progress: told },
    })
    const before = filesBefore === 0 ? '' : `, ${filesBefore} of them written before`
    return {
      text: `${written.cellsMissing} cells missing, in ${files.length} ${files.length === 1 ? 'file' : 'files'}${before}; ${written.bytes} bytes, SHA-256 of the manifest ${written.sha256}`,
      data: { folder: output, ...written, filesBefore, files },
      rows: written.rows,
    }
  }
  const batches = async function* () {
    let done = 0
    for await (const batch of table.batches()) {
      yield batch
      done += batch.length
      progress('rows', done, table.rows)
    }
  }
  const written = await writeAnswer(output, table.schema, batches())
  return {
    text: `${written.bytes} bytes, SHA-256 ${written.sha256}`,
    data: { file: output, ...written },
    rows: written.rows,
  }
}
