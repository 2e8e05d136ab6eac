/** Asks the server: JSON in, JSON out, and a refusal as it is written there. */
import type { AnswerOf, PageName } from '../pages.ts'
import type { At } from '../past.ts'

/** What the server refused, in its own words. */
export class Refused extends Error {
  readonly status: number
  readonly code: string

  constructor(status: number, code: string, message: string) {
    super(message)
    this.status = status
    this.code = code
  }
}

type Asking = Readonly<{
  method?: string
  json?: unknown
  headers?: Record<string, string>
  signal?: AbortSignal
}>

/** @throws Refused, and for a server that does not answer with code `unreachable` */
export async function ask<T>(path: string, { method, json, headers = {}, signal }: Asking = {}): Promise<T> {
  const reply = await fetch(path, {
    method: method ?? (json === undefined ? 'GET' : 'POST'),
    credentials: 'same-origin',
    headers: { ...headers, ...(json !== undefined && { 'content-type': 'application/json' }) },
    ...(json !== undefined && { body: JSON.stringify(json) }),
    ...(signal !== undefined && { signal }),
  }).catch((error: unknown) => {
    if (error instanceof DOMException && error.name === 'AbortError') throw error
    throw new Refused(0, 'unreachable', 'The server does not answer. Start it with: asof up')
  })
  const told = (await reply.json()) as T & { error?: { code: string; message: string } }
  if (reply.ok) return told
  throw new Refused(reply.status, told.error?.code ?? 'internal', told.error?.message ?? reply.statusText)
}

export type Answer<N extends PageName> = Readonly<{ at: At; page: NonNullable<AnswerOf<N>> }>

/** A page at a moment. */
export function askPage<N extends PageName>(
  name: N,
  at: string,
  asked: Readonly<Record<string, string | number>> = {},
  signal?: AbortSignal,
): Promise<Answer<N>> {
  const query = new URLSearchParams({
    at,
    ...Object.fromEntries(Object.entries(asked).map(([k, v]) => [k, String(v)])),
  })
  return ask(`/api/v1/pages/${name}?${query}`, signal === undefined ? {} : { signal })
}
