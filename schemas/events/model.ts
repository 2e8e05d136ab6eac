/** Models: judged by the gate, promoted on evidence. */
import { z } from 'zod'
import { defineEvent } from '../event.ts'
import { name } from '../kernel/name.ts'

/**
 * How much the gate works out. `until-refused`: the cheap tests first, and nothing more of what they refuse. `full`: all,
 * whatever the verdict.
 */
export const depth = z.enum(['until-refused', 'full'])
export type Depth = z.infer<typeof depth>

export const ValidationRequested = defineEvent({
  type: 'model.ValidationRequested',
  version: 1,
  data: z.strictObject({
    model: name,
    run: name,
    artifact: z.string(),
    policyVersion: z.int(),
    /** The log position that the requester saw. The gate reads at the position of the request itself. */
    readAt: z.int(),
    depth,
  }),
})

/** One threshold and what was measured; `value` is null where there was too little data, and that is a failure. */
export const testResult = z.strictObject({
  test: z.string(),
  comparison: z.enum(['at-least', 'at-most']),
  threshold: z.number(),
  value: z.nullable(z.number()),
  /** How far the value lies on the passing side, in the unit of the test; null with the value. */
  margin: z.nullable(z.number()),
  passed: z.boolean(),
})
export type TestResult = z.infer<typeof testResult>

export const GateReported = defineEvent({
  type: 'model.GateReported',
  version: 1,
  saidBy: 'gate',
  data: z.strictObject({
    model: z.string(),
    run: z.string(),
    artifact: z.string(),
    author: z.string(),
    policyVersion: z.int(),
    readAt: z.int(),
    trials: z.int(),
    verdict: z.enum(['passed', 'refused']),
    tests: z.array(testResult),
    /** SHA-256 of the canonical JSON report, the event's first chunk. */
    report: z.string(),
  }),
})

/**
 * What a caller may rest on when he is answered. `durable`: the answer is recorded before it is given. `after`: it is given first and
 * recorded behind it, for a model that trades nothing: it gets no capital and is on no topic of an OMS.
 */
export const service = z.enum(['durable', 'after'])
export type Service = z.infer<typeof service>

const promotedV1 = z.strictObject({
  model: name,
  run: name,
  artifact: z.string(),
  report: z.string(),
  policyVersion: z.int(),
  approvals: z.array(z.string()),
  /** The log position at which the approvals were read. */
  readAt: z.int(),
})
const promoted = promotedV1.extend({ service })

export const Promoted = defineEvent({
  type: 'model.Promoted',
  version: 2,
  data: promoted,
  old: {
    1: {
      data: promotedV1,
      upcast: (old: z.infer<typeof promotedV1>): z.infer<typeof promoted> => ({ ...old, service: 'durable' }),
    },
  },
})

/** The held-out sessions are looked at for one model file: the committee's act, which every later report counts. */
export const HoldoutOpened = defineEvent({
  type: 'model.HoldoutOpened',
  version: 1,
  data: z.strictObject({
    model: name,
    run: name,
    artifact: z.string(),
    /** SHA-256 of the report that was read. */
    report: z.string(),
    /** Decisions with `from <= knownAt < to`. */
    from: z.int(),
    to: z.int(),
    policyVersion: z.int(),
    member: name,
    reason: z.string(),
    /** It opens before this moment alone. */
    expires: z.int(),
    /** Ed25519 over the DSSE pre-authentication encoding of all of the above and of the log's identity, base64. */
    signature: z.string(),
  }),
})

/**
 * The model that was in force before takes the place of the one that is, by the word of one member. `model.Promoted` follows in the same
 * act, and is the version that is in force then.
 */
export const RolledBack = defineEvent({
  type: 'model.RolledBack',
  version: 1,
  data: z.strictObject({
    model: name,
    /** The promotion in force, by its log position. */
    inForce: z.int(),
    /** The promotion before it. */
    former: z.int(),
    /** The file that is back in force. */
    artifact: z.string(),
    policyVersion: z.int(),
    member: name,
    reason: z.string(),
    /** It counts before this moment alone. */
    expires: z.int(),
    /** Ed25519 over the DSSE pre-authentication encoding of all of the above and of the log's identity, base64. */
    signature: z.string(),
  }),
})

/** Nothing is in force under a model's name from here on, by the word of one member: what it made, and its trial, stay. */
export const Retired = defineEvent({
  type: 'model.Retired',
  version: 1,
  data: z.strictObject({
    model: name,
    /** The promotion that was in force, by its log position. */
    inForce: z.int(),
    /** The file that is taken out. */
    artifact: z.string(),
    policyVersion: z.int(),
    member: name,
    reason: z.string().min(1),
    /** It counts before this moment alone. */
    expires: z.int(),
    /** Ed25519 over the DSSE pre-authentication encoding of all of the above and of the log's identity, base64. */
    signature: z.string(),
  }),
})
