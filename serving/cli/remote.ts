/** Speaks to the server that runs over the folder. What it refuses is refused here with the same words. */
import { type IncomingMessage, request } from 'node:http'
import type { Readable } from 'node:stream'
import { json } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import { z } from 'zod'
import { FAULTS, type FaultCode, Refusal, refuse } from '../../schemas/kernel/fault.ts'
import { bearerFor } from '../access/owner-token.ts'
import type { Folder } from '../folder.ts'
import type { Address } from '../running.ts'

/** A server, and the folder that it serves: the token that is sent lies there. */
export type Server = Address & Readonly<{ folder: Folder }>

type Answer = Readonly<{ status: number; body: unknown }>

/** What is sent: JSON, or the bytes of a file as they are read. */
type Sending = Readonly<{ method: 'GET' | 'POST' | 'DELETE'; path: string; json?: unknown; bytes?: Readable }>

const failure = z.object({
  error: z.object({
    code: z.string().refine((code): code is FaultCode => Object.hasOwn(FAULTS, code)),
    message: z.string(),
    detail: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
  }),
})

/** @throws Refusal what the server refuses with, and `server.gone` where it ends before it answers */
export async function ask(
  { url, folder }: Server,
  { method, path, json: sent, bytes }: Sending,
): Promise<Answer> {
  const content = bytes === undefined ? 'application/json' : 'application/octet-stream'
  const hasBody = sent !== undefined || bytes !== undefined
  // Without a time limit: a file of some size takes as long as it takes.
  const asking = request(new URL(path, url), {
    method,
    headers: { ...bearerFor(folder, process.env), ...(hasBody ? { 'content-type': content } : {}) },
  })
  const answered = new Promise<IncomingMessage>((resolve, reject) => {
    asking.on('response', resolve).on('error', reject)
  })
  try {
    if (bytes === undefined) asking.end(sent === undefined ? undefined : JSON.stringify(sent))
    // Where the server refuses before it has everything, its answer says why.
    else pipeline(bytes, asking).catch(() => undefined)
    const reply = await answered
    const body = await json(reply)
    const status = reply.statusCode ?? 0
    if (status < 400) return { status, body }
    const { error } = failure.parse(body)
    throw new Refusal({ code: error.code as FaultCode, message: error.message, detail: error.detail })
  } catch (error) {
    if (error instanceof Refusal) throw error
    throw refuse('server.gone', { url, problem: error instanceof Error ? error.message : String(error) })
  }
}
