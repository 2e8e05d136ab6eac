/** Passes requests on to a server of HTTP, and keeps each with its answer. */
import { once } from 'node:events'
import { createServer, type IncomingMessage, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'

export type Exchange = Readonly<{
  method: string
  path: string
  /** Those that say how the body is to be read. */
  headers: Readonly<Record<string, string>>
  /** Base64. */
  body: string
  status: number
  answerHeaders: Readonly<Record<string, string>>
  answer: string
}>

export type Recording = Readonly<{
  address: string
  recorded: () => readonly Exchange[]
  close: () => Promise<void>
}>

/** What is larger shows nothing more. */
const LARGE_BYTES = 2_000

const KEPT = ['content-type', 'content-encoding', 'accept-encoding', 'inference-header-content-length']

const keptOf = (headers: IncomingMessage['headers']): Record<string, string> =>
  Object.fromEntries(
    KEPT.flatMap((name) => (headers[name] === undefined ? [] : [[name, String(headers[name])]])),
  )

/**
 * What shows who asks is passed on, and not kept.
 * @param keepsKnown whether requests of those who show it are kept without it; none of them is otherwise
 * @param at the port; any that is free where none is told
 */
export async function recordingProxy(url: string, keepsKnown = false, at = 0): Promise<Recording> {
  const { hostname, port, host } = new URL(url)
  const exchanges: Exchange[] = []
  const server = createServer(async (asked, reply) => {
    const body = await buffer(asked)
    const { method = 'GET', url: path = '/' } = asked
    const onward = request({ hostname, port, method, path, headers: { ...asked.headers, host } })
    onward.end(body)
    const [answered] = (await once(onward, 'response')) as [IncomingMessage]
    const answer = await buffer(answered)
    const { statusCode: status = 0 } = answered
    if ((keepsKnown || asked.headers.authorization === undefined) && body.length < LARGE_BYTES)
      exchanges.push({
        ...{ method, path, headers: keptOf(asked.headers), body: body.toString('base64') },
        ...{ status, answerHeaders: keptOf(answered.headers), answer: answer.toString('base64') },
      })
    reply.writeHead(status, answered.headers).end(answer)
  })
  server.listen(at, '127.0.0.1')
  await once(server, 'listening')
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    recorded: () => exchanges,
    async close() {
      server.closeAllConnections()
      server.close()
    },
  }
}
