/** The public form of an ONNX file (onnx.proto, ONNX 1.20), as far as a file is read before it is run: nothing that a runtime reads is left out. */
import protobuf from 'protobufjs'
import { message } from './onnx-message.ts'

/** What no model here may have is read as bytes: it is enough to see that it is there. */
const FORM = protobuf.Root.fromJSON({
  nested: {
    Dimension: message({ dimValue: ['int64', 1], dimParam: ['string', 2] }),
    Shape: message({ dim: ['Dimension', 1, 'repeated'] }),
    TensorType: message({ elemType: ['int32', 1], shape: ['Shape', 2] }),
    TypeProto: message({ tensorType: ['TensorType', 1] }),
    ValueInfo: message({ name: ['string', 1], type: ['TypeProto', 2] }),
    Tensor: message({
      dims: ['int64', 1, 'repeated'],
      dataType: ['int32', 2],
      segment: ['bytes', 3],
      floatData: ['float', 4, 'repeated'],
      int32Data: ['int32', 5, 'repeated'],
      stringData: ['bytes', 6, 'repeated'],
      int64Data: ['int64', 7, 'repeated'],
      name: ['string', 8],
      rawData: ['bytes', 9],
      doubleData: ['double', 10, 'repeated'],
      externalData: ['bytes', 13, 'repeated'],
      dataLocation: ['int32', 14],
    }),
    Attribute: message({
      name: ['string', 1],
      f: ['float', 2],
      i: ['int64', 3],
      s: ['bytes', 4],
      t: ['Tensor', 5],
      g: ['bytes', 6],
      floats: ['float', 7, 'repeated'],
      ints: ['int64', 8, 'repeated'],
      strings: ['string', 9, 'repeated'],
      tensors: ['bytes', 10, 'repeated'],
      graphs: ['bytes', 11, 'repeated'],
      tp: ['bytes', 14],
      typeProtos: ['bytes', 15, 'repeated'],
      refAttrName: ['string', 21],
      sparseTensor: ['bytes', 22],
      sparseTensors: ['bytes', 23, 'repeated'],
    }),
    Node: message({
      input: ['string', 1, 'repeated'],
      output: ['string', 2, 'repeated'],
      name: ['string', 3],
      opType: ['string', 4],
      attribute: ['Attribute', 5, 'repeated'],
      domain: ['string', 7],
      overload: ['string', 8],
    }),
    Graph: message({
      node: ['Node', 1, 'repeated'],
      initializer: ['Tensor', 5, 'repeated'],
      input: ['ValueInfo', 11, 'repeated'],
      output: ['ValueInfo', 12, 'repeated'],
      sparseInitializer: ['bytes', 15, 'repeated'],
    }),
    Model: message({
      graph: ['Graph', 7],
      trainingInfo: ['bytes', 20, 'repeated'],
      functions: ['bytes', 25, 'repeated'],
    }),
  },
})

type Whole = Readonly<{ toNumber: () => number }> | number

export type TensorForm = Readonly<{
  name: string
  dims: readonly Whole[]
  dataType: number
  segment: Uint8Array
  floatData: readonly number[]
  int32Data: readonly number[]
  stringData: readonly Uint8Array[]
  int64Data: readonly Whole[]
  rawData: Uint8Array
  doubleData: readonly number[]
  externalData: readonly Uint8Array[]
  dataLocation: number
}>

export type AttributeForm = Readonly<{
  name: string
  f: number
  i: Whole
  s: Uint8Array
  t: TensorForm | null
  g: Uint8Array
  floats: readonly number[]
  ints: readonly Whole[]
  strings: readonly string[]
  tensors: readonly Uint8Array[]
  graphs: readonly Uint8Array[]
  tp: Uint8Array
  typeProtos: readonly Uint8Array[]
  refAttrName: string
  sparseTensor: Uint8Array
  sparseTensors: readonly Uint8Array[]
}>

export type NodeForm = Readonly<{
  input: readonly string[]
  output: readonly string[]
  opType: string
  attribute: readonly AttributeForm[]
  domain: string
  overload: string
}>

type Dimension = Readonly<{ dimValue: Whole; dimParam: string }>

export type ValueForm = Readonly<{
  name: string
  type: Readonly<{
    tensorType: Readonly<{ elemType: number; shape: Readonly<{ dim: readonly Dimension[] }> | null }> | null
  }> | null
}>

export type ModelForm = Readonly<{
  graph: Readonly<{
    node: readonly NodeForm[]
    initializer: readonly TensorForm[]
    input: readonly ValueForm[]
    output: readonly ValueForm[]
    sparseInitializer: readonly Uint8Array[]
  }> | null
  trainingInfo: readonly Uint8Array[]
  functions: readonly Uint8Array[]
}>

/** @throws Error for bytes that are none of a model's */
export const modelFormOf = (bytes: Uint8Array): ModelForm =>
  FORM.lookupType('Model').decode(bytes) as unknown as ModelForm

export const wholeOf = (value: Whole): number => (typeof value === 'number' ? value : value.toNumber())
