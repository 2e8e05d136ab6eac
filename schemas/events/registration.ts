/** Models as a tracking client registers them: names, versions, and aliases, which are proposals where a committee governs. */
import { z } from 'zod'
import { defineEvent } from '../event.ts'
import { pair, tagChange } from './tracking.ts'

export const ModelRegistered = defineEvent({
  type: 'model.Registered',
  version: 1,
  data: z.strictObject({ registeredModel: z.string(), description: z.string(), tags: z.array(pair) }),
})

export const RegistrationEdited = defineEvent({
  type: 'model.RegistrationEdited',
  version: 1,
  data: z.strictObject({
    registeredModel: z.string(),
    /** Null where it keeps its name. */
    name: z.nullable(z.string()),
    /** Null where it is left as it is. */
    description: z.nullable(z.string()),
    tags: z.array(tagChange),
  }),
})

export const RegistrationRemoved = defineEvent({
  type: 'model.RegistrationRemoved',
  version: 1,
  data: z.strictObject({ registeredModel: z.string(), reason: z.string() }),
})

export const VersionRegistered = defineEvent({
  type: 'model.VersionRegistered',
  version: 1,
  data: z.strictObject({
    registeredModel: z.string(),
    modelVersion: z.int().positive(),
    /** Where its files are, as the client says. */
    source: z.string(),
    run: z.string(),
    loggedModel: z.string(),
    description: z.string(),
    tags: z.array(pair),
    author: z.string(),
    /** The file that a run of the platform made, byte for byte; null where it has none. */
    artifact: z.nullable(z.string()),
    /** The run of the platform that made it. */
    reproducedBy: z.nullable(z.string()),
    /** Whether a policy was in force: without one there is nobody to judge it. */
    isGoverned: z.boolean(),
    /** What it lacks to be judged, by name. */
    missing: z.array(z.string()),
  }),
})

export const VersionEdited = defineEvent({
  type: 'model.VersionEdited',
  version: 1,
  data: z.strictObject({
    registeredModel: z.string(),
    modelVersion: z.int(),
    /** Null where it is left as it is. */
    description: z.nullable(z.string()),
    /** A label of older clients, which puts nothing in force. Null where it is left as it is. */
    stage: z.nullable(z.string()),
    tags: z.array(tagChange),
  }),
})

export const VersionRemoved = defineEvent({
  type: 'model.VersionRemoved',
  version: 1,
  data: z.strictObject({ registeredModel: z.string(), modelVersion: z.int(), reason: z.string() }),
})

/** An alias is to stand for a version. Where a committee governs, it does once the version's file is in force. */
export const AliasProposed = defineEvent({
  type: 'model.AliasProposed',
  version: 1,
  data: z.strictObject({
    registeredModel: z.string(),
    alias: z.string(),
    modelVersion: z.int(),
    isGoverned: z.boolean(),
  }),
})

export const AliasRemoved = defineEvent({
  type: 'model.AliasRemoved',
  version: 1,
  data: z.strictObject({ registeredModel: z.string(), alias: z.string() }),
})
