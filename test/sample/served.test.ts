/** `npm start`: the sample is served from before its first event, and one that is interrupted goes on the next time. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, test } from 'vitest'
import { asof } from '../support/cli.ts'

const LAUNCHER = fileURLToPath(new URL('../../serving/cli/asof.mjs', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'asof-served-'))
/** What follows waits for a lane that steps back behind whatever else this machine does. */
const BEFORE_TRAINING = 8
afterAll(() => rmSync(folder, { recursive: true, force: true }))

async function start() {
  const args = [LAUNCHER, 'sample', '-C', folder, '--port', '0', '--until', '2010-02-01']
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'pipe'] })
  const ended = once(child, 'exit')
  const printed: string[] = []
  const lines = createInterface({ input: child.stderr }).on('line', (line) => printed.push(line))
  const urlIn = () => printed.flatMap((line) => /Serving (\S+)/.exec(line)?.[1] ?? [])
  for (; urlIn().length === 0; await once(lines, 'line'));
  const events = async (): Promise<number> => {
    const [url] = urlIn()
    expect((await fetch(`${url}/`)).status).toBe(200)
    const { log } = (await (await fetch(`${url}/health`)).json()) as { log: { position: number } }
    return log.position
  }
  return { child, ended, printed, events }
}

test('the first page is there at once and fills up; broken off, the sample is sound and goes on', async () => {
  const first = await start()
  const atOnce = await first.events()
  expect(atOnce).toBeLessThan(10)
  while ((await first.events()) < BEFORE_TRAINING) await setTimeout(50)
  first.child.kill('SIGINT')
  expect(await first.ended).toEqual([0, null])
  expect(first.printed.at(-1)).toContain('broken off')
  const { code, out } = await asof(folder, 'verify')
  expect([code, out]).toEqual([0, expect.stringContaining('0 written and not yet sealed): no damage')])

  const again = await start()
  const there = await again.events()
  expect(there).toBeGreaterThanOrEqual(BEFORE_TRAINING)
  while ((await again.events()) < there + 2) await setTimeout(50)
  again.child.kill('SIGTERM')
  expect(await again.ended).toEqual([0, null])
}, 120_000)
