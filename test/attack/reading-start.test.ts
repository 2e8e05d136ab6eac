/** A reading process that cannot start is no fault of a file, and one that is gone while it waited is no fault of anybody. */
import { type ChildProcess, fork } from 'node:child_process'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readFile } from '../../streams/sources/file.ts'
import { readerAt, started } from '../../streams/sources/reading-start.ts'
import { readYaml } from '../../streams/sources/yaml.ts'
import { arrive, longSpec, RECEIVED_AT, temporaryFolder } from '../data/files.ts'

const folder = temporaryFolder()
const CSV = folder.write('x.csv', 'entity,date,close\nA,2008-09-15,1\nB,2008-09-15,2\n')
const script = (name: string, code: string) => () => readerAt(folder.write(name, code))

describe('a reader that does not start', () => {
  it.each<[string, () => ChildProcess, RegExp]>([
    [
      'as its program is not there',
      () => readerAt(folder.path('none.mjs')),
      /exit code 1\): .*Cannot find module/,
    ],
    [
      'as a package of it is not there',
      script('lacks.mjs', "import 'no-such-package'"),
      /Cannot find package/,
    ],
    [
      'as it fails',
      script('fails.mjs', "throw new TypeError('it is half installed')"),
      /TypeError: it is half installed/,
    ],
    [
      'as it is ended',
      script('ended.mjs', "process.kill(process.pid, 'SIGKILL')"),
      /it ended at once \(SIGKILL\)/,
    ],
    ['as it ends', script('ends.mjs', ''), /it ended at once \(exit code 0\)/],
    [
      'as Node is not there',
      () => fork('x.mjs', { execPath: '/nowhere/node' }),
      /spawn \/nowhere\/node ENOENT/,
    ],
    [
      'as the machine has no room for it',
      () => {
        throw Object.assign(new Error('spawn EAGAIN'), { code: 'EAGAIN' })
      },
      /spawn EAGAIN/,
    ],
  ])('%s is told as that, and blames no file', async (_, start, why) => {
    const long = `a: ${'x'.repeat(1 << 14)}`
    for (const read of [
      () => readFile(CSV, { spec: longSpec, receivedAt: RECEIVED_AT, start }, () => {}),
      () => readYaml(long, { start }),
    ]) {
      const refused = read()
      await expect(refused).rejects.toMatchObject({
        message: expect.stringMatching(why),
        fault: { code: 'reader.not-started' },
      })
      await expect(refused).rejects.toThrow(/installed whole, and try again/)
    }
  })

  it('in time is ended', async () => {
    const children: ChildProcess[] = []
    const start = () => {
      children.push(script('idles.mjs', 'setInterval(() => {}, 1000)')())
      return children[0]
    }
    await expect(started(start, 1_000)).rejects.toThrow(/it was not ready after 1 seconds/)
    await expect.poll(() => children[0].signalCode, { timeout: 10_000 }).toBe('SIGKILL')
  })
})

describe('a reader that waits for the next file', () => {
  const children: ChildProcess[] = []
  const seen = (message: unknown) => {
    children.push((message as { process: ChildProcess }).process)
  }
  beforeAll(() => subscribe('child_process', seen))
  afterAll(() => {
    unsubscribe('child_process', seen)
  })
  const rows = async () => (await arrive(CSV, longSpec)).rowCount

  it.each(['SIGKILL', 'SIGSEGV', 'SIGSTOP'] as const)('and got %s is replaced', async (signal) => {
    expect(await rows()).toBe(2)
    const before = children.length
    const { pid = 0 } = children.at(-1) ?? {}
    process.kill(pid, signal)
    expect(await rows()).toBe(2)
    expect(children).toHaveLength(before + 1)
    await expect.poll(() => children[before - 1].signalCode, { timeout: 10_000 }).not.toBeNull()
  })

  it('is asked again as long as it is there', async () => {
    expect([await rows(), await rows(), await rows()]).toEqual([2, 2, 2])
    expect(children.filter(({ signalCode, exitCode }) => (signalCode ?? exitCode) === null)).toHaveLength(1)
  })
})
