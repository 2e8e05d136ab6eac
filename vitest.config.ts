import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** These take longest: begun last, one of them would go on alone. */
const LONG = [
  ...['sample/kill', 'serving/doors', 'serving/cli', 'serving/any-command', 'serving/running', 'gate/wild'],
  ...['lanes/threads', 'sample/served', 'sample/gone-on', 'access/beside'],
]

class LongFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const isLong = ({ moduleId }: TestSpecification) =>
      LONG.some((name) => moduleId.endsWith(`/${name}.test.ts`))
    const sorted = await super.sort(files)
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))]
  }
}

/**
 * Pure: their files share a process and what it has loaded, a third of a second each. Whoever starts processes, or reads the environment or
 * the clock, has a process of his own.
 */
const PURE = [
  ...[
    'calendar',
    'contract',
    'decision',
    'feature',
    'gate',
    'golden',
    'monitoring',
    'portfolio',
    'projection',
  ],
  ...['schemas', 'statistics', 'training'],
].map((folder) => `test/${folder}/**/*.test.ts`)

export default defineConfig({
  test: {
    projects: [
      { extends: true, test: { name: 'pure', include: PURE, isolate: false } },
      { extends: true, test: { name: 'rest', include: ['test/**/*.test.ts'], exclude: PURE } },
    ],
    setupFiles: ['test/support/causes.ts', 'test/support/equal.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    pool: 'forks',
    // What is tested is what Node runs, types taken out by Node itself; so a module is read once, and compiled once.
    experimental: { viteModuleRunner: false, nodeLoader: false },
    // The commands that tests start are compiled once, as the launcher has it (serving/cli/asof.mjs).
    env: { NODE_COMPILE_CACHE: fileURLToPath(new URL('node_modules/.cache/asof', import.meta.url)) },
    // Much of what a test waits for runs in processes of its own: two files at a time go faster also on two cores.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    sequence: { sequencer: LongFirst },
    reporters: ['default'],
  },
})
