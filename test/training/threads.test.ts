/** A trainer from the configuration of a folder, by the commands of the table, judged in the threads that a server has. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import type { GateReport } from '../../commands/gate/report-form.ts'
import { requestTrainingSet } from '../../serving/actions.ts'
import { PlayedClock } from '../../serving/clock.ts'
import { experimentAdmitTrainer, experimentStart } from '../../serving/commands/experiment.ts'
import { modelValidate } from '../../serving/commands/model.ts'
import { perform } from '../../serving/commands/perform.ts'
import { openPlatform } from '../../serving/platform.ts'
import { sandboxProblem } from '../../serving/trainers/sandbox.ts'
import { AUTHOR, act, beginOn, MODEL, runOf, trainingSetOf } from '../support/small-platform.ts'
import { repository } from '../support/trainer-repository.ts'
import { VECTORS } from '../support/vectors.ts'

const asked = { actor: AUTHOR, roles: [] }

test.runIf((await sandboxProblem()) === null)(
  'from asof.yaml to a report, and an end without a crash',
  async () => {
    const path = mkdtempSync(join(tmpdir(), 'asof-trainer-'))
    onTestFinished(() => rmSync(path, { recursive: true, force: true }))
    const code = repository()
    const { good } = JSON.parse(readFileSync(new URL('onnx-models.json', VECTORS), 'utf8')) as {
      good: { name: string; model: string }[]
    }
    const model = Buffer.from(good.find(({ name }) => name === 'LightGBM: regression')?.model ?? '', 'base64')
    code.commit({ 'copy.sh': 'cp /code/model.onnx $2/model.onnx', lock: 'sh', 'model.onnx': model }, code.own)
    const limits = '{ seconds: 60, megabytes: 256, outputMegabytes: 8, processes: 16 }'
    const training = [
      `allowedSigners: ${code.allowedSigners}`,
      `repositories: { own: ${code.place} }`,
      'environments: { sh: { run: [/bin/sh] } }',
      `limits: ${limits}`,
      'atOnce: 2',
    ]
    writeFileSync(join(path, 'asof.yaml'), `training:\n${training.map((line) => `  ${line}\n`).join('')}`)

    const moment = new PlayedClock(0)
    const platform = { ...(await openPlatform({ path, moment, threads: true })), moment }
    try {
      await beginOn(platform)
      await requestTrainingSet(platform, trainingSetOf(1), act('set'))
      const trainer = {
        trainer: 'copy-1',
        repository: 'own',
        environment: 'sh',
        commit: 'main',
        entry: 'copy.sh',
        lockfile: 'lock',
      }
      const admitted = await perform(platform, experimentAdmitTrainer, { input: trainer, asked })
      expect(admitted.answer).toMatchObject({
        signature: 'verified',
        signer: 'ann@example.org',
        problem: null,
      })
      const {
        trainingSetHash: _,
        commit: __,
        environment: ___,
        author: ____,
        ...spec
      } = runOf('momentum', 1, '')
      // The model takes three features.
      const input = { spec: { ...spec, trainer: 'copy-1', features: ['mom_5', 'mom_20', 'vol_10'] } }
      const { answer: run } = await perform(platform, experimentStart, { input, asked })
      expect(run).toMatchObject({ status: 'finished', missing: [], failure: null })
      const validating = { model: MODEL, run: run.run, depth: 'full' }
      const { answer: report } = await perform(platform, modelValidate, { input: validating, asked })
      const { sections } = JSON.parse(
        String(Buffer.from(await platform.chunks.get(report.report))),
      ) as GateReport
      expect(sections.crossValidation).toMatchObject({ kind: 'measured', value: { folds: 10 } })
    } finally {
      await platform.close()
    }
  },
  180_000,
)
