/** Where a log's seal keeps the last checkpoint that each witness cosigned. */
import { join } from 'node:path'
import { cosignatureVerifier } from './cosignature.ts'

export const witnessedFolder = (seal: string): string => join(seal, 'witnessed')

/** @param key the witness's public key. @throws Refusal `seal.malformed` */
export const witnessedPath = (seal: string, key: string): string =>
  join(witnessedFolder(seal), `${cosignatureVerifier(key).id.toString('hex')}.checkpoint`)
