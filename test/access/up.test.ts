/** `asof up` without configuration: its owner gets in, by a token in the folder and by the link that it prints. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, test } from 'vitest'
import { asof } from '../support/cli.ts'

const MAIN = fileURLToPath(new URL('../../serving/cli/main.ts', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'asof-up-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function up(environment: Record<string, string> = {}) {
  const env = { ...process.env, ...environment }
  return spawn(process.execPath, [MAIN, 'up', '--port', '0', '-C', folder], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env,
  })
}

test('it makes the token, prints a link, and lets in whoever has one of them', async () => {
  const running = up()
  const ended = once(running, 'exit')
  let [url, link, printed] = ['', '', '']
  for await (const line of createInterface({ input: running.stderr })) {
    printed += line
    url ||= /Serving (\S+)/.exec(line)?.[1] ?? ''
    link ||= /(http\S+\/enter\/\S+)/.exec(line)?.[1] ?? ''
    if (line.includes('owner.token')) break
  }
  expect(link.startsWith(`${url}/enter/`)).toBe(true)
  const path = join(folder, 'owner.token')
  expect(statSync(path).mode & 0o777).toBe(0o600)
  const token = readFileSync(path, 'utf8').trim()
  expect(printed).not.toContain(token)
  const status = async (headers: Record<string, string>) =>
    (await fetch(`${url}/api/v1/views`, { headers })).status
  expect(await status({})).toBe(401)
  expect(await status({ authorization: `Bearer ${token}` })).toBe(200)
  const entered = await fetch(link, { redirect: 'manual' })
  const [cookie = ''] = (entered.headers.get('set-cookie') ?? '').split(';')
  expect([entered.status, entered.headers.get('location')]).toEqual([303, '/'])
  expect(await status({ cookie })).toBe(200)
  const another = await asof(folder, 'link')
  expect([another.code, (await fetch(another.out.trim(), { redirect: 'manual' })).status]).toEqual([0, 303])
  running.kill('SIGTERM')
  expect(await ended).toEqual([0, null])
  expect(readFileSync(path, 'utf8').trim(), 'and it stays').toBe(token)
}, 60_000)

test('without a server there is no link, and the remedy is told', async () => {
  const { code, err } = await asof(folder, 'link')
  expect([code, err]).toEqual([1, expect.stringMatching(/No server runs over .* asof up/)])
}, 60_000)

test('a variable that is none is refused by name', async () => {
  const refused = up({ ASOF_TOKEN: 'true' })
  let text = ''
  refused.stderr.on('data', (bytes) => {
    text += bytes
  })
  const [code] = await once(refused, 'close')
  expect([code, text]).toEqual([1, expect.stringContaining('ASOF_TOKEN is unknown (known are ASOF_TOKENS')])
}, 60_000)
