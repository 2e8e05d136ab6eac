/**
 * A linear model as an ONNX file: as it is written, and whether a file is one, so that no other is ever run. The few messages that
 * it needs of ONNX's public schema are declared here.
 */
import protobuf from 'protobufjs'
import { message } from './onnx-message.ts'

export type LinearModel = Readonly<{ coefficients: Float64Array; intercept: number }>

/** A coefficient and its name have some 20 bytes: far more features than a model is ever fitted to. */
const MOST_BYTES = 1 << 20

const OPSET = 17
const IR_VERSION = 8
const DOUBLE = 11

/** The part of onnx.proto (ONNX 1.12, IR version 8) that a graph of named nodes and constant tensors needs. */
const ONNX = protobuf.Root.fromJSON({
  nested: {
    Dimension: message({ dimValue: ['int64', 1], dimParam: ['string', 2] }),
    Shape: message({ dim: ['Dimension', 1, 'repeated'] }),
    TensorType: message({ elemType: ['int32', 1], shape: ['Shape', 2] }),
    TypeProto: message({ tensorType: ['TensorType', 1] }),
    ValueInfo: message({ name: ['string', 1], type: ['TypeProto', 2] }),
    Tensor: message({
      dims: ['int64', 1, 'repeated'],
      dataType: ['int32', 2],
      name: ['string', 8],
      rawData: ['bytes', 9],
    }),
    Node: message({
      input: ['string', 1, 'repeated'],
      output: ['string', 2, 'repeated'],
      name: ['string', 3],
      opType: ['string', 4],
    }),
    Graph: message({
      node: ['Node', 1, 'repeated'],
      name: ['string', 2],
      initializer: ['Tensor', 5, 'repeated'],
      input: ['ValueInfo', 11, 'repeated'],
      output: ['ValueInfo', 12, 'repeated'],
    }),
    OperatorSet: message({ domain: ['string', 1], version: ['int64', 2] }),
    Property: message({ key: ['string', 1], value: ['string', 2] }),
    Model: message({
      irVersion: ['int64', 1],
      producerName: ['string', 2],
      graph: ['Graph', 7],
      opsetImport: ['OperatorSet', 8, 'repeated'],
      metadataProps: ['Property', 14, 'repeated'],
    }),
  },
})

/**
 * `score[n,1] = features[n,k] * coefficients[k,1] + intercept[1]`, all in float64.
 * @param features the names of the columns, in order; they are written into the file's metadata
 * @returns the bytes of the file: the same model and names give the same bytes
 */
export function onnxOf(model: LinearModel, features: readonly string[]): Uint8Array {
  const columns = model.coefficients.length
  const type = ONNX.lookupType('Model')
  const file = type.create({
    irVersion: IR_VERSION,
    producerName: 'asof',
    graph: {
      name: 'linear',
      node: [
        { name: 'weigh', opType: 'MatMul', input: ['features', 'coefficients'], output: ['weighed'] },
        { name: 'shift', opType: 'Add', input: ['weighed', 'intercept'], output: ['score'] },
      ],
      initializer: [
        tensor('coefficients', [columns, 1], model.coefficients),
        tensor('intercept', [1], Float64Array.of(model.intercept)),
      ],
      input: [matrix('features', columns)],
      output: [matrix('score', 1)],
    },
    opsetImport: [{ domain: '', version: OPSET }],
    metadataProps: [{ key: 'features', value: features.join(',') }],
  })
  return type.encode(file).finish()
}

/** Of a file, only what tells one linear model from another. Everything else is passed over, as so much memory is taken. */
const OWN_PARTS = protobuf.Root.fromJSON({
  nested: {
    Tensor: message({ rawData: ['bytes', 9] }),
    Graph: message({ initializer: ['Tensor', 5, 'repeated'] }),
    Property: message({ value: ['string', 2] }),
    Model: message({ graph: ['Graph', 7], metadataProps: ['Property', 14, 'repeated'] }),
  },
})
type OwnParts = Readonly<{
  graph?: Readonly<{ initializer: readonly Readonly<{ rawData: Uint8Array }>[] }>
  metadataProps: readonly Readonly<{ value: string }>[]
}>

/** Whether a file is, byte for byte, what `onnxOf` writes for the model that it holds: finite numbers, each with a name of its own. */
export function isLinearFile(bytes: Uint8Array): boolean {
  if (bytes.length > MOST_BYTES) return false
  try {
    const { graph, metadataProps } = OWN_PARTS.lookupType('Model').decode(bytes) as unknown as OwnParts
    const [coefficients, intercept] = graph?.initializer ?? []
    const model = {
      coefficients: doubles(coefficients?.rawData),
      intercept: doubles(intercept?.rawData)[0] ?? Number.NaN,
    }
    const names = metadataProps[0]?.value.split(',') ?? []
    return isSound(model, names) && Buffer.compare(bytes, onnxOf(model, names)) === 0
  } catch {
    // What protobuf cannot read is no file of ours.
    return false
  }
}

const isSound = ({ coefficients, intercept }: LinearModel, names: readonly string[]): boolean =>
  [...coefficients, intercept].every(Number.isFinite) &&
  names.length === coefficients.length &&
  new Set(names).size === names.length &&
  !names.includes('')

function doubles(bytes: Uint8Array = new Uint8Array()): Float64Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return Float64Array.from({ length: Math.floor(bytes.length / 8) }, (_, i) => view.getFloat64(i * 8, true))
}

const tensor = (name: string, dims: readonly number[], values: Float64Array) => ({
  name,
  dims,
  dataType: DOUBLE,
  rawData: littleEndian(values),
})

function littleEndian(values: Float64Array): Uint8Array {
  const bytes = new DataView(new ArrayBuffer(values.length * 8))
  for (let i = 0; i < values.length; i++) bytes.setFloat64(i * 8, values[i], true)
  return new Uint8Array(bytes.buffer)
}

const matrix = (name: string, columns: number) => ({
  name,
  type: { tensorType: { elemType: DOUBLE, shape: { dim: [{ dimParam: 'n' }, { dimValue: columns }] } } },
})
