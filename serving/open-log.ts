/** Opens a folder's log to write: its own, or the one on the server that the configuration names. */
import { randomBytes } from 'node:crypto'
import { REGISTRY } from '../schemas/registry.ts'
import type { ChunkStore } from '../streams/log/chunks.ts'
import { openSealedLog } from '../streams/log/embedded/open.ts'
import type { EventLog } from '../streams/log/port.ts'
import { readWritten } from '../streams/log/regular.ts'
import { openChunks } from './chunk-store.ts'
import { clockTrustedUntil, wallClock } from './clock.ts'
import { type KurrentdbConfig, readConfig } from './config.ts'
import type { Folder } from './folder.ts'
import { sealOptions } from './sealing.ts'

/** @throws Refusal as `openSealedLog` and `openKurrentLog`, and `log.mirror` where the server of a copy is not configured */
export async function openLog(folder: Folder, chunks: ChunkStore = openChunks(folder)): Promise<EventLog> {
  const { kurrentdb } = await readConfig(folder, process.env)
  const options: Parameters<typeof openSealedLog>[0] = {
    folder: folder.log,
    registry: REGISTRY,
    clock: wallClock,
    chunks,
    clockTrustedUntil: clockTrustedUntil(),
    seal: (reader) => sealOptions(folder, reader),
  }
  if (kurrentdb === undefined) return openSealedLog(options)
  // Its client is loaded where it is used.
  const { openKurrentLog } = await import('../streams/log/kurrentdb/open.ts')
  return openKurrentLog({
    ...options,
    server: serverOf(kurrentdb),
    name: randomBytes(8).toString('hex'),
    patienceMillis: kurrentdb.patienceSeconds * 1_000,
  })
}

/** The server as its client needs it, with what the file holds that the configuration names. */
export function serverOf({ url, stream, user, passwordFile }: KurrentdbConfig) {
  return { url, stream, user, password: passwordFile && readWritten(passwordFile).trimEnd() }
}
