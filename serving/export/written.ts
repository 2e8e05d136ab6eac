/** The files of an exported model: what Triton, MLServer, KServe and a container need, and what proves what it is. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { canonicalJson, sha256 } from '../../schemas/kernel/canonical.ts'
import type { LiveModel } from '../../streams/inference/ports.ts'
import { ROOT } from '../root.ts'
import type { Found } from './found.ts'

/** The releases that the folder was tried with; ONNX Runtime is the one that runs the model here. */
export const MLSERVER = { mlserver: '1.7.1', onnxruntime: '1.30.0' } as const

const RUNTIME = readFileSync(join(ROOT, 'serving', 'export', 'asof_onnx.py'), 'utf8')

type Files = Map<string, Uint8Array | string>

/** @param storage where KServe will find the folder */
export function filesOf(found: Found, storage: string): Files {
  const { live, file, statements } = found
  const files: Files = new Map<string, Uint8Array | string>([
    ['model.onnx', file],
    ['provenance.json', `${canonicalJson(provenanceOf(found))}\n`],
    ...[...statements].map(
      ([name, one]) =>
        [`approvals/${fileName(name)}.dsse.json`, `${JSON.stringify(one, null, 1)}\n`] as const,
    ),
    [`triton/${live.model}/config.pbtxt`, tritonConfig(live)],
    [`triton/${live.model}/${live.promotion}/model.onnx`, file],
    ['mlserver/settings.json', json({ parallel_workers: 0 })],
    [`mlserver/${live.model}/model-settings.json`, json(mlserverSettings(live))],
    [`mlserver/${live.model}/asof_onnx.py`, RUNTIME],
    [`mlserver/${live.model}/model.onnx`, file],
    ['kserve/inference-service.yaml', json(inferenceService(found, storage))],
    ['Containerfile', containerFile()],
    ['README.md', readme(found, storage)],
  ])
  files.set('MANIFEST', manifestOf(files))
  return files
}

/** As `sha256sum -c` reads it. */
const manifestOf = (files: Files): string =>
  [...files]
    .map(([name, bytes]) => `${sha256(bytes)}  ${name}\n`)
    .sort((a, b) => (a.slice(66) < b.slice(66) ? -1 : 1))
    .join('')

const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`
const fileName = (member: string): string => encodeURIComponent(member).replaceAll('.', '%2E')

const provenanceOf = ({ live, log, report, statements }: Found) => ({
  format: 'asof.model-export/1',
  ...{ log, report, model: live.model, version: String(live.promotion), artifact: live.artifact },
  run: live.run.run,
  dataset: live.dataset,
  featureSet: `${live.featureSet}@${live.featureVersion}`,
  /** In the order of the input's columns. */
  features: [...live.run.features],
  approvals: [...statements.keys()].filter((name) => name !== 'roll-back'),
})

const tritonConfig = ({
  model,
  artifact,
  promotion,
  run,
}: LiveModel): string => `name: ${JSON.stringify(model)}
backend: "onnxruntime"
max_batch_size: 0
input [ { name: "features" data_type: TYPE_FP64 dims: [ -1, ${run.features.length} ] } ]
output [ { name: "score" data_type: TYPE_FP64 dims: [ -1, 1 ] } ]
version_policy: { specific: { versions: [ ${promotion} ] } }
instance_group [ { kind: KIND_CPU count: 1 } ]
parameters { key: "intra_op_thread_count" value: { string_value: "1" } }
parameters { key: "inter_op_thread_count" value: { string_value: "1" } }
parameters { key: "asof_artifact" value: { string_value: "${artifact}" } }
`

const mlserverSettings = ({ model, artifact, promotion, run }: LiveModel) => ({
  name: model,
  implementation: 'asof_onnx.AsofOnnx',
  parameters: { uri: './model.onnx', version: String(promotion), extra: { artifact } },
  inputs: [{ name: 'features', datatype: 'FP64', shape: [-1, run.features.length] }],
  outputs: [{ name: 'score', datatype: 'FP64', shape: [-1, 1] }],
})

/** Kubernetes takes small letters, digits and hyphens (RFC 1123). */
export const serviceName = (model: string): string =>
  model
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .slice(0, 63)
    .replaceAll(/^-+|-+$/g, '') || 'model'

/** Where KServe finds the repository. */
const triton = (storage: string): string => `${storage.replace(/\/+$/, '')}/triton`

const inferenceService = ({ live, log, report }: Found, storage: string) => ({
  apiVersion: 'serving.kserve.io/v1beta1',
  kind: 'InferenceService',
  metadata: {
    name: serviceName(live.model),
    annotations: {
      'asof/model': live.model,
      'asof/version': String(live.promotion),
      'asof/artifact': live.artifact,
      'asof/report': report,
      'asof/log': log,
    },
  },
  spec: {
    predictor: {
      model: {
        modelFormat: { name: 'onnx' },
        runtime: 'kserve-tritonserver',
        protocolVersion: 'v2',
        storageUri: triton(storage),
      },
    },
  },
})

const containerFile =
  (): string => `# MLServer with this model: HTTP on 8080, gRPC on 8081. README.md says how it is built and run.
FROM python:3.12-slim
RUN pip install --no-cache-dir mlserver==${MLSERVER.mlserver} onnxruntime==${MLSERVER.onnxruntime}
WORKDIR /export
COPY . .
# What was changed since the export is not served.
RUN sha256sum -c MANIFEST
USER 65534
EXPOSE 8080 8081
CMD ["mlserver", "start", "mlserver"]
`

const readme = (
  { live, statements }: Found,
  storage: string,
): string => `# ${live.model}, version ${live.promotion}

Model file \`${live.artifact}\`, in force in Asof by promotion ${live.promotion}. \`sha256sum -c MANIFEST\` checks every file here.
\`approvals/\` has what members of the committee signed of this very file (${[...statements.keys()].join(', ')}): DSSE envelopes, Ed25519, each with its key.
The payload names the file as \`artifact\`.

| where | how |
|---|---|
| Triton | \`tritonserver --model-repository triton\` |
| MLServer | \`pip install mlserver==${MLSERVER.mlserver} onnxruntime==${MLSERVER.onnxruntime}\`, \`mlserver start mlserver\` |
| KServe | copy \`triton/\` to \`${triton(storage)}\`, its \`storageUri\`; \`kubectl apply -f kserve/inference-service.yaml\` |
| a container | \`docker build -f Containerfile -t ${serviceName(live.model)} .\`, \`docker run -p 8080:8080 -p 8081:8081 ${serviceName(live.model)}\` |

It takes \`features\`, FP64 \`[n, ${live.run.features.length}]\`: ${live.run.features.join(', ')}; it gives \`score\`, FP64 \`[n, 1]\`. Elsewhere no answer is an event, nothing checks that
features are fresh, and a model that is withdrawn here goes on there: export again after each promotion.
`
