/** `asof online`: the features that Redis serves, compared with the log, written anew from it, and read. */
import type { Command } from 'commander'
import { refuse } from '../../schemas/kernel/fault.ts'
import { formatMoment, parseMoment } from '../../schemas/kernel/time.ts'
import type { OnlineStore } from '../../streams/features/online/port.ts'
import type { Archive } from '../archive.ts'
import { wallClock } from '../clock.ts'
import { readConfig } from '../config.ts'
import { readOnline } from '../online/reader.ts'
import { compareOnline, rebuildOnline } from '../online/rebuild.ts'
import { identityIn } from '../sealing.ts'
import { type Context, common, contextOf } from './context.ts'
import { withArchive } from './platform.ts'
import { table } from './table.ts'
import { unnamed } from './unnamed.ts'

export function addOnline(program: Command): void {
  const group = program
    .command('online')
    .description('the newest features of each entity, as Redis serves them')

  common(unnamed(group, 'check'))
    .description('compare what Redis has with the log, at the position that it says it is at')
    .action(async (_: unknown, command: Command) => check(contextOf(command)))

  common(group.command('rebuild'))
    .description('write every set anew from the log, whatever is there')
    .action(async (_: unknown, command: Command) => rebuild(contextOf(command)))

  common(group.command('get <set> <entity...>'))
    .description('read the features of entities from Redis alone; <set> is name@version')
    .option('--at <moment>', 'as they were known then; now unless it is given')
    .action(async (set: string, entities: string[], { at }: { at?: string }, command: Command) =>
      get(contextOf(command), { set, entities, at }),
    )
}

async function check(context: Context): Promise<void> {
  const compared = await withOnline(context, (archive, online) =>
    compareOnline(archive, online, wallClock.nowMicros()),
  )
  const rows = compared.map(({ set, position, newest, entities, digest, expected, differing }) => [
    ...[set, position === null ? 'not there' : String(position), String(newest), String(entities)],
    digest === expected ? 'equal' : digest === null ? '' : `differs: ${differing.join(', ')}`,
  ])
  context.answer(table(['set', 'position', 'log', 'entities', 'digest'], rows), compared)
  if (compared.some(({ digest, expected }) => digest !== expected)) process.exitCode = 1
}

async function rebuild(context: Context): Promise<void> {
  const rebuilt = await withOnline(context, (archive, online) =>
    rebuildOnline(archive, online, wallClock.nowMicros()),
  )
  const lines = rebuilt.map(
    ({ set, position, entities, digest }) =>
      `${set}: ${entities} entities at position ${position}, digest ${digest.slice(0, 16)}`,
  )
  context.answer(lines.join('\n'), rebuilt)
}

async function get(
  context: Context,
  { set, entities, at }: Readonly<{ set: string; entities: readonly string[]; at: string | undefined }>,
): Promise<void> {
  const [, name = '', version = ''] = /^(.+)@(\d+)$/.exec(set) ?? []
  if (name === '') throw refuse('online.unknown-set', { set })
  const moment = at === undefined ? wallClock.nowMicros() : parseMoment(at)
  const asked = { entities, moment }
  const answer = await withOnline(context, (_, online) =>
    readOnline(online, { name, version: Number(version) }, asked),
  )
  const rows = answer.rows.map(({ entity, eventTime, values, unusable }) => [
    ...[entity, Number.isNaN(eventTime) ? '' : formatMoment(eventTime)],
    ...answer.features.map(
      (feature, i) => unusable.find((one) => one.feature === feature)?.status ?? String(values[i]),
    ),
  ])
  const text = `${table(['entity', 'of', ...answer.features], rows)}\nread at position ${answer.readAt}`
  context.answer(text, { ...answer, rows: answer.rows.map((row) => ({ ...row, values: [...row.values] })) })
}

async function withOnline<T>(
  context: Context,
  work: (archive: Archive, online: OnlineStore) => Promise<T>,
): Promise<T> {
  return withArchive(context, async (archive) => {
    const { online: config } = await readConfig(archive.folder, process.env)
    if (config === undefined) throw refuse('online.not-configured')
    const ready = Promise.withResolvers<void>()
    const { onlineStoreOf } = await import('../online/options.ts')
    const online = onlineStoreOf(config, identityIn(archive.folder) ?? '', ready.resolve)
    try {
      await Promise.race([
        ready.promise,
        new Promise((resolve) => setTimeout(resolve, CONNECT_MILLIS).unref()),
      ])
      return await work(archive, online)
    } finally {
      await online.close()
    }
  })
}

const CONNECT_MILLIS = 3_000
