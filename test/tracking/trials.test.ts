/** Runs of a tracking client are trials: each counts from its start, for the gate too, and none is promoted on its word. */
import { rmSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { proveClaim } from '../../projections/experiment/claim.ts'
import { experiments } from '../../projections/experiment/experiments.ts'
import { relatedTrials } from '../../projections/experiment/ledger.ts'
import { foldTo } from '../../projections/runner.ts'
import { NO_STORE } from '../../projections/store.ts'
import { promote, sign } from '../../serving/actions.ts'
import { trialLedger } from '../../serving/trial-ledger.ts'
import { besieged } from '../attack/doors.ts'
import { tokenFor } from '../support/admitted.ts'
import { keyOfName } from '../support/keys.ts'
import type { MemoryPlatform } from '../support/memory-platform.ts'
import { type Desk, deskOf } from '../support/mlflow.ts'
import { openSmall } from '../support/small-folder.ts'
import { AUTHOR, judgeOn, MODEL, promoteRun, reportOn } from '../support/small-platform.ts'

let place: Awaited<ReturnType<typeof besieged>>
let platform: MemoryPlatform
let desk: Desk
let ann: Record<string, string>

beforeAll(async () => {
  place = await besieged('mlflow-trials')
  await place.platform.close()
  platform = await openSmall(place.path)
  await judgeOn(platform)
  desk = await deskOf(platform)
  const { authorization } = await tokenFor(platform, ['researcher'], AUTHOR)
  ann = { authorization }
})
afterAll(async () => {
  await desk.server.close()
  await platform.close()
  rmSync(place.path, { recursive: true, force: true })
})

const stateNow = async () => (await foldTo(platform.log, NO_STORE, experiments, {})).state

async function opened(experiment: string, more: object = {}): Promise<string> {
  const { body } = await desk.post('runs/create', { experiment_id: experiment, ...more }, ann)
  return (body.run as { info: { run_id: string } }).info.run_id
}

test('a run that was opened in the moment before a promotion counts for it', async () => {
  const { artifact, report } = reportOn(platform, 'small-h3-momentum')
  for (const member of ['bob', 'cat']) {
    const said = { model: MODEL, artifact, report, member, decision: 'approve', reason: 'read' } as const
    const privateKey = keyOfName(member)
    await sign(platform, { ...said, privateKey }, { actor: member, commandId: `${member}-before` })
  }
  await opened('0')
  const promotion = promote(platform, { model: MODEL, artifact }, { actor: 'bob', commandId: 'at-once' })
  await expect(promotion).rejects.toMatchObject({ fault: { code: 'model.report-stale' } })
})

test('a run of the author of a family counts for it from its start, deleted, failed or amended', async () => {
  const before = relatedTrials((await stateNow()).ledger, 'small').size
  const { body } = await desk.post('experiments/create', { name: 'notebook' }, ann)
  const experiment = String(body.experiment_id)
  const [kept, deleted, amended] = [
    await opened(experiment),
    await opened(experiment),
    await opened(experiment),
  ]
  await desk.post('runs/delete', { run_id: deleted }, ann)
  await desk.post('runs/update', { run_id: amended, status: 'FAILED', end_time: 1 }, ann)
  await desk.post('runs/update', { run_id: amended, status: 'RUNNING' }, ann)
  await desk.post('experiments/delete', { experiment_id: experiment }, ann)

  const state = await stateNow()
  const counted = [...relatedTrials(state.ledger, 'small')].slice(before)
  expect(counted.map(([run, relation]) => [run.slice(0, 32), relation])).toEqual([
    [kept, 'author'],
    [deleted, 'author'],
    [amended, 'author'],
    [amended, 'author'],
  ])
  // What the gate is handed has them too, without days.
  const gate = trialLedger(() => state).family('small')
  expect(gate.slice(before).map(({ family, own }) => [family, own])).toEqual(
    counted.map(() => ['notebook', null]),
  )
  expect(gate.at(-2)?.status).toBe('failed')
  const claim = proveClaim(state, { family: 'notebook', trials: [kept] })
  expect([claim.complete, claim.started, claim.missing.map(({ run }) => run.slice(0, 32))]).toEqual([
    false,
    4,
    [deleted, amended, amended],
  ])
})

test('a run of somebody else counts once it says that it was trained on the same training set', async () => {
  const { authorization } = await tokenFor(platform, ['researcher'], 'eve')
  const { body } = await desk.post('runs/create', { experiment_id: '0' }, { authorization })
  const run_id = (body.run as { info: { run_id: string } }).info.run_id
  const relationNow = async () => relatedTrials((await stateNow()).ledger, 'small').get(run_id)
  expect(await relationNow()).toBeUndefined()
  const { contentHash = '' } = (await stateNow()).trainingSets['small-h3']?.frozen ?? {}
  const dataset = { name: 'small-h3', digest: contentHash, source_type: 'asof', source: 'small-h3' }
  await desk.post('runs/log-inputs', { run_id, datasets: [{ dataset, tags: [] }] }, { authorization })
  expect(await relationNow()).toBe('data set')
})

test('a report that counted fewer trials is stale once a run was opened', async () => {
  await opened('0')
  await platform.drain()
  await expect(promoteRun(platform, 'small-h3-momentum')).rejects.toMatchObject({
    fault: { code: expect.stringMatching(/^(model|approval)\./) },
  })
})

/** A version whose only file has these bytes. */
async function registered(name: string, bytes: Uint8Array) {
  const run_id = await opened('0')
  const path = `/api/2.0/mlflow-artifacts/artifacts/0/${run_id}/artifacts/model/model.onnx`
  await desk.server.get(path, { method: 'PUT', body: Buffer.from(bytes) })
  await desk.post('registered-models/create', { name }, ann)
  const source = `runs:/${run_id}/model`
  const { body } = await desk.post('model-versions/create', { name, source, run_id }, ann)
  return body.model_version as Readonly<{ version: string; status: string; status_message: string }>
}

test('a model of a notebook fails by what it lacks; its alias stays a proposal', async () => {
  const made = await registered('notebook-model', Buffer.from('whatever'))
  expect(made.status).toBe('FAILED_REGISTRATION')
  expect(made.status_message).toContain('reproduction by the platform')
  const alias = { name: 'notebook-model', alias: 'champion', version: made.version }
  expect((await desk.post('registered-models/alias', alias, ann)).status).toBe(200)
  const asked = await desk.get('registered-models/alias', { name: 'notebook-model', alias: 'champion' })
  expect(asked).toMatchObject({ status: 404, body: { error_code: 'RESOURCE_DOES_NOT_EXIST' } })
  expect(asked.body.message).toContain('proposed for version 1')
  const stage = { name: 'notebook-model', version: made.version, stage: 'Production' }
  expect((await desk.post('model-versions/transition-stage', stage, ann)).status).toBe(403)
})

test('a file that a run of the platform made waits for the gate; its alias takes effect when it is promoted', async () => {
  const { artifact } = reportOn(platform, 'small-h3-momentum')
  const bytes = await platform.chunks.get(artifact)
  const made = await registered(MODEL, bytes)
  const version = async () =>
    (await desk.get('model-versions/get', { name: MODEL, version: made.version })).body.model_version
  // The gate has judged the file under this name before; whoever registers it has it judged again among the trials of now.
  await expect.poll(version, { timeout: 20_000 }).toMatchObject({ status: 'READY' })
  await desk.post('registered-models/alias', { name: MODEL, alias: 'champion', version: made.version }, ann)
  const champion = () => desk.get('registered-models/alias', { name: MODEL, alias: 'champion' })
  expect((await champion()).status).toBe(404)
  const { requestValidation } = await import('../../serving/actions.ts')
  await requestValidation(
    platform,
    { model: MODEL, run: 'small-h3-momentum' },
    { actor: AUTHOR, commandId: 'again' },
  )
  await promoteRun(platform, 'small-h3-momentum')
  expect((await champion()).body.model_version).toMatchObject({
    version: made.version,
    aliases: ['champion'],
  })
})
