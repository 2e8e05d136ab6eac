/** `asof ingest` of a Delta Lake or Iceberg table: each version that is new, as one arrival of what it added, changed and deleted. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import type { DatasetSpec } from '../../schemas/events/data.ts'
import { refuse } from '../../schemas/kernel/fault.ts'
import { printableWord } from '../../schemas/kernel/name.ts'
import { neededColumns, sourceOf } from '../../streams/sources/columns.ts'
import { CHANGE_TYPE, type Change } from '../../streams/sources/lake/change-terms.ts'
import { changeOf } from '../../streams/sources/lake/open.ts'
import { schemaChanges } from '../../streams/sources/lake/schema-changes.ts'
import { fromFirstWhole, type LakeTable, type LakeVersion } from '../../streams/sources/lake/table.ts'
import type { Context } from './context.ts'
import { withSite } from './site.ts'
import type { Site } from './site-port.ts'
import { arrivedSoFar, type Told, toldOf } from './told-arrival.ts'

type Step = Readonly<{ version: string; change: Change; schema: readonly string[]; told: Told | null }>

/**
 * An arrival's source says which version it is: `prices.delta-64be5a8f-3.parquet`. A version without a change of what is read makes
 * none, and the next one is compared with the last that arrived.
 * @throws Refusal `lake.*`, and as a file is refused
 */
export async function ingestTable(context: Context, spec: DatasetSpec, table: LakeTable): Promise<void> {
  const name = nameOf(table)
  if (spec.layout !== 'long' || spec.rows.withdrawn.column !== CHANGE_TYPE)
    throw refuse('lake.undeclared', { table: name, dataset: spec.dataset })
  const sources = await arrivedSoFar(context, spec.dataset)
  const stem = `${table.kind}-${table.id.slice(0, 8)}`
  const since = lastOf(sources.values(), stem)
  const scratch = mkdtempSync(join(tmpdir(), 'asof-table-'))
  const steps: Step[] = []
  const passedOver: string[] = []
  try {
    await withSite(context, async (site) => {
      let before: LakeVersion | null = null
      const each =
        since === null ? fromFirstWhole(table, (version) => passedOver.push(version)) : table.versions(since)
      for await (const after of each) {
        if (before === null && since !== null && after.version !== since) break
        if (after.version !== since) {
          context.progress(
            `${printableWord(name)} ${after.version} into ${spec.dataset}`,
            steps.length,
            steps.length + 1,
          )
          const out = join(scratch, `${name}.${stem}-${after.version}.parquet`)
          steps.push(await ingestVersion(site, { spec, table, before, after, out }))
        }
        before = after
      }
      if (before === null && since !== null)
        throw refuse('lake.version-gone', { table: name, version: since, dataset: spec.dataset })
    })
  } finally {
    rmSync(scratch, { recursive: true, force: true })
  }
  answer(context, { spec, name, since, passedOver, steps })
}

async function ingestVersion(
  site: Site,
  of: Readonly<{
    spec: DatasetSpec
    table: LakeTable
    before: LakeVersion | null
    after: LakeVersion
    out: string
  }>,
): Promise<Step> {
  const { spec, table, before, after, out } = of
  const keys = [
    spec.entityColumn,
    spec.timeColumn,
    spec.format.clockColumn,
    ...spec.rows.key.map((one) => sourceOf(spec, one)),
  ]
  const change = await changeOf({
    ...{ place: table.place, schema: table.columns, before, after, out },
    columns: [...new Set(neededColumns(spec))],
    keys: keys.filter((key) => key !== ''),
  })
  const schema = before === null ? [] : schemaChanges(before, after)
  const isChanged = change.added + change.changed + change.deleted > 0
  const told = isChanged ? toldOf(await site.ingest(out, spec), spec) : null
  return { version: after.version, change, schema, told }
}

/** That of its folder, or of its bucket where it lies at the top of it. */
const nameOf = ({ place: { name, folder, bucket } }: LakeTable): string =>
  basename(bucket === undefined ? folder : name)

/** The version that arrived last; sources come in the order of the log. */
function lastOf(sources: Iterable<string>, stem: string): string | null {
  let last: string | null = null
  for (const source of sources) last = new RegExp(`\\.${stem}-(\\d+)\\.parquet$`).exec(source)?.[1] ?? last
  return last
}

function answer(
  context: Context,
  {
    spec,
    name,
    since,
    passedOver,
    steps,
  }: Readonly<{
    spec: DatasetSpec
    name: string
    since: string | null
    /** Versions of which files are gone. */
    passedOver: readonly string[]
    steps: readonly Step[]
  }>,
): void {
  const lines = steps.flatMap(({ version, change: { added, changed, deleted }, schema, told }) => [
    `version ${version}: ${added} rows added, ${changed} changed, ${deleted} deleted`,
    ...schema.map((one) => `  column ${printableWord(one)}`),
    ...(told?.lines.map((line) => `  ${line}`) ?? []),
  ])
  const none = since === null ? 'it has no version' : `nothing new since version ${since}`
  const head = `${printableWord(name)} into ${spec.dataset}: ${steps.length === 0 ? none : `${steps.length} versions`}`
  const gone =
    passedOver.length === 0
      ? []
      : [
          `  ${passedOver.length} versions before it, from ${passedOver[0]} on, are passed over: files of theirs are gone`,
        ]
  const versions = steps.map(({ version, change, schema, told }) => ({
    version,
    ...change,
    schema,
    arrival: told?.data ?? null,
  }))
  context.answer([head, ...gone, ...lines].join('\n'), {
    dataset: spec.dataset,
    table: name,
    since,
    passedOver,
    versions,
  })
  if (steps.some(({ told }) => told?.isQuarantined)) process.exitCode = 1
}
