/**
 * Bodies of the Open Inference Protocol over HTTP: JSON, and behind it, where a header says how long the JSON is, the bytes of the
 * tensors that it announces (Triton's binary tensor data extension).
 */
import { Refusal, refuse } from '../../schemas/kernel/fault.ts'
import { outputsOf, parametersOf } from '../inference/answered.ts'
import { MOST_VALUES } from '../inference/limits.ts'
import type { Answered, Asked, Content, InputTensor, OutputTensor, Parameter } from '../inference/port.ts'
import { bytesOf, ELEMENT_BYTES } from '../inference/tensors.ts'
import { assertWhole, textOf } from '../whole-text.ts'
import { assertFew } from './json-values.ts'

/** A request, and which of its outputs are to come as bytes. */
export type Sent = Readonly<{ asked: Asked; isBinary: (output: string) => boolean }>

type Json = Readonly<Record<string, unknown>>

/** Each value may be a row of its own; and what else a question has. */
const MOST_JSON_VALUES = 2 * MOST_VALUES + 1_024

/** Deeper than any tensor. */
const MOST_DIMENSIONS = 16

/**
 * @param jsonBytes how many bytes at its start are JSON; all of them unless it is told
 * @throws Refusal `request.malformed`, `inference.malformed`, `inference.tensor`
 */
export function readBody(
  body: Uint8Array,
  of: Readonly<{ model: string; version: string; jsonBytes: number | null }>,
): Sent {
  const { model, version, jsonBytes } = of
  const refused = (problem: string) => refuse('inference.malformed', { model, problem })
  if (jsonBytes !== null && !(Number.isSafeInteger(jsonBytes) && jsonBytes >= 0 && jsonBytes <= body.length))
    throw refused(`Inference-Header-Content-Length says ${jsonBytes}, and the body has ${body.length} bytes`)
  const json = jsonIn(body.subarray(0, jsonBytes ?? body.length))
  const parameters = parametersIn(json.parameters, 'parameters', refused)
  const blobs = { left: body.subarray(jsonBytes ?? body.length) }
  const inputs = listIn(json.inputs, 'inputs', refused).map((one) => inputIn(one, { model, refused, blobs }))
  if (blobs.left.length > 0) throw refused(`${blobs.left.length} bytes behind its JSON belong to no input`)
  const outputs = listIn(json.outputs, 'outputs', refused).map((one) => wantedIn(one, refused))
  const wanted = new Map(outputs)
  const id = json.id ?? ''
  if (typeof id !== 'string') throw refused('its id is no text')
  return {
    asked: { model, version, id, parameters, inputs, outputs: outputs.map(([name]) => name) },
    isBinary: (output) => wanted.get(output) ?? parameters.binary_data_output === true,
  }
}

type Refused = (problem: string) => Error

function jsonIn(bytes: Uint8Array): Json {
  let value: unknown
  try {
    const text = textOf(bytes)
    assertFew(text, MOST_JSON_VALUES)
    value = JSON.parse(text)
    assertWhole(text, value)
  } catch (error) {
    if (error instanceof Refusal) throw error
    const problem = error instanceof Error ? error.message : String(error)
    throw refuse('request.malformed', { problem: `its body is no JSON (${problem})` })
  }
  if (!isObject(value)) throw refuse('request.malformed', { problem: 'its body is no JSON object' })
  return value
}

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function listIn(value: unknown, name: string, refused: Refused): readonly Json[] {
  if (value === undefined) return []
  if (!Array.isArray(value) || !value.every(isObject)) throw refused(`its ${name} are no list of objects`)
  return value
}

function parametersIn(value: unknown, name: string, refused: Refused): Readonly<Record<string, Parameter>> {
  if (value === undefined || value === null) return {}
  if (!isObject(value)) throw refused(`its ${name} are no object`)
  const strange = Object.entries(value).find(([, one]) => !isParameter(one))
  if (strange !== undefined) throw refused(`parameter ${strange[0]} is no text, number or truth value`)
  return value as Readonly<Record<string, Parameter>>
}

const isParameter = (value: unknown): value is Parameter =>
  ['string', 'number', 'boolean'].includes(typeof value)

type Reading = Readonly<{ model: string; refused: Refused; blobs: { left: Uint8Array } }>

function inputIn(json: Json, { model, refused, blobs }: Reading): InputTensor {
  const { name, datatype, shape, data } = json
  if (typeof name !== 'string') throw refused('an input has no name')
  const wrong = (problem: string) => refuse('inference.tensor', { model, tensor: name, problem })
  if (typeof datatype !== 'string' || !Object.hasOwn(ELEMENT_BYTES, datatype))
    throw wrong(`its datatype is none of ${Object.keys(ELEMENT_BYTES).join(', ')}`)
  if (!isShape(shape)) throw wrong('its shape is no list of whole numbers')
  const size = parametersIn(json.parameters, `parameters of ${name}`, refused).binary_data_size
  if ((size === undefined) === (data === undefined))
    throw wrong('it has either data, or parameters.binary_data_size and its bytes behind the JSON')
  const content: Content =
    size === undefined ? { values: flat(data, wrong) } : { raw: cut(blobs, size, wrong) }
  return { name, datatype, shape, content }
}

const isShape = (value: unknown): value is readonly number[] =>
  Array.isArray(value) && value.every((one) => Number.isSafeInteger(one))

function cut(blobs: Reading['blobs'], size: Parameter, wrong: Refused): Uint8Array {
  if (typeof size !== 'number' || !Number.isSafeInteger(size) || size < 0)
    throw wrong('its binary_data_size is no number of bytes')
  if (size > blobs.left.length)
    throw wrong(
      `its binary_data_size is ${size}, and ${blobs.left.length} bytes are left behind the JSON, whose length Inference-Header-Content-Length tells`,
    )
  const bytes = blobs.left.subarray(0, size)
  blobs.left = blobs.left.subarray(size)
  return bytes
}

/** Elements in order, however they are nested. */
function flat(data: unknown, wrong: Refused): readonly unknown[] {
  if (!Array.isArray(data)) throw wrong('its data is no list')
  let level: readonly unknown[] = data
  for (let depth = 1; level.some(Array.isArray); depth++) {
    if (depth >= MOST_DIMENSIONS) throw wrong(`its data is nested deeper than ${MOST_DIMENSIONS} lists`)
    if (!level.every(Array.isArray)) throw wrong('its data mixes lists and elements')
    level = level.flat()
  }
  return level
}

function wantedIn({ name, parameters }: Json, refused: Refused): [string, boolean | undefined] {
  if (typeof name !== 'string') throw refused('an output has no name')
  const { binary_data: binary } = parametersIn(parameters, `parameters of ${name}`, refused)
  if (binary !== undefined && typeof binary !== 'boolean')
    throw refused(`binary_data of ${name} is no truth value`)
  return [name, binary]
}

/** @returns the bytes of an answer, and how many of them are JSON where others follow; null where none do */
export function writeBody(
  answered: Answered,
  { asked, isBinary }: Sent,
): Readonly<{ body: Buffer; jsonBytes: number | null }> {
  const outputs = outputsOf(answered, asked.outputs)
  const binary = outputs.filter(({ name }) => isBinary(name))
  const { model, id } = answered
  const head = {
    model_name: model.live.model,
    model_version: model.version,
    ...(id !== '' && { id }),
    parameters: parametersOf(answered),
  }
  const texts = outputs.map((one) => (binary.includes(one) ? announced(one) : written(one)))
  const json = Buffer.from(`${JSON.stringify(head).slice(0, -1)},"outputs":[${texts.join(',')}]}`)
  if (binary.length === 0) return { body: json, jsonBytes: null }
  return { body: Buffer.concat([json, ...binary.map(bytesOf)]), jsonBytes: json.length }
}

const announced = ({ name, datatype, shape, values }: OutputTensor): string =>
  JSON.stringify({ name, datatype, shape, parameters: { binary_data_size: values.length * 8 } })

/** JSON.stringify would write -0 as 0, which is another number. */
function written({ name, datatype, shape, values }: OutputTensor): string {
  const data = Array.from(values, (value) => (Object.is(value, -0) ? '-0.0' : String(value)))
  return `${JSON.stringify({ name, datatype, shape }).slice(0, -1)},"data":[${data.join(',')}]}`
}
