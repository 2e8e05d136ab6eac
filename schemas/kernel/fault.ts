/** Every expected failure: one table of codes, each with its HTTP and gRPC status and its sentence for people. `faults/` has its parts. */
import { ACCESS } from './faults/access.ts'
import { ALERTS } from './faults/alerts.ts'
import { BACKUPS } from './faults/backups.ts'
import { CAPITAL } from './faults/capital.ts'
import { CLAIMS } from './faults/claims.ts'
import { DATA } from './faults/data.ts'
import { EXPERIMENTS } from './faults/experiments.ts'
import { FEATURES } from './faults/features.ts'
import { GRANTS } from './faults/grants.ts'
import { LOG } from './faults/log.ts'
import { MODELS } from './faults/models.ts'
import { RETRIEVAL } from './faults/retrieval.ts'
import type { FaultRow } from './faults/row.ts'
import { SERVING } from './faults/serving.ts'
import { TOPICS } from './faults/topics.ts'
import { TRAINERS } from './faults/trainers.ts'
import { WORK } from './faults/work.ts'

export const FAULTS = {
  ...LOG,
  ...DATA,
  ...FEATURES,
  ...RETRIEVAL,
  ...EXPERIMENTS,
  ...TRAINERS,
  ...MODELS,
  ...CAPITAL,
  ...CLAIMS,
  ...BACKUPS,
  ...ALERTS,
  ...SERVING,
  ...TOPICS,
  ...ACCESS,
  ...GRANTS,
  ...WORK,
} as const satisfies Record<string, FaultRow>

export type FaultCode = keyof typeof FAULTS
export type FaultDetail = Readonly<Record<string, string | number | boolean>>

/** A failure that was expected, as data. */
export type Fault = Readonly<{ code: FaultCode; detail: FaultDetail; message: string }>

/** @example fault('moment.malformed', { text: 'yesterday' }).message */
export function fault(code: FaultCode, detail: FaultDetail = {}): Fault {
  const message = FAULTS[code].sentence.replace(/\{(\w+)\}/g, (whole, key: string) =>
    key in detail ? String(detail[key]) : whole,
  )
  return { code, detail, message }
}

/** A fault on its way to the edge that reports it. */
export class Refusal extends Error {
  readonly fault: Fault
  constructor(of: Fault) {
    super(of.message)
    this.name = 'Refusal'
    this.fault = of
  }
}

export const refuse = (code: FaultCode, detail: FaultDetail = {}): Refusal => new Refusal(fault(code, detail))
