/** Claims: a number in an advertisement, from its draft to its withdrawal. The number follows from the log, or is not recorded. */
import { z } from 'zod'
import { defineEvent } from '../event.ts'
import { name } from '../kernel/name.ts'
import { bps } from './experiment.ts'

/** What a number measures. `live-sharpe` and `held-out-sharpe` are annual; `live-return` is compounded over the period. */
export const measure = z.enum(['live-sharpe', 'live-return', 'held-out-sharpe'])
export type Measure = z.infer<typeof measure>

/** Classes of 17 CFR 275.206(4)-1: what the shown performance is of. `live` is the actual one of the portfolio advertised. */
export const regime = z.enum(['live', 'hypothetical', 'related', 'extracted', 'predecessor'])

/**
 * Fees that are taken from returns. The management fee is a yearly rate, of which each session takes its part; the performance
 * fee is a fraction of what a session earns above the greatest value before it.
 */
export const feeSchedule = z.strictObject({
  name,
  basis: z.enum(['actual', 'model']),
  managementBps: bps,
  performance: z.number().min(0).max(1),
})
export type FeeSchedule = z.infer<typeof feeSchedule>

export const claimSpec = z.strictObject({
  claim: name,
  /** As it stands in the advertisement. */
  text: z.string().min(1).max(4_000),
  model: name,
  measure,
  unit: z.enum(['ratio', 'percent']),
  /** The numbers are rounded to so many decimals. */
  decimals: z.int().min(0).max(8),
  /** Sessions of `from` (inclusive) to `to` (exclusive), in days since 1970-01-01. */
  from: z.int(),
  to: z.int(),
  regime,
  /** As stated, before fees and after them; null where it is not shown. Both are after the costs of trading. */
  gross: z.nullable(z.number()),
  net: z.nullable(z.number()),
  fees: z.nullable(feeSchedule),
  /** Of a private fund: prescribed periods do not apply. */
  privateFund: z.boolean(),
  /** That the advertisement shows the periods of one, five and ten years as well, as prescribed. */
  prescribedPeriods: z.boolean(),
  /** What the advertisement says, or offers, besides; empty where it says nothing. */
  whyPeriod: z.string(),
  criteria: z.string(),
  limitations: z.string(),
  audiencePolicy: z.string(),
  totalPortfolio: z.string(),
})
export type ClaimSpec = z.infer<typeof claimSpec>

/** What the platform worked out from the log, in the unit of the claim. */
export const figure = z.strictObject({
  /** The log position that it was worked out at. */
  readAt: z.int(),
  /** The run and file of the model in force there. */
  run: z.string(),
  artifact: z.string(),
  /** Sessions that count, the first and the last; how many of them are as they were restated. */
  sessions: z.int(),
  first: z.int(),
  last: z.int(),
  restated: z.int(),
  /** Sessions of the period that do not count: predicted after the fact, or with no capital. */
  leftOut: z.int(),
  /** Whether no session that counts lies before the period or after it. */
  wholeRecord: z.boolean(),
  /** Sessions a year. */
  perYear: z.nullable(z.number()),
  gross: z.nullable(z.number()),
  /** Null where the claim has no fee schedule. */
  net: z.nullable(z.number()),
})
export type Figure = z.infer<typeof figure>

export const ClaimDrafted = defineEvent({
  type: 'claim.Drafted',
  version: 1,
  data: z.strictObject({ ...claimSpec.shape, figure, drafter: z.string() }),
})

export const ruleResult = z.strictObject({
  rule: z.string(),
  version: z.int(),
  source: z.string(),
  passed: z.boolean(),
  says: z.string(),
})
export type RuleResult = z.infer<typeof ruleResult>

/** Every trial that was started in the family that the model was chosen from: how many, and the digest of the list. */
export const trialList = z.strictObject({ family: z.string(), started: z.int(), digest: z.string() })
export type TrialList = z.infer<typeof trialList>

export const ClaimChecked = defineEvent({
  type: 'claim.Checked',
  version: 1,
  data: z.strictObject({
    claim: name,
    /** SHA-256 of the draft's data as they stand in the log. */
    draft: z.string(),
    figure,
    trials: trialList,
    rulesVersion: z.int(),
    rules: z.array(ruleResult),
    passed: z.boolean(),
  }),
})

export const ClaimApproved = defineEvent({
  type: 'claim.Approved',
  version: 1,
  data: z.strictObject({
    claim: name,
    /** SHA-256 of the draft's and of the check's data. */
    draft: z.string(),
    check: z.string(),
    member: name,
    reason: z.string(),
    /** Disseminated before this moment alone. */
    expires: z.int(),
    /** Ed25519 over the DSSE pre-authentication encoding of all of the above and of the log's identity, base64. */
    signature: z.string(),
  }),
})

export const audience = z.strictObject({
  class: z.enum(['public', 'retail', 'professional', 'private-fund']),
  /** Who it went to: a list, or a memorandum of one. */
  list: z.string(),
  oneOnOne: z.boolean(),
  solicited: z.boolean(),
})
export type Audience = z.infer<typeof audience>

/** Its chunk is the copy of the advertisement (17 CFR 275.204-2(a)(11)). */
export const ClaimDisseminated = defineEvent({
  type: 'claim.Disseminated',
  version: 1,
  data: z.strictObject({
    claim: name,
    check: z.string(),
    channel: z.string().min(1),
    audience,
    /** SHA-256 of the copy, what it is called and what kind it is. */
    advertisement: z.string(),
    fileName: z.string(),
    mediaType: z.string(),
    figure,
    rules: z.array(ruleResult),
  }),
})

export const ClaimWithdrawn = defineEvent({
  type: 'claim.Withdrawn',
  version: 1,
  data: z.strictObject({ claim: name, reason: z.string().min(1) }),
})

/**
 * The number of a claim, worked out again from the log as it is. Attested: that a copy of an advertisement can still be read is not in the log.
 * Nothing in `problems`: the claim is proven as of this event.
 */
export const ClaimRederived = defineEvent({
  type: 'claim.Rederived',
  version: 1,
  data: z.strictObject({
    claim: name,
    /** SHA-256 of the draft's and of the check's data that stand then. */
    draft: z.string(),
    check: z.string(),
    /** Null where none can be worked out; `problems` says why. */
    figure: z.nullable(figure),
    trials: z.nullable(trialList),
    problems: z.array(z.string()),
  }),
})

/** A legal hold: what a claim rests on is kept until it is released, whatever its retention says. */
export const ClaimHeld = defineEvent({
  type: 'claim.Held',
  version: 1,
  data: z.strictObject({ claim: name, hold: name, reason: z.string().min(1) }),
})

export const ClaimReleased = defineEvent({
  type: 'claim.Released',
  version: 1,
  data: z.strictObject({ claim: name, hold: name, reason: z.string().min(1) }),
})
