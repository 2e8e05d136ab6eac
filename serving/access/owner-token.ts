/** The token of whoever owns the folder: a file in it that nobody else may read. */
import { lstatSync, readFileSync, writeFileSync } from 'node:fs'
import { link, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { refuse } from '../../schemas/kernel/fault.ts'
import type { Folder } from '../folder.ts'
import { newSecret, newTokenId, OWNER_ID, partsOf, tokenText } from './secrets.ts'

export const ownerTokenPath = ({ root }: Pick<Folder, 'root'>): string => join(root, 'owner.token')

/** An issuer's token is longer than one of ours. */
const MOST_BYTES = 16 << 10
/** The rights of anybody but the owner. */
const OTHERS = 0o077

/** The token, made where there is none. @throws Refusal `access.token-file` */
export async function ownerToken(folder: Pick<Folder, 'root'>): Promise<string> {
  const path = ownerTokenPath(folder)
  const there = ownerTokenIn(folder)
  if (there !== null) return there
  const draft = `${path}.${newTokenId()}.new`
  writeFileSync(draft, `${tokenText(OWNER_ID, newSecret())}\n`, { mode: 0o600, flag: 'wx' })
  try {
    // Whoever comes second leaves the first one's in its place.
    await link(draft, path).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error
    })
  } finally {
    await unlink(draft)
  }
  return ownerTokenIn(folder) ?? tokenFileRefused(path, 'it is gone as soon as it was made')
}

/** The token that lies in a folder; null where there is none. @throws Refusal `access.token-file` */
export function ownerTokenIn(folder: Pick<Folder, 'root'>): string | null {
  const path = ownerTokenPath(folder)
  const text = secretIn(path)
  if (text === null || partsOf(text)?.id === OWNER_ID) return text
  return tokenFileRefused(path, 'there is no token of an owner in it')
}

/**
 * What a program on this side sends to a server: the token in the file that `ASOF_TOKEN_FILE` names, or else the owner's in the
 * folder; null where there is neither. @throws Refusal `access.token-file`
 */
export function bearerFor(
  folder: Pick<Folder, 'root'>,
  environment: Readonly<Record<string, string | undefined>>,
): Readonly<{ authorization: string }> | null {
  const named = environment.ASOF_TOKEN_FILE
  const token = named === undefined ? ownerTokenIn(folder) : secretIn(named)
  return token === null ? null : { authorization: `Bearer ${token}` }
}

/** The text of a file that its owner alone may read; null where there is none. @throws Refusal `access.token-file` */
function secretIn(path: string): string | null {
  const stats = lstatSync(path, { throwIfNoEntry: false })
  if (stats === undefined) return null
  if (!stats.isFile() || stats.size > MOST_BYTES) return tokenFileRefused(path, 'it is no file of ours')
  if (process.getuid !== undefined) {
    const mode = stats.mode & 0o777
    if ((mode & OTHERS) !== 0)
      return tokenFileRefused(path, `its mode is ${mode.toString(8)}, so that others may read it`)
    if (stats.uid !== process.getuid() && process.getuid() !== 0)
      return tokenFileRefused(path, `it belongs to user ${stats.uid}`)
  }
  const text = readFileSync(path, 'utf8').trim()
  return text === '' ? tokenFileRefused(path, 'there is no token in it') : text
}

function tokenFileRefused(path: string, problem: string): never {
  throw refuse('access.token-file', { path, problem })
}
