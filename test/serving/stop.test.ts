/** A supervisor stops the process that it started: the platform ends cleanly, seals what it did, and leaves nobody behind. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { asof } from '../support/cli.ts'
import { smallFolder } from '../support/small-folder.ts'

const LAUNCHER = fileURLToPath(new URL('../../serving/cli/asof.mjs', import.meta.url))
const path = mkdtempSync(join(tmpdir(), 'asof-stop-'))

beforeAll(async () => {
  await (await smallFolder(path, 0)).close()
}, 60_000)

afterAll(() => rmSync(path, { recursive: true, force: true }))

/** Starts the platform as `npx asof up` does. @returns its launcher, and where it listens */
async function up() {
  const args = [LAUNCHER, 'up', '-C', path, '--port', '0']
  const launcher = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'pipe'] })
  const ended = once(launcher, 'exit')
  for await (const line of createInterface({ input: launcher.stderr })) {
    const [, url] = /Serving (\S+)/.exec(line) ?? []
    if (url !== undefined) return { launcher, ended, url }
  }
  throw new Error('it never listened')
}

test('a launcher that is killed takes its platform with it, cleanly: nobody else knows that it holds the log', async () => {
  const { launcher, url } = await up()
  launcher.kill('SIGKILL')
  await expect
    .poll(
      () =>
        fetch(`${url}/health`).then(
          () => 'there',
          () => 'gone',
        ),
      { timeout: 10_000 },
    )
    .toBe('gone')
  // Whoever starts it again gets in.
  const again = await up()
  again.launcher.kill('SIGTERM')
  expect((await again.ended)[0]).toBe(0)
  expect((await asof(path, 'verify')).out).toContain(', 0 written and not yet sealed): no damage')
}, 60_000)

for (const signal of ['SIGTERM', 'SIGINT'] as const)
  test(`${signal} to the launcher ends the platform within 10 seconds, though a reader takes his time`, async () => {
    const { launcher, ended, url } = await up()
    expect((await fetch(`${url}/health`)).status).toBe(200)
    // The head of a request that never ends.
    const slow = connect(Number(new URL(url).port), '127.0.0.1')
    slow.on('error', () => undefined)
    await once(slow, 'connect')
    slow.write('GET /health HTTP/1.1\r\nHost: ')
    const from = performance.now()
    launcher.kill(signal)
    const [code] = await ended
    expect(code).toBe(0)
    expect(performance.now() - from).toBeLessThan(10_000)
    slow.destroy()
    await expect(fetch(`${url}/health`)).rejects.toThrow()
    // Nobody holds the log any more, and all of it is sealed.
    const { code: verified, out } = await asof(path, 'verify')
    expect(verified).toBe(0)
    expect(out).toContain(', 0 written and not yet sealed): no damage')
  }, 60_000)
