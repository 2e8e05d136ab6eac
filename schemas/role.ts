/** Roles, and the subject that acts: a name, recorded with what it does, and the roles that its credentials carry. */
import { z } from 'zod'

export const role = z.enum(['researcher', 'member', 'oms', 'monitor', 'compliance', 'engineer', 'owner'])
export type Role = z.infer<typeof role>

export const ROLES: readonly Role[] = role.options

export type Subject = Readonly<{ name: string; roles: readonly Role[] }>
