/**
 * Grants: somebody asks for what is guarded, another lets him, and each time that he takes something stands here before its first byte does.
 * All that concerns one person stands in one stream. Moments are the wall clock's, whatever moment data are played at.
 */
import { z } from 'zod'
import { defineEvent } from '../event.ts'
import { jewel } from '../jewel.ts'
import { name } from '../kernel/name.ts'
import { role } from '../role.ts'

/** The stream of a person. */
export const grantStream = (subject: string): string => `access-grants-${subject}`

const id = z.string().regex(/^[0-9a-f]{16}$/)

export const grantSpec = z.strictObject({
  /** What may be taken, each by its id. */
  items: z.array(jewel).min(1).max(100),
  justification: z.string().min(12).max(2_000),
  /** Where the work is written down: the id of a ticket. */
  ticket: z.string().min(1).max(200),
  minutes: z.int().positive().max(480),
  /** The most artifacts that may be taken under it, and the most bytes. */
  artifacts: z.int().positive().max(50),
  bytes: z
    .int()
    .positive()
    .max(2 ** 36),
})
export type GrantSpec = z.infer<typeof grantSpec>

export const GrantRequested = defineEvent({
  type: 'access.GrantRequested',
  version: 1,
  data: z.strictObject({
    grant: id,
    subject: name,
    ...grantSpec.shape,
    /** Those of them that lineage does not lead to from what the person works on, and the log position where that was looked up. */
    outside: z.array(jewel),
    readAt: z.int(),
    at: z.int(),
  }),
})

export const GrantApproved = defineEvent({
  type: 'access.GrantApproved',
  version: 1,
  data: z.strictObject({
    grant: id,
    subject: name,
    /** `policy`: all of it is the person's own work; `person`: the actor of this event; `emergency`: nobody was asked. */
    by: z.enum(['policy', 'person', 'emergency']),
    from: z.int(),
    /** It gives nothing from this moment on. */
    expires: z.int(),
  }),
})

/** It gives nothing from the next event on; a request that was not approved never will. */
export const GrantRevoked = defineEvent({
  type: 'access.GrantRevoked',
  version: 1,
  data: z.strictObject({ grant: id, subject: name, reason: z.string().min(1).max(2_000), at: z.int() }),
})

/** Somebody else looked at what was taken in an emergency. */
export const EmergencyReviewed = defineEvent({
  type: 'access.EmergencyReviewed',
  version: 1,
  data: z.strictObject({ grant: id, subject: name, finding: z.string().min(1).max(2_000), at: z.int() }),
})

const taking = {
  subject: name,
  /** Where it was asked for: a route, or a command of the command line. */
  door: z.string(),
  item: jewel,
  at: z.int(),
}

/** Something that is guarded goes out: recorded durably before the first byte of it. */
export const AccessReleased = defineEvent({
  type: 'access.Released',
  version: 1,
  data: z.strictObject({
    release: z.string(),
    ...taking,
    roles: z.array(role),
    /** What counts as one artifact of the item: a file or folder of a run, one question to a feature set. */
    artifact: z.string(),
    /** SHA-256 of the bytes; null where they are made while they are read. */
    hash: z.nullable(z.string()),
    /** What is taken from the grant's bytes: those of the file, or what is left where that is not known before. */
    bytes: z.int().nonnegative(),
    /** The grant, why and under which ticket; null and empty where the policy in force asks for none. */
    grant: z.nullable(z.string()),
    justification: z.string(),
    ticket: z.string(),
  }),
})

/** How many bytes of a release went out, where that was not known before. */
export const Delivered = defineEvent({
  type: 'access.Delivered',
  version: 1,
  data: z.strictObject({ release: z.string(), subject: name, bytes: z.int().nonnegative(), at: z.int() }),
})

/** Somebody asked for, or listed, what he may not have, and got nothing. */
export const Withheld = defineEvent({
  type: 'access.Withheld',
  version: 1,
  data: z.strictObject({
    release: z.string(),
    ...taking,
    /** Whether it was listed, and not asked for itself. */
    isListing: z.boolean(),
    /** The code of what he was refused with. */
    code: z.string(),
  }),
})
