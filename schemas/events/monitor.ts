/** Alarms: the rules that people declare, what a processor raises and resolves by them, and what people do about it. */
import { z } from 'zod'
import { defineEvent } from '../event.ts'
import { name } from '../kernel/name.ts'

/** What is looked at in each arrival of a data set, or of a model in force. */
export const DATA_CHECKS = [
  'freshness',
  'latency',
  'volume',
  'missing',
  'range',
  'duplicate',
  'schema',
] as const
export const MODEL_CHECKS = [
  ...(['predictions', 'too-late', 'feature-drift'] as const),
  ...(['information-coefficient', 'residuals', 'skill'] as const),
] as const

/** What is looked at each time that a claim is worked out again. */
export const CLAIM_CHECKS = ['claim'] as const

export const check = z.enum([...DATA_CHECKS, ...MODEL_CHECKS, ...CLAIM_CHECKS])
export type Check = z.infer<typeof check>

export const severity = z.enum(['critical', 'warning', 'info'])

export const alertRuleSpec = z.strictObject({
  rule: name,
  /** From 1; a changed rule is the next version. */
  version: z.int().positive(),
  about: z.string(),
  severity,
  /** Who is to act. */
  owner: z.string().min(1),
  /** What is to be done. */
  remedy: z.string().min(1),
  checks: z.array(check).min(1),
  /** Data sets, models and claims by name; none: all that there are. */
  things: z.array(name),
  /** How many of the latest good arrivals tell what is usual. */
  history: z.int().min(20).max(250),
  /** How many false alarms a year are accepted of the rule, over all its things, checks, columns and features. */
  falseAlarmsAYear: z.number().positive().max(365),
  /** Arrivals a year of one thing, which share that budget. */
  looksAYear: z.int().positive().max(1_000_000),
  /** An alarm is over after so many good looks in a row. */
  resolveAfter: z.int().min(1).max(100),
})
export type AlertRuleSpec = z.infer<typeof alertRuleSpec>

export const AlertRuleDeclared = defineEvent({
  type: 'monitor.RuleDeclared',
  version: 1,
  data: alertRuleSpec,
})

export const AlertRuleRetired = defineEvent({
  type: 'monitor.RuleRetired',
  version: 1,
  data: z.strictObject({ rule: name, reason: z.string().min(1) }),
})

/** One alarm: of a rule, a check, and a thing one is open at a time. `cause` is the event that it was raised at. */
const alarmed = z.strictObject({ rule: name, check, thing: name, cause: z.int().positive() })
export type AlarmName = z.infer<typeof alarmed>

/** A figure that is not usual. */
export const finding = z.strictObject({
  /** `close missing`, `rows a session`, a feature. */
  what: z.string(),
  observed: z.number(),
  /** What was to be expected; null where a limit alone is known. */
  usual: z.nullable(z.number()),
  /** Its limits, if it were looked at alone; null where there is none on that side. */
  low: z.nullable(z.number()),
  high: z.nullable(z.number()),
  /** The chance of a figure as far out with nothing changed; null where a limit decides. */
  chance: z.nullable(z.number()),
})
export type Finding = z.infer<typeof finding>

export const AlarmRaised = defineEvent({
  type: 'monitor.AlarmRaised',
  version: 1,
  saidBy: 'alarms',
  data: alarmed.extend({
    ruleVersion: z.int().positive(),
    severity,
    owner: z.string(),
    remedy: z.string(),
    /** How many figures are beyond what is usual, and the worst of them. */
    found: z.int().positive(),
    findings: z.array(finding).min(1),
    /** The adjusted chance (Benjamini & Yekutieli) below which a figure is an alarm; null where limits decide. */
    level: z.nullable(z.number()),
    /** Positions of the events that tell what is usual, ascending. */
    restsOn: z.array(z.int()),
  }),
})

export const AlarmResolved = defineEvent({
  type: 'monitor.AlarmResolved',
  version: 1,
  saidBy: 'alarms',
  data: alarmed.extend({
    why: z.enum(['usual again', 'accepted', 'rule retired', 'no longer watched']),
  }),
})

export const AlarmAcknowledged = defineEvent({
  type: 'monitor.AlarmAcknowledged',
  version: 1,
  data: alarmed.extend({ note: z.string() }),
})

/** Nobody is to be called about the thing until then, whatever is raised of it by the rule's check meanwhile. */
export const AlarmSnoozed = defineEvent({
  type: 'monitor.AlarmSnoozed',
  version: 1,
  data: alarmed.extend({ until: z.int(), reason: z.string().min(1) }),
})

/** What is seen is the new usual: a vendor changed its unit, on purpose. The alarm is over, and what is usual is learned anew. */
export const AlarmAccepted = defineEvent({
  type: 'monitor.AlarmAccepted',
  version: 1,
  data: alarmed.extend({ reason: z.string().min(1) }),
})

/** By the platform's clock a data set is overdue. Attested: time passes without an event, and this is the event. */
export const DeadlinePassed = defineEvent({
  type: 'monitor.DeadlinePassed',
  version: 1,
  data: z.strictObject({
    rule: name,
    dataset: name,
    /** The position of the latest arrival. */
    latest: z.int().positive(),
  }),
})
