/** The small server of KurrentDB's protocol as a process of its own: `node kurrentdb-process.ts`; it says where it listens, and ends with its input. */
import { KurrentServer } from './kurrentdb-server.ts'

const server = new KurrentServer()
server.maxAppendBytes = 64 << 20
process.stdout.write(`${await server.start()}\n`)
process.stdin.on('end', () => {
  server.stop()
  process.exit()
})
process.stdin.resume()
