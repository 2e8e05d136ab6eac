/** A sweep that was stopped between the start of a run and its end goes on as one that was not. */
import { expect, test } from 'vitest'
import { run as runDecider } from '../../commands/experiment/run.ts'
import { handle } from '../../commands/handle.ts'
import { RunFinished, RunStarted } from '../../schemas/events/experiment.ts'
import { actId, requestTrainingSet } from '../../serving/actions.ts'
import { runSweep, runsOf, type Sweep, trainingSetsOf } from '../../serving/sweep.ts'
import { originHere } from '../../serving/trainers/trial.ts'
import { experimentStream } from '../../streams/training/stream.ts'
import { eventsOf, type MemoryPlatform } from '../support/memory-platform.ts'
import { caseFile, ingested, LONG, sweepOf } from '../support/researched.ts'

const sweep: Sweep = { ...sweepOf('long-only'), alphas: [1, 10, 100] }

const toldOf = async ({ log }: MemoryPlatform) =>
  (await eventsOf(log))
    .filter(({ type }) => type === RunStarted.type || type === RunFinished.type)
    .map(({ type, data }) => `${type} ${Reflect.get(data as object, 'run')}`)

/** The first run stands in the log as started, and nobody has trained it. */
async function stoppedAtTheFirst(platform: MemoryPlatform): Promise<void> {
  const [set] = trainingSetsOf(sweep, platform.folds.features.state())
  await requestTrainingSet(platform, set, { actor: 'ann', commandId: actId('training-set', set) })
  const view = platform.folds.experiments.state().trainingSets[set.trainingSet]
  const hash = view.frozen?.contentHash ?? ''
  const [spec] = runsOf(sweep, () => hash, { ...originHere(), author: 'ann' })
  const command = {
    kind: 'start',
    spec,
    columns: view.frozen?.features ?? [],
    trainingSet: view.spec,
    policy: null,
  } as const
  await handle(platform, runDecider, {
    stream: experimentStream(spec.run),
    command,
    commandId: actId('run', spec),
    context: { now: platform.moment.nowMicros(), actor: 'ann' },
  })
  await platform.lanes.settle()
}

test('what was started is trained before the next run begins', async () => {
  const research = {
    path: caseFile('delisting-return-erased.csv.gz'),
    dataset: LONG,
    features: { mom: 'close / delay(close, 20) - 1' },
  }
  const [whole, stopped] = [await ingested(research), await ingested(research)]
  await runSweep(whole, sweep, { actor: 'ann' })
  await stoppedAtTheFirst(stopped)
  expect(await toldOf(stopped)).toHaveLength(1)
  await runSweep(stopped, sweep, { actor: 'ann' })
  expect(await toldOf(stopped)).toEqual(await toldOf(whole))
  expect(await toldOf(stopped)).toHaveLength(2 * sweep.alphas.length)
})
