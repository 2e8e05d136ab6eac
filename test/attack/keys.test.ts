/** Keys stay where they are: nobody else may read them, nothing that is written has them, and one that anybody can sign for is none. */
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { Socket } from 'node:net'
import { join, sep } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { canonicalKey, holds, publicKeyOf, signStatement } from '../../schemas/kernel/signature.ts'
import { keyOf } from '../../serving/keys.ts'
import { openPlatform } from '../../serving/platform.ts'
import { keyOfName } from '../support/keys.ts'
import { smallFolder } from '../support/small-folder.ts'
import { workplace } from './tools.ts'

const { path, remove } = workplace('keys')
const played = path('played')
const connected = { playing: 0, asked: 0 }

beforeAll(async () => {
  const spy = vi.spyOn(Socket.prototype, 'connect').mockImplementation(() => {
    throw new Error('a connection')
  })
  await (await smallFolder(played, 3)).close()
  connected.playing = spy.mock.calls.length
  await fetch('http://127.0.0.1:49152').catch(() => undefined)
  connected.asked = spy.mock.calls.length
  spy.mockRestore()
}, 60_000)
afterAll(remove)

const filesIn = (folder: string): string[] =>
  readdirSync(folder, { recursive: true })
    .map((name) => join(folder, String(name)))
    .filter((at) => statSync(at).isFile())

test.runIf(process.platform !== 'win32')(
  'the keys of the log and of people are for their owner alone',
  async () => {
    const folder = path('modes')
    await (await openPlatform({ path: folder })).close()
    keyOf(join(folder, 'keys'), 'cio')
    const modes = filesIn(join(folder, 'keys')).map((at) => [at.split(sep).at(-1), statSync(at).mode & 0o777])
    expect(Object.fromEntries(modes)).toEqual({ 'log.pem': 0o600, 'cio.pem': 0o600 })
  },
)

test('no private key is in an event, a report, the seal or a view', () => {
  const log = readFileSync(join(played, 'keys', 'log.pem'), 'utf8')
  const secrets = [log, keyOfName('bob'), keyOfName('cat')].flatMap((pem) => {
    const text = pem.split('\n')[1] ?? ''
    // PKCS#8 of an Ed25519 key ends with its 32 bytes (RFC 8410, 7).
    const seed = Buffer.from(text, 'base64').subarray(-32)
    return [text, seed.toString('base64'), seed.toString('hex'), seed]
  })
  const written = filesIn(played).filter((at) => !at.startsWith(join(played, 'keys') + sep))
  const finding = (what: string | Buffer) => written.filter((at) => readFileSync(at).includes(what))
  expect(secrets.flatMap(finding)).toEqual([])
  expect(finding(publicKeyOf(keyOfName('bob'))), 'the control: what is there is found').not.toEqual([])
})

test('nothing is connected to while data arrive, models are judged and days are played', () => {
  expect(connected.playing).toBe(0)
  expect(connected.asked, 'the control: a page that is fetched is seen').toBe(1)
})

/** What looks at addresses and at connections that others made. */
const LOOKING = ['BlockList', 'isIP', 'isIPv6', 'Socket', 'TLSSocket']

test('no source of ours can call anybody, but those that call whom the configuration or the command names, and the server of the folder', () => {
  const root = new URL('../../', import.meta.url).pathname
  const sources = ['schemas', 'streams', 'commands', 'projections', 'serving']
    .flatMap((part) => filesIn(join(root, part)))
    .filter((at) => at.endsWith('.ts'))
    .map((at) => ({ at: at.slice(root.length), text: readFileSync(at, 'utf8') }))
  const named = (text: string) =>
    [
      ...text.matchAll(
        /^import (?!type\b)([^;']*?) from 'node:(?:net|https?|http2|tls|dgram|dns)\b[^']*'$/gm,
      ),
    ].flatMap(([, names = '']) => names.match(/\w+/g) ?? [])
  const callers = sources.filter(
    ({ text }) =>
      named(text).some((name) => !LOOKING.includes(name)) ||
      /\bfetch\(|WebSocket|createRemoteJWKSet\(|new (?:TLS)?Socket\b|import\('node:(?:net|https?|http2|tls|dgram|dns)\b/.test(
        text,
      ),
  )
  expect(callers.map(({ at }) => at).sort()).toEqual([
    'serving/access/oidc.ts',
    // What witnesses saw of a log that is restored, of those that its configuration names.
    'serving/backup/witnessed.ts',
    'serving/cli/remote.ts',
    // In a browser, which its policy keeps to the server that it came from.
    'serving/console/web/api.ts',
    'serving/console/web/pages/models.ts',
    // What is told of alarms, to where the configuration says.
    'serving/notify/webhook.ts',
    'serving/running.ts',
    // The cluster that the configuration names.
    'serving/trainers/ray/client.ts',
    // A checkpoint, to the witnesses that the configuration names.
    'serving/witness/submit.ts',
    // The bucket that the folder's configuration names.
    'streams/log/chunks/s3/client.ts',
    // It listens, on loopback.
    'streams/relay/registry/server.ts',
    // The catalog that a command names, in the process that reads the table.
    'streams/sources/lake/catalog.ts',
  ])
  expect(named("import { connect, isIP } from 'node:net'"), 'the control').toEqual(['connect', 'isIP'])
})

/** Points of order 1, 2, 4 and 8, two of them in a second spelling: https://eprint.iacr.org/2020/1244, table 1. */
const SMALL_ORDER = [
  `01${'00'.repeat(31)}`,
  `ec${'ff'.repeat(30)}7f`,
  '00'.repeat(32),
  `${'00'.repeat(31)}80`,
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  `ee${'ff'.repeat(30)}7f`,
].map((hex) => Buffer.from(hex, 'hex'))

test('a public key of small order, for which anybody can sign, has no signature that holds', () => {
  const spki = Buffer.from('302a300506032b6570032100', 'hex')
  for (const point of SMALL_ORDER) {
    const publicKey = Buffer.concat([spki, point]).toString('base64')
    expect(canonicalKey(publicKey), 'nor can it be on a committee').toBeNull()
    for (const r of SMALL_ORDER)
      for (let message = 0; message < 16; message++) {
        const signature = Buffer.concat([r, Buffer.alloc(32)]).toString('base64')
        expect(holds('t', String(message), { signature, publicKey })).toBe(false)
      }
  }
  const own = keyOfName('bob')
  const signed = { signature: signStatement('t', '1', own), publicKey: publicKeyOf(own) }
  expect(holds('t', '1', signed), 'the control').toBe(true)
})
