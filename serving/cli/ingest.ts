/** `asof ingest`: a file, the files of a folder, or those of a pattern, each as one arrival of a data set; or a table, version by version. */
import type { Command } from 'commander'
import type { DatasetSpec } from '../../schemas/events/data.ts'
import { Refusal } from '../../schemas/kernel/fault.ts'
import { printableWord } from '../../schemas/kernel/name.ts'
import { readDatasetFile } from '../../streams/sources/dataset-file.ts'
import { withLake } from '../../streams/sources/lake/open.ts'
import type { LakeTable } from '../../streams/sources/lake/table.ts'
import { digestOfFile } from '../arrived-sources.ts'
import { withPlace } from '../lake-place.ts'
import { writtenText } from '../spec-file.ts'
import { type Context, common, contextOf } from './context.ts'
import { type Files, filesOf } from './files-of.ts'
import { ingestTable } from './ingest-table.ts'
import { withSite } from './site.ts'
import type { Site } from './site-port.ts'
import { arrivedSoFar, beforeOf, type Told, toldOf } from './told-arrival.ts'

type Options = Readonly<{
  dataset: string
  catalog?: string
  table?: string
  warehouse?: string
  catalogToken?: string
}>

export function addIngest(program: Command): void {
  common(program.command('ingest'))
    .description(
      'record a file (CSV, Parquet, Arrow, NDJSON), each file of a folder or a pattern, or each version of a Delta Lake or Iceberg table, as an arrival of a data set',
    )
    .argument(
      '<file>',
      'what has arrived: a file, a folder, a pattern in quotes such as "2024/*.csv", or a table: its folder, or s3://bucket/prefix',
    )
    .requiredOption('-d, --dataset <yaml>', 'the declaration of the data set; a new one is declared with it')
    .option('--catalog <url>', 'an Iceberg REST catalog, which says what of the table in <file> is in force')
    .option('--table <name>', 'what the catalog calls it: namespace.table')
    .option('--warehouse <name>', 'of the catalog, where it has several')
    .option('--catalog-token <file>', 'a file with the token that the catalog asks for')
    .action(async (path: string, options: Options, command: Command) => {
      const context = contextOf(command)
      const { dataset, catalog: url, table: name, warehouse, catalogToken } = options
      if ((url === undefined) !== (name === undefined))
        command.error('error: --catalog and --table go together')
      const spec = await readDatasetFile(dataset)
      const token = catalogToken === undefined ? undefined : writtenText(catalogToken).trim()
      const catalog =
        url === undefined || name === undefined ? undefined : { url, table: name, warehouse, token }
      const ingest = (table: LakeTable | null): Promise<void> =>
        table === null ? ingestFiles(context, spec, path) : ingestTable(context, spec, table)
      await withPlace(context.folder, path, (place) => withLake(place, ingest, { catalog }))
    })
}

async function ingestFiles(context: Context, spec: DatasetSpec, path: string): Promise<void> {
  const files = filesOf(path, spec.format.entityFromFile)
  if (files.whole) return ingestAll(context, spec, files)
  const told = toldOf(await withSite(context, (site) => site.ingest(path, spec)), spec)
  context.answer(told.lines.join('\n'), told.data)
  if (told.isQuarantined) process.exitCode = 1
}

/**
 * One after the other; what arrived before is passed over by its bytes, so that the same command goes on where it stopped. It stops at
 * the first file that is refused: what came behind it would be known too late.
 */
async function ingestAll(context: Context, spec: DatasetSpec, { paths, passedOver }: Files): Promise<void> {
  const known = await arrivedSoFar(context, spec.dataset)
  const told: Told[] = []
  const each = async (site: Site): Promise<void> => {
    for (const [done, path] of paths.entries()) {
      context.progress(`${printableWord(path)} into ${spec.dataset}`, done + 1, paths.length)
      const earlier = known.get(await digestOfFile(path))
      if (earlier !== undefined) told.push(beforeOf({ earlier, source: path, dataset: spec.dataset }))
      else told.push(toldOf(await site.ingest(path, spec), spec))
    }
  }
  try {
    await withSite(context, each)
  } catch (error) {
    if (!(error instanceof Refusal) || told.length === 0) throw error
    const left = paths.length - told.length
    process.stderr.write(
      `Stopped at ${printableWord(paths[told.length] ?? '')}: ${told.length} files are in, ${left} are not. Correct it or take it out, and run the same command again.\n`,
    )
    throw error
  }
  const isNew = ({ data }: Told) => data.changed
  const count = (of: (data: Told['data']) => number | undefined) =>
    told.reduce((sum, { data }) => sum + (of(data) ?? 0), 0)
  const [rows, quarantined] = [count(({ rows }) => rows), count(({ quarantine }) => quarantine?.rows)]
  const order = `${paths.length} files by their paths, from ${paths[0]} to ${paths.at(-1)}`
  const lines = [
    `${printableWord(order)}: ${rows} rows into ${spec.dataset}, ${quarantined} quarantined`,
    `  ${told.filter(isNew).length} new, ${told.filter((one) => !isNew(one)).length} already so${passedOver > 0 ? `, ${passedOver} other files passed over` : ''}`,
    ...told
      .filter(({ isQuarantined }) => isQuarantined)
      .flatMap((one) => one.lines.map((line) => `  ${line}`)),
  ]
  const files = told.map(({ data }, at) => ({ path: paths[at], ...data }))
  context.answer(lines.join('\n'), { dataset: spec.dataset, rows, quarantined, passedOver, files })
  if (told.some(({ isQuarantined }) => isQuarantined)) process.exitCode = 1
}
