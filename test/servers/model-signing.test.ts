/** The file of a run, signed by Asof, and OpenSSF's own verifier from PyPI: it passes, and with one byte changed it does not. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { putArtifact } from '../../serving/artifacts/put.ts'
import type { Platform } from '../../serving/platform.ts'
import { smallFolder } from '../support/small-folder.ts'

const { TEST_MODEL_SIGNING } = process.env

describe.skipIf(TEST_MODEL_SIGNING === undefined)(
  'model-signing with a signed artifact (skipped without npm run suite:servers, which installs it)',
  () => {
    const root = mkdtempSync(join(tmpdir(), 'asof-signed-'))
    const to = join(root, 'artifact')
    let platform: Platform
    beforeAll(async () => {
      platform = await smallFolder(join(root, 'platform'), 1)
      await putArtifact(platform, { artifact: 'small-h3-momentum', to })
    }, 120_000)
    afterAll(async () => {
      await platform.close()
      rmSync(root, { recursive: true, force: true })
    })

    const verified = () => {
      const program = join(dirname(TEST_MODEL_SIGNING ?? ''), 'model_signing')
      const given = ['--signature', join(to, 'model.sig'), '--public_key', join(to, 'artifact-key.pem')]
      const { status, stdout, stderr } = spawnSync(program, ['verify', 'key', to, ...given], {
        encoding: 'utf8',
      })
      return { status, said: `${stdout}${stderr}` }
    }

    test('passes as it was written, and not with a flipped bit, or a file more', () => {
      const { status, said } = verified()
      expect(status, said).toBe(0)
      const path = join(to, 'model.onnx')
      const bytes = readFileSync(path)
      const changed = Buffer.from(bytes)
      changed[changed.length >>> 1] ^= 1
      writeFileSync(path, changed)
      expect(verified().status).not.toBe(0)
      writeFileSync(path, bytes)
      writeFileSync(join(to, 'more'), '')
      expect(verified().status).not.toBe(0)
      rmSync(join(to, 'more'))
      expect(verified().status).toBe(0)
    }, 120_000)
  },
)
