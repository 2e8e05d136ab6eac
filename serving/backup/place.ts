/** Where the backups of a platform lie: in a folder that is named, or in the bucket that the configuration names. */
import { resolve, sep } from 'node:path'
import { refuse } from '../../schemas/kernel/fault.ts'
import { openBackupFolder } from '../../streams/log/backup/folder.ts'
import type { BackupStore } from '../../streams/log/backup/store.ts'
import { bucketAddress, retentionOf } from '../bucket-config.ts'
import { wallClock } from '../clock.ts'
import { readConfig } from '../config.ts'
import type { Folder } from '../folder.ts'
import { warn } from '../warn.ts'

/** @param option the option that names a folder, for who named none. @throws Refusal `backup.nowhere`, `backup.inside`, and as `readConfig` */
export async function placeOf(
  folder: Pick<Folder, 'root'>,
  { named, option }: Readonly<{ named: string | undefined; option: string }>,
): Promise<BackupStore> {
  if (named !== undefined) {
    const place = resolve(named)
    if (`${place}${sep}`.startsWith(`${folder.root}${sep}`))
      throw refuse('backup.inside', { place, folder: folder.root })
    return openBackupFolder(place)
  }
  const { backup } = await readConfig(folder, process.env)
  if (backup === undefined) throw refuse('backup.nowhere', { folder: folder.root, option })
  // Only whoever has a bucket waits for its client to be loaded.
  const { openBackupBucket } = await import('../../streams/log/backup/bucket.ts')
  return openBackupBucket({
    ...{ ...bucketAddress(backup), prefix: backup.prefix, clock: wallClock },
    retention: retentionOf(backup.retention),
    patience: {
      waitMillis: backup.waitSeconds * 1000,
      onWaiting: (problem) => warn(`Waiting for the backup's bucket: ${problem}`),
    },
    onRecovered: (hash, at) =>
      warn(
        `Object ${hash} was deleted or written over at ${at}; the version that Object Lock keeps was read.`,
      ),
  })
}
