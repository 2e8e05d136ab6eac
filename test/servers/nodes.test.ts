/**
 * Several machines on one log, as processes: each works its lanes, one is killed, and another goes on; nothing is doubled or lost. `npm run
 * suite:servers` runs it, for it takes long on a busy machine; it needs no server but the small one of `test/support`.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { RunFinished, TrainingSetFrozen } from '../../schemas/events/experiment.ts'
import { GateReported } from '../../schemas/events/model.ts'
import { requestTrainingSet, requestValidation, startRun } from '../../serving/actions.ts'
import { openArchive } from '../../serving/archive.ts'
import { PlayedClock } from '../../serving/clock.ts'
import { leasesOf } from '../../serving/nodes/leases.ts'
import { liveNode, takeLive } from '../../serving/nodes/live-node.ts'
import { openPlatform } from '../../serving/platform.ts'
import { replayLanes } from '../../serving/replaying/lanes.ts'
import { verifyFolder } from '../../serving/sealing.ts'
import { until } from '../contract/vocabulary.ts'
import { KurrentServer } from '../support/kurrentdb-server.ts'
import { eventsOf } from '../support/memory-platform.ts'
import { openSmall } from '../support/small-folder.ts'
import { act, beginOn, HISTORY_DAYS, MODEL, runOf, trainingSetOf } from '../support/small-platform.ts'
import { closeOf } from '../support/small-world.ts'

const MAIN = fileURLToPath(new URL('../../serving/cli/main.ts', import.meta.url))
const root = mkdtempSync(join(tmpdir(), 'asof-nodes-'))
const server = new KurrentServer()
const running = new Set<ChildProcess>()
beforeAll(async () => {
  await server.start()
})
afterAll(async () => {
  for (const child of running) child.kill('SIGKILL')
  server.stop()
  rmSync(root, { recursive: true })
})

function machine(name: string, of?: string): string {
  const path = join(root, name)
  mkdirSync(path, { recursive: true })
  const url = `kurrentdb://127.0.0.1:${server.port}?tls=false`
  writeFileSync(join(path, 'asof.yaml'), `kurrentdb: { url: "${url}", leaseSeconds: 2 }\n`)
  if (of === undefined) return path
  cpSync(join(of, 'keys'), join(path, 'keys'), { recursive: true })
  symlinkSync(join(of, 'chunks'), join(path, 'chunks'))
  return path
}

/** `asof up` as a person starts it; what it has said so far. */
function up(path: string, ...args: readonly string[]) {
  const child = spawn(process.execPath, [MAIN, 'up', '--port', '0', '-C', path, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  running.add(child)
  const said = { text: '' }
  const hear = (data: Buffer) => {
    said.text += data.toString()
  }
  child.stdout.on('data', hear)
  child.stderr.on('data', hear)
  const says = async (words: string) => {
    await until(() => said.text.includes(words) || child.exitCode !== null)
    expect(said.text).toContain(words)
  }
  const end = async (signal: NodeJS.Signals) => {
    const closed = once(child, 'close')
    child.kill(signal)
    await closed
    running.delete(child)
  }
  return { said, says, end }
}

test.skipIf(process.env.TEST_NODES === undefined)(
  'one machine acts, two train and judge: one of them is killed at work, and everything is answered once',
  async () => {
    const first = machine('first')
    const begun = await openSmall(first)
    await beginOn(begun)
    await begun.close()

    const leases = await leasesOf(first)
    const live = await takeLive(leases, new AbortController().signal, () => undefined)
    if (live === null) throw new Error('nobody else is there')
    const nodes = await liveNode(leases, live, ['live'])
    const moment = new PlayedClock(closeOf(HISTORY_DAYS))
    const platform = await openPlatform({ path: first, moment, threads: true, nodes })
    const following = nodes.follow(platform)
    const workers = [up(machine('second', first), '--lanes', 'research', 'gate')]
    await workers[0].says('Ready for lanes: research, gate')
    workers.push(up(machine('third', first), '--lanes', 'research', 'gate'))
    await workers[1].says('Ready for lanes')

    await requestTrainingSet(platform, trainingSetOf(3), act('set'))
    const { frozen } = platform.folds.experiments.state().trainingSets['small-h3']
    const specs = ['momentum', 'noise'].map((subset) => runOf(subset, 3, frozen?.contentHash ?? ''))
    const started = specs.map((spec) => startRun(platform, spec, act(`run-${spec.run}`)))
    await workers[0].end('SIGKILL')
    await Promise.all(started)
    const runs = specs.map(({ run }) => run)
    for (const run of runs) await requestValidation(platform, { model: MODEL, run }, act(`validate-${run}`))
    expect(workers[1].said.text).toContain('lane of')

    const events = await eventsOf(platform.log)
    const answers = (type: string) => events.filter((event) => event.type === type)
    expect(answers(TrainingSetFrozen.type)).toHaveLength(1)
    expect(
      answers(RunFinished.type)
        .map(({ data }) => (data as { run: string }).run)
        .toSorted(),
    ).toEqual(runs.toSorted())
    expect(answers(GateReported.type)).toHaveLength(2)
    expect(new Set(events.map(({ id }) => id)).size).toBe(events.length)
    expect(server.stream('asof-log')).toHaveLength(events.length)

    await platform.close()
    await following.end()
    await workers[1].end('SIGTERM')
    for (const path of [first, join(root, 'third')])
      expect((await verifyFolder(path, {})).damages).toEqual([])
    const archive = openArchive(first)
    const replayed = await replayLanes(archive, { from: 1, to: events.length })
    expect(replayed.differences).toBe(0)
    await archive.close()
  },
  180_000,
)

test.skipIf(process.env.TEST_NODES === undefined)(
  'who acts is killed: the machine that waits takes over, and serves',
  async () => {
    const first = join(root, 'first')
    const acting = up(first, '--lanes', 'live')
    await acting.says('Serving http')
    const waiting = up(machine('fourth', first), '--lanes', 'live')
    await waiting.says('Waiting to take it over')
    expect(waiting.said.text).not.toContain('Serving')
    await acting.end('SIGKILL')
    await waiting.says('Serving http')
    const [, url] = /Serving (\S+)/.exec(waiting.said.text) ?? []
    expect((await fetch(`${url}/health`)).status).toBe(200)
    await waiting.end('SIGTERM')
  },
  120_000,
)

test('lanes are shared on KurrentDB alone', async () => {
  const alone = up(join(root, 'alone'), '--lanes', 'research')
  await alone.says('only a log on KurrentDB has several machines')
})
