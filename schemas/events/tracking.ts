/**
 * What a tracking client says of its work: experiments, runs with what they logged, and the models that they logged. Each such run is
 * attested: somebody who was let in says it of a training that the platform has not seen. It counts as a trial from its start.
 */
import { z } from 'zod'
import { defineEvent } from '../event.ts'

export const pair = z.strictObject({ key: z.string(), value: z.string() })
export type Pair = z.infer<typeof pair>

/** A tag as it is from now on; null where it is taken away. */
export const tagChange = z.strictObject({ key: z.string(), value: z.nullable(z.string()) })
export type TagChange = z.infer<typeof tagChange>

export const ExperimentOpened = defineEvent({
  type: 'experiment.Opened',
  version: 1,
  data: z.strictObject({
    /** A whole number from 1 on, as text: 0 is the experiment that is always there. */
    experiment: z.string(),
    name: z.string(),
    artifactLocation: z.string(),
    tags: z.array(pair),
  }),
})

export const ExperimentEdited = defineEvent({
  type: 'experiment.Edited',
  version: 1,
  data: z.strictObject({
    experiment: z.string(),
    /** Null where it keeps its name. */
    name: z.nullable(z.string()),
    tags: z.array(tagChange),
  }),
})

/** A tombstone: it is hidden, and its runs count as trials all the same. */
export const ExperimentRemoved = defineEvent({
  type: 'experiment.Removed',
  version: 1,
  data: z.strictObject({ experiment: z.string(), reason: z.string() }),
})

export const ExperimentRestored = defineEvent({
  type: 'experiment.Restored',
  version: 1,
  data: z.strictObject({ experiment: z.string() }),
})

export const RunOpened = defineEvent({
  type: 'run.Opened',
  version: 1,
  data: z.strictObject({
    run: z.string(),
    experiment: z.string(),
    /** The name of the experiment as the run was opened: trials of one family are counted together. */
    family: z.string(),
    /** Who was let in, and opened it. */
    author: z.string(),
    name: z.string(),
    /** What the client says the user is called. */
    user: z.string(),
    /** Milliseconds since 1970 UTC, as the client says. */
    startTime: z.int(),
    tags: z.array(pair),
  }),
})

/** A value of a metric. */
export const point = z.strictObject({
  key: z.string(),
  /** Null for what is no finite number, which `special` names. */
  value: z.nullable(z.number()),
  special: z.enum(['', 'NaN', 'Infinity', '-Infinity']),
  /** Milliseconds since 1970 UTC, as the client says. */
  timestamp: z.int(),
  step: z.int(),
  /** The logged model and the data set that it was measured with; empty where none is told. */
  loggedModel: z.string(),
  dataset: z.string(),
  datasetDigest: z.string(),
})
export type Point = z.infer<typeof point>

/** A number as a point holds it. */
export const pointValue = (value: number): Pick<Point, 'value' | 'special'> =>
  Number.isFinite(value)
    ? { value, special: '' }
    : { value: null, special: String(value) as Point['special'] }

export const numberOf = ({ value, special }: Pick<Point, 'value' | 'special'>): number =>
  value ?? Number(special)

export const RunLogged = defineEvent({
  type: 'run.Logged',
  version: 1,
  data: z.strictObject({ run: z.string(), params: z.array(pair), tags: z.array(tagChange) }),
})

/** Its command id is made of the values: the same ones again are the ones that they were. */
export const RunMeasured = defineEvent({
  type: 'run.Measured',
  version: 1,
  data: z.strictObject({
    run: z.string(),
    /** How many values of metrics it holds: all of them in `points`, or all in the event's chunk. */
    count: z.int(),
    points: z.array(point),
    /** SHA-256 of the chunk; null where the values are in `points`. */
    chunk: z.nullable(z.string()),
    /** Of the chunk, the value of each metric, as measured with each model, with the greatest step, time and value. */
    latest: z.array(point),
  }),
})

export const datasetInput = z.strictObject({
  name: z.string(),
  digest: z.string(),
  sourceType: z.string(),
  source: z.string(),
  schema: z.nullable(z.string()),
  profile: z.nullable(z.string()),
  tags: z.array(pair),
})
export type DatasetInput = z.infer<typeof datasetInput>

export const InputsLogged = defineEvent({
  type: 'run.InputsLogged',
  version: 1,
  data: z.strictObject({ run: z.string(), datasets: z.array(datasetInput), models: z.array(z.string()) }),
})

export const modelOutput = z.strictObject({ loggedModel: z.string(), step: z.int() })
export type ModelOutput = z.infer<typeof modelOutput>

export const OutputsLogged = defineEvent({
  type: 'run.OutputsLogged',
  version: 1,
  data: z.strictObject({ run: z.string(), models: z.array(modelOutput) }),
})

/** A file of a run, or of a logged model: its bytes lie in the store of artifacts under their SHA-256. */
const stored = { path: z.string(), hash: z.string(), bytes: z.int() }

export const FileStored = defineEvent({
  type: 'run.FileStored',
  version: 1,
  data: z.strictObject({ run: z.string(), ...stored }),
})

export const FileRemoved = defineEvent({
  type: 'run.FileRemoved',
  version: 1,
  data: z.strictObject({ run: z.string(), path: z.string() }),
})

export const runEnd = z.enum(['FINISHED', 'FAILED', 'KILLED'])

export const RunSealed = defineEvent({
  type: 'run.Sealed',
  version: 1,
  data: z.strictObject({
    run: z.string(),
    status: runEnd,
    /** Milliseconds since 1970 UTC, as the client says. */
    endTime: z.int(),
    /** SHA-256 over all that the run said up to here, in order, with the digests of its files and chunks. */
    seal: z.string(),
  }),
})

/** A sealed run goes on: what follows is the amendment's, and is sealed over the seal before it. It counts as a trial. */
export const AmendmentOpened = defineEvent({
  type: 'run.AmendmentOpened',
  version: 1,
  data: z.strictObject({ run: z.string(), amendment: z.int(), seal: z.string(), author: z.string() }),
})

export const RunRenamed = defineEvent({
  type: 'run.Renamed',
  version: 1,
  data: z.strictObject({ run: z.string(), name: z.string() }),
})

/** A tombstone: the run is hidden, and counts as a trial all the same. */
export const RunRemoved = defineEvent({
  type: 'run.Removed',
  version: 1,
  data: z.strictObject({ run: z.string(), reason: z.string() }),
})

export const RunRestored = defineEvent({
  type: 'run.Restored',
  version: 1,
  data: z.strictObject({ run: z.string() }),
})

export const LoggedModelOpened = defineEvent({
  type: 'run.ModelOpened',
  version: 1,
  data: z.strictObject({
    loggedModel: z.string(),
    experiment: z.string(),
    /** The run that it comes from; empty where none is told. */
    run: z.string(),
    name: z.string(),
    modelType: z.string(),
    params: z.array(pair),
    tags: z.array(pair),
  }),
})

export const LoggedModelEdited = defineEvent({
  type: 'run.ModelEdited',
  version: 1,
  data: z.strictObject({ loggedModel: z.string(), params: z.array(pair), tags: z.array(tagChange) }),
})

export const LoggedModelFileStored = defineEvent({
  type: 'run.ModelFileStored',
  version: 1,
  data: z.strictObject({ loggedModel: z.string(), ...stored }),
})

/** Its files are all there, and sealed, or their upload failed. */
export const LoggedModelEnded = defineEvent({
  type: 'run.ModelEnded',
  version: 1,
  data: z.strictObject({
    loggedModel: z.string(),
    status: z.enum(['READY', 'UPLOAD_FAILED']),
    seal: z.string(),
  }),
})

export const LoggedModelRemoved = defineEvent({
  type: 'run.ModelRemoved',
  version: 1,
  data: z.strictObject({ loggedModel: z.string(), reason: z.string() }),
})
