/** A request of the Open Inference Protocol into a question: features as a tensor, or entities whose features are looked up. */
import { refuse } from '../../schemas/kernel/fault.ts'
import { MICROS_PER_SECOND, type Micros, parseMoment } from '../../schemas/kernel/time.ts'
import type { Question } from './inference.ts'
import { MOST_ENTITIES, MOST_VALUES } from './limits.ts'
import type { Asked, Caller, InputTensor, Model } from './port.ts'
import { matrixOf, tensorRefused, textsOf } from './tensors.ts'

/** An id is recorded with the prediction. */
const MOST_ID_CHARACTERS = 256

/** More than any model takes. */
const MOST_INPUTS = 64

/** What may stand beside an entity: ours, and those of Triton's clients. By any other name `as_of` would be passed over, and today's features be read. */
const BESIDE_ENTITY = [
  ...['entity', 'as_of', 'timeout', 'priority', 'binary_data_output', 'triton_enable_empty_final_response'],
  ...['sequence_id', 'sequence_start', 'sequence_end'],
]

/** The names of the outputs that there are: the last one by entity alone. */
export const OUTPUTS = ['score', 'feature_time'] as const

/**
 * @throws Refusal `inference.malformed`, `inference.tensor`, `moment.malformed`, and `access.unauthenticated` where somebody whom
 * nobody knows asks by entity
 */
export function questionOf(asked: Asked, caller: Caller): Question {
  const { model, version, id, inputs, parameters } = asked
  const refused = (problem: string) => refuse('inference.malformed', { model, problem })
  if (id.length > MOST_ID_CHARACTERS) throw refused(`its id has more than ${MOST_ID_CHARACTERS} characters`)
  if (!id.isWellFormed()) throw refused('its id is no well-formed text')
  if (inputs.length > MOST_INPUTS)
    throw refused(`it has ${inputs.length} inputs: there are ${MOST_INPUTS} at most`)
  const twice = twiceIn(inputs.map(({ name }) => name))
  if (twice !== undefined) throw refused(`input ${twice} is there twice`)
  const named = (name: string) => inputs.find((one) => one.name === name)
  const [entity, asOf] = [named('entity'), named('as_of')]
  const isByEntity = entity !== undefined || parameters.entity !== undefined
  assertOutputs(asked, isByEntity)
  if (isByEntity) {
    if (!caller.isKnown)
      throw refuse('access.unauthenticated', { why: 'features are read for those who show who they are' })
    const strange = inputs.find((one) => one !== entity && one !== asOf)
    if (strange !== undefined)
      throw refused(`input ${strange.name} is there beside entity, whose features are looked up`)
    const unknown = Object.keys(parameters).find((name) => !BESIDE_ENTITY.includes(name))
    if (unknown !== undefined)
      throw refused(`there is no parameter ${unknown} beside entity: there are as_of and timeout`)
    return { model, version, id, entities: entitiesOf(asked, entity), asOf: asOfOf(asked, asOf) }
  }
  if (asOf !== undefined || parameters.as_of !== undefined) throw refused('as_of is there without entity')
  const [features, other] = inputs
  if (features === undefined) throw refused('it has no inputs')
  if (other !== undefined) throw refused(`it has ${inputs.length} inputs, and the model takes one`)
  return { model, version, id, features: (found) => featuresOf(found, features) }
}

function featuresOf({ live, inputs: [input], version }: Model, features: InputTensor): Float64Array {
  if (features.name !== input.name)
    throw refuse('inference.malformed', {
      model: live.model,
      problem: `version ${version} has no input ${features.name}: it takes ${input.name}, or entity`,
    })
  return matrixOf(live.model, features, { columns: live.run.features.length, mostValues: MOST_VALUES })
}

function assertOutputs({ model, outputs }: Asked, isByEntity: boolean): void {
  const known: readonly string[] = isByEntity ? OUTPUTS : OUTPUTS.slice(0, 1)
  const refused = (problem: string) => refuse('inference.malformed', { model, problem })
  const strange = outputs.find((name) => !known.includes(name))
  if (strange !== undefined) throw refused(`there is no output ${strange}: there is ${known.join(', ')}`)
  // Five hundred times the scores of a hundred thousand rows are 400 MB.
  const twice = twiceIn(outputs)
  if (twice !== undefined) throw refused(`output ${twice} is asked for twice`)
}

const twiceIn = (names: readonly string[]): string | undefined => {
  const seen = new Set<string>()
  return names.find((name) => seen.size === seen.add(name).size)
}

function entitiesOf({ model, parameters }: Asked, tensor: InputTensor | undefined): readonly string[] {
  if (tensor !== undefined && parameters.entity !== undefined)
    throw refuse('inference.malformed', { model, problem: 'entity is there as an input and as a parameter' })
  const entities = tensor === undefined ? [parameters.entity] : textsOf(model, tensor, MOST_ENTITIES)
  return entities.map((one) => {
    if (typeof one !== 'string' || one === '' || !one.isWellFormed())
      throw tensorRefused(model, 'entity', 'it is no well-formed text of one character or more')
    return one
  })
}

/** A moment as text, or as whole microseconds since 1970; null for now. */
function asOfOf({ model, parameters }: Asked, tensor: InputTensor | undefined): Micros | null {
  if (tensor === undefined) return momentIn(model, parameters.as_of ?? null)
  if (parameters.as_of !== undefined)
    throw refuse('inference.malformed', { model, problem: 'as_of is there as an input and as a parameter' })
  const [text] = textsOf(model, tensor, 1)
  return momentIn(model, text)
}

/** Before 1900 and after 2200 nothing is meant: it is a number of seconds, milliseconds or nanoseconds. */
const FAR = 7.3e9 * MICROS_PER_SECOND

function momentIn(model: string, value: unknown): Micros | null {
  if (value === null) return null
  if (typeof value === 'number' && Number.isSafeInteger(value) && Math.abs(value) < FAR) return value
  if (typeof value !== 'string')
    throw tensorRefused(model, 'as_of', 'it is neither a moment nor whole microseconds since 1970')
  return parseMoment(value)
}

/** When the caller gives up, by Triton's parameter `timeout`, in microseconds. @throws Refusal `inference.malformed` */
export function deadlineOf(
  { model, parameters: { timeout } }: Pick<Asked, 'model' | 'parameters'>,
  begun: number,
): number {
  if (timeout === undefined || timeout === 0) return Number.POSITIVE_INFINITY
  if (typeof timeout === 'number' && timeout > 0) return begun + timeout / 1000
  throw refuse('inference.malformed', { model, problem: 'its timeout is no number of microseconds' })
}
