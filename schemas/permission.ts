/** What a subject may be allowed to do: the closed list that commands and routes name, and the access policy grants. */
import { z } from 'zod'

export const permission = z.enum([
  'data.write',
  'feature.define',
  'experiment.run',
  'model.validate',
  'model.promote',
  'approval.sign',
  'policy.set',
  'capital.review',
  'predict',
  'read',
  'audit',
  'operate',
])
export type Permission = z.infer<typeof permission>

export const PERMISSIONS: readonly Permission[] = permission.options
