/** Messages of the Open Inference Protocol into requests, and answers into messages. */
import { refuse } from '../../schemas/kernel/fault.ts'
import { outputsOf, parametersOf } from '../inference/answered.ts'
import type { Answered, Asked, Content, InputTensor, Parameter, Parameters } from '../inference/port.ts'
import { bytesOf } from '../inference/tensors.ts'

type InferParameter = Readonly<{ parameter_choice?: string } & Record<string, Parameter>>
type InferParameters = Readonly<Record<string, InferParameter>>

type TensorMessage = Readonly<{
  name: string
  datatype: string
  shape: readonly number[]
  contents: Readonly<Record<string, readonly unknown[]>> | null
}>

export type InferRequest = Readonly<{
  model_name: string
  model_version: string
  id: string
  parameters: InferParameters
  inputs: readonly TensorMessage[]
  outputs: readonly Readonly<{ name: string }>[]
  raw_input_contents: readonly Uint8Array[]
}>

/** The field that holds the elements of a datatype; FP16 and BF16 have none. */
const CONTENTS: Readonly<Record<string, string>> = {
  BOOL: 'bool_contents',
  INT8: 'int_contents',
  INT16: 'int_contents',
  INT32: 'int_contents',
  INT64: 'int64_contents',
  UINT8: 'uint_contents',
  UINT16: 'uint_contents',
  UINT32: 'uint_contents',
  UINT64: 'uint64_contents',
  FP32: 'fp32_contents',
  FP64: 'fp64_contents',
  BYTES: 'bytes_contents',
}

/** @throws Refusal `inference.malformed` */
export function askedIn(request: InferRequest): Asked {
  const { model_name: model, raw_input_contents: raw, inputs } = request
  const refused = (problem: string) => refuse('inference.malformed', { model, problem })
  if (raw.length > 0) {
    if (raw.length !== inputs.length)
      throw refused(`it has ${inputs.length} inputs and ${raw.length} raw contents`)
    if (inputs.some(({ contents }) => contents !== null))
      throw refused('it mixes raw and typed contents: send the ones or the others')
  }
  return {
    model,
    version: request.model_version,
    id: request.id,
    parameters: plain(request.parameters),
    inputs: inputs.map((one, i) => inputOf(one, raw.length > 0 ? { raw: raw[i] } : typed(one, refused))),
    outputs: request.outputs.map(({ name }) => name),
  }
}

const inputOf = ({ name, datatype, shape }: TensorMessage, content: Content): InputTensor => ({
  name,
  datatype,
  shape,
  content,
})

/** @throws Refusal `inference.malformed` where elements are in a field of another datatype, which would be passed over */
function typed({ name, datatype, contents }: TensorMessage, refused: (problem: string) => Error): Content {
  const field = CONTENTS[datatype] ?? ''
  const other = Object.entries(contents ?? {}).find(([key, values]) => key !== field && values.length > 0)
  if (other !== undefined)
    throw refused(
      `elements of ${name} are in ${other[0]}, and its datatype ${datatype} has ${field || 'raw contents alone'}`,
    )
  return { values: contents?.[field] ?? [] }
}

const plain = (parameters: InferParameters): Parameters =>
  Object.fromEntries(
    Object.entries(parameters).flatMap(([name, one]) =>
      one.parameter_choice === undefined ? [] : [[name, one[one.parameter_choice]]],
    ),
  )

export function messageOf(answered: Answered, wanted: readonly string[]) {
  const outputs = outputsOf(answered, wanted)
  const { model, id } = answered
  return {
    model_name: model.live.model,
    model_version: model.version,
    id,
    parameters: wrapped(parametersOf(answered)),
    outputs: outputs.map(({ name, datatype, shape }) => ({ name, datatype, shape })),
    // Triton's clients read nothing else.
    raw_output_contents: outputs.map(bytesOf),
  }
}

const wrapped = (parameters: Parameters) =>
  Object.fromEntries(Object.entries(parameters).map(([name, value]) => [name, { [choiceOf(value)]: value }]))

function choiceOf(value: Parameter): string {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? 'int64_param' : 'double_param'
  return typeof value === 'string' ? 'string_param' : 'bool_param'
}
