/** What a model was made of and with, as CycloneDX 1.6: nothing is named that no digest in the log proves. */
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import type { TrainerSpec } from '../../schemas/events/trainer.ts'
import { sha256 } from '../../schemas/kernel/canonical.ts'
import { fileIn, packagesOf } from '../../serving/artifacts/packages.ts'
import { sbomOf } from '../../serving/artifacts/sbom.ts'
import { environmentAt, environmentDigest } from '../../serving/environment.ts'
import { runOf } from '../support/small-platform.ts'

const root = mkdtempSync(join(tmpdir(), 'asof-sbom-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

const LOCK = {
  packages: {
    '': { name: 'x' },
    'node_modules/@a/b': {
      version: '1.2.3',
      integrity: `sha512-${Buffer.from('ab', 'hex').toString('base64')}`,
    },
    'node_modules/c/node_modules/d': { version: '4.5.6' },
    'node_modules/only-for-tests': { version: '7.8.9', dev: true },
  },
}
writeFileSync(join(root, 'package-lock.json'), JSON.stringify(LOCK))
const own = environmentDigest(environmentAt(root))
const built = { ...runOf('momentum', 3, 'ab'.repeat(32)), environment: own }
const trained = { ...built, trainer: 'boosted' }
const LOCKFILE =
  'LightGBM==4.6.0 \\\n    --hash=sha256:00\nscikit_learn[x]==1.7.2 ; python_version > "3"\n# numpy==1\n'
const admitted = (sha: string) =>
  ({
    trainer: 'boosted',
    code: 'cd'.repeat(32),
    lockfile: { path: 'deep/lock.txt', sha256: sha },
  }) as TrainerSpec

/** As `git archive` writes it. */
function tarOf(text: string): Uint8Array {
  mkdirSync(join(root, 'code/deep'), { recursive: true })
  writeFileSync(join(root, 'code/deep/lock.txt'), text)
  return execFileSync('tar', ['-c', '--format=ustar', '-C', join(root, 'code'), 'deep/lock.txt'])
}

test("a built-in trainer's packages are this platform's, where the run had this very environment", () => {
  const none = { trainer: null, code: null, root }
  expect(packagesOf(built, none)).toEqual([
    { ecosystem: 'npm', name: '@a/b', version: '1.2.3', hash: 'ab' },
    { ecosystem: 'npm', name: 'd', version: '4.5.6', hash: null },
  ])
  expect(packagesOf({ ...built, environment: 'another' }, none)).toEqual([])
})

test("another trainer's are those of the lockfile in its commit, if it is the one that was admitted", () => {
  const code = tarOf(LOCKFILE)
  const trainer = admitted(sha256(LOCKFILE))
  expect(packagesOf(trained, { trainer, code }).map(({ name, version }) => `${name}@${version}`)).toEqual([
    ...['lightgbm@4.6.0', 'scikit-learn@1.7.2'],
  ])
  expect(packagesOf(trained, { trainer: admitted('00'), code })).toEqual([])
  expect(fileIn(code, 'deep/another')).toBeNull()
})

test('the document is CycloneDX 1.6 with the digests of the log, and the same bytes each time', () => {
  const trainer = admitted(sha256(LOCKFILE))
  const packages = packagesOf(trained, { trainer, code: tarOf(LOCKFILE) })
  const made = { run: trained, artifact: 'ef'.repeat(32), finished: 1_262_304_000_000_000, trainer, packages }
  const text = sbomOf(made)
  expect(sbomOf(made)).toBe(text)
  const bom = JSON.parse(text)
  expect(bom).toMatchObject({ bomFormat: 'CycloneDX', specVersion: '1.6' })
  expect(bom.serialNumber).toMatch(
    /^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}$/,
  )
  expect(bom.metadata.timestamp).toMatch(/^2010-01-01T00:00:00/)
  const { type, hashes } = bom.metadata.component
  expect([type, hashes]).toEqual(['machine-learning-model', [{ alg: 'SHA-256', content: 'ef'.repeat(32) }]])
  const components = bom.components as { purl?: string; type: string; hashes?: { content: string }[] }[]
  expect(components.flatMap(({ purl }) => purl ?? []).sort()).toEqual([
    ...['pkg:pypi/lightgbm@4.6.0', 'pkg:pypi/scikit-learn@1.7.2'],
  ])
  const hashOf = (kind: string) => components.find((one) => one.type === kind)?.hashes?.[0]?.content
  expect([hashOf('data'), hashOf('application')]).toEqual(['ab'.repeat(32), 'cd'.repeat(32)])
  expect(bom.dependencies).toContainEqual({
    ref: `model:${'ef'.repeat(32)}`,
    dependsOn: [`data:${'ab'.repeat(32)}`, 'trainer:boosted'],
  })
})
