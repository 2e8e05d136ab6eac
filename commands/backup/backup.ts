/** Backups and restore drills, as they are said to have been: of this log, and of no more events than it has. */
import type { Draft } from '../../schemas/envelope.ts'
import type { DataOf } from '../../schemas/event.ts'
import { BackupDrilled, BackupTaken } from '../../schemas/events/backup.ts'
import type { Decider, Decision } from '../decider.ts'
import { accept, reject } from '../rejections.ts'

export const BACKUP_STREAM = 'backup'

export type BackupCommand = Readonly<{
  /** What this log is, and how many events it has. */
  own: Readonly<{ log: string; position: number }>
}> &
  (
    | Readonly<{ kind: 'taken'; data: DataOf<typeof BackupTaken> }>
    | Readonly<{ kind: 'drilled'; data: DataOf<typeof BackupDrilled> }>
  )

/** How many backups and drills were recorded. */
export type BackupState = Readonly<{ taken: number; drilled: number }>

export const backup: Decider<BackupCommand, BackupState> = {
  initial: () => ({ taken: 0, drilled: 0 }),
  evolve: (state, event: Draft) => {
    if (BackupTaken.is(event)) return { ...state, taken: state.taken + 1 }
    return BackupDrilled.is(event) ? { ...state, drilled: state.drilled + 1 } : state
  },
  decide(command, _, { now }): Decision {
    const { own, data } = command
    if (data.log !== own.log) return reject('backup.other-log', { found: data.log, own: own.log })
    if (data.size > own.position) return reject('backup.beyond', { size: data.size, position: own.position })
    const times = { eventTime: now, knownAt: now }
    return accept(
      command.kind === 'taken'
        ? BackupTaken.draft(command.data, times)
        : BackupDrilled.draft(command.data, times),
    )
  },
}
