/** Reads a policy, and who signed it, from YAML; the members' public keys may stand in the file or be given. */
import { z } from 'zod'
import {
  ADDED_IN_2,
  ADDED_IN_3,
  ADDED_IN_4,
  policySignature,
  policySpec,
  validationRule,
} from '../schemas/events/approval.ts'
import { publicKeyOf } from '../schemas/kernel/signature.ts'
import { parseMoment } from '../schemas/kernel/time.ts'
import type { SignedPolicy } from './actions.ts'
import { readSpec } from './spec-file.ts'

const member = policySpec.shape.quorum.shape.members.element

/** What a file that says nothing of losses gets. `losses: null` is a policy without them, and is signed as such. */
const DEFAULT_LOSSES = { dayLoss: 0.1, drawdown: 0.25, fractionAfter: 0 }

const written = policySpec.extend({
  losses: policySpec.shape.losses.default(DEFAULT_LOSSES),
  validation: validationRule.extend({
    factors: validationRule.shape.factors.default(null),
    rates: validationRule.shape.rates.default(null),
    exposures: validationRule.shape.exposures.default(null),
    volatility: validationRule.shape.volatility.default(ADDED_IN_3.volatility),
  }),
  yardstick: policySpec.shape.yardstick.default(ADDED_IN_2.yardstick),
  ladder: policySpec.shape.ladder.default(ADDED_IN_4.ladder),
  /** From a date, or a moment with its zone. */
  holdout: z.nullable(z.strictObject({ from: z.string() })).default(ADDED_IN_2.holdout),
  quorum: z.strictObject({ required: z.int().positive(), members: z.array(member).default([]) }),
  signatures: z.array(policySignature).nullable().default([]),
})

/**
 * @param keys private keys by member, for members that the file does not list
 * @throws Refusal `spec.unreadable`, `spec.malformed`, `reader.not-started`
 */
export async function readPolicy(
  path: string,
  keys: Readonly<Record<string, string>> = {},
): Promise<SignedPolicy> {
  const { signatures, ...policy } = await readSpec(path, written)
  const members = [
    ...policy.quorum.members,
    ...Object.entries(keys).map(([name, key]) => ({ member: name, publicKey: publicKeyOf(key) })),
  ]
  const quorum = { required: policy.quorum.required, members }
  const holdout = policy.holdout === null ? null : { from: parseMoment(policy.holdout.from) }
  return { policy: { ...policy, note: policy.note.trim(), quorum, holdout }, signatures: signatures ?? [] }
}
