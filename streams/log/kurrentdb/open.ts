/** Opens a log whose events stand in a stream of a KurrentDB server, with a copy in a folder of this machine, for reads and for the seal. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { refuse } from '../../../schemas/kernel/fault.ts'
import type { Clock, Micros } from '../../../schemas/kernel/time.ts'
import { polling } from '../arrivals.ts'
import type { ChunkStore } from '../chunks.ts'
import { codecOf, type Registry } from '../codec.ts'
import { IDENTITY, MIRROR } from '../embedded/database.ts'
import { storeForWriting } from '../embedded/open.ts'
import { replaceText } from '../files.ts'
import { logOver } from '../log.ts'
import type { EventLog, LogReader } from '../port.ts'
import { StoreReader } from '../reader.ts'
import { NOTE_BYTES, ownText } from '../regular.ts'
import { LiveSeal, type LiveSealOptions } from '../seal/live.ts'
import { forget, hasBegun, join as joinSeal, publishIdentity } from './identity.ts'
import { Mirror } from './mirror.ts'
import { LogServer, type ServerOptions } from './server.ts'
import { RemoteWriter } from './writer.ts'

type KurrentOptions = Readonly<{
  /** Of the copy. */
  folder: string
  server: ServerOptions
  /** Another one at each opening, 16 hexadecimal digits: who wrote an event, among all machines. */
  name: string
  registry: Registry
  clock: Clock
  chunks?: Pick<ChunkStore, 'sync'>
  clockTrustedUntil?: Micros | undefined
  /** How long an append waits for a server that is away; a minute unless it is given. */
  patienceMillis?: number
  /** Made once the copy is up to date; a log without it keeps no seal. */
  seal?: (reader: LogReader) => Promise<Omit<LiveSealOptions, 'identityPath'>>
}>

/**
 * Brings the copy up to date, compares it with the server, and goes on from there.
 * @throws Refusal `log.server-away`, `log.server-diverged`, `log.server-key`, `log.not-a-mirror`, and as `openSealedLog`
 */
export async function openKurrentLog(options: KurrentOptions): Promise<EventLog> {
  const { folder, registry } = options
  const { stream } = options.server
  const store = storeForWriting(folder)
  const server = openServer(options.server, () => store.close())
  try {
    assertMirror(folder, stream, store.tail().position)
    const mirror = new Mirror({ folder, store, server })
    await mirror.compare()
    await mirror.catchUp()
    await store.sync()
    const reader = new StoreReader(store, codecOf(registry), {
      arrivals: polling(1_000),
      end: () => mirror.position,
    })
    const seal = options.seal === undefined ? null : await sealOf(await options.seal(reader))
    const { name, patienceMillis } = options
    return logOver(store, {
      ...options,
      seal,
      writer(parts) {
        mirror.tell(seal, parts.bell)
        return new RemoteWriter({ ...parts, server, mirror, name, patienceMillis })
      },
    })
  } catch (error) {
    await server.close()
    store.close()
    throw error
  }

  async function sealOf(told: Omit<LiveSealOptions, 'identityPath'>): Promise<LiveSeal> {
    const sealing = { ...told, identityPath: join(folder, IDENTITY) }
    const beginsHere = !hasBegun(sealing)
    await joinSeal(server, sealing)
    const seal = await LiveSeal.open(sealing, store)
    try {
      await publishIdentity(server, sealing)
      return seal
    } catch (error) {
      await seal.close()
      if (!beginsHere) throw error
      // Two machines began at once: the other one was first, and nothing stands under the seal of this one yet.
      forget(sealing)
      return sealOf(told)
    }
  }
}

function openServer(options: ServerOptions, otherwise: () => void): LogServer {
  try {
    return new LogServer(options)
  } catch (error) {
    otherwise()
    throw error
  }
}

/** A folder is of one stream for good. */
function assertMirror(folder: string, stream: string, events: number): void {
  const path = join(folder, MIRROR)
  const told = ownText(path, NOTE_BYTES)?.trim()
  if (told === stream) return
  if (told !== undefined) throw refuse('log.mirror', { folder, stream: told })
  if (events > 0 || existsSync(join(folder, IDENTITY)))
    throw refuse('log.not-a-mirror', { folder, stream, events })
  replaceText(path, `${stream}\n`)
}
