/** Evidence that a promotion could rest on. */
import type { DataOf } from '../../schemas/event.ts'
import type { GateReported } from '../../schemas/events/model.ts'
import type { Evidence } from '../../schemas/promotion.ts'
import { AUTHOR, MODEL, SMALL_POLICY } from '../support/small-platform.ts'

export const REPORT: DataOf<typeof GateReported> = {
  model: MODEL,
  run: 'small-h1-momentum',
  artifact: 'a'.repeat(64),
  author: AUTHOR,
  policyVersion: 1,
  readAt: 9,
  trials: 4,
  verdict: 'passed',
  tests: [],
  report: 'b'.repeat(64),
}

/** The identity of the log that all is signed for. */
export const LOG = 'c'.repeat(64)

export const EVIDENCE: Evidence = {
  policy: SMALL_POLICY,
  report: REPORT,
  signatures: [],
  trials: 4,
  otherNames: [],
  log: LOG,
  at: 0,
}
