/** Signing on the member's side: what is signed is what was asked for, and the key stays where it is. */
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { canonicalJson } from '../../schemas/kernel/canonical.ts'
import { holds, publicKeyOf } from '../../schemas/kernel/signature.ts'
import { REVIEW_TYPE } from '../../schemas/review.ts'
import { STATEMENT_TYPE } from '../../schemas/statement.ts'
import { folderAt } from '../../serving/folder.ts'
import { leaveAddress } from '../../serving/running.ts'
import { asof } from '../support/cli.ts'
import { keyOfName } from '../support/keys.ts'

const folder = mkdtempSync(join(tmpdir(), 'asof-signing-'))
const key = join(folder, 'bob.pem')
const ASKED = { model: 'm', member: 'bob', decision: 'refuse', reason: 'no' }

let server: Server
let handedOut: object = {}
let type = STATEMENT_TYPE
let received: Record<string, unknown>[] = []
let everything = ''

/** A server that hands out whatever it likes, and keeps what it is sent. */
beforeAll(async () => {
  writeFileSync(key, keyOfName('bob'))
  server = createServer(async (request, reply) => {
    let text = ''
    for await (const part of request) text += part
    everything += `${request.url} ${JSON.stringify(request.headers)} ${text}\n`
    const answer = (body: object) => reply.end(JSON.stringify(body))
    if (request.url === '/health') return answer({ server: 'it' })
    if (request.url?.startsWith('/api/v1/prepare/')) {
      const body = canonicalJson(handedOut)
      return answer({ already: null, statement: { type, body, said: handedOut } })
    }
    received.push(JSON.parse(text))
    return answer({ outcome: 'done', position: 1, answer: { artifact: 'a', report: 'r' } })
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  leaveAddress(folderAt(folder), { url, pid: process.pid, server: 'it' })
})

afterAll(() => {
  server.close()
  rmSync(folder, { recursive: true, force: true })
})

const refuse = () =>
  asof(folder, 'approve', 'm', '--refuse', '--reason', 'no', '--member', 'bob', '--key', key)

test('what was asked for is shown, signed, and sent without the key', async () => {
  handedOut = { ...ASKED, artifact: 'abc', report: 'r', log: 'l', policyVersion: 1, expires: 1 }
  const { code, err } = await refuse()
  expect(code).toBe(0)
  expect(err).toContain('A decision on a model:\n')
  expect(err).toContain('  decision: refuse\n')
  const [{ signature }] = received as [{ signature: string }]
  const publicKey = publicKeyOf(keyOfName('bob'))
  expect(holds(STATEMENT_TYPE, canonicalJson(handedOut), { signature, publicKey })).toBe(true)
  const secret = keyOfName('bob').split('\n')[1]
  expect(secret.length).toBeGreaterThan(40)
  expect(everything).not.toContain(secret)
})

test.each([
  ['an approval', { decision: 'approve' }],
  ['another model', { model: 'other' }],
  ['another member', { member: 'cat' }],
  ['another reason', { reason: 'yes' }],
])('%s, handed out instead, is not signed', async (_, other) => {
  handedOut = { ...ASKED, artifact: 'abc', report: 'r', log: 'l', policyVersion: 1, expires: 1, ...other }
  received = []
  const { code, err } = await refuse()
  expect([code, err]).toEqual([1, expect.stringContaining('Nothing was signed')])
  expect(received).toEqual([])
})

test('a statement of another kind, with all that was asked for in it, is not signed', async () => {
  handedOut = { ...ASKED, artifact: 'abc', report: 'r', log: 'l', policyVersion: 1, expires: 1 }
  received = []
  type = REVIEW_TYPE
  const { code, err } = await refuse()
  expect([code, err]).toEqual([1, expect.stringContaining('Nothing was signed')])
  expect(received).toEqual([])
})
