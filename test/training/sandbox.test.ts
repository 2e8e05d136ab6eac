/** A trainer as it is run: from a signed commit, in a sandbox of this machine, by one who means it ill. */
import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import { digestOf, sha256 } from '../../schemas/kernel/canonical.ts'
import { requestTrainingSet } from '../../serving/actions.ts'
import { admission, admitTrainer } from '../../serving/trainers/admit.ts'
import { trainingConfig } from '../../serving/trainers/config.ts'
import { localExecutor } from '../../serving/trainers/local.ts'
import { metricsIn } from '../../serving/trainers/metrics.ts'
import type { Job } from '../../serving/trainers/port.ts'
import { sandboxProblem } from '../../serving/trainers/sandbox.ts'
import { siteWith } from '../../serving/trainers/site.ts'
import { runTrial } from '../../serving/trainers/trial.ts'
import { onnxOf } from '../../streams/inference/linear-file.ts'
import { memoryPlatform } from '../support/memory-platform.ts'
import { act, beginOn, runOf, trainingSetOf } from '../support/small-platform.ts'
import { tarOf } from '../support/tar.ts'
import { repository } from '../support/trainer-repository.ts'

/** Of a machine that has no namespaces only this is asked: that it says so. */
const problem = await sandboxProblem()
const executor = localExecutor(1)

test('a machine that cannot hold a trainer runs none', async () => {
  if (problem === null) await expect(executor.assertReady()).resolves.toBeUndefined()
  else await expect(executor.assertReady()).rejects.toThrow(problem)
})

test.each(['/', '//', '/proc', '/sys/kernel', '/dev/', '/srv/..'])(
  '%s is no folder of an environment',
  (path) => {
    const parsed = trainingConfig.safeParse({ environments: { sh: { run: ['/bin/sh'], mounts: [path] } } })
    expect(parsed.error?.issues.map(({ message }) => message)).toEqual([
      'name the folders of the environment, and not the whole machine',
    ])
  },
)

test('metrics are numbers by names that an event can hold', () => {
  expect(metricsIn(Buffer.from('{"a": 1}'))).toEqual([{ name: 'a', value: 1 }])
  expect(metricsIn(Buffer.from('{"\\ud800": 1}'))).toMatch(/not Unicode/)
  expect(metricsIn(Buffer.from('[1]'))).toMatch(/not an object/)
})

const MODEL = onnxOf({ coefficients: Float64Array.of(0.5, -0.25), intercept: 0 }, ['mom_5', 'mom_20'])
const LIMITS = { seconds: 5, megabytes: 64, outputMegabytes: 4, processes: 16 }

/** Its number differs between processors. */
const MEMFD_CREATE = process.arch === 'arm64' ? 279 : 319

const jobOf = (script: string, limits: Partial<Job['limits']> = {}): Job => ({
  ...{
    id: digestOf(script),
    of: 'ann',
    code: tarOf('train.sh', script),
    mounts: [],
    table: MODEL,
    told: { seed: 7 },
  },
  command: ['/bin/sh', '/code/train.sh'],
  limits: { ...LIMITS, ...limits },
  environment: { program: '', installed: null },
})

describe.runIf(problem === null)('a trainer', () => {
  test('reads what it is given, writes a model and metrics, and is somebody without rights', async () => {
    const script = `
      set -e
      cp $1/train.arrow $2/model.onnx
      seed=$(sed 's/[^0-9]//g' $1/run.json)
      echo "{\\"seed\\": $seed, \\"uid\\": $(id -u)}" > $2/metrics.json`
    const { model, metrics, failure } = await executor.run(jobOf(script))
    expect(failure).toBeNull()
    expect(Buffer.compare(model, MODEL)).toBe(0)
    const [seed, uid] = metrics
    expect(seed).toEqual({ name: 'seed', value: 7 })
    // Where the platform is root, the trainer is not.
    if (process.getuid?.() === 0) expect(uid.value).toBeGreaterThan(61_000)
  })

  test.each<[string, string, RegExp, Partial<Job['limits']>?]>([
    [
      'opens a socket',
      `perl -MSocket -e 'socket(S, PF_INET, SOCK_STREAM, 0); connect(S, sockaddr_in(80, inet_aton("93.184.215.14"))) or die "no way: $!"'`,
      /no way: Network is unreachable/,
    ],
    ['reads outside its folder', `ls / && cat ${process.cwd()}/package.json`, /package\.json.*No such file/],
    ['reads the passwords', 'cat /etc/shadow', /shadow: No such file/],
    ['changes its code', 'echo x > /code/train.sh', /Read-only file system/],
    ['changes what it reads', 'echo x > /in/run.json', /Read-only file system/],
    ['fills the disk', 'dd if=/dev/zero of=/out/model.onnx bs=1M count=64 2>&1', /No space left on device/],
    ['fills the disk elsewhere', 'dd if=/dev/zero of=/tmp/x bs=1M count=64 2>&1', /No space left on device/],
    [
      'takes memory',
      'perl -e \'my @all; push @all, "x" x 1000000 while 1\'',
      /Out of memory|took more than 64 MiB|ended by signal/,
    ],
    [
      'forks a bomb',
      'bomb() { bomb | bomb & }; bomb; sleep 30',
      /fork|more than 16 processes|ran for more than/i,
      { seconds: 3 },
    ],
    ['never ends', 'sleep 60', /ran for more than 1 seconds/, { seconds: 1 }],
    ['is never ended by what it starts', 'setsid sleep 60 & exit 3', /exit code 3/],
    ['writes what does not end', 'ln -s /dev/zero /out/model.onnx', /wrote no model\.onnx/],
    ['writes a pipe', 'mkfifo /out/model.onnx', /wrote no model\.onnx|ran for more than/, { seconds: 2 }],
    ['writes nothing', 'exit 0', /wrote no model\.onnx/],
    [
      'says what is no number',
      'cp $1/train.arrow $2/model.onnx; echo \'{"a": "b"}\' > $2/metrics.json',
      /metrics\.json: a is not a finite number/,
    ],
    ['prints without end', 'yes', /ran for more than 1 seconds/, { seconds: 1 }],
    ['ends its own guard', 'kill -9 1; kill -9 -1; exit 4', /exit code 4|signal/],
    [
      'makes a namespace in which it is root',
      'unshare -Urm true || exit 7',
      /unshare failed|No such file|not permitted/,
    ],
    [
      'keeps memory in files without a name',
      `perl -e 'my @all; my $name = "x"; for (1..40) { my $fd = syscall(${MEMFD_CREATE}, $name, 0); die "none" if $fd < 0; open(my $f, ">&=", $fd); syswrite($f, "x" x 4000000) for 1..5; push @all, $f } sleep 3'`,
      /took more than 64 MiB/,
    ],
    [
      'makes segments that stay',
      `perl -e 'my $id = shmget(0, 1 << 20, 01600); defined $id or die "no way: $!"; die "one"'`,
      /no way: No space left on device/,
    ],
    ['mounts', 'mount -t tmpfs none /tmp', /must be superuser|permission denied|not permitted/],
  ])('that %s is stopped, and says why', async (_, script, why, limits) => {
    const { failure, model } = await executor.run(jobOf(script, limits))
    expect(failure).toMatch(why)
    expect(model.length <= 4 * 2 ** 20).toBe(true)
  })
})

describe.runIf(problem === null)('what a trainer is shown', () => {
  test('is never the whole machine, under another name either', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'asof-shown-'))
    symlinkSync('/', join(folder, 'all'))
    const { failure, isLost } = await executor.run({ ...jobOf('exit 0'), mounts: [join(folder, 'all')] })
    expect([failure, isLost]).toEqual([expect.stringMatching(/a sandbox is shown no .*all/), true])
    rmSync(folder, { recursive: true })
  })

  test('is read-only, and so is what is mounted below it, for a user who is not root', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'asof-shown-'))
    const [root, given, shown] = ['root', 'in', 'shown'].map((name) => join(folder, name))
    for (const path of [root, given, join(shown, 'below')]) mkdirSync(path, { recursive: true })
    const script = `for at in ${shown} ${shown}/below; do [ -d $at ] && echo x 2>&1 >$at/x; done`
    writeFileSync(join(given, 'code.tar'), tarOf('train.sh', script))
    const sandbox = new URL('../../serving/trainers/sandbox.sh', import.meta.url).pathname
    const user = 'unshare --user --map-root-user --mount'
    const inner = `${user} --net --pid --ipc --uts --fork --kill-child /bin/sh ${sandbox} /bin/sh /code/train.sh`
    // A user's own namespace, in which something is mounted there; and the sandbox, as such a user makes it.
    const outer = `mount -t tmpfs -o size=1m below ${shown}/below && ${inner} 3>/dev/null 4>/dev/null 5>/dev/null`
    const env = {
      ...{
        PATH: '/usr/sbin:/usr/bin:/sbin:/bin',
        SANDBOX_ROOT: root,
        SANDBOX_IN: given,
        SANDBOX_MOUNTS: shown,
      },
      ...{ SANDBOX_UID: '', SANDBOX_OUT_MB: '4', SANDBOX_DATA: '67108864', SANDBOX_PROCESSES: '16' },
    }
    const ran = promisify(execFile)('/bin/sh', ['-c', `${user} /bin/sh -c '${outer}'`], { env })
    const said = await ran.then(
      ({ stdout, stderr }) => stdout + stderr,
      (error) => error.stdout + error.stderr,
    )
    expect(said.match(/Read-only file system/g)).toHaveLength(2)
    rmSync(folder, { recursive: true })
  })

  test('is gone once the platform was killed, and what belongs to others stays', async () => {
    const mine = localExecutor(1, 'mine')
    const prefix = (of: string) => join(tmpdir(), `asof-trainer-${sha256(of).slice(0, 12)}-`)
    // Nobody has a number so great.
    const dead = mkdtempSync(`${prefix('mine')}${2 ** 30}-`)
    const others = [
      mkdtempSync(`${prefix('mine')}${process.pid}-`),
      mkdtempSync(`${prefix('other')}${2 ** 30}-`),
    ]
    await mine.run(jobOf('exit 0'))
    expect([dead, ...others].map((path) => existsSync(path))).toEqual([false, true, true])
    for (const path of others) rmSync(path, { recursive: true })
  })
})

describe('a commit', () => {
  const admitted = async (
    files: Parameters<ReturnType<typeof repository>['commit']>[0],
    signing: 'own' | 'other' | null,
  ) => {
    const code = repository()
    code.commit(files, signing === null ? undefined : signing === 'own' ? code.own : code.key('eve'))
    const config = trainingConfig.parse({
      allowedSigners: code.allowedSigners,
      repositories: { alpha: code.place },
      environments: { sh: { run: ['/bin/sh'] } },
      limits: LIMITS,
    })
    const platform = await memoryPlatform()
    const asked = admission.parse({
      trainer: 'copy-1',
      repository: 'alpha',
      environment: 'sh',
      commit: 'main',
      entry: 'train/train.sh',
      lockfile: 'lock',
    })
    await admitTrainer(platform, asked, { ...act('admit'), config })
    return { platform, config, spec: platform.folds.experiments.state().trainers['copy-1'].spec }
  }
  const FILES = { 'train/train.sh': 'cp /code/model.onnx $2/model.onnx', lock: 'sh', 'model.onnx': MODEL }

  test.each([
    ['own', 'verified', null],
    ['other', 'unchecked', /not among the allowed signers/],
    [null, 'unsigned', /not signed/],
  ] as const)('signed by %s is %s', async (signing, signature, why) => {
    const { spec } = await admitted(FILES, signing)
    expect(spec.commit.signature).toBe(signature)
    expect(spec.signer).toBe(signing === 'own' ? 'ann@example.org' : null)
    expect(spec.key?.startsWith('SHA256:') ?? false).toBe(signing === 'own')
    if (why === null) expect(spec.problem).toBeNull()
    else expect(spec.problem).toMatch(why)
  })

  test.runIf(problem === null)(
    'that is signed is trained from, all the way to a run that lacks nothing',
    async () => {
      const { platform, config } = await admitted(FILES, 'own')
      await beginOn(platform)
      await requestTrainingSet(platform, trainingSetOf(1), act('set'))
      const { trainingSets, trainers } = platform.folds.experiments.state()
      const { commit, environment } = trainers['copy-1'].spec
      const spec = {
        ...runOf('momentum', 1, trainingSets['small-h1'].frozen?.contentHash ?? ''),
        trainer: 'copy-1',
        commit,
        environment,
      }
      await runTrial(platform, spec, { ...act('run'), site: siteWith(config, localExecutor(2)) })
      expect(platform.folds.experiments.state().runs[spec.run]).toMatchObject({
        status: 'finished',
        missing: [],
        failure: null,
      })
    },
  )
})
