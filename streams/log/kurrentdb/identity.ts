/** The first checkpoint of a log, beside its stream on the server: all machines that have a copy seal one log, under one identity. */

import { existsSync, mkdirSync, rmSync } from 'node:fs'
import { join as pathOf } from 'node:path'
import { sha256 } from '../../../schemas/kernel/canonical.ts'
import { Refusal, refuse } from '../../../schemas/kernel/fault.ts'
import { uuidOf } from '../event-id.ts'
import { replaceText } from '../files.ts'
import { NOTES_BYTES, ownText } from '../regular.ts'
import { openCheckpoint, splitNotes } from '../seal/checkpoint.ts'
import { HEAD } from '../seal/head.ts'
import type { LiveSealOptions } from '../seal/live.ts'
import { noteVerifier } from '../seal/note.ts'
import { CHECKPOINT, CHECKPOINTS } from '../seal/sealer.ts'
import type { LogServer } from './server.ts'

const TYPE = 'SealBegun'
const streamOf = (server: LogServer): string => `${server.stream}-seal`

/** What the server says the log began with; null before anybody has said it. */
async function told(server: LogServer): Promise<string | null> {
  const [event] = await server.page(0, 1, streamOf(server))
  return event === undefined || event.type !== TYPE ? null : Buffer.from(event.data).toString('utf8')
}

/** Whether a folder has a seal. */
export const hasBegun = ({ folder }: Pick<LiveSealOptions, 'folder'>): boolean =>
  existsSync(pathOf(folder, CHECKPOINTS))

/** Removes a seal that was begun and stands for nothing. */
export function forget({ folder, identityPath }: LiveSealOptions): void {
  for (const path of [identityPath, ...[CHECKPOINT, HEAD, CHECKPOINTS].map((name) => pathOf(folder, name))])
    rmSync(path, { force: true })
}

/**
 * A folder that has no seal yet goes on with the one that the log began with.
 * @throws Refusal `log.server-key` where it was begun with another key
 */
export async function join(
  server: LogServer,
  { folder, signer, earlier = [] }: LiveSealOptions,
): Promise<void> {
  const first = await told(server)
  if (first === null) return
  try {
    openCheckpoint(first, [noteVerifier(signer.verifierKey), ...earlier])
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    throw refuse('log.server-key', { stream: server.stream, folder })
  }
  if (hasBegun({ folder })) return
  mkdirSync(folder, { recursive: true })
  replaceText(pathOf(folder, CHECKPOINTS), first)
  replaceText(pathOf(folder, CHECKPOINT), first)
}

/** Whoever comes first says what the log began with. @throws Refusal `log.server-diverged` where somebody else had said otherwise */
export async function publishIdentity(
  server: LogServer,
  { folder }: Pick<LiveSealOptions, 'folder'>,
): Promise<void> {
  const [own = ''] = splitNotes(ownText(pathOf(folder, CHECKPOINTS), NOTES_BYTES) ?? '').notes
  const data = new TextEncoder().encode(own)
  const event = { id: uuidOf(sha256(own)), type: TYPE, data, metadata: new TextEncoder().encode('{}') }
  if ((await told(server)) === null) await server.append([event], -1, streamOf(server))
  if ((await told(server)) === own) return
  const problem = 'their first checkpoints are two, and so are their identities'
  throw refuse('log.server-diverged', { stream: server.stream, folder, problem })
}
