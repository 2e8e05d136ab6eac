/** `asof restore --drill`: restores elsewhere, verifies against what witnesses cosigned, replays, and says what each step took. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { DataOf } from '../../schemas/event.ts'
import type { BackupDrilled } from '../../schemas/events/backup.ts'
import type { Backup } from '../../streams/log/backup/manifest.ts'
import type { BackupStore } from '../../streams/log/backup/store.ts'
import { openArchive } from '../archive.ts'
import { replayLanes } from '../replaying/lanes.ts'
import { verifyFolder } from '../sealing.ts'
import { restoreInto } from './restore.ts'
import type { Witnessed } from './witnessed.ts'

type Asked = Readonly<{
  /** The log's public key as whoever drills has it. */
  verifierKey: string
  witnessed: readonly Witnessed[]
  progress?: (stage: string, done: number, of: number) => void
}>

/** Nothing of what was restored stays. @throws Refusal as `restoreInto` */
export async function drill(
  backup: Backup,
  store: BackupStore,
  { verifierKey, witnessed, progress = () => undefined }: Asked,
): Promise<DataOf<typeof BackupDrilled>> {
  const { manifest, checkpoint, digest } = backup
  const root = mkdtempSync(join(tmpdir(), 'asof-drill-'))
  const to = join(root, 'restored')
  try {
    const began = performance.now()
    const restored = await restoreInto(backup, store, {
      to,
      progress: (done, of) => progress('restore', done, of),
    })
    const rebuilt = performance.now()
    const damages = await damagesOf(to, { verifierKey, witnessed, progress })
    const verified = performance.now()
    const archive = openArchive(to)
    const { compared, equal, differences } = await replayLanes(archive, {
      ...{ from: 1, to: checkpoint.size },
      onProgress: (position) => progress('replay', Math.floor(position), checkpoint.size),
    }).finally(() => archive.close())
    const replayed = performance.now()
    const sum = (of: Readonly<Record<string, number>>) => Object.values(of).reduce((all, one) => all + one, 0)
    return {
      ...{ log: manifest.log, size: checkpoint.size, root: Buffer.from(checkpoint.root).toString('hex') },
      ...{ manifest: digest, place: store.place, chunks: restored.chunks, chunkBytes: restored.chunkBytes },
      ...{ damages: damages.length, firstDamage: damages[0] ?? null },
      ...{ compared: sum(compared), differences },
      witnesses: witnessed.map(({ key, checkpoint: { size }, isAsked }) => ({ key, size, isAsked })),
      passed: damages.length === 0 && differences === 0 && sum(equal) === sum(compared),
      millis: {
        rebuild: Math.round(rebuilt - began),
        verify: Math.round(verified - rebuilt),
        replay: Math.round(replayed - verified),
      },
    }
  } finally {
    rmSync(root, { recursive: true, force: true })
  }
}

/** What `asof verify` names: once for each witness's checkpoint, as it takes one at a time. */
async function damagesOf(
  folder: string,
  { verifierKey, witnessed, progress = () => undefined }: Asked,
): Promise<readonly string[]> {
  const notes = witnessed.length === 0 ? [undefined] : witnessed.map(({ checkpoint }) => checkpoint.note)
  const damages = new Set<string>()
  for (const note of notes) {
    const found = await verifyFolder(folder, {
      verifierKey,
      ...(note !== undefined && { checkpoint: note }),
      progress: (part, done, of) => progress(`verify ${part}`, done, of),
    })
    for (const { place, problem } of found.damages) damages.add(`${place}: ${problem}`)
  }
  return [...damages]
}
