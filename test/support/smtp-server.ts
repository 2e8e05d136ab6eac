/** A mail server of a few lines (RFC 5321): it takes messages, or answers what it is told to. */
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'

export type Taken = Readonly<{ from: string; to: readonly string[]; data: string }>

/** @param answerTo what is answered to the end of a message, `null` never anything */
export async function smtpServer(answerTo: () => string | null = () => '250 taken') {
  const taken: Taken[] = []
  const server = createServer((socket) => {
    let [from, to, data, isData, rest] = ['', [] as string[], '', false, '']
    socket.on('error', () => socket.destroy())
    socket.write('220 test ESMTP\r\n')
    const line = (text: string): string | null => {
      if (isData) {
        if (text !== '.') {
          data += `${text.replace(/^\./, '')}\n`
          return null
        }
        isData = false
        const answer = answerTo()
        if (answer?.startsWith('250')) taken.push({ from, to, data })
        ;[to, data] = [[], '']
        return answer
      }
      const [verb] = text.toUpperCase().split(/[ :]/)
      if (verb === 'MAIL') from = text
      if (verb === 'RCPT') to.push(text)
      isData = verb === 'DATA'
      return isData ? '354 go on' : verb === 'QUIT' ? '221 bye' : '250 well'
    }
    socket.on('data', (bytes) => {
      const lines = (rest + bytes.toString('utf8')).split('\r\n')
      rest = lines.pop() ?? ''
      for (const text of lines) {
        const answer = line(text)
        if (answer !== null) socket.write(`${answer}\r\n`)
      }
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    taken,
    close: () => void server.close(),
  }
}
