/** What may happen to a model. */
import { test } from 'vitest'
import { model, type Promote, type RequestValidation, type RunRecord } from '../../commands/model/model.ts'
import type { DataOf } from '../../schemas/event.ts'
import type { Signed } from '../../schemas/events/approval.ts'
import { Promoted, type Service, ValidationRequested } from '../../schemas/events/model.ts'
import type { Evidence } from '../../schemas/promotion.ts'
import { signedBy } from '../support/keys.ts'
import { MODEL, runOf, SMALL_POLICY } from '../support/small-platform.ts'
import { EVIDENCE, LOG, REPORT } from './evidence.ts'
import { CONTEXT, given } from './given.ts'

const NOW = { eventTime: CONTEXT.now, knownAt: CONTEXT.now }
const spec = runOf('momentum', 1, 'hash')
const RECORD: RunRecord = { spec, status: 'finished', artifact: REPORT.artifact, missing: [] }

const word = (member: string, decision: 'approve' | 'refuse' = 'approve'): DataOf<typeof Signed> => {
  const { artifact, report } = REPORT
  const said = { log: LOG, model: MODEL, artifact, report, policyVersion: 1, reason: 'read' }
  return signedBy({ ...said, member, decision, expires: CONTEXT.now + 1 })
}
const BOTH = [word('bob'), word('cat')]

function promote(evidence: Partial<Evidence> = {}, otherwise: Partial<Promote> = {}): Promote {
  return {
    kind: 'promote',
    model: MODEL,
    artifact: REPORT.artifact,
    record: RECORD,
    evidence: { ...EVIDENCE, signatures: BOTH, ...evidence },
    service: 'durable',
    inForce: null,
    readAt: 20,
    ...otherwise,
  }
}

const promoted = (approvals: string[], service: Service = 'durable') =>
  Promoted.draft(
    {
      model: MODEL,
      run: REPORT.run,
      artifact: REPORT.artifact,
      report: REPORT.report,
      policyVersion: 1,
      approvals,
      readAt: 20,
      service,
    },
    NOW,
  )

test('a model that passed and was approved is promoted on exactly that', () => {
  given(model)
    .when(promote())
    .decides(promoted(['bob', 'cat']))
  const { artifact } = REPORT
  given(model)
    .when(promote({}, { inForce: { artifact, service: 'durable' } }))
    .decides()
  given(model)
    .when(promote({}, { inForce: { artifact: 'other', service: 'durable' } }))
    .decides(promoted(['bob', 'cat']))
})

test('a model trades from when it is promoted to, and for good', () => {
  const { artifact } = REPORT
  const after = { service: 'after' } as const
  given(model)
    .when(promote({}, after))
    .decides(promoted(['bob', 'cat'], 'after'))
  given(model)
    .when(promote({}, { ...after, inForce: { artifact, ...after } }))
    .decides()
  given(model)
    .when(promote({}, { inForce: { artifact, ...after } }))
    .decides(promoted(['bob', 'cat']))
  for (const file of [artifact, 'other'])
    given(model)
      .when(promote({}, { ...after, inForce: { artifact: file, service: 'durable' } }))
      .decides('model.trades')
})

test('without a policy or a report on the exact artifact nothing is promoted', () => {
  given(model)
    .when(promote({ policy: null }))
    .decides('approval.no-policy')
  given(model)
    .when(promote({ report: null }))
    .decides('model.no-report')
  given(model)
    .when(promote({}, { artifact: 'c'.repeat(64) }))
    .decides('model.no-report')
  given(model)
    .when(promote({}, { model: 'other' }))
    .decides('model.no-report')
})

test('a refused and an outdated report promote nothing', () => {
  given(model)
    .when(promote({ report: { ...REPORT, verdict: 'refused' } }))
    .decides('model.gate-refused')
  given(model)
    .when(promote({ policy: { ...SMALL_POLICY, version: 2 } }))
    .decides('model.report-outdated')
})

test('a quorum is of different members, none of them the author', () => {
  for (const signatures of [
    [],
    [word('bob')],
    [word('bob'), word('bob')],
    [word('bob'), word('ann')],
    [word('bob'), word('eve')],
    [word('bob'), { ...word('cat'), signature: word('dan').signature }],
  ])
    given(model).when(promote({ signatures })).decides('approval.quorum-missing')
})

test('one refusal stands against any number of approvals, until it is all that its member said', () => {
  const refused = word('dan', 'refuse')
  given(model)
    .when(promote({ signatures: [...BOTH, refused] }))
    .decides('approval.refused')
  given(model)
    .when(promote({ signatures: [...BOTH, refused, word('dan')] }))
    .decides(promoted(['bob', 'cat', 'dan']))
  given(model)
    .when(promote({ signatures: [...BOTH, word('dan'), refused, word('dan')] }))
    .decides('approval.refused')
})

test('a run that is unknown, unfinished or incomplete is neither judged nor promoted', () => {
  const records: [
    RunRecord | undefined,
    'experiment.unknown-run' | 'experiment.run-unfinished' | 'experiment.run-incomplete',
  ][] = [
    [undefined, 'experiment.unknown-run'],
    [{ ...RECORD, status: 'running' }, 'experiment.run-unfinished'],
    [{ ...RECORD, status: 'failed' }, 'experiment.run-unfinished'],
    [{ ...RECORD, missing: ['commit SHA'] }, 'experiment.run-incomplete'],
  ]
  for (const [record, code] of records) {
    given(model).when(promote({}, { record })).decides(code)
    given(model).when(validate({ record })).decides(code)
  }
})

function validate(otherwise: Partial<RequestValidation> = {}): RequestValidation {
  return {
    kind: 'validate',
    model: MODEL,
    run: spec.run,
    record: RECORD,
    policyVersion: 1,
    readAt: 8,
    depth: 'full',
    ...otherwise,
  }
}

test("validation is asked for the run's own artifact, under the policy in force", () => {
  const { artifact } = REPORT
  const asked = {
    model: MODEL,
    run: spec.run,
    artifact,
    policyVersion: 1,
    readAt: 8,
    depth: 'full' as const,
  }
  given(model).when(validate()).decides(ValidationRequested.draft(asked, NOW))
  given(model)
    .when(validate({ policyVersion: null }))
    .decides('approval.no-policy')
})
