/** Commands that record what whoever keeps backups has done: `backup.record` and `backup.record-drill`. */
import type { z } from 'zod'
import { BACKUP_STREAM, type BackupCommand, backup } from '../../commands/backup/backup.ts'
import type { Recorded } from '../../schemas/envelope.ts'
import { isEvent } from '../../schemas/event.ts'
import { BackupDrilled, BackupTaken, backupDrilled, backupTaken } from '../../schemas/events/backup.ts'
import { by } from '../act.ts'
import { logIdentity } from '../actions.ts'
import type { Platform } from '../platform.ts'
import { type Acting, type Done, defineCommand } from './definition.ts'
import { assertSame, says } from './recorded.ts'

type Said =
  | Omit<Extract<BackupCommand, { kind: 'taken' }>, 'own'>
  | Omit<Extract<BackupCommand, { kind: 'drilled' }>, 'own'>

async function recorded(
  platform: Platform,
  said: Said,
  { command, act }: Readonly<{ command: string; act: Acting }>,
): Promise<Done<{ size: number }>> {
  const handled = await by(backup)(platform, {
    ...{ stream: BACKUP_STREAM, ...act },
    command: (position) => ({ ...said, own: { log: logIdentity(platform) ?? '', position } }),
  })
  if (!handled.changed && act.given !== undefined) {
    const definition = said.kind === 'taken' ? BackupTaken : BackupDrilled
    const isSame = (event: Recorded) => isEvent(definition, event) && says(event.data, said.data)
    await assertSame(platform.log, { stream: BACKUP_STREAM, commandId: act.commandId, command }, isSame)
  }
  return { ...handled, answer: { size: said.data.size } }
}

export const backupRecord = defineCommand<z.infer<typeof backupTaken>, { size: number }>({
  name: 'backup.record',
  about:
    'Record that a backup of this log was taken: up to where, to which place, and for how long it is locked.',
  input: backupTaken,
  permission: 'operate',
  act: (platform, data, act) =>
    recorded(platform, { kind: 'taken', data }, { command: 'backup.record', act }),
})

export const backupRecordDrill = defineCommand<z.infer<typeof backupDrilled>, { size: number }>({
  name: 'backup.record-drill',
  about: 'Record what restoring a backup elsewhere, verifying and replaying it came to.',
  input: backupDrilled,
  permission: 'operate',
  act: (platform, data, act) =>
    recorded(platform, { kind: 'drilled', data }, { command: 'backup.record-drill', act }),
})
