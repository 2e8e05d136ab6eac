/** Reads a policy from YAML; the members' public keys may stand in the file or be those of the platform's key folder. */
import { z } from 'zod'
import { type PolicySpec, policySpec, validationRule } from '../schemas/events/approval.ts'
import { publicKeyOf } from '../schemas/kernel/signature.ts'
import { readSpec } from './spec-file.ts'

const member = policySpec.shape.quorum.shape.members.element

const written = policySpec.extend({
  validation: validationRule.extend({
    factors: validationRule.shape.factors.default(null),
    rates: validationRule.shape.rates.default(null),
    exposures: validationRule.shape.exposures.default(null),
  }),
  quorum: z.strictObject({ required: z.int().positive(), members: z.array(member).default([]) }),
})

/**
 * @param keys private keys by member, for members that the file does not list
 * @throws Refusal `spec.unreadable`, `spec.malformed`
 */
export function readPolicy(path: string, keys: Readonly<Record<string, string>> = {}): PolicySpec {
  const policy = readSpec(path, written)
  const members = [
    ...policy.quorum.members,
    ...Object.entries(keys).map(([name, key]) => ({ member: name, publicKey: publicKeyOf(key) })),
  ]
  return { ...policy, note: policy.note.trim(), quorum: { required: policy.quorum.required, members } }
}
