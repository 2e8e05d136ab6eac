/** The server that runs over a folder, by the file that it leaves there: where it listens, and which it is. */
import { rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { Refusal } from '../schemas/kernel/fault.ts'
import { replaceText } from '../streams/log/files.ts'
import { NOTE_BYTES, ownText } from '../streams/log/regular.ts'
import { type Folder, folderAt } from './folder.ts'

const address = z.strictObject({
  url: z.url({ protocol: /^https?$/ }),
  pid: z.int().positive(),
  /** Given anew at each start: what answers under the address may be another program by now. */
  server: z.string(),
  /** The folder that it serves, as the system knows it: a copy of the folder has a copy of this file, and is another platform. */
  serves: z.string(),
})
export type Address = z.infer<typeof address>

const idOf = ({ root }: Folder): string => {
  const { dev, ino } = statSync(root, { bigint: true })
  return `${dev}:${ino}`
}

const pathIn = (folder: Folder): string => join(folder.root, 'server.json')

/** For the owner of the folder alone. @returns takes it away again, unless another server has left its own */
export function leaveAddress(folder: Folder, told: Omit<Address, 'serves'>): () => void {
  replaceText(pathIn(folder), `${JSON.stringify({ ...told, serves: idOf(folder) })}\n`, 0o600)
  return () => {
    if (addressIn(folder)?.server === told.server) rmSync(pathIn(folder), { force: true })
  }
}

/** What the file says; null where there is none, or none that can be used. */
function addressIn(folder: Folder): Address | null {
  try {
    return address.safeParse(JSON.parse(ownText(pathIn(folder), NOTE_BYTES) ?? '')).data ?? null
  } catch (error) {
    if (error instanceof Refusal || error instanceof SyntaxError) return null
    throw error
  }
}

/** The server that runs over a folder; null where none does, whatever a file that was left behind says. */
export async function runningServer(path: string): Promise<Address | null> {
  const folder = folderAt(path)
  const told = addressIn(folder)
  if (told === null || told.serves !== idOf(folder) || !isAlive(told.pid)) return null
  try {
    const reply = await fetch(new URL('/health', told.url), { signal: AbortSignal.timeout(HEALTH_MILLIS) })
    const { server } = (await reply.json()) as { server?: unknown }
    return server === told.server ? told : null
  } catch (error) {
    // One that is alive and busy is there all the same: it holds the log.
    return error instanceof DOMException && error.name === 'TimeoutError' ? told : null
  }
}

/** A server is busy for as long as a report takes: it answers nothing then, and runs. */
const HEALTH_MILLIS = 30_000

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}
