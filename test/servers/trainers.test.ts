/** The examples of trainers in Python, with the packages that their users have, in the sandbox: trained, judged, and trained again. */
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { GateReport } from '../../commands/gate/report-form.ts'
import { requestTrainingSet, requestValidation } from '../../serving/actions.ts'
import { ROOT } from '../../serving/root.ts'
import { admission, admitTrainer } from '../../serving/trainers/admit.ts'
import { type TrainingConfig, trainingConfig } from '../../serving/trainers/config.ts'
import { localExecutor } from '../../serving/trainers/local.ts'
import { reproduce } from '../../serving/trainers/reproduce.ts'
import { sandboxProblem } from '../../serving/trainers/sandbox.ts'
import { siteWith } from '../../serving/trainers/site.ts'
import { trainSplits } from '../../serving/trainers/train.ts'
import { runTrial } from '../../serving/trainers/trial.ts'
import { type MemoryPlatform, memoryPlatform } from '../support/memory-platform.ts'
import {
  act,
  beginOn,
  MODEL,
  reportOn,
  runOf,
  SMALL_POLICY,
  trainingSetOf,
} from '../support/small-platform.ts'
import { repositoryIn } from '../support/trainer-repository.ts'

const PYTHON = process.env.TEST_TRAINERS_PYTHON
const why = PYTHON === undefined ? 'no Python with LightGBM' : await sandboxProblem()
const EXAMPLES = join(ROOT, 'serving/examples/python')

describe.skipIf(why !== null)(`trainers in Python ${why === null ? '' : `(skipped: ${why})`}`, () => {
  let platform: MemoryPlatform
  let config: TrainingConfig
  let code: ReturnType<typeof repositoryIn>

  beforeAll(async () => {
    platform = await memoryPlatform()
    await beginOn(platform, SMALL_POLICY)
    await requestTrainingSet(platform, trainingSetOf(1), act('set'))
    const python = PYTHON ?? ''
    const base = execFileSync(python, ['-c', 'import sys; print(sys.base_prefix)'], {
      encoding: 'utf8',
    }).trim()
    code = repositoryIn()
    config = trainingConfig.parse({
      allowedSigners: code.allowedSigners,
      repositories: { examples: code.place },
      environments: {
        python: { run: [python], mounts: [dirname(dirname(python)), ...(base === '/usr' ? [] : [base])] },
      },
      limits: { seconds: 300 },
      atOnce: 2,
    })
    const files = readdirSync(EXAMPLES).filter((name) => /\.(?:py|txt)$/.test(name))
    code.commit(Object.fromEntries(files.map((name) => [name, readFileSync(join(EXAMPLES, name))])), code.own)
  })
  afterAll(() => code.remove())

  test.each([
    ['train_sklearn.py', [{ name: 'alpha', value: 1 }]],
    ['train_forest.py', [{ name: 'trees', value: 20 }]],
    [
      'train_lightgbm.py',
      [
        { name: 'rounds', value: 20 },
        { name: 'num_leaves', value: 7 },
        { name: 'learning_rate', value: 0.1 },
      ],
    ],
    [
      'train_xgboost.py',
      [
        { name: 'rounds', value: 20 },
        { name: 'max_depth', value: 3 },
        { name: 'eta', value: 0.1 },
      ],
    ],
    [
      'train_catboost.py',
      [
        { name: 'rounds', value: 20 },
        { name: 'depth', value: 3 },
        { name: 'learning_rate', value: 0.1 },
      ],
    ],
  ])(
    '%s: a run that lacks nothing, and the same bytes once more',
    async (entry, params) => {
      const trainer = entry.replace('.py', '-1')
      const asked = {
        trainer,
        repository: 'examples',
        environment: 'python',
        commit: 'main',
        entry,
        lockfile: 'requirements.txt',
      }
      await admitTrainer(platform, admission.parse(asked), { ...act(`admit-${trainer}`), config })
      const { trainers, trainingSets } = platform.folds.experiments.state()
      const { commit, environment, unlocked } = trainers[trainer].spec
      expect(unlocked).toEqual([])
      const origin = { run: trainer, trainer, params, commit, environment, folds: 2 }
      const spec = { ...runOf('momentum', 1, trainingSets['small-h1'].frozen?.contentHash ?? ''), ...origin }
      const site = siteWith(config, localExecutor(config.atOnce))
      await runTrial(platform, spec, { ...act(`run-${trainer}`), site })
      expect(platform.folds.experiments.state().runs[trainer]).toMatchObject({
        status: 'finished',
        missing: [],
        failure: null,
      })

      const again = await reproduce(
        { state: platform.folds.experiments.state(), chunks: platform.chunks, site },
        trainer,
      )
      expect(again).toMatchObject({ failure: null, changed: [], isEqual: true })
    },
    300_000,
  )

  test('LightGBM is judged by models that were trained again on every split', async () => {
    const run = 'train_lightgbm-1'
    const site = siteWith(config, localExecutor(config.atOnce))
    await trainSplits(platform, run, { ...act('splits'), site, scheme: SMALL_POLICY.validation })
    await requestValidation(platform, { model: MODEL, run }, act('validate'))
    const { report } = reportOn(platform, run)
    const { sections } = JSON.parse(String(Buffer.from(await platform.chunks.get(report)))) as GateReport
    expect(sections.crossValidation).toMatchObject({ kind: 'measured', value: { folds: 10 } })
  }, 300_000)
})
