/** An answer as both doors give it: outputs as tensors, and what it rests on as parameters. */
import type { Answered, OutputTensor, Parameters } from './port.ts'

/** The outputs that were asked for; the scores where none was named. */
export function outputsOf({ scores, online }: Answered, wanted: readonly string[]): readonly OutputTensor[] {
  const shape = [scores.length, 1]
  const all: readonly OutputTensor[] = [
    { name: 'score', datatype: 'FP64', shape, values: scores },
    { name: 'feature_time', datatype: 'INT64', shape, values: online?.eventTimes ?? new Float64Array() },
  ]
  const names = wanted.length === 0 ? ['score'] : wanted
  return names.flatMap((name) => all.filter((one) => one.name === name))
}

/**
 * What the prediction rests on, and where it stands in the log, or that it is recorded after the answer. Moments are whole microseconds since 1970.
 *
 * `capital` is the fraction of full capital that the model may use as this is answered: 0 while it is halted.
 *
 * By entity: `moment` is when the features are known as of, `feature_time` the earliest event time of the rows that were read, and
 * `features_read_at` the log position of the newest values that had been taken in. Where Redis is configured, `features_from` says whether
 * they came from there, and `features_from_why` why not.
 */
export function parametersOf({ model, online, position }: Answered): Parameters {
  const { live, approvals } = model
  const capital = model.capital()
  return {
    artifact: live.artifact,
    promotion: live.promotion,
    approvals: approvals.join(', '),
    ...(capital !== null && { capital }),
    ...(position === null ? { recorded: 'after' } : { position }),
    ...(online !== null && {
      moment: online.moment,
      feature_time: Math.min(...online.eventTimes),
      features_read_at: online.readAt,
      ...(online.source && { features_from: online.source.place }),
      ...(online.source?.why && { features_from_why: online.source.why }),
    }),
  }
}
