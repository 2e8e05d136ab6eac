/** Governance: the policy in force, and what each member of the committee signed. */
import { z } from 'zod'
import { defineEvent } from '../event.ts'
import { name } from '../kernel/name.ts'
import { bps, impactSpec } from './experiment.ts'

/** One threshold of the gate. `value >= threshold` or `<=` passes; a value that is undefined fails. */
export const gateRule = z.strictObject({
  test: z.string(),
  comparison: z.enum(['at-least', 'at-most']),
  threshold: z.number(),
})
export type GateRule = z.infer<typeof gateRule>

/** The Sharpe watch of the mission: `windowDays` returns, `deviations` standard deviations, capital to `fractionAfter`. */
export const sharpeRule = z.strictObject({
  windowDays: z.int().min(2),
  deviations: z.number().positive(),
  direction: z.enum(['below', 'either']),
  fractionAfter: z.number().min(0).max(1),
})
export type SharpeRule = z.infer<typeof sharpeRule>

/** The loss limits beside it, as fractions of the capital allocated: of one day, and below the high-water mark. */
export const lossRule = z.strictObject({
  dayLoss: z.number().positive(),
  drawdown: z.number().positive(),
  fractionAfter: z.number().min(0).max(1),
})
export type LossRule = z.infer<typeof lossRule>

/**
 * The ladder on the always-valid test: each alarm takes capital to the next step below, and a signature gives back one step at a
 * time, after so many sessions.
 */
export const ladderRule = z.strictObject({
  /** Fractions of full capital, descending from 1. */
  steps: z.array(z.number().min(0).max(1)).min(2).max(10),
  raiseAfterDays: z.int().min(1),
})
export type LadderRule = z.infer<typeof ladderRule>

const validationRule1 = z.strictObject({
  /** Combinatorial purged cross-validation: so many groups of days, so many of them tested at a time. */
  groups: z.int().min(3),
  testGroups: z.int().min(2),
  /** Days by the calendar after a test block that train nothing, beyond the purge. */
  embargoDays: z.number().nonnegative(),
  /** A data set of factor prices or returns, as the units of its columns say; null for none. */
  factors: z.nullable(z.string()),
  /** A data set whose first column is a level of interest rates; null for none. */
  rates: z.nullable(z.string()),
  /** A data set of a vendor's factor exposures, one column a factor, the entity an instrument; null for none. */
  exposures: z.nullable(z.string()),
})
/** How the gate retrains a candidate, and which data it looks at besides the candidate's own. */
export const validationRule = validationRule1.extend({
  /** A data set whose first column is a level of implied volatility, as the VIX; null for none. */
  volatility: z.nullable(z.string()),
})
export type ValidationRule = z.infer<typeof validationRule>

/**
 * What trading costs at least, whatever a run says of its own: what is judged is traded again at the worse of both, item by
 * item. Without impact a run's own is taken.
 */
export const yardstick = z.strictObject({
  spreadBps: bps,
  commissionBps: bps,
  borrowBps: bps,
  /** The law that is used, its least coefficients, volatility and capital, and the most that a name trades in a day. */
  impact: z.nullable(impactSpec),
})
export type Yardstick = z.infer<typeof yardstick>

/** Decisions that become known at `from` or later are kept from every trial, until they are opened for one model file. */
export const holdoutRule = z.strictObject({ from: z.int() })

const policySpec1 = z.strictObject({
  version: z.int().positive(),
  /** What this policy is, and where and why it differs from the default. */
  note: z.string(),
  quorum: z.strictObject({
    required: z.int().positive(),
    /** Ed25519 public keys, SPKI DER in base64. */
    members: z.array(z.strictObject({ member: name, publicKey: z.string() })).min(1),
  }),
  gate: z.array(gateRule).min(1),
  validation: validationRule1,
  sharpe: sharpeRule,
})

/** What version 2 added, as it stands in a policy that says nothing of it. */
export const ADDED_IN_2 = { yardstick: null, holdout: null, losses: null } as const

const policySpec2 = policySpec1.extend({
  /** Null takes each run's word for what it pays. */
  yardstick: z.nullable(yardstick),
  /** Null keeps nothing back. */
  holdout: z.nullable(holdoutRule),
  /** Null for a policy that was signed before there were any, or that wants none. */
  losses: z.nullable(lossRule),
})

/** What version 3 added to `validation`, in the same way. */
export const ADDED_IN_3 = { volatility: null } as const

const policySpec3 = policySpec2.extend({ validation: validationRule })

/** What version 4 added. */
export const ADDED_IN_4 = { ladder: null } as const

export const policySpec = policySpec3.extend({
  /** Null for none: it is on where a committee asks for it. */
  ladder: z.nullable(ladderRule),
})
export type PolicySpec = z.infer<typeof policySpec>

export const policySignature = z.strictObject({
  member: name,
  /** Ed25519 over the DSSE pre-authentication encoding of the policy, which one it replaces and the log, base64. */
  signature: z.string(),
})
export type PolicySignature = z.infer<typeof policySignature>

const policySet1 = z.strictObject({ policy: policySpec1, signatures: z.array(policySignature) })
const policySet2 = policySet1.extend({ policy: policySpec2 })
const policySet3 = policySet1.extend({ policy: policySpec3, log: z.nullable(z.string()) })

export const PolicySet = defineEvent({
  type: 'approval.PolicySet',
  version: 4,
  data: policySet1.extend({
    policy: policySpec,
    /** The identity of the log that it was signed for; null where an earlier version named none, or the log has no seal. */
    log: z.nullable(z.string()),
  }),
  old: {
    1: {
      data: policySet1,
      upcast: ({ policy, ...rest }: z.infer<typeof policySet1>) => ({
        ...rest,
        policy: { ...policy, ...ADDED_IN_2 },
      }),
    },
    2: {
      data: policySet2,
      upcast: ({ policy, ...rest }: z.infer<typeof policySet2>) => ({
        ...rest,
        policy: { ...policy, validation: { ...policy.validation, ...ADDED_IN_3 } },
        log: null,
      }),
    },
    3: {
      data: policySet3,
      upcast: ({ policy, ...rest }: z.infer<typeof policySet3>) => ({
        ...rest,
        policy: { ...policy, ...ADDED_IN_4 },
      }),
    },
  },
})

const signed1 = z.strictObject({
  model: name,
  artifact: z.string(),
  /** SHA-256 of the report that was read. */
  report: z.string(),
  member: name,
  decision: z.enum(['approve', 'refuse']),
  reason: z.string(),
  /** Ed25519 over the DSSE pre-authentication encoding of the statement, base64. */
  signature: z.string(),
})

export const Signed = defineEvent({
  type: 'approval.Signed',
  version: 2,
  data: signed1.extend({
    /** An approval counts for promotions before this moment; null where version 1 set no end and named no log. */
    expires: z.nullable(z.int()),
  }),
  old: { 1: { data: signed1, upcast: (old: z.infer<typeof signed1>) => ({ ...old, expires: null }) } },
})
