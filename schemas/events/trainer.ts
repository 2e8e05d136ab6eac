/** Trainers that are not built in: code that is admitted from a signed commit, and the models that it made where it was run. */
import { z } from 'zod'
import { defineEvent } from '../event.ts'
import { name } from '../kernel/name.ts'
import { commitRef, named } from './experiment.ts'

/** What a job may take before it is ended. */
export const limitsSpec = z.strictObject({
  seconds: z.int().positive(),
  /** Of memory: of each process, and of all of them together. */
  megabytes: z.int().positive(),
  /** Of files that it writes. */
  outputMegabytes: z.int().positive(),
  processes: z.int().positive(),
})
export type Limits = z.infer<typeof limitsSpec>

export const trainerSpec = z.strictObject({
  trainer: name,
  /** The repository, by the name that the configuration has for it. */
  repository: name,
  /** As the platform checked it. */
  commit: commitRef,
  /** Whose key signed the commit, as the file of allowed signers names him, and the key's fingerprint. */
  signer: z.nullable(z.string()),
  key: z.nullable(z.string()),
  /** SHA-256 of the file of allowed signers that the signature was held against; null where none is configured. */
  allowedSigners: z.nullable(z.string()),
  /** Why the signature does not count. */
  problem: z.nullable(z.string()),
  /** SHA-256 of the commit's files, as a tar: the event's chunk. */
  code: z.string(),
  /** The file that is run, in the commit. */
  entry: z.string(),
  /** What it runs in, by the name that the configuration has for it, and its parts: what the digest is over. */
  environmentName: name,
  environment: z.string(),
  /** The file of the commit that locks it, and its SHA-256. */
  lockfile: z.nullable(z.strictObject({ path: z.string(), sha256: z.string() })),
  /** SHA-256 of the program that runs the entry. */
  program: z.string(),
  /** SHA-256 over the records of what is installed; null where nothing is. */
  installed: z.nullable(z.string()),
  platform: z.string(),
  /** What the lockfile names and is not installed so. */
  unlocked: z.array(z.string()),
  limits: limitsSpec,
})
export type TrainerSpec = z.infer<typeof trainerSpec>

/** Somebody has a trainer admitted: the platform read its commit, and attests what it found. */
export const TrainerAdmitted = defineEvent({
  type: 'experiment.TrainerAdmitted',
  version: 1,
  data: trainerSpec,
})

/** No trial is started with a trainer any more. What it made is judged, served and made again as before. */
export const TrainerRetired = defineEvent({
  type: 'experiment.TrainerRetired',
  version: 1,
  data: z.strictObject({ trainer: name, reason: z.string().min(1), author: name }),
})

/** How a job went, as whoever ran it attests. */
const work = {
  /** Where it ran, and what was not held there, by name. */
  executor: z.string(),
  notHeld: z.array(z.string()),
  seconds: z.number(),
  /** Why it came to nothing. */
  failure: z.nullable(z.string()),
}

/** A run's models, made where its trainer was run: attested. What they score is derived from them. */
export const RunTrained = defineEvent({
  type: 'experiment.RunTrained',
  version: 1,
  data: z.strictObject({
    run: z.string(),
    /** The position at which it was started. */
    started: z.int(),
    /** SHA-256 of the model of all rows, and of that of each fold of the walk-forward: the event's chunks, in order. */
    artifact: z.string(),
    folds: z.array(z.string()),
    /** What the trainer said in its metrics.json: nothing is made of it. */
    told: z.array(named),
    ...work,
  }),
})

/** The models of every fold of a combinatorial split, made again for the gate: attested. */
export const SplitsTrained = defineEvent({
  type: 'experiment.SplitsTrained',
  version: 1,
  data: z.strictObject({
    run: z.string(),
    started: z.int(),
    groups: z.int(),
    testGroups: z.int(),
    embargoDays: z.number(),
    /** SHA-256 of each fold's model: the event's chunks, in order. */
    models: z.array(z.string()),
    ...work,
  }),
})

/** What the jobs of a run took and cost where they were run, whatever came of them: attested. */
export const WorkMetered = defineEvent({
  type: 'experiment.WorkMetered',
  version: 1,
  data: z.strictObject({
    run: z.string(),
    started: z.int(),
    family: z.string(),
    /** `walk-forward`, or which splits. */
    part: z.string(),
    /** Whose budget it is; null for whoever has none. */
    team: z.nullable(z.string()),
    pool: z.string(),
    /** When the first began and the last ended, in microseconds of UTC. */
    from: z.int(),
    to: z.int(),
    /** Jobs, how often one was begun, and for how many seconds; and those of which nothing came: the machine was lost. */
    jobs: z.int().nonnegative(),
    tries: z.int().nonnegative(),
    seconds: z.number().nonnegative(),
    lostSeconds: z.number().nonnegative(),
    /** Jobs that the pool runs at a time, and what an hour of each has and costs. */
    atOnce: z.int().positive(),
    cpus: z.number().nonnegative(),
    gpus: z.number().nonnegative(),
    dollarsPerHour: z.number().nonnegative(),
    /** What that costs by the hour where one has not committed to it nor bid for it. */
    onDemandDollarsPerHour: z.number().nonnegative(),
  }),
})
