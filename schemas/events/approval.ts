/** Governance: the policy in force, and what each member of the committee signed. */
import { z } from 'zod'
import { defineEvent } from '../event.ts'

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

export const policySpec = z.strictObject({
  version: z.int().positive(),
  /** What this policy is, and where and why it differs from the default. */
  note: z.string(),
  quorum: z.strictObject({
    required: z.int().positive(),
    /** Ed25519 public keys, SPKI DER in base64. */
    members: z.array(z.strictObject({ member: z.string(), publicKey: z.string() })).min(1),
  }),
  gate: z.array(gateRule).min(1),
  sharpe: sharpeRule,
})
export type PolicySpec = z.infer<typeof policySpec>

export const PolicySet = defineEvent({ type: 'approval.PolicySet', version: 1, data: policySpec })

export const Signed = defineEvent({
  type: 'approval.Signed',
  version: 1,
  data: z.strictObject({
    model: z.string(),
    artifact: z.string(),
    /** SHA-256 of the report that was read. */
    report: z.string(),
    member: z.string(),
    decision: z.enum(['approve', 'refuse']),
    reason: z.string(),
    /** Ed25519 over the DSSE pre-authentication encoding of the statement, base64. */
    signature: z.string(),
  }),
})
