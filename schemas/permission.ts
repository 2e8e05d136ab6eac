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
  /** Read the gate's reports whole, without a grant: each time is recorded. */
  'report.take',
  /** Ask for grants, and take under them what is guarded: models, training sets, feature values in bulk. */
  'grant.ask',
  /** Have a grant at once, where it names nothing but what one's own work rests on. */
  'grant.own',
  /** Approve and revoke other people's grants, and lift their suspensions. */
  'grant.approve',
  /** Take in an emergency what nobody approved, for an hour; somebody else looks at it after. */
  'glass.break',
  /** Take what is guarded without a grant: each time is recorded. */
  'take',
  /** Read who did what, and prove it. */
  'audit',
  /** Rotate keys, issue tokens, rebuild views, deal with what is quarantined, declare alert rules, see to alarms. */
  'operate',
] as const

export type Permission = (typeof PERMISSIONS)[number]
