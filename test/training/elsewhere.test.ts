import { describe, expect, test } from 'vitest'
import type { GateReport } from '../../commands/gate/report-form.ts'
import { RunFinished } from '../../schemas/events/experiment.ts'
import { RunTrained, type TrainerSpec } from '../../schemas/events/trainer.ts'
import { refuse } from '../../schemas/kernel/fault.ts'
import { requestValidation } from '../../serving/actions.ts'
import { replay } from '../../serving/replaying/replay.ts'
import { differencesOf } from '../../serving/trainers/compare.ts'
import { trainingConfig } from '../../serving/trainers/config.ts'
import type { Executor, Made } from '../../serving/trainers/port.ts'
import { reproduce } from '../../serving/trainers/reproduce.ts'
import { siteWith } from '../../serving/trainers/site.ts'
import { trainSplits } from '../../serving/trainers/train.ts'
import { runTrial } from '../../serving/trainers/trial.ts'
import { wireAll } from '../../serving/wire.ts'
import {
  begun,
  CONFIG,
  executorOf,
  FAILED,
  PROGRAM,
  ridgeOn,
  specOf,
  tried,
} from '../support/admitted-trainer.ts'
import { eventsOf } from '../support/memory-platform.ts'
import { act, MODEL, reportOn, SMALL_POLICY } from '../support/small-platform.ts'

describe('a trainer that fits what the built-in one fits', () => {
  test('is judged as that one is, by the platform, and everything after the models replays without it', async () => {
    const platform = await begun()
    const run = await tried(platform, executorOf(ridgeOn))
    const own = specOf(platform, 'ridge')
    await runTrial(platform, own, act('own'))
    const { runs } = platform.folds.experiments.state()
    expect(run).toMatchObject({ status: 'finished', missing: [] })
    // The same file; and of scores that a matrix product made, the same book but for its last bits.
    expect(run.artifact).toBe(runs[own.run].artifact)
    for (const [name, value] of Object.entries(runs[own.run].metrics))
      expect(run.metrics[name], name).toBeCloseTo(value, 9)

    const events = await eventsOf(platform.log)
    const [attested] = events.filter(({ type }) => type === RunTrained.type)
    expect(attested).toMatchObject({
      actor: 'ann',
      data: { folds: { length: 4 }, executor: 'test', failure: null },
    })
    const finished = events.findLast(
      ({ type, data }) => type === RunFinished.type && (data as { run: string }).run === run.spec.run,
    )
    expect(finished?.commandId).toBe(`training/${attested.position}/0`)

    const scheme = SMALL_POLICY.validation
    await trainSplits(platform, run.spec.run, {
      ...act('splits'),
      scheme,
      site: siteWith(CONFIG, executorOf(ridgeOn)),
    })
    const fans = []
    // Both made one file, of which one report stands: the latest.
    for (const one of [run.spec.run, own.run]) {
      await requestValidation(platform, { model: MODEL, run: one }, act(`validate-${one}`))
      const { report } = reportOn(platform, one)
      const { sections } = JSON.parse(String(Buffer.from(await platform.chunks.get(report)))) as GateReport
      fans.push(sections.crossValidation)
    }
    const [fan, ownFan] = fans.map((one) => (one.kind === 'measured' ? one.value : null))
    expect(fan?.folds).toBe(10)
    expect(fan?.medianSharpe).toBeCloseTo(ownFan?.medianSharpe ?? Number.NaN, 9)
    expect(fan?.worstDrawdown).toBeCloseTo(ownFan?.worstDrawdown ?? Number.NaN, 9)

    const { position: to } = await platform.log.head()
    const replayed = await replay(platform.log, wireAll(platform.chunks), { from: 1, to })
    expect(replayed).toMatchObject({ first: null, differences: 0 })
    expect(replayed.equal).toMatchObject({ [RunFinished.type]: 2 })
  })

  test('without the models of its splits has no fan, which a policy refuses', async () => {
    const platform = await begun()
    const run = await tried(platform, executorOf(ridgeOn))
    await requestValidation(platform, { model: MODEL, run: run.spec.run }, act('validate'))
    const { report } = reportOn(platform, run.spec.run)
    const { sections } = JSON.parse(String(Buffer.from(await platform.chunks.get(report)))) as GateReport
    expect(sections.crossValidation).toMatchObject({
      kind: 'insufficient',
      reason: expect.stringContaining('not run again'),
    })
  })
})

describe('what becomes of a trial', () => {
  test.each([
    ['it fell over', (): Made => FAILED],
    [
      'it is no ONNX file',
      (): Made => ({ ...FAILED, failure: null, model: Buffer.from('not an ONNX file') }),
    ],
  ])('that fails: %s', async (reason, made) => {
    const platform = await begun()
    const run = await tried(platform, executorOf(made))
    expect(run).toMatchObject({ status: 'failed', artifact: null })
    expect(run.failure).toContain(reason)
    const { families } = platform.folds.experiments.state()
    expect(families.small).toEqual([run.spec.run])
    // The same again is the same trial, and stays what it came to.
    expect(await tried(platform, executorOf(ridgeOn))).toMatchObject({ status: 'failed' })
  })

  test('in a place that breaks down: tried again, and ended where it goes on', async () => {
    let asked = 0
    const lost: Made = { ...FAILED, failure: 'the place is gone', isLost: true }
    const once = executorOf((job) => (asked++ === 0 ? lost : ridgeOn(job)))
    expect(await tried(await begun(), once)).toMatchObject({ status: 'finished' })
    expect(asked).toBe(6)
    expect(
      await tried(
        await begun(),
        executorOf(() => lost),
      ),
    ).toMatchObject({ status: 'failed' })
  })

  test('that was started before a stop: trained when it is asked for again', async () => {
    const platform = await begun()
    const stopped = executorOf(() => Promise.reject(new Error('the machine is off')))
    await expect(tried(platform, stopped)).rejects.toThrow('the machine is off')
    const { runs } = platform.folds.experiments.state()
    expect(runs['small-mine-1']).toMatchObject({ status: 'running', trained: null })
    expect(await tried(platform, executorOf(ridgeOn))).toMatchObject({ status: 'finished' })
  })

  test('that is cancelled between two jobs: it has failed by that, and counts', async () => {
    const platform = await begun()
    let asked = 0
    const beginning = () => {
      if (++asked > 2) throw refuse('work.cancelled', { work: 'w', by: 'ann' })
    }
    const site = siteWith(CONFIG, executorOf(ridgeOn))
    const trying = runTrial(platform, specOf(platform, 'mine-1'), { ...act('run'), site, beginning })
    await expect(trying).rejects.toMatchObject({ fault: { code: 'work.cancelled' } })
    expect(platform.folds.experiments.state().runs['small-mine-1']).toMatchObject({ status: 'failed' })
  })

  test('whose models somebody attests twice, or for another start: only the first counts', async () => {
    const platform = await begun()
    const run = await tried(platform, executorOf(ridgeOn))
    const { artifact, started } = run
    const forged = {
      run: run.spec.run,
      artifact: 'f'.repeat(64),
      folds: [],
      told: [],
      executor: 'x',
      notHeld: [],
      seconds: 0,
      failure: null,
    }
    for (const at of [started, started + 1]) {
      const draft = RunTrained.draft({ ...forged, started: at }, { eventTime: 0, knownAt: 0 })
      const stream = `forged-${at}`
      await platform.log.append({
        stream,
        expected: 0,
        events: [draft],
        commandId: stream,
        actor: 'eve',
        correlationId: 'x',
        causationId: null,
      })
    }
    await platform.drain()
    expect(platform.folds.experiments.state().runs[run.spec.run]).toMatchObject({
      status: 'finished',
      artifact,
    })
  })
})

test.each<[string, Partial<TrainerSpec>]>([
  ['verified commit signature', { commit: { sha: 'a'.repeat(40), signature: 'unsigned', tree: 'clean' } }],
  ['lockfile', { lockfile: null }],
  ['environment as it is locked', { unlocked: ['numpy-2.4.0'] }],
])('without a %s a run is finished, counts, and cannot be judged', async (missing, change) => {
  const platform = await begun(change)
  const run = await tried(platform, executorOf(ridgeOn))
  expect(run).toMatchObject({ status: 'finished', missing: [missing] })
  const asked = requestValidation(platform, { model: MODEL, run: run.spec.run }, act('validate'))
  const refused = { fault: { code: 'experiment.run-incomplete', detail: { missing } } }
  await expect(asked).rejects.toMatchObject(refused)
})

test('what a place does not hold bars the run from promotion, by name', async () => {
  const run = await tried(await begun(), executorOf(ridgeOn, ['network']))
  expect(run.missing).toEqual(['a sandbox that holds network'])
})

test('a trainer that was not admitted, and an environment that is another one now, start nothing', async () => {
  const platform = await begun()
  const spec = specOf(platform, 'mine-1')
  const site = siteWith(CONFIG, executorOf(ridgeOn))
  const other = { ...spec, trainer: 'nobody' }
  await expect(runTrial(platform, other, { ...act('a'), site })).rejects.toMatchObject({
    fault: { code: 'experiment.unknown-trainer' },
  })
  const elsewhere = { ...spec, environment: 'another' }
  await expect(runTrial(platform, elsewhere, { ...act('b'), site })).rejects.toMatchObject({
    fault: { code: 'experiment.other-code' },
  })
  const changed = trainingConfig.parse({ environments: { node: { run: [PROGRAM, '--other'] } } })
  const moved = siteWith(changed, executorOf(ridgeOn))
  await expect(runTrial(platform, spec, { ...act('c'), site: moved })).rejects.toMatchObject({
    fault: { code: 'trainer.other-environment' },
  })
})

test('a run is trained again from the log: the same bytes, or what is not as it was', async () => {
  const platform = await begun()
  const run = await tried(platform, executorOf(ridgeOn))
  const own = specOf(platform, 'ridge')
  await runTrial(platform, own, act('own'))
  const { chunks } = platform
  const state = platform.folds.experiments.state()
  const { position } = await platform.log.head()
  const again = (name: string, executor: Executor, config = CONFIG) =>
    reproduce({ state, chunks, site: siteWith(config, executor) }, name)

  const same = await again(run.spec.run, executorOf(ridgeOn))
  expect(same).toMatchObject({ isEqual: true, changed: [], failure: null })
  expect(same.parts.map(({ what }) => what)).toEqual([
    'model',
    ...[1, 2, 3, 4].map((k) => `model of fold ${k}`),
  ])
  const other = executorOf((job) => ridgeOn({ ...job, told: { ...job.told, params: { alpha: 2 } } }))
  expect(await again(run.spec.run, other)).toMatchObject({ isEqual: false, changed: [], failure: null })
  expect(
    await again(
      run.spec.run,
      executorOf(() => FAILED),
    ),
  ).toMatchObject({ isEqual: false, failure: 'it fell over' })
  const moved = trainingConfig.parse({ environments: { node: { run: [PROGRAM, '--other'] } } })
  const { changed } = await again(run.spec.run, executorOf(ridgeOn), moved)
  expect(changed).toEqual([expect.stringMatching(/^environment: [0-9a-f]{64} then, [0-9a-f]{64} now$/)])

  const built = await again(own.run, executorOf(ridgeOn))
  expect(built.isEqual).toBe(true)
  expect(built.changed[0]).toContain(`code: commit ${'0'.repeat(40)} then`)
  expect((await platform.log.head()).position).toBe(position)

  const found = differencesOf(state.runs[own.run], run)
  expect(found).toContainEqual({ of: 'code', what: 'trainer', one: 'ridge', other: 'mine-1' })
  expect(found.filter(({ of }) => of === 'data' || of === 'parameters' || of === 'book')).toEqual([])
})
