/** Bodies that are held at a time: all together within a bound, and a small one is let in beside them. */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { BOUNDS, boundedServer } from '../../serving/http/bounded.ts'

let server: FastifyInstance
let url: string
beforeAll(async () => {
  server = boundedServer({ bounds: { ...BOUNDS, heldBytes: 250_000 }, logLevel: 'silent' })
  server.post('/take', async ({ body }) => ({ got: JSON.stringify(body).length }))
  url = await server.listen({ host: '127.0.0.1', port: 0 })
})
afterAll(() => server.close())

const take = async (bytes: number) => {
  const init = { method: 'POST', headers: { 'content-type': 'application/json' } }
  return (await fetch(`${url}/take`, { ...init, body: JSON.stringify('x'.repeat(bytes - 2)) })).status
}

/** Sends all of a body but its end. */
async function holding(bytes: number): Promise<Socket> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  await once(
    socket.on('error', () => undefined),
    'connect',
  )
  const head = `POST /take HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${bytes}\r\n\r\n`
  socket.write(head + 'x'.repeat(bytes - 1))
  return socket
}

test('what there is no room for is refused before it is read, until others are done', async () => {
  const sockets = await Promise.all([holding(100_000), holding(100_000)])
  await expect.poll(() => take(100_000)).toBe(503)
  expect(await take(60_000)).toBe(200)
  for (const socket of sockets) socket.destroy()
  await expect.poll(() => take(100_000)).toBe(200)
})
