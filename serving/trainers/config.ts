/** What the configuration says of trainers: whose signatures count, where their code comes from, and what it runs in. */
import { posix } from 'node:path'
import { z } from 'zod'
import { limitsSpec } from '../../schemas/events/trainer.ts'

const environmentConfig = z.strictObject({
  /** The program that runs an entry, and what comes before it: ["/srv/envs/lightgbm/bin/python"]. */
  run: z.array(z.string().min(1)).min(1),
  /** Folders that are mounted read-only in the sandbox, beside /usr, /bin and /lib: those of the program. */
  mounts: z
    .array(
      z
        .string()
        .startsWith('/')
        .refine((path) => !/^\/(?:(?:proc|sys|dev)(?:\/|$)|$)/.test(posix.normalize(path)), {
          error: 'name the folders of the environment, and not the whole machine',
        }),
    )
    .default([]),
})
export type EnvironmentConfig = z.infer<typeof environmentConfig>

/** A timer of more than 2^31 ms rings at once. */
const MOST_SECONDS = 2_000_000

export const trainingConfig = z.strictObject({
  /** Whose keys may sign a commit, in the form of ssh-keygen's allowed signers. */
  allowedSigners: z.string().min(1).optional(),
  /** Repositories that trainers are admitted from: a folder, or what git fetches from. */
  repositories: z.record(z.string(), z.string().min(1)).default({}),
  environments: z.record(z.string(), environmentConfig).default({}),
  limits: z
    .strictObject({
      seconds: limitsSpec.shape.seconds.max(MOST_SECONDS).default(3_600),
      megabytes: limitsSpec.shape.megabytes.default(4_096),
      outputMegabytes: limitsSpec.shape.outputMegabytes.default(256),
      processes: limitsSpec.shape.processes.default(64),
    })
    .default({ seconds: 3_600, megabytes: 4_096, outputMegabytes: 256, processes: 64 }),
  /** Jobs at a time. */
  atOnce: z.int().positive().max(256).default(1),
})
export type TrainingConfig = z.infer<typeof trainingConfig>

const isAddress = (text: string): boolean => /^[\w+.-]+:\/\//.test(text) || /^[^/\s]+@[^/\s]+:/.test(text)

/** With its paths resolved against the folder. */
export const placedTraining = (config: TrainingConfig, at: (path: string) => string): TrainingConfig => ({
  ...config,
  ...(config.allowedSigners !== undefined && { allowedSigners: at(config.allowedSigners) }),
  repositories: Object.fromEntries(
    Object.entries(config.repositories).map(([name, place]) => [name, isAddress(place) ? place : at(place)]),
  ),
})
