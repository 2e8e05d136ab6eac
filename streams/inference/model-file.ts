/**
 * What a trainer wrote, held to what may be run: an ONNX file is a program, whose parser is native code, and which may loop for ever or
 * take all memory. So it is read here first: known operators alone, none with a graph within, no file outside, and each result as wide
 * as it was worked out to be. What is worked out for one row holds for all, as a row never becomes two.
 */
import { refuse } from '../../schemas/kernel/fault.ts'
import {
  type ModelForm,
  modelFormOf,
  type NodeForm,
  type TensorForm,
  type ValueForm,
  wholeOf,
} from './onnx-form.ts'
import { MOST_WIDE, OddModel, OPERATORS, type Shape } from './op-shapes.ts'
import { countOf, WIDTHS } from './tree-form.ts'

/** How a file is asked. */
export type ModelFile = Readonly<{
  input: string
  inputType: 'float32' | 'float64'
  columns: number
  output: string
  /** Values that a row has at its widest on its way to its score. */
  widest: number
}>

const MOST_BYTES = 128 * 2 ** 20
const MOST_NODES = 10_000
const [FLOAT, DOUBLE] = [1, 11]
const TYPES: Readonly<Record<number, 'float32' | 'float64'>> = { [FLOAT]: 'float32', [DOUBLE]: 'float64' }
const MOST_LISTED = 4_096

/** @throws Refusal `model.unreadable`, with what is wrong and how a converter is told to do it right */
export function readModelFile(bytes: Uint8Array): ModelFile {
  try {
    if (bytes.length > MOST_BYTES)
      throw new OddModel(`it has ${bytes.length} bytes, and at most ${MOST_BYTES} are read`)
    return checked(modelFormOf(bytes))
  } catch (error) {
    const problem = error instanceof OddModel ? error.message : 'it is no ONNX file'
    throw refuse('model.unreadable', { problem })
  }
}

function checked({ graph, functions, trainingInfo }: ModelForm): ModelFile {
  if (graph === null) throw new OddModel('it is no ONNX file: it has no graph')
  if (functions.length > 0 || trainingInfo.length > 0)
    throw new OddModel('it has functions or training of its own')
  if (graph.sparseInitializer.length > 0) throw new OddModel('it has sparse constants')
  if (graph.node.length > MOST_NODES) throw new OddModel(`it has ${graph.node.length} nodes`)
  const constants = new Map(
    graph.initializer.map((tensor): [string, Shape] => [tensor.name, constantOf(tensor)]),
  )
  if (constants.size !== graph.initializer.length) throw new OddModel('two of its constants have one name')
  // Old converters list constants among the inputs.
  const inputs = graph.input.filter(({ name }) => !constants.has(name))
  const [input, output] = [only(inputs, 'input'), only(graph.output, 'output')]
  const { width, type } = matrixOf(input)
  if (width === null) throw new OddModel(`its input ${input.name} does not say how many features it takes`)
  const shapes = new Map<string, Shape>(constants).set(input.name, { kind: 'rows', width })
  for (const node of graph.node) visit(node, shapes)
  const made = shapes.get(output.name)
  if (made?.kind !== 'list' && (made?.kind !== 'rows' || made.width !== 1))
    throw new OddModel(
      `its output ${output.name} is not one number for each row. Cut it down to the score before it is written`,
    )
  if (TYPES[output.type?.tensorType?.elemType ?? 0] === undefined)
    throw new OddModel(`its output ${output.name} is no tensor of floats. ${ZIPMAP}`)
  const widths = [...shapes.values()].map((shape) => (shape.kind === 'rows' ? shape.width : 1))
  const widest = widths.reduce((most, one) => Math.max(most, one), width)
  return { input: input.name, inputType: type, columns: width, output: output.name, widest }
}

const ZIPMAP =
  'Convert a classifier without ZipMap (zipmap=False), and write the probability of one class as the one output'

function only(values: readonly ValueForm[], what: string): ValueForm {
  const [one, ...more] = values
  if (one === undefined || more.length > 0)
    throw new OddModel(
      `it has ${values.length} ${what}s, and needs one: [n, features] in, one score for each row out. ${ZIPMAP}`,
    )
  return one
}

function matrixOf({ name, type }: ValueForm) {
  const tensor = type?.tensorType
  const found = TYPES[tensor?.elemType ?? 0]
  if (tensor == null || found === undefined) throw new OddModel(`its input ${name} is no tensor of floats`)
  const dims = tensor.shape?.dim ?? []
  if (dims.length !== 2) throw new OddModel(`its input ${name} is not [n, features]`)
  const [first, second] = dims.map(({ dimValue }) => wholeOf(dimValue))
  if (first > 0)
    throw new OddModel(`its input ${name} takes ${first} rows alone. Convert it with a free first dimension`)
  return { width: second > 0 && second <= MOST_WIDE ? second : null, type: found }
}

function visit(node: NodeForm, shapes: Map<string, Shape>): void {
  const { opType, domain, input, output, attribute, overload } = node
  const name = ['', 'ai.onnx'].includes(domain) ? opType : `${domain} ${opType}`
  if (name === 'ai.onnx.ml ZipMap') throw new OddModel(`it ends in a ZipMap, which cannot be run. ${ZIPMAP}`)
  const making = OPERATORS.get(name)
  if (making === undefined || overload !== '')
    throw new OddModel(`it has the operator ${name}, which is not run here`)
  // Of two, the runtime would take the other.
  if (new Set(attribute.map((one) => one.name)).size !== attribute.length)
    throw new OddModel(`${name} has an attribute twice`)
  if (attribute.some(isOdd)) throw new OddModel(`${name} has a graph or a type within`)
  // Trees ask whether a feature is below infinity, and of the others none has a use for it.
  if (!opType.startsWith('Tree') && attribute.some(({ f, floats }) => ![f, ...floats].every(Number.isFinite)))
    throw new OddModel(`${name} has an attribute that is not a finite number`)
  const given = input
    .filter((one) => one !== '')
    .map((one) => {
      const shape = shapes.get(one)
      if (shape === undefined) throw new OddModel(`${name} reads ${one} before it is made`)
      return shape
    })
  const made = making(given, node)
  for (const [at, one] of output.entries()) {
    if (one === '') continue
    const shape = made[at]
    if (shape === undefined || shapes.has(one)) throw new OddModel(`${name} makes ${one}, which it cannot`)
    shapes.set(one, shape)
  }
}

const isOdd = (one: NodeForm['attribute'][number]): boolean =>
  [one.g, one.tp, one.sparseTensor].some(({ length }) => length > 0) ||
  [one.tensors, one.graphs, one.typeProtos, one.sparseTensors].some(({ length }) => length > 0) ||
  one.refAttrName !== '' ||
  (one.t !== null && constantOf(one.t).kind !== 'constant')

function constantOf(tensor: TensorForm): Shape {
  const { name, dataType, externalData, dataLocation, stringData, segment } = tensor
  if (externalData.length > 0 || dataLocation !== 0)
    throw new OddModel(`its constant ${name} lies in another file`)
  if (stringData.length > 0 || segment.length > 0 || WIDTHS[dataType] === undefined)
    throw new OddModel(`its constant ${name} is of a type that is not run here`)
  const dims = tensor.dims.map(wholeOf)
  const count = dims.reduce((product, dim) => product * dim, 1)
  if (dims.some((dim) => !(dim >= 0)) || count !== countOf(tensor))
    throw new OddModel(`its constant ${name} does not have as many values as it says`)
  if (!hasFinite(tensor)) throw new OddModel(`its constant ${name} has a value that is not finite`)
  return {
    kind: 'constant',
    dims,
    ...(count <= MOST_LISTED && dataType === 7 && { values: wholesOf(tensor) }),
  }
}

function hasFinite({ dataType, rawData, floatData, doubleData }: TensorForm): boolean {
  if (![...floatData, ...doubleData].every(Number.isFinite)) return false
  const width = dataType === FLOAT ? 4 : dataType === DOUBLE ? 8 : 0
  if (width === 0 || rawData.length === 0) return true
  const view = new DataView(rawData.buffer, rawData.byteOffset, rawData.byteLength)
  for (let at = 0; at < rawData.length; at += width)
    if (!Number.isFinite(width === 4 ? view.getFloat32(at, true) : view.getFloat64(at, true))) return false
  return true
}

function wholesOf({ rawData, int64Data }: TensorForm): readonly number[] {
  if (rawData.length === 0) return int64Data.map(wholeOf)
  const view = new DataView(rawData.buffer, rawData.byteOffset, rawData.byteLength)
  return Array.from({ length: rawData.length / 8 }, (_, at) => Number(view.getBigInt64(at * 8, true)))
}
