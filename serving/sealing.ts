/** The seal of a platform: its log's Merkle tree, signed with the key of the folder, and the whole verified. */
import { createPrivateKey } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { REGISTRY } from '../schemas/registry.ts'
import { openChunkFolder } from '../streams/log/chunks/folder.ts'
import { openEmbeddedInspection } from '../streams/log/embedded/inspect.ts'
import type { LogReader } from '../streams/log/port.ts'
import type { SignedCheckpoint } from '../streams/log/seal/checkpoint.ts'
import { type NoteSigner, noteSigner, noteVerifier } from '../streams/log/seal/note.ts'
import { assertSealed, sealLog } from '../streams/log/seal/seal.ts'
import { Sealer } from '../streams/log/seal/sealer.ts'
import { type Verification, type VerifyOptions, verify } from '../streams/log/verify.ts'
import { type Folder, folderAt } from './folder.ts'
import { existingKey, keyOf } from './keys.ts'

export const SEAL_ORIGIN = 'asof.local/log'

/** The public half of the log's key, for whoever verifies: an auditor keeps a copy from elsewhere. */
const verifierKeyPath = (folder: Folder): string => join(folder.seal, 'log.vkey')

type Sealed = Readonly<{ folder: Folder; log: LogReader }>

/** A log that was sealed has its key already: another one could not go on where that left off. */
function signerOf(folder: Folder): NoteSigner {
  const key = existsSync(verifierKeyPath(folder))
    ? existingKey(join(folder.keys, 'log.pem'))
    : keyOf(folder.keys, 'log')
  return noteSigner(SEAL_ORIGIN, createPrivateKey(key))
}

const sealerOf = (folder: Folder): Promise<Sealer> =>
  Sealer.open({ folder: folder.seal, origin: SEAL_ORIGIN, signer: signerOf(folder) })

/** Before anything rests on the log: its end is the one that was sealed. @throws Refusal `seal.diverged` */
export const holdToSeal = async ({ folder, log }: Sealed): Promise<void> =>
  assertSealed(log, await sealerOf(folder))

/** Takes everything durable into the tree and signs its root. */
export async function seal({ folder, log }: Sealed): Promise<SignedCheckpoint> {
  const sealer = await sealerOf(folder)
  const path = verifierKeyPath(folder)
  if (!existsSync(path)) writeFileSync(path, `${signerOf(folder).verifierKey}\n`)
  return sealLog(log, sealer)
}

/**
 * Walks log, chunks and tree.
 * @param options.verifierKey the log's public key as the auditor has it; the folder's own copy unless given
 */
export async function verifyFolder(
  path: string,
  options: { verifierKey?: string; progress?: NonNullable<VerifyOptions['progress']> },
): Promise<Verification & { verifierKey: string | null }> {
  const folder = folderAt(path)
  const own = existsSync(verifierKeyPath(folder))
    ? readFileSync(verifierKeyPath(folder), 'utf8').trim()
    : null
  const verifierKey = options.verifierKey ?? own
  const inspection = openEmbeddedInspection(folder.log)
  try {
    const verification = await verify({
      inspection,
      registry: REGISTRY,
      chunks: openChunkFolder(folder.chunks),
      seal: verifierKey === null ? null : { folder: folder.seal, verifiers: [noteVerifier(verifierKey)] },
      ...(options.progress && { progress: options.progress }),
    })
    return { ...verification, verifierKey }
  } finally {
    inspection.close()
  }
}
