/** The doors to a platform: the command line, alone or beside a server, and HTTP. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createReadStream } from 'node:fs'
import { basename } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

import { ownerTokenIn } from '../../serving/access/owner-token.ts'
import { folderAt } from '../../serving/folder.ts'

const MAIN = fileURLToPath(new URL('../../serving/cli/main.ts', import.meta.url))

/** Starts `asof up` over a folder. */
export async function upOver(folder: string) {
  const server = spawn(process.execPath, [MAIN, 'up', '-C', folder, '--port', '0'], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const ended = once(server, 'exit')
  const lines = createInterface({ input: server.stderr })
  for await (const line of lines) {
    const [, url] = /Serving (\S+)/.exec(line) ?? []
    if (url === undefined) continue
    server.stderr.resume()
    owners.set(url, `Bearer ${ownerTokenIn(folderAt(folder))}`)
    const stop = async (signal: NodeJS.Signals = 'SIGTERM') => {
      server.kill(signal)
      await ended
    }
    return { url, pid: server.pid ?? 0, stop }
  }
  throw new Error('it never listened')
}

export type Replied = Readonly<{ status: number; headers: Headers; body: Record<string, unknown> }>

/** The owner's token of each server that was started here. */
export const owners = new Map<string, string>()

const bearerOf = (url: string): Record<string, string> => {
  const authorization = owners.get(url)
  return authorization === undefined ? {} : { authorization }
}

/** Asks over HTTP as the owner; JSON in, JSON out. */
export async function ask(
  url: string,
  path: string,
  sent?: Readonly<{ method?: string; json?: unknown; headers?: Record<string, string> }>,
): Promise<Replied> {
  const { method = sent?.json === undefined ? 'GET' : 'POST', json, headers = {} } = sent ?? {}
  const reply = await fetch(`${url}${path}`, {
    method,
    headers: {
      ...bearerOf(url),
      ...(json !== undefined && { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(json !== undefined && { body: JSON.stringify(json) }),
  })
  return { status: reply.status, headers: reply.headers, body: (await reply.json()) as Replied['body'] }
}

/** Gives a command, and waits for what it comes to. */
export async function given(url: string, name: string, json: unknown): Promise<Replied['body']> {
  let told = await ask(url, `/api/v1/commands/${name}`, { json })
  if (told.status !== 202) return told.body
  const { work } = told.body
  for (;;) {
    told = await ask(url, `/api/v1/work/${work}`)
    const { result, error } = told.body
    if (result != null || error != null) return (result ?? { error }) as Replied['body']
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

export async function uploaded(url: string, path: string): Promise<string> {
  const reply = await fetch(`${url}/api/v1/uploads?name=${encodeURIComponent(basename(path))}`, {
    method: 'POST',
    headers: { ...bearerOf(url), 'content-type': 'application/octet-stream' },
    body: createReadStream(path),
    duplex: 'half',
  } as RequestInit)
  return ((await reply.json()) as { upload: string }).upload
}
