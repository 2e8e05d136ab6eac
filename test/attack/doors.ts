/** What an attacker at the doors has: sockets that say anything, and a platform to say it to. */
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'vitest'
import { FAULTS, type FaultCode } from '../../schemas/kernel/fault.ts'
import { openPlatform } from '../../serving/platform.ts'

/** A platform in a folder of its own. */
export async function besieged(name: string) {
  const path = mkdtempSync(join(tmpdir(), `asof-doors-${name}-`))
  const platform = await openPlatform({ path })
  return {
    ...{ path, platform },
    async remove() {
      await platform.close()
      rmSync(path, { recursive: true, force: true })
    },
  }
}

/** Sends bytes as they are, and reads what comes back until the connection ends or something did come. */
export async function sent(url: string, text: string, waitMillis = 2_000): Promise<string> {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  let answer = ''
  socket.on('error', () => undefined)
  socket.on('data', (bytes) => {
    answer += bytes
  })
  await once(socket, 'connect')
  socket.write(text)
  const over = new AbortController()
  await Promise.race([
    once(socket, 'close', { signal: over.signal }),
    new Promise((resolve) => setTimeout(resolve, waitMillis).unref()),
    (async () => {
      while (!answer.includes('\r\n\r\n')) await once(socket, 'data', { signal: over.signal })
    })(),
  ]).catch(() => undefined)
  over.abort()
  socket.destroy()
  return answer
}

/** A request line and headers, with a Host that the server answers to. */
export const requestOf = (url: string, line: string, ...headers: readonly string[]): string =>
  [`${line} HTTP/1.1`, `Host: ${new URL(url).host}`, 'Connection: close', ...headers, '', ''].join('\r\n')

export const statusIn = (answer: string): number => Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1] ?? 0)

/** Nothing of the program is shown, whatever is asked. */
export const tellsNothing = (text: string): void =>
  expect(text).not.toMatch(/\n\s+at |node_modules|\.ts:\d|\/work\/|\/tmp\/|asof-doors/)

/** That a reply refuses with a code, under the status that the table gives it, and shows no stack. */
export async function refusedWith(reply: Response, code: FaultCode): Promise<void> {
  const text = await reply.text()
  tellsNothing(text)
  expect([reply.status, JSON.parse(text).error?.code]).toEqual([FAULTS[code].http, code])
}
