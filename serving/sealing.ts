/** The seal of a platform: its log's Merkle tree, signed with the key of the folder. */
import { createPrivateKey } from 'node:crypto'
import type { SignedCheckpoint } from '../streams/log/seal/checkpoint.ts'
import { noteSigner } from '../streams/log/seal/note.ts'
import { sealLog } from '../streams/log/seal/seal.ts'
import { Sealer } from '../streams/log/seal/sealer.ts'
import { keyOf } from './keys.ts'
import type { Platform } from './platform.ts'

export const SEAL_ORIGIN = 'asof.local/log'

/** Takes everything durable into the tree and signs its root. */
export async function seal(platform: Platform): Promise<SignedCheckpoint> {
  const { folder, log } = platform
  const signer = noteSigner(SEAL_ORIGIN, createPrivateKey(keyOf(folder.keys, 'log')))
  const sealer = await Sealer.open({ folder: folder.seal, origin: SEAL_ORIGIN, signer })
  return sealLog(log, sealer)
}
