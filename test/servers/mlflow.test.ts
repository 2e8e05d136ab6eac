/** The stock MLflow client from PyPI, unchanged, against this server: from set_experiment to load_model. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ownerTokenPath } from '../../serving/access/owner-token.ts'
import { openPlatform, type Platform } from '../../serving/platform.ts'
import { ROOT } from '../../serving/root.ts'
import { type Served, served } from '../support/admitted.ts'
import { type InForce, inForce } from '../support/in-force.ts'

const PYTHON = process.env.TEST_MLFLOW_PYTHON
const FLOW = join(import.meta.dirname, 'mlflow-flow.py')
const RESEARCH = join(ROOT, 'serving/examples/python/research.py')

type Told = Readonly<Record<string, unknown>>
type Refused = Readonly<{ code: string; message: string; seconds: number }>

describe.skipIf(PYTHON === undefined)(
  `the stock MLflow client ${PYTHON === undefined ? '(skipped: no Python with MLflow)' : ''}`,
  () => {
    const path = mkdtempSync(join(tmpdir(), 'asof-mlflow-'))
    let platform: Platform
    let server: Served
    let told: Told

    beforeAll(async () => {
      platform = await openPlatform({ path })
      server = await served(platform)
      const child = spawn(PYTHON ?? '', [FLOW, server.url, 'flow'], {
        env: {
          ...process.env,
          MLFLOW_TRACKING_TOKEN: server.owner.authorization.replace('Bearer ', ''),
          MLFLOW_DISABLE_TELEMETRY: 'true',
        },
      })
      const closed = once(child, 'close')
      const [out, errors] = await Promise.all([text(child.stdout), text(child.stderr)])
      const [code] = await closed
      expect(code, errors.slice(-2_000)).toBe(0)
      told = JSON.parse(out.trim().split('\n').at(-1) ?? '{}')
    }, 300_000)

    afterAll(async () => {
      await server.close()
      await platform.close()
      rmSync(path, { recursive: true, force: true })
    })

    test('logs, and reads back what it logged, numbers that are none with it', () => {
      expect(told).toMatchObject({
        experiment: ['flow', 'active', true],
        metrics: { ic: '0.03', nan: 'nan', inf: 'inf', loss: '0.001' },
        params: { lr: '0.1', depth: '3' },
        status: 'FINISHED',
        history: [1000, 1, 0.001, 999],
        artifacts: ['config/a.json'],
        config: { a: 1 },
      })
    })

    test('searches: nested runs, filters, order and pages; a wrong filter is told with its place', () => {
      expect(told).toMatchObject({
        children: ['child-2', 'child-1', 'child-0'],
        filtered: ['child-2'],
        liked: ['child-0', 'child-1', 'child-2'],
        pages: [
          ['parent', 'child-0'],
          ['child-1', 'child-2'],
        ],
      })
      const { code, message } = told['wrong filter'] as Refused
      expect(code).toBe('INVALID_PARAMETER_VALUE')
      expect(message).toContain('character 13')
    })

    test('is told at once of the seal of a run that ended, and amends it by resuming it', () => {
      const { code, message, seconds } = told.sealed as Refused
      expect(code).toBe('RESOURCE_CONFLICT')
      expect(message).toMatch(/sealed \([0-9a-f]{64}\)/)
      // A status that is tried again would take it minutes.
      expect(seconds).toBeLessThan(5)
      expect(told.amended).toEqual([1, '1', true])
      expect(told.missing).toContain('reproduction by the platform')
    })

    test('logs a model, registers it, gives it an alias, and loads it under each of its names', () => {
      expect(told).toMatchObject({
        loaded: true,
        'by id': true,
        version: ['READY', ['champion'], true],
        versions: [['1', { gate: 'none' }]],
        registered: ['flow-model'],
        'logged models': ['model'],
      })
      expect(Number(told.again)).toBe(2)
    })

    test('logs by itself what scikit-learn and LightGBM do', () => {
      expect(told.autolog).toEqual([
        '0.5',
        ['training_accuracy_score', 'training_f1_score', 'training_log_loss'],
        'dataset',
      ])
      expect(told.lightgbm).toBe(5)
    })

    test('hides and shows a run, and stores 200 MB', () => {
      expect(told).toMatchObject({ deleted: [false, 'deleted'], restored: true, large: [200 << 20, true] })
    })
  },
)

describe.skipIf(PYTHON === undefined)(
  `a researcher in Python ${PYTHON === undefined ? '(skipped: no Python with MLflow)' : ''}`,
  () => {
    let home: InForce
    beforeAll(async () => {
      home = await inForce()
    }, 120_000)
    afterAll(() => home.close())

    test('reads features as they were known, trains, logs and registers, and is told what the platform does not believe', async () => {
      const label = 'close / delay(close, 1) - 1'
      const child = spawn(
        PYTHON ?? '',
        [RESEARCH, home.server.url, 'small', '2001-03-01', '2001-10-01', label],
        {
          env: {
            ...process.env,
            MLFLOW_TRACKING_TOKEN: readFileSync(ownerTokenPath(home.platform.folder), 'utf8').trim(),
            MLFLOW_DISABLE_TELEMETRY: 'true',
          },
        },
      )
      const closed = once(child, 'close')
      const [out, errors] = await Promise.all([text(child.stdout), text(child.stderr)])
      expect((await closed)[0], errors.slice(-2_000)).toBe(0)
      expect(out).toMatch(/^rows \d{3,} to train on, \d{3,} to test on; columns mom_5, mom_20, vol_10$/m)
      expect(out).toMatch(/^mean ic -?\d\.\d{3} over \d{2,} sessions$/m)
      expect(out).toMatch(
        /^refused: .*no run of the platform made one of its files.*reproduction by the platform/m,
      )
      expect(out).toMatch(/^the run lacks .*commit/m)
    }, 120_000)
  },
)
