/** A model in force as a folder for other servers: its files are those that were approved, and what was signed proves it without Asof. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { sha256 } from '../../schemas/kernel/canonical.ts'
import { holds } from '../../schemas/kernel/signature.ts'
import { exportModel, FOLDER_NAME } from '../../serving/export/export.ts'
import type { Envelope } from '../../serving/export/found.ts'
import { serviceName } from '../../serving/export/written.ts'
import { openArchive } from '../../serving/platform.ts'
import { refusalIn } from '../support/refusals.ts'
import { smallFolder } from '../support/small-folder.ts'
import { MODEL } from '../support/small-platform.ts'

const root = mkdtempSync(join(tmpdir(), 'asof-export-'))
const [folder, first, second] = ['log', 'first', 'second'].map((name) => join(root, name))
let archive: ReturnType<typeof openArchive>
let told: Awaited<ReturnType<typeof exportModel>>

beforeAll(async () => {
  await (await smallFolder(folder, 1)).close()
  archive = openArchive(folder)
  told = await exportModel(archive, { model: MODEL, to: first, storage: 's3://desk/models/' })
})
afterAll(async () => {
  await archive.close()
  rmSync(root, { recursive: true, force: true })
})

const read = (path: string) => readFileSync(join(first, path))
const jsonIn = (path: string) => JSON.parse(read(path).toString())
const filesIn = (at: string) =>
  (readdirSync(at, { recursive: true }) as string[])
    .filter((name) => statSync(join(at, name)).isFile())
    .sort()

test('every file is in the manifest under its digest, and the same model gives the same bytes', async () => {
  const lines = read('MANIFEST').toString().trim().split('\n')
  const named = lines.map((line) => line.split('  '))
  expect(named.map(([, name]) => name)).toEqual(filesIn(first).filter((name) => name !== 'MANIFEST'))
  for (const [digest, name = ''] of named) expect(sha256(read(name)), name).toBe(digest)
  await exportModel(archive, { model: MODEL, to: second, storage: 's3://desk/models' })
  for (const name of filesIn(first))
    expect(readFileSync(join(second, name)).equals(read(name)), name).toBe(true)
})

test('the file is the one that was approved, wherever a server looks for it, and says so', () => {
  const copies = ['model.onnx', `triton/${MODEL}/${told.version}/model.onnx`, `mlserver/${MODEL}/model.onnx`]
  for (const path of copies) expect(sha256(read(path)), path).toBe(told.artifact)
  expect(jsonIn('provenance.json')).toMatchObject({
    ...{ model: MODEL, version: told.version, artifact: told.artifact },
    ...{ run: 'small-h3-momentum', features: ['mom_5', 'mom_20'], approvals: ['bob', 'cat'] },
  })
  expect(read(`triton/${MODEL}/config.pbtxt`).toString()).toContain('dims: [ -1, 2 ]')
  expect(jsonIn(`mlserver/${MODEL}/model-settings.json`)).toMatchObject({
    name: MODEL,
    parameters: { extra: { artifact: told.artifact } },
  })
  expect(jsonIn('kserve/inference-service.yaml')).toMatchObject({
    kind: 'InferenceService',
    metadata: { name: MODEL, annotations: { 'asof/artifact': told.artifact } },
    spec: { predictor: { model: { storageUri: 's3://desk/models/triton' } } },
  })
})

test('what members signed holds for this file, by what is in the folder alone, and for no other', () => {
  for (const member of ['bob', 'cat']) {
    const { payloadType, payload, signatures, publicKey }: Envelope = jsonIn(`approvals/${member}.dsse.json`)
    const body = Buffer.from(payload, 'base64').toString()
    const [{ keyid, sig: signature } = { keyid: '', sig: '' }] = signatures
    expect(keyid).toBe(member)
    expect(holds(payloadType, body, { signature, publicKey })).toBe(true)
    expect(JSON.parse(body)).toMatchObject({
      artifact: told.artifact,
      member,
      decision: 'approve',
      model: MODEL,
    })
    const other = body.replace(told.artifact, '0'.repeat(64))
    expect(holds(payloadType, other, { signature, publicKey })).toBe(false)
  }
})

test('nothing is written over, of nothing that is not in force, and nothing of a file that is another one', async () => {
  const to = join(root, 'third')
  const tried = (model: string, into: string, from: Parameters<typeof exportModel>[0] = archive) =>
    refusalIn(exportModel(from, { model, to: into, storage: 's3://x' }))
  expect(await tried(MODEL, first)).toBe('export.folder-taken')
  expect(await tried('nope', to)).toBe('model.not-in-force')
  // The name of a model may be a path.
  for (const model of ['../up', 'a/b', '..', '.hidden', 'a b'])
    expect(FOLDER_NAME.test(model), model).toBe(false)
  expect(FOLDER_NAME.test('us20-long_short.v2')).toBe(true)
  const damaged = { ...archive, chunks: { ...archive.chunks, get: async () => Buffer.from('other') } }
  expect(await tried(MODEL, to, damaged)).toBe('export.not-as-approved')
  expect(() => readdirSync(to)).toThrow('ENOENT')
})

test('a service has a name that Kubernetes takes', () => {
  expect(['us20-long-short', 'A.b_C', '--', 'x'.repeat(80)].map(serviceName)).toEqual([
    ...['us20-long-short', 'a-b-c', 'model', 'x'.repeat(63)],
  ])
})
