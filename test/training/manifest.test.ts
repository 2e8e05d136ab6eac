/** RayJob manifests: what KubeRay's own definition takes, with the name that the executor looks for, and a package that Ray unpacks. */
import { readFileSync } from 'node:fs'
import { unzipSync } from 'fflate'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { sha256 } from '../../schemas/kernel/canonical.ts'
import type { RayPool } from '../../serving/trainers/ray/executor.ts'
import { manifestOf, type Where } from '../../serving/trainers/ray/manifest.ts'
import { packageOf } from '../../serving/trainers/ray/package.ts'
import { parseYaml, yamlOf } from '../../streams/sources/yaml-text.ts'
import { VECTORS } from '../support/vectors.ts'

const { schema } = JSON.parse(readFileSync(new URL('kuberay-rayjob.json', VECTORS), 'utf8')) as {
  schema: Parameters<typeof z.fromJSONSchema>[0]
}
const RAY_JOB = z.fromJSONSchema(schema)

const JOB = {
  ...{ id: 'run part 0', of: 'ann', code: new Uint8Array(512), mounts: ['/srv/env'], told: { seed: 7 } },
  ...{ command: ['/bin/sh', '/code/train.sh'], table: new Uint8Array(8) },
  limits: { seconds: 3_600, megabytes: 4_096, outputMegabytes: 16, processes: 64 },
  environment: { program: 'a'.repeat(64), installed: null },
}
const POOL: RayPool = {
  ...{
    cpus: 4,
    gpus: 1,
    resources: { spot: 0.01 },
    python: 'python3',
    atOnce: 2,
    tries: 5,
    waitSeconds: 600,
  },
}
const made = (where: Where, pool = POOL) =>
  manifestOf(JOB, { pool, where, namespace: 'research', packages: 's3://bucket/asof/' })

test.each<[string, Where]>([
  ['a cluster that is there', { cluster: 'training' }],
  ['a cluster of its own', { image: 'registry.internal/ray:2.60' }],
])('on %s it is what the operator takes, and the same read back', (_, where) => {
  for (const pool of [POOL, { ...POOL, gpus: 0, resources: {}, tries: 1 }]) {
    const { rayJob } = made(where, pool)
    expect(RAY_JOB.safeParse(rayJob).error?.issues ?? []).toEqual([])
    expect(parseYaml(yamlOf(rayJob))).toEqual({ ok: true, value: rayJob })
  }
})

test('the definition is closed: a misspelt name and another type are not taken', () => {
  const { rayJob } = made({ cluster: 'training' })
  const { spec, ...rest } = rayJob as { spec: Record<string, unknown> }
  for (const wrong of [{ entryPoint: 'x' }, { entrypoint: 5 }, { rayClusterSpec: {} }])
    expect(RAY_JOB.safeParse({ ...rest, spec: { ...spec, ...wrong } }).success).toBe(false)
})

test('KubeRay’s rules beside the definition hold, and the job is the executor’s first attempt', () => {
  const [there, own] = [made({ cluster: 'training' }), made({ image: 'ray' })]
  const { name } = packageOf(JOB)
  const { metadata, spec } = there.rayJob as {
    metadata: { name: string; namespace: string }
    spec: Record<string, unknown>
  }
  // ray-operator/controllers/ray/utils: a DNS-1035 label of at most 47 characters.
  expect(metadata).toMatchObject({ name, namespace: 'research' })
  expect(metadata.name).toMatch(/^[a-z][a-z0-9-]{0,46}$/)
  expect(spec).toMatchObject({
    ...{ jobId: `${name}-1`, entrypoint: 'python3 job.py', entrypointNumCpus: 4, entrypointNumGpus: 1 },
    ...{ entrypointResources: '{"spot":0.01}', clusterSelector: { 'ray.io/cluster': 'training' } },
    runtimeEnvYAML: `working_dir: "s3://bucket/asof/${name}.zip"\n`,
  })
  // A cluster that is there is neither shut down nor made anew for a try.
  for (const key of ['shutdownAfterJobFinishes', 'backoffLimit', 'rayClusterSpec'])
    expect(spec).not.toHaveProperty(key)
  expect(own.rayJob).toMatchObject({ spec: { shutdownAfterJobFinishes: true, backoffLimit: 4 } })
})

test('the package has what the executor sends, in one folder', () => {
  const { file, bytes } = made({ cluster: 'training' })
  const { name, bytes: sent } = packageOf(JOB)
  expect(file).toBe(`${name}.zip`)
  const digestsIn = (zip: Uint8Array, folder: string) =>
    Object.entries(unzipSync(zip)).map(([path, content]) => [`${folder}${path}`, sha256(content)])
  expect(digestsIn(bytes, '')).toEqual(digestsIn(sent, 'asof/'))
  expect(sha256(made({ image: 'ray' }).bytes)).toBe(sha256(bytes))
})
