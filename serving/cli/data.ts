/** Data in: `asof ingest`, and what is told of data sets. */
import type { Command } from 'commander'
import { addDatasets } from './datasets.ts'
import { addIngest } from './ingest.ts'
import { addRows } from './rows.ts'

export function addData(program: Command): void {
  addIngest(program)
  addDatasets(program)
  addRows(program)
}
