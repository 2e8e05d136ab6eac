/** Whether an ensemble of trees in an ONNX file is one: each walk from a root comes to a leaf, and asks only for features there are. */
import { type NodeForm, type TensorForm, wholeOf } from './onnx-form.ts'

const MODES = new Set([
  'LEAF',
  'BRANCH_LEQ',
  'BRANCH_LT',
  'BRANCH_GTE',
  'BRANCH_GT',
  'BRANCH_EQ',
  'BRANCH_NEQ',
])

type Attributes = Readonly<{
  ints: (name: string) => readonly number[]
  numbers: (name: string) => number
  strings: (name: string) => readonly string[]
}>

export function attributesOf({ attribute }: NodeForm): Attributes {
  const find = (name: string) => attribute.find((one) => one.name === name)
  return {
    ints: (name) => (find(name)?.ints ?? []).map(wholeOf),
    strings: (name) => find(name)?.strings ?? [],
    // Opset 3 of ai.onnx.ml has doubles, as tensors.
    numbers: (name) => {
      const tensor = find(`${name}_as_tensor`)?.t
      return tensor == null ? (find(name)?.floats.length ?? 0) : countOf(tensor)
    },
  }
}

export const countOf = ({
  rawData,
  floatData,
  doubleData,
  int32Data,
  int64Data,
  dataType,
}: TensorForm): number =>
  rawData.length > 0
    ? rawData.length / (WIDTHS[dataType] ?? Number.NaN)
    : floatData.length + doubleData.length + int32Data.length + int64Data.length

/** Bytes of a value, by its type. */
export const WIDTHS: Readonly<Record<number, number>> = { 1: 4, 6: 4, 7: 8, 9: 1, 11: 8 }

/**
 * @param ofLeaf what the leaves' weights are called: `target` or `class`
 * @param most ids of targets or classes are below it
 * @returns what is wrong; null where nothing is
 */
export function treeProblem(
  node: NodeForm,
  { width, ofLeaf, most }: Readonly<{ width: number; ofLeaf: 'target' | 'class'; most: number }>,
): string | null {
  const { ints, numbers, strings } = attributesOf(node)
  const of = (name: string) => ints(`nodes_${name}`)
  const [trees, ids, features, yes, no] = [
    'treeids',
    'nodeids',
    'featureids',
    'truenodeids',
    'falsenodeids',
  ].map(of)
  const modes = strings('nodes_modes')
  const count = ids.length
  const lengths = [trees, features, yes, no, modes].map(({ length }) => length)
  if (count === 0 || [...lengths, numbers('nodes_values')].some((length) => length !== count))
    return 'the lists of its nodes differ in length'
  const places = new Map(ids.map((id, place) => [`${trees[place]} ${id}`, place]))
  if (places.size !== count) return 'two of its nodes have one id'
  const parents = new Uint8Array(count)
  for (let place = 0; place < count; place++) {
    if (!MODES.has(modes[place])) return `it has nodes of the mode ${modes[place]}`
    if (modes[place] === 'LEAF') continue
    if (!(features[place] >= 0 && features[place] < width)) return 'it asks for a feature that there is not'
    for (const child of [yes[place], no[place]]) {
      const found = places.get(`${trees[place]} ${child}`)
      if (found === undefined) return 'a branch leads to no node'
      if (parents[found]++ > 0) return 'two branches lead to one node'
    }
  }
  // Each node has one parent at most: what no root leads to goes round in a circle.
  const roots = [...parents.keys()].filter((place) => parents[place] === 0)
  if (roots.length !== new Set(trees).size) return 'its branches go round in a circle'
  let reached = 0
  for (let place = roots.pop(); place !== undefined; place = roots.pop()) {
    reached++
    if (modes[place] === 'LEAF') continue
    for (const child of [yes[place], no[place]]) roots.push(places.get(`${trees[place]} ${child}`) ?? 0)
  }
  if (reached !== count) return 'its branches go round in a circle'
  const leaves = [ints(`${ofLeaf}_treeids`), ints(`${ofLeaf}_nodeids`), ints(`${ofLeaf}_ids`)]
  const [leafTrees, leafIds, wanted] = leaves
  if (leaves.some(({ length }) => length !== wanted.length) || numbers(`${ofLeaf}_weights`) !== wanted.length)
    return 'the lists of its leaves differ in length'
  if (leafIds.some((id, at) => !places.has(`${leafTrees[at]} ${id}`))) return 'a weight is of no leaf'
  return wanted.every((id) => id >= 0 && id < most) ? null : 'a leaf votes for a target that there is not'
}
