/** The operators that a model may be made of, each with the width of what it makes: none of them loops, reads a file or grows beyond it. */
import { type NodeForm, wholeOf } from './onnx-form.ts'
import { attributesOf, treeProblem } from './tree-form.ts'

/**
 * `[n, width]` for each of n rows; `[n]`, a list, which beside rows would make a table of n times n; or a constant of these dimensions:
 * `values` where it is a short list of whole numbers.
 */
export type Shape =
  | Readonly<{ kind: 'rows'; width: number }>
  | Readonly<{ kind: 'list' }>
  | Readonly<{ kind: 'constant'; dims: readonly number[]; values?: readonly number[] }>

/** Wider than this nothing becomes. */
export const MOST_WIDE = 65_536

/** What is wrong with a model. */
export class OddModel extends Error {}

type Making = (inputs: readonly Shape[], node: NodeForm) => readonly Shape[]

const rows = (width: number): Shape => {
  if (!(Number.isInteger(width) && width > 0 && width <= MOST_WIDE))
    throw new OddModel(`something in it is ${width} wide`)
  return { kind: 'rows', width }
}

const rowsIn = (inputs: readonly Shape[], at = 0): number => {
  const found = inputs[at]
  if (found?.kind === 'list') throw new OddModel('an operator is given a list where it needs rows')
  if (found?.kind !== 'rows') throw new OddModel('an operator is given a constant where it needs rows')
  return found.width
}

const LIST: Shape = { kind: 'list' }

const constantIn = (inputs: readonly Shape[], at: number): Extract<Shape, { kind: 'constant' }> => {
  const found = inputs[at]
  if (found?.kind !== 'constant') throw new OddModel('an operator is given rows where it needs a constant')
  return found
}

/** Each value by itself. What is made of a constant is one whose values are not known. */
const same: Making = (inputs, { opType }) => {
  const [of] = inputs
  if (of?.kind === 'constant' && opType !== 'Identity') return [{ kind: 'constant', dims: of.dims }]
  return [of ?? rows(rowsIn(inputs))]
}

const byRow: Making = (inputs) => [rows(rowsIn(inputs))]

/** By row, unless the axis is that of the rows: then a score would depend on the rows beside it. */
const alongRow: Making = (inputs, node) => {
  const axis = node.attribute.find((one) => one.name === 'axis')
  if (axis !== undefined && ![1, -1].includes(wholeOf(axis.i)))
    throw new OddModel(`${node.opType} puts rows together`)
  return byRow(inputs, node)
}

/** Along a row, as NumPy broadcasts. */
const along: Making = (inputs) => {
  const [one, other] = inputs
  if (one?.kind === 'constant' && other?.kind === 'constant')
    throw new OddModel('it works out constants by itself')
  const widths = inputs.map((shape) => {
    if (shape.kind !== 'constant') return rowsIn([shape])
    const { dims } = shape
    if (dims.length > 2 || dims.slice(0, -1).some((dim) => dim !== 1))
      throw new OddModel('a constant has more than one row')
    return dims.at(-1) ?? 1
  })
  const width = Math.max(...widths)
  if (inputs.length !== 2 || widths.some((found) => found !== width && found !== 1))
    throw new OddModel('two widths do not fit')
  return [rows(width)]
}

const product: Making = (inputs, node) => {
  const [of, by] = [rowsIn(inputs), constantIn(inputs, 1).dims]
  const flag = (name: string) => wholeOf(node.attribute.find((one) => one.name === name)?.i ?? 0) !== 0
  const [height, width] = flag('transB') ? by.toReversed() : by
  if (by.length !== 2 || height !== of || flag('transA'))
    throw new OddModel('a matrix does not fit what it is multiplied with')
  if (inputs.length > 2) along([rows(width), constantIn(inputs, 2)], node)
  return [rows(width)]
}

const reshaped: Making = (inputs) => {
  const width = inputs[0]?.kind === 'list' ? 1 : rowsIn(inputs)
  const { values } = constantIn(inputs, 1)
  const [first, second = 1, ...more] = values ?? []
  if (first !== -1 || more.length > 0 || (second !== width && second !== -1))
    throw new OddModel('it puts rows together')
  return [values?.length === 1 ? LIST : rows(width)]
}

const joined: Making = (inputs, node) => {
  const axis = wholeOf(node.attribute.find((one) => one.name === 'axis')?.i ?? 0)
  if (axis !== 1 && axis !== -1) throw new OddModel('it joins rows to rows')
  return [rows(inputs.reduce((sum, _, at) => sum + rowsIn(inputs, at), 0))]
}

const perColumn =
  (...names: readonly string[]): Making =>
  (inputs, node) => {
    const width = rowsIn(inputs)
    for (const name of names) {
      const count = attributesOf(node).numbers(name)
      if (count !== width && count !== 1)
        throw new OddModel(`${node.opType} has ${count} of ${name} for ${width} columns`)
    }
    return [rows(width)]
  }

const classesIn = (node: NodeForm): number => {
  const { ints, strings } = attributesOf(node)
  const [a, b] = [
    ints('classlabels_int64s').length + ints('classlabels_ints').length,
    strings('classlabels_strings').length,
  ]
  return Math.max(a, b)
}

const linear: Making = (inputs, node) => {
  const { numbers } = attributesOf(node)
  const targets =
    node.opType === 'LinearClassifier'
      ? classesIn(node)
      : wholeOf(node.attribute.find((one) => one.name === 'targets')?.i ?? 1)
  const count = numbers('coefficients')
  const width = rowsIn(inputs)
  // Of two classes one may be left to the other.
  const isRight =
    count === targets * width || (node.opType === 'LinearClassifier' && targets === 2 && count === width)
  if (!isRight) throw new OddModel(`${node.opType} has ${count} coefficients for ${width} columns`)
  return node.opType === 'LinearClassifier' ? [LIST, rows(targets)] : [rows(targets)]
}

const trees: Making = (inputs, node) => {
  const isRegressor = node.opType === 'TreeEnsembleRegressor'
  const most = isRegressor
    ? wholeOf(node.attribute.find((one) => one.name === 'n_targets')?.i ?? 1)
    : classesIn(node)
  const problem = treeProblem(node, { width: rowsIn(inputs), ofLeaf: isRegressor ? 'target' : 'class', most })
  if (problem !== null) throw new OddModel(`${node.opType}: ${problem}`)
  return isRegressor ? [rows(most)] : [LIST, rows(most)]
}

const picked: Making = (inputs) => {
  const [width, { dims, values }] = [rowsIn(inputs), constantIn(inputs, 1)]
  if (values === undefined || values.some((at) => !(at >= 0 && at < width)))
    throw new OddModel('it picks a column that there is not')
  return [rows(dims.reduce((count, dim) => count * dim, 1))]
}

const UNARY = [
  'Identity',
  'Cast',
  'Relu',
  'Tanh',
  'Sigmoid',
  'Exp',
  'Log',
  'Sqrt',
  'Abs',
  'Neg',
  'Erf',
  'Elu',
  'Selu',
  'LeakyRelu',
  'Softplus',
]

/** By domain and name. */
export const OPERATORS: ReadonlyMap<string, Making> = new Map<string, Making>([
  ...UNARY.map((name): [string, Making] => [name, same]),
  ...['Softmax', 'Flatten'].map((name): [string, Making] => [name, alongRow]),
  ...['Add', 'Sub', 'Mul', 'Div'].map((name): [string, Making] => [name, along]),
  ...['MatMul', 'Gemm'].map((name): [string, Making] => [name, product]),
  ['Reshape', reshaped],
  ['Concat', joined],
  ['ai.onnx.ml Scaler', perColumn('offset', 'scale')],
  ['ai.onnx.ml Imputer', perColumn('imputed_value_floats')],
  ['ai.onnx.ml Normalizer', byRow],
  ['ai.onnx.ml LinearRegressor', linear],
  ['ai.onnx.ml LinearClassifier', linear],
  ['ai.onnx.ml TreeEnsembleRegressor', trees],
  ['ai.onnx.ml TreeEnsembleClassifier', trees],
  ['ai.onnx.ml ArrayFeatureExtractor', picked],
])
