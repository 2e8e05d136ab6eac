/**
 * Jobs as KubeRay's RayJob (ray.io/v1), for clusters that take work by `kubectl apply` alone. Each has the name that the executor looks for,
 * so that a platform which reaches the cluster's dashboard finds it, under way or done, and begins nothing twice.
 */
import { unzipSync, zipSync } from 'fflate'
import type { Job } from '../port.ts'
import { BESIDE_MEGABYTES, GRACE_SECONDS, type RayPool } from './executor.ts'
import { FIRST_DAY, packageOf } from './package.ts'

/** Where it is run: a cluster that is there, by its name, or one of its own from an image, which is gone with the job. */
export type Where = Readonly<{ cluster: string } | { image: string }>

type Asked = Readonly<{
  pool: RayPool
  where: Where
  namespace: string | null
  /** Where the packages are put, as Ray's workers read them: `s3://bucket/asof`, `https://files.internal/asof`. */
  packages: string
}>

export type Manifest = Readonly<{ rayJob: object; file: string; bytes: Uint8Array }>

/** The label by which KubeRay finds a cluster. */
const CLUSTER = 'ray.io/cluster'

/** A manifest, and the package that it names, which is to be put where the manifest says. */
export function manifestOf(job: Job, { pool, where, namespace, packages }: Asked): Manifest {
  const { name, bytes } = packageOf(job)
  const file = `${name}.zip`
  const { cpus, gpus, resources, python, tries, waitSeconds } = pool
  const isOwn = 'image' in where
  const rayJob = {
    apiVersion: 'ray.io/v1',
    kind: 'RayJob',
    metadata: {
      name,
      ...(namespace !== null && { namespace }),
      labels: { 'app.kubernetes.io/name': 'asof' },
    },
    spec: {
      // The first attempt, as the executor names it.
      jobId: `${name}-1`,
      entrypoint: `${python} job.py`,
      ...{ entrypointNumCpus: cpus, entrypointNumGpus: gpus },
      ...(Object.keys(resources).length > 0 && { entrypointResources: JSON.stringify(resources) }),
      runtimeEnvYAML: `working_dir: ${JSON.stringify(`${packages.replace(/\/+$/, '')}/${file}`)}\n`,
      activeDeadlineSeconds: job.limits.seconds + GRACE_SECONDS + waitSeconds,
      ...(isOwn
        ? ownCluster(job, where.image, pool, tries)
        : { clusterSelector: { [CLUSTER]: where.cluster } }),
    },
  }
  return { rayJob, file, bytes: below(bytes) }
}

/** Ray takes the one folder off that a package from elsewhere lies in. */
const below = (bytes: Uint8Array): Uint8Array =>
  zipSync(
    Object.fromEntries(Object.entries(unzipSync(bytes)).map(([path, content]) => [`asof/${path}`, content])),
    { level: 1, mtime: FIRST_DAY },
  )

/** A head that runs no job, and one machine that has what the job needs; each try is a cluster of its own. */
function ownCluster({ limits }: Job, image: string, { cpus, gpus }: RayPool, tries: number) {
  const memory = `${limits.megabytes + BESIDE_MEGABYTES + 2_048}Mi`
  const held = { cpu: String(Math.max(cpus, 1)), memory, ...(gpus > 0 && { 'nvidia.com/gpu': String(gpus) }) }
  // The sandbox makes namespaces.
  const securityContext = { capabilities: { add: ['SYS_ADMIN'] } }
  const worker = { name: 'ray-worker', image, resources: { limits: held, requests: held }, securityContext }
  const small = { cpu: '1', memory: '4Gi' }
  const head = { name: 'ray-head', image, resources: { limits: small, requests: small } }
  return {
    ...{ shutdownAfterJobFinishes: true, backoffLimit: tries - 1 },
    rayClusterSpec: {
      headGroupSpec: { rayStartParams: { 'num-cpus': '0' }, template: { spec: { containers: [head] } } },
      workerGroupSpecs: [
        {
          ...{ groupName: 'trainer', replicas: 1, minReplicas: 1, maxReplicas: 1, rayStartParams: {} },
          template: { spec: { containers: [worker] } },
        },
      ],
    },
  }
}
