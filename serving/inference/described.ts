/** What the server says of itself and of its models, in the words of the Open Inference Protocol and of Triton's extensions. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT } from '../root.ts'
import type { Inference } from './inference.ts'
import type { Model, TensorSpec } from './port.ts'

const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string }

export const SERVER = {
  name: 'asof',
  version,
  extensions: ['binary_tensor_data', 'model_configuration', 'model_repository', 'statistics'],
} as const

/** `properties` say what the tensors mean, and what the model rests on. */
export const metadataOf = ({ live, version, approvals, capital, inputs, outputs }: Model) => ({
  name: live.model,
  versions: [version],
  platform: 'onnx_onnxv1',
  inputs,
  outputs,
  properties: {
    artifact: live.artifact,
    approvals: approvals.join(', '),
    run: live.run.run,
    feature_set: `${live.featureSet}@${live.featureVersion}`,
    features: live.run.features.join(', '),
    dataset: live.dataset,
    service: live.service,
    ...(capital() !== null && { capital: String(capital()) }),
  },
})

/** The part of Triton's model configuration that its clients look at. Batches are the first dimension of the tensors. */
export const configOf = ({ live, version, inputs, outputs }: Model) => ({
  name: live.model,
  platform: 'onnxruntime_onnx',
  backend: 'onnxruntime',
  version_policy: { specific: { versions: [Number(version)] } },
  max_batch_size: 0,
  input: inputs.map(tensorConfig),
  output: outputs.map(tensorConfig),
})

const tensorConfig = ({ name, datatype, shape }: TensorSpec) => ({
  name,
  data_type: `TYPE_${datatype}`,
  dims: shape,
})

/** Every model in force, and whether it can be asked. */
export const repositoryOf = ({ models }: Pick<Inference, 'models'>) =>
  Promise.all(
    models.inForce().map(async ({ model: name, promotion }) => {
      const reason = await models.find(name).then(
        () => '',
        (problem: unknown) => (problem instanceof Error ? problem.message : String(problem)),
      )
      const state = reason === '' ? 'READY' : 'UNAVAILABLE'
      return { name, version: String(promotion), state, reason }
    }),
  )

/** @param name empty for every model in force @throws Refusal as `Models.find` */
export async function statisticsOf(
  { models, statistics }: Pick<Inference, 'models' | 'statistics'>,
  name: string,
  wanted: string,
) {
  const asked = name === '' ? models.inForce().map(({ model }) => model) : [name]
  const found = await Promise.all(asked.map((one) => models.find(one, wanted)))
  return found.map(({ live, version }) => {
    const counts = statistics.of(live.model, version)
    const nanos = (count: number, micros: number) => ({ count, ns: Math.round(micros * 1000) })
    const { requests, failures } = counts
    const none = nanos(0, 0)
    return {
      name: live.model,
      version,
      last_inference: Math.floor(counts.lastMillis),
      inference_count: counts.rows,
      execution_count: requests,
      inference_stats: {
        success: nanos(requests, counts.successMicros),
        fail: nanos(failures, counts.failMicros),
        queue: none,
        compute_input: nanos(requests, counts.inputMicros),
        compute_infer: nanos(requests, counts.inferMicros),
        compute_output: nanos(requests, counts.outputMicros),
        cache_hit: none,
        cache_miss: none,
      },
    }
  })
}
