/** The same history has the same digests wherever it is folded: in other zones, other locales and other processes. */
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { VIEWS } from '../../serving/wire/views.ts'

const PROGRAM = fileURLToPath(new URL('../support/digests.ts', import.meta.url))

async function digestsIn(
  place: Readonly<Record<string, string>>,
): Promise<{ views: object[]; chunks: string[] }> {
  const { stdout } = await promisify(execFile)(process.execPath, [PROGRAM], {
    env: { ...process.env, ...place },
  })
  return JSON.parse(stdout)
}

test('digests and chunks do not depend on zone or locale', async () => {
  const [home, ...away] = await Promise.all([
    digestsIn({ TZ: 'UTC', LC_ALL: 'C' }),
    digestsIn({ TZ: 'Asia/Kolkata', LC_ALL: 'de_DE.UTF-8', LANG: 'de_DE.UTF-8' }),
    digestsIn({ TZ: 'America/St_Johns', LC_ALL: 'tr_TR.UTF-8', LANG: 'tr_TR.UTF-8' }),
  ])
  expect(home.views).toHaveLength(VIEWS.length)
  expect(home.chunks.length).toBeGreaterThan(30)
  for (const place of away) expect(place).toEqual(home)
})
