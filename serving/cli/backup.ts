/** `asof backup`, `asof backups` and `asof restore`: what was recorded, where the platform cannot change it, and back again. */
import type { Command } from 'commander'
import { formatMoment } from '../../schemas/kernel/time.ts'
import { noteVerifier } from '../../streams/log/seal/note.ts'
import { drill } from '../backup/drill.ts'
import { backupsIn, chosen, type Listed } from '../backup/found.ts'
import { placeOf } from '../backup/place.ts'
import { restoreInto } from '../backup/restore.ts'
import { backUp } from '../backup/take.ts'
import { witnessedOf } from '../backup/witnessed.ts'
import { backupRecord, backupRecordDrill } from '../commands/backup.ts'
import { readConfig } from '../config.ts'
import { folderAt } from '../folder.ts'
import { damageText, ownVerifierKey, verifiersNow, verifyFolder } from '../sealing.ts'
import { type Context, common, contextOf } from './context.ts'
import { withArchive } from './platform.ts'
import { performed } from './site.ts'
import { table } from './table.ts'

const FROM = [
  '--from <folder>',
  'the folder where backups lie; the bucket of backup in asof.yaml unless given',
] as const
const VKEY = ['--vkey <key>', "the log's public key as you have it; the backup's own unless given"] as const
const AT = [
  '--at <backup>',
  'its number of events, or the beginning of its digest; the longest unless given',
] as const

type From = Readonly<{ from?: string; vkey?: string; at?: string; into?: string; drill?: true }>

export function addBackup(program: Command): void {
  common(program.command('backup'))
    .description(
      'copy the log, its chunks and its seal to a bucket with Object Lock, or to a folder; only what is new',
    )
    .option('--to <folder>', 'a folder; the bucket of backup in asof.yaml unless given')
    .option('--full', 'ask for every object that the log names, and lock it anew', false)
    .action(async ({ to, full }: { to?: string; full: boolean }, command: Command) => {
      const context = contextOf(command)
      const folder = folderAt(context.folder)
      const store = await placeOf(folder, { named: to, option: '--to' })
      const progress = (done: number, of: number) => context.progress('back up events', done, of)
      const { data, unsound } = await backUp(folder, store, { full, progress })
      const { position } = await performed(context, backupRecord, { input: data })
      context.answer(takenText(data, unsound), { position, ...data, unsound })
    })

  common(program.command('backups'))
    .description('list the backups in a bucket or folder, also those that somebody deleted or wrote over')
    .option(...FROM)
    .option(...VKEY)
    .action(async (options: From, command: Command) => {
      const context = contextOf(command)
      const store = await placeOf(folderAt(context.folder), { named: options.from, option: '--from' })
      const listed = await backupsIn(store, keysIn(options))
      context.answer(
        listed.length === 0 ? `There is no backup in ${store.place}.` : listText(listed),
        listed.map(({ backup, ...one }) => ({ ...one, digest: backup?.digest ?? null })),
      )
    })

  common(program.command('restore'))
    .description(
      'build a platform from a backup and verify it; with --drill elsewhere, replayed, and recorded',
    )
    .option('--into <folder>', 'an empty folder, or one that is not there')
    .option(
      '--drill',
      'restore into a folder that is removed again, and record how that went in the log of -C',
    )
    .option(...FROM)
    .option(...AT)
    .option(...VKEY)
    .action(async (options: From, command: Command) => {
      const context = contextOf(command)
      if ((options.into === undefined) === (options.drill === undefined))
        command.error('Write --into <folder>, or --drill.')
      await (options.into === undefined
        ? drilled(context, options)
        : restored(context, options, options.into))
    })
}

const keysIn = ({ vkey }: From) => (vkey === undefined ? null : [noteVerifier(vkey)])

async function restored(context: Context, options: From, into: string): Promise<void> {
  const store = await placeOf(folderAt(context.folder), { named: options.from, option: '--from' })
  const backup = chosen(await backupsIn(store, keysIn(options)), store, options.at)
  const began = performance.now()
  const { events, chunks, chunkBytes } = await restoreInto(backup, store, {
    to: into,
    progress: (done, of) => context.progress('restore events', done, of),
  })
  const { verifierKey } = backup.manifest
  const { damages } = await verifyFolder(into, { verifierKey: options.vkey ?? verifierKey })
  const seconds = (performance.now() - began) / 1000
  const text = [
    `${into} has ${events} events and ${chunks} chunks (${megabytes(chunkBytes)} MB) again, in ${seconds.toFixed(1)} s: ${damageText(damages.length)}.`,
    ...damages.map(({ place, problem }) => `  ${place}: ${problem}`),
    ...(options.vkey === undefined
      ? [`The key is the backup's own, ${verifierKey}: hold it against your copy.`]
      : []),
    'To write to it, bring keys/ and asof.yaml from where you keep them: no backup has them.',
  ]
  context.answer(text.join('\n'), { into, events, chunks, chunkBytes, damages, seconds })
  if (damages.length > 0) process.exitCode = 1
}

async function drilled(context: Context, options: From): Promise<void> {
  const folder = folderAt(context.folder)
  const store = await placeOf(folder, { named: options.from, option: '--from' })
  const { witnesses = [] } = await readConfig(folder, process.env)
  const verifiers = await withArchive(context, ({ log }) => verifiersNow(folder, log))
  const backup = chosen(await backupsIn(store, keysIn(options) ?? verifiers), store, options.at)
  const witnessed = await witnessedOf(backup, { witnesses, verifiers })
  const verifierKey = options.vkey ?? ownVerifierKey(folder) ?? backup.manifest.verifierKey
  const progress = context.progress
  const data = await drill(backup, store, { verifierKey, witnessed, progress })
  const { position } = await performed(context, backupRecordDrill, { input: data })
  const { millis, damages, firstDamage, compared, differences } = data
  const seconds = (of: number) => `${(of / 1000).toFixed(1)} s`
  const text = [
    `${data.size} events and ${data.chunks} chunks (${megabytes(data.chunkBytes)} MB) from ${data.place}, root ${data.root}`,
    table(
      ['step', 'took', 'came to'],
      [
        ['rebuild', seconds(millis.rebuild), `${data.size} events, ${data.chunks} chunks`],
        ['verify', seconds(millis.verify), firstDamage ?? damageText(damages)],
        ['replay', seconds(millis.replay), `${compared} compared, ${differences} differ`],
      ],
    ),
    ...witnessed.map(
      ({ key, checkpoint, isAsked, seen }) =>
        `${key.slice(0, key.indexOf('+'))} cosigned its first ${checkpoint.size} events (${isAsked ? 'asked itself' : "the backup's copy"}), and has seen ${seen}.`,
    ),
    ...(witnessed.length === 0
      ? ['No witness cosigned any of it: its root is held against the log alone.']
      : []),
    `The drill ${data.passed ? 'passed' : 'FAILED'}; the log says so at position ${position}.`,
  ]
  context.answer(text.join('\n'), { position, ...data })
  if (!data.passed) process.exitCode = 1
}

const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(1)

function takenText(
  {
    size,
    root,
    place,
    full,
    checked,
    brought,
    broughtBytes,
    lockedUntil,
    millis,
  }: Awaited<ReturnType<typeof backUp>>['data'],
  unsound: readonly string[],
): string {
  return [
    `${size} events are in ${place}, root ${root}`,
    `  ${brought} of ${checked} objects were brought (${megabytes(broughtBytes)} MB) in ${(millis / 1000).toFixed(1)} s${full ? '; each was asked for' : ''}.`,
    lockedUntil === null
      ? '  Nothing locks them: keep that folder where the platform cannot write.'
      : `  Nobody can delete them until ${formatMoment(lockedUntil)}.`,
    ...unsound.map((problem) => `  Not of this log: ${problem}`),
  ].join('\n')
}

const listText = (listed: readonly Listed[]): string =>
  table(
    ['events', 'stored', 'locked until', 'digest', 'sound'],
    listed.map(({ size, storedAt, backup, problem }) => [
      String(size),
      storedAt === null ? '' : formatMoment(storedAt),
      backup?.manifest.lockedUntil == null ? 'never locked' : formatMoment(backup.manifest.lockedUntil),
      backup?.digest.slice(0, 16) ?? '',
      problem ?? 'yes',
    ]),
  )
