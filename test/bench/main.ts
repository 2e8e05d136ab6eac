/** `npm run bench [part…]`: measures this machine; the parts are named below, and all run where none is given. */

import { benchChunks } from './chunks.ts'
import { benchCommands } from './commands.ts'
import { benchConsole } from './console.ts'
import { benchFamily } from './family.ts'
import { benchFormulas } from './formulas.ts'
import { benchGate } from './gate.ts'
import { benchGatePeers } from './gate-peers.ts'
import { benchBackfill, benchDrift, benchGrowth, benchWide } from './growth.ts'
import { benchIngest } from './ingest.ts'
import { benchIntake } from './intake.ts'
import { benchJoin } from './join.ts'
import { benchKurrentdb } from './kurrentdb.ts'
import { benchLanes } from './lanes.ts'
import { benchLineage } from './lineage.ts'
import { benchLog } from './log.ts'
import { benchMinutes } from './minutes.ts'
import { benchMlflow } from './mlflow.ts'
import { benchOnline } from './online.ts'
import { benchOpening } from './opening.ts'
import { benchOverload } from './overload.ts'
import { benchRelay } from './relay.ts'
import { printMachine, printTable } from './report.ts'
import { benchServing } from './serving.ts'
import { benchTravel } from './travel.ts'
import { benchUpload } from './upload.ts'

const PARTS: Readonly<Record<string, () => Promise<void>>> = {
  log: async () => {
    const sealed = await benchLog()
    const bare = await benchLog({ sealed: false })
    const { eventBytes, ...parts } = sealed
    for (const part of Object.keys(parts) as (keyof typeof parts)[]) {
      const title = `log, ${part} (events of ${eventBytes} bytes, SQLite's write-ahead log, synced beside the writer)`
      printTable(title, [
        { seal: 'with each commit', ...sealed[part] },
        { seal: 'none', ...bare[part] },
      ])
    }
  },
  ingest: async () => printTable('ingest of 3,000 x 2,520 daily rows, beside DuckDB', await benchIngest()),
  formulas: async () =>
    printTable(
      'Alpha158 on one core, and one new bar, beside the same features in Polars on one thread',
      await benchFormulas(),
    ),
  join: async () =>
    printTable(
      'the point-in-time join of 3,000 names x 2,520 days with 10 features, 5 % of the facts told anew',
      await benchJoin(),
    ),
  gate: async () => {
    printTable('a full report: 20 names x 8,313 days x 45 trials, CPCV(10, 2), 10,000 paths', benchGate())
    printTable('statistics of a family of trials, 1,250 days', benchFamily())
    printTable('methods of the gate beside their peers', benchGatePeers())
  },
  lanes: async () =>
    printTable(
      'from an arrival to its prediction: 20 names, 8 features, while 200 trainings and 5 full reports run',
      await benchLanes(),
    ),
  commands: async () =>
    printTable(
      'commands over HTTP: 16 clients with a token each, every command durable, one in ten sent twice',
      await benchCommands(),
    ),
  growth: async () => {
    printTable('a feature set over a history, beside the same features on one thread', await benchBackfill())
    printTable('the feature path day by day, an old correction, and what is kept', benchGrowth())
    printTable('drift of a model that was trained on 2,520 days, every fifth day', benchDrift())
  },
  wide: async () =>
    printTable('a set of 100 features over a history, beside Polars on one thread', await benchWide()),
  minutes: async () =>
    printTable(
      'a month of minute bars of 500 names, 10 features, and the prediction of all names after each bar',
      benchMinutes(),
    ),
  opening: async () =>
    printTable('opening a platform: minute bars, their values, and answers of a model', benchOpening()),
  mlflow: async () => {
    const { logging, search } = await benchMlflow()
    printTable('runs of 50 metrics x 100 steps, a thousand values a request', logging)
    printTable(
      "a page of 100 of the runs that meet a question (each of 5 metrics and 5 params; 'p99' of 30)",
      search,
    )
  },
  'kafka-in': async () => {
    const rows = await benchIntake()
    if (rows !== null)
      printTable('a topic into durable arrivals, beside a bare client that keeps nothing', rows)
  },
  relay: async () => {
    const measured = await benchRelay()
    if (measured === null) return
    const { catchUp, single } = measured
    printTable(
      'a log that is behind: 20,000 events to topics, 1,000 a batch, acks=all, one broker on loopback',
      catchUp,
    )
    printTable('one durable event at a time to a consumer of committed messages', single)
  },
  kurrentdb: async () => {
    const { appends, opening } = await benchKurrentdb()
    printTable("appends to KurrentDB's protocol, one after the other (the better of 2 rounds)", appends)
    printTable('opening a log there', opening)
  },
  chunks: async () => {
    const measured = await benchChunks()
    if (measured !== null)
      printTable('chunks of 20 kB: a folder, a bucket, the bare client (moto on loopback)', measured)
  },
  online: async () => {
    const measured = await benchOnline()
    if (measured !== null)
      printTable(
        'features by entity from Redis: 3,000 names, 20 features, one connection, one after the other',
        measured,
      )
  },
  serving: async () =>
    printTable(
      'a model in force over gRPC: 1 row of 2 features, 3 x 3,000 calls, the median round (echo: grpc-js and ONNX Runtime alone)',
      await benchServing(),
    ),
  overload: async () =>
    printTable('a model in force at twice its capacity, by entity, 1 s for each call', await benchOverload()),
  upload: async () =>
    printTable(
      'a Parquet file through a server: memory of the processes while it is ingested',
      await benchUpload(),
    ),
  console: async () =>
    printTable("the console's pages, from a log of a million events", await benchConsole()),
  lineage: async () => {
    const rows = await benchLineage()
    if (rows !== null)
      printTable(
        'lineage on the sample: processor time and wall time here, over HTTP, and by the command alone',
        rows,
      )
  },
  travel: async () => printTable('time travel to a random moment', await benchTravel()),
}

printMachine()
const wanted = process.argv.slice(2)
for (const [part, run] of Object.entries(PARTS)) {
  if (wanted.length === 0 || wanted.includes(part)) await run()
}
