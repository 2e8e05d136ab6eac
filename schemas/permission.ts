/** What a subject may be allowed: a closed list. Roles are sets of these. */

export const PERMISSIONS = [
  /** Declare data sets, record arrivals, close sessions. */
  'data.write',
  'feature.define',
  /** Freeze training sets and start trials. */
  'experiment.run',
  'model.validate',
  'model.promote',
  /** Speak as a member of the committee: approve, refuse, open a holdout. */
  'approval.sign',
  'policy.set',
  'capital.review',
  /** Draft claims, have them checked, record their dissemination, withdraw them. */
  'claim.write',
  /** Approve claims, as compliance. */
  'claim.approve',
  /** Put what a claim rests on under a legal hold, and release it. */
  'claim.hold',
  /** Ask models in force for what they say. */
  'predict',
  'read',
  /** Read who did what, and prove it. */
  'audit',
  /** Rotate keys, issue tokens, rebuild views, deal with what is quarantined, declare alert rules, see to alarms. */
  'operate',
] as const

export type Permission = (typeof PERMISSIONS)[number]
