/** Expected failures of backups and of restoring them. */
import { type FaultRow, row } from './row.ts'

export const BACKUPS = {
  'backup.nowhere': row(
    409,
    'FAILED_PRECONDITION',
    'Nothing says where backups go: write backup in asof.yaml of {folder} (bucket, retention), or name a folder with {option}.',
  ),
  'backup.inside': row(
    409,
    'FAILED_PRECONDITION',
    'The folder {place} lies in the platform {folder}: what takes one takes both. Name a folder on another disk, or a bucket.',
  ),
  'backup.nothing': row(
    409,
    'FAILED_PRECONDITION',
    'The log has no event yet, so nothing goes to {place}. Take a backup once there is one.',
  ),
  'backup.diverged': row(
    500,
    'DATA_LOSS',
    'The last backup, of {size} events, is not the beginning of this log: {problem}. Nothing was written. Run asof verify --witness; where the log is right, give its backups another prefix or folder.',
  ),
  'backup.none': row(
    404,
    'NOT_FOUND',
    'There is no backup in {place} that fits: {problem}. asof backups names those that there are.',
  ),
  'backup.unsound': row(
    500,
    'DATA_LOSS',
    '{what} is not what was backed up: {problem}. Choose another backup with --at; asof backups names them.',
  ),
  'backup.taken': row(
    409,
    'ALREADY_EXISTS',
    'The folder {folder} has something in it. Restore into an empty one, or one that is not there.',
  ),
  'backup.other-log': row(
    409,
    'FAILED_PRECONDITION',
    'What is to be recorded is of the log {found}, and this is the log {own}. Record it where it belongs.',
  ),
  'backup.beyond': row(
    409,
    'FAILED_PRECONDITION',
    'What is to be recorded is a backup of {size} events, and this log has {position}. Run asof verify.',
  ),
} as const satisfies Record<string, FaultRow>
