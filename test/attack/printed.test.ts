/** What somebody calls himself is printed as it is written, and cannot hide what is printed before it. */
import { afterAll, expect, test } from 'vitest'
import { declareDataset } from '../../serving/actions.ts'
import { openPlatform } from '../../serving/platform.ts'
import { asof } from '../support/cli.ts'
import { SMALL_DATASET } from '../support/small-platform.ts'
import { workplace } from './tools.ts'

const { path, remove } = workplace('printed')
afterAll(remove)

test('an actor with escape sequences erases no line of the log', async () => {
  const folder = path('escapes')
  const actor = 'eve\u001b[1A\u001b[2K\r\u009b2K\u202e'
  const platform = await openPlatform({ path: folder })
  for (const dataset of ['a', 'b'])
    await declareDataset(platform, { ...SMALL_DATASET, dataset }, { actor, commandId: dataset })
  await platform.close()
  const [people, program] = await Promise.all([asof(folder, 'log'), asof(folder, 'log', '--json')])
  for (const { code, out } of [people, program]) {
    expect(code).toBe(0)
    expect(out).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}]/u)
  }
  expect(people.out.trim().split('\n')).toHaveLength(2)
  expect(JSON.parse(program.out)).toMatchObject([{ actor }, { actor }])
})
