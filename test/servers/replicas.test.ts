/** `asof serve --replicas 4` beside `asof up`, as programs: one port, four processes, the bits of one, and one that is killed is replaced. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { isEvent } from '../../schemas/event.ts'
import { PredictionServed } from '../../schemas/events/prediction.ts'
import { openArchive } from '../../serving/archive.ts'
import { upOver } from '../support/doors.ts'
import { smallFolder } from '../support/small-folder.ts'
import { MODEL } from '../support/small-platform.ts'
import { freePorts } from './daemon.ts'

const MAIN = join(import.meta.dirname, '..', '..', 'serving', 'cli', 'main.ts')
const REPLICAS = 4

describe.skipIf(process.env.TEST_NODES === undefined)(
  'four replicas (skipped without npm run suite:servers)',
  () => {
    const path = mkdtempSync(join(tmpdir(), 'asof-replicas-'))
    let writer: Awaited<ReturnType<typeof upOver>>
    let replicas: ChildProcess
    let url: string

    beforeAll(async () => {
      await (await smallFolder(path, 2)).close()
      writer = await upOver(path)
      const port = await freePorts(2)
      url = `http://127.0.0.1:${port}`
      const args = ['serve', '--replicas', String(REPLICAS), '--port', String(port), '-C', path]
      replicas = spawn(process.execPath, [MAIN, ...args], { stdio: ['ignore', 'ignore', 'inherit'] })
      const ready = () => fetch(`${url}/v2/models/${MODEL}/ready`).catch(() => null)
      for (let tries = 0; tries < 600 && !(await ready())?.ok; tries++) await sleep(100)
    }, 120_000)
    afterAll(async () => {
      const ended = once(replicas, 'exit')
      replicas.kill('SIGTERM')
      await ended
      await writer.stop()
      rmSync(path, { recursive: true, force: true })
    }, 60_000)

    const ask = async (to: string) => {
      const inputs = [{ name: 'features', datatype: 'FP64', shape: [1, 2], data: [1 / 3, -1e-9] }]
      const reply = await fetch(`${to}/v2/models/${MODEL}/infer`, {
        method: 'POST',
        headers: { connection: 'close' },
        body: JSON.stringify({ inputs }),
      })
      const { outputs } = (await reply.json()) as { outputs: readonly { data: readonly number[] }[] }
      return outputs[0]?.data[0]
    }
    const processes = async () => {
      const names = await Promise.all(
        Array.from({ length: 60 }, async () => {
          // What is handed to a process that is killed just then is answered by nobody.
          const signal = AbortSignal.timeout(2_000)
          const reply = await fetch(`${url}/health`, { headers: { connection: 'close' }, signal })
          return ((await reply.json()) as { server: string }).server
        }),
      )
      return new Set(names)
    }

    test('answer with the bits of the writer, each an event of the one log', async () => {
      const score = await ask(writer.url)
      const scores = await Promise.all(Array.from({ length: 100 }, () => ask(url)))
      expect(new Set(scores)).toEqual(new Set([score]))
      for (let tries = 0; tries < 100 && (await processes()).size < REPLICAS; tries++) await sleep(200)
      expect((await processes()).size).toBe(REPLICAS)
      const archive = openArchive(path)
      let events = 0
      for await (const batch of archive.log.readAll(1, { types: [PredictionServed.type] }))
        events += batch.filter((event) => isEvent(PredictionServed, event)).length
      await archive.close()
      expect(events).toBe(101)
    }, 60_000)

    test('go on where one of them is killed, which is replaced', async () => {
      const before = await processes()
      const [child] = execFileSync('pgrep', ['-P', String(replicas.pid)], { encoding: 'utf8' }).split('\n')
      process.kill(Number(child), 'SIGKILL')
      const isNew = async () => [...(await processes())].some((name) => !before.has(name))
      let isReplaced = false
      for (let tries = 0; tries < 200 && !isReplaced; tries++) {
        isReplaced = await isNew().catch(() => false)
        await sleep(100)
      }
      expect(isReplaced).toBe(true)
      expect(await ask(url)).toBe(await ask(writer.url))
    }, 60_000)
  },
)
