/**
 * LightGBM on the us20 sample the whole way: trained in the sandbox, judged by models that were made again on every split, approved by two
 * signatures, in force, served, watched for drift, and replayed where there is no Python. The years are fewer, and the policy asks for
 * little: what passes here says nothing of the model, whose figures are printed.
 */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { afterAll, describe, expect, test } from 'vitest'
import type { GateReport } from '../../commands/gate/report-form.ts'
import { parseMoment } from '../../schemas/kernel/time.ts'
import { servedModels } from '../../serving/inference/models.ts'
import { replay } from '../../serving/replaying/replay.ts'
import { ROOT } from '../../serving/root.ts'
import { playSample } from '../../serving/sample/run.ts'
import { US20_LIGHTGBM } from '../../serving/sample/samples.ts'
import { reproduce } from '../../serving/trainers/reproduce.ts'
import { sandboxProblem } from '../../serving/trainers/sandbox.ts'
import { siteOf } from '../../serving/trainers/site.ts'
import { wireLane } from '../../serving/wire.ts'
import { repositoryIn } from '../support/trainer-repository.ts'

const PYTHON = process.env.TEST_TRAINERS_PYTHON
const why = PYTHON === undefined ? 'no Python with LightGBM' : await sandboxProblem()
const EXAMPLES = join(ROOT, 'serving/examples/python')
const [FROM, UNTIL] = ['2003-01-01', '2010-04-01']
const MODEL = US20_LIGHTGBM.model

const POLICY = `version: 1
note: A suite's, which asks for little.
quorum: { required: 2 }
gate:
  - { test: held-out-days, comparison: at-least, threshold: 250 }
  - { test: cpcv-share-below-zero, comparison: at-most, threshold: 0.99 }
validation: { groups: 4, testGroups: 2, embargoDays: 10 }
sharpe: { windowDays: 21, deviations: 2, direction: below, fractionAfter: 0.5 }
`

describe.skipIf(why !== null)(`LightGBM on us20 ${why === null ? '' : `(skipped: ${why})`}`, () => {
  const folder = mkdtempSync(join(tmpdir(), 'asof-lightgbm-'))
  const code = repositoryIn()
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true })
    code.remove()
  })

  /** A file of the sample from one day to another, under its name. */
  const shortened = (path: string): string => {
    const [header, ...lines] = gunzipSync(readFileSync(path)).toString().trimEnd().split('\n')
    const kept = lines.filter((line) => line >= FROM && line < UNTIL)
    const short = join(folder, path.split('/').at(-1) ?? '')
    writeFileSync(short, gzipSync(`${[header, ...kept].join('\n')}\n`))
    return short
  }

  test('goes the whole way', async () => {
    const files = readdirSync(EXAMPLES).filter((name) => /\.(?:py|txt)$/.test(name))
    code.commit(Object.fromEntries(files.map((name) => [name, readFileSync(join(EXAMPLES, name))])), code.own)
    const python = PYTHON ?? ''
    const base = execFileSync(python, ['-c', 'import sys; print(sys.base_prefix)'], {
      encoding: 'utf8',
    }).trim()
    const mounts = [dirname(dirname(python)), ...(base === '/usr' ? [] : [base])]
    const training = {
      ...{ allowedSigners: code.allowedSigners, repositories: { examples: code.place }, atOnce: 2 },
      environments: { lightgbm: { run: [python], mounts } },
    }
    const path = join(folder, 'platform')
    const policy = join(folder, 'policy.yaml')
    writeFileSync(policy, POLICY)
    const plan = {
      ...US20_LIGHTGBM,
      policy,
      prices: { ...US20_LIGHTGBM.prices, files: US20_LIGHTGBM.prices.files.map(shortened) },
      given: [],
    }
    execFileSync('mkdir', ['-p', path])
    writeFileSync(join(path, 'asof.yaml'), JSON.stringify({ training }))
    const begun = performance.now()
    const sweep = { horizons: [21], folds: 3, from: '2004-01-01' }
    const platform = await playSample({ path, plan, sweep, until: parseMoment(UNTIL) })
    try {
      const { runs } = platform.folds.experiments.state()
      expect(Object.values(runs).map(({ status, missing }) => [status, missing])).toEqual([
        ['finished', []],
        ['finished', []],
      ])
      const view = platform.folds.registry.state().models[MODEL]
      const reports = Object.values(view.reports)
      for (const report of reports) {
        const { sections } = JSON.parse(
          String(Buffer.from(await platform.chunks.get(report.report))),
        ) as GateReport
        expect(sections.crossValidation).toMatchObject({ kind: 'measured', value: { folds: 6 } })
        const measured = Object.entries(runs[report.run].metrics).map(
          ([key, value]) => `${key} ${value.toPrecision(3)}`,
        )
        process.stdout.write(`${report.run}, ${report.verdict}: ${measured.join(', ')}\n`)
        for (const { test: name, value } of report.tests) process.stdout.write(`  ${name} ${value}\n`)
      }
      expect(view.live).toMatchObject({ approvals: ['cio', 'head-of-risk'] })

      const live = view.live?.run ?? ''
      const { features } = runs[live].spec
      const served = await servedModels({ ...platform, position: () => 1 }).find(MODEL)
      const [score] = await served.predict(new Float64Array(features.length))
      expect(Number.isFinite(score)).toBe(true)
      const { position } = await platform.log.head()
      const counted: Record<string, number> = {}
      for await (const batch of platform.log.readAll(1))
        for (const { type } of batch) counted[type] = (counted[type] ?? 0) + 1
      // 61 sessions of 2010 before April.
      expect(counted).toMatchObject({ 'prediction.Made': 61, 'prediction.OutcomeObserved': 60 })
      expect(counted['drift.Measured']).toBeGreaterThan(0)
      expect(counted['drift.SharpeWatched']).toBe(60)

      const state = platform.folds.experiments.state()
      const again = await reproduce({ state, chunks: platform.chunks, site: await siteOf(platform) }, live)
      expect(again).toMatchObject({ failure: null, changed: [], isEqual: true })
      for (const lane of ['live', 'research', 'gate'] as const) {
        const { first } = await replay(platform.log, wireLane[lane](platform.chunks), {
          from: 1,
          to: position,
        })
        expect(first).toBeNull()
      }
      const seconds = Math.round((performance.now() - begun) / 1_000)
      process.stdout.write(`${position} events, ${JSON.stringify(counted)}, in ${seconds} s\n`)
    } finally {
      await platform.close()
    }
  }, 1_200_000)
})
