/** What the live lane was at when its process ended, in a file that whoever opens the folder next reads: it may end that one too. */
import { createHmac, timingSafeEqual } from 'node:crypto'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { Refusal } from '../../schemas/kernel/fault.ts'
import { replaceText } from '../../streams/log/files.ts'
import { NOTE_BYTES, ownText } from '../../streams/log/regular.ts'
import type { LiveSeal } from '../../streams/log/seal/live.ts'
import type { Folder } from '../folder.ts'

const stuck = z.strictObject({
  processor: z.string(),
  cause: z.int().positive(),
  at: z.int().positive(),
  /** How many processes have ended at it. */
  ended: z.int().positive(),
  /** How long the last one was at it when it was ended for that; null where it ended by itself, or somebody ended it. */
  hungMillis: z.number().nullable(),
})
export type Stuck = z.infer<typeof stuck>

/** Where it is written down, and the secret without which nobody writes it: an event is set aside on its word. */
export type StuckFile = Readonly<{ path: string; secret: string }>

export const stuckFile = (folder: Folder, { signer, identity }: LiveSeal): StuckFile => ({
  path: join(folder.lanes, 'live.stuck'),
  // Ed25519 signs the same text with the same bytes, and nobody else is ever shown these.
  secret: signer.sign(`asof.local/log/stuck/${identity}\n`),
})

const macOf = (text: string, { secret }: StuckFile): string =>
  createHmac('sha256', secret).update(text).digest('hex')

export function writeStuck(file: StuckFile, what: Stuck): void {
  const text = JSON.stringify(what)
  replaceText(file.path, `${text}\n${macOf(text, file)}\n`, 0o600)
}

export const forgetStuck = ({ path }: Pick<StuckFile, 'path'>): void => rmSync(path, { force: true })

/** Null for what this log's own key did not write, whatever it is. */
export function readStuck(file: StuckFile): Stuck | null {
  try {
    const [text, mac = ''] = (ownText(file.path, NOTE_BYTES) ?? '').split('\n')
    const own = Buffer.from(macOf(text, file))
    const isOwn = mac.length === own.length && timingSafeEqual(Buffer.from(mac), own)
    return isOwn ? (stuck.safeParse(JSON.parse(text)).data ?? null) : null
  } catch (error) {
    if (error instanceof Refusal || error instanceof SyntaxError) return null
    throw error
  }
}

export const spanOf = (millis: number): string =>
  millis < 60_000 ? `${millis / 1000} seconds` : `${millis / 60_000} minutes`
