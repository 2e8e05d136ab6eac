/** What is stored of the views in a folder: believed only by whoever has the key of the log, and as far as such a one wrote it. */
import { join } from 'node:path'
import type { ProjectionStore } from '../projections/saved.ts'
import { NO_STORE, openProjectionStore } from '../projections/store.ts'
import { sha256 } from '../schemas/kernel/canonical.ts'
import type { Folder } from './folder.ts'
import { existingKey } from './keys.ts'
import { warn } from './warn.ts'

/** Without the key, as in an auditor's copy, views are folded from the log. */
export function openViewStore(folder: Folder, { readOnly = false } = {}): ProjectionStore {
  const secret = secretIn(folder)
  return secret === null ? NO_STORE : openProjectionStore(folder.projections, { readOnly, warn, secret })
}

function secretIn(folder: Folder): string | null {
  try {
    return sha256(`asof.local/log/views\n${existingKey(join(folder.keys, 'log.pem'))}`)
  } catch {
    return null
  }
}
